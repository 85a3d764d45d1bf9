"""How much more two processes do than one: ruins a second of the search's walks.

python -m benchmarks.lanes PROBLEM [PIECES] [--workers KIND]      20 pieces of RUINS, processes of our own unless given

KIND may be a Dask cluster of processes on this machine (dask), or with a host of its own for each (hosts).
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from benchmarks.hosts import workers_on_hosts
from benchmarks.instances import read_instance
from benchmarks.sides import SEED, Walks
from schedtest.cluster import cluster_at
from schedtest.scheduling import improvement
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.lanes import lanes_for
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.progress import Recorder
from schedtest.scheduling.stop import Budget, Rounds, Stopwatch
from schedtest.scheduling.whole import Means

RUINS = 12_000
"""In a piece: half a second, which is what a search has by the clock."""


@contextmanager
def dask_workers(count: int) -> Iterator[Executor]:
    """Processes of one thread each, and a scheduler, on this machine."""
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster,
        cluster_at(cluster.scheduler_address) as executor,
    ):
        yield executor


def processes_of_our_own(count: int) -> AbstractContextManager[None]:
    return nullcontext()


WORKERS: dict[str, Callable[[int], AbstractContextManager[Executor | None]]] = {
    "processes": processes_of_our_own,
    "dask": dask_workers,
    "hosts": workers_on_hosts,
}


def seconds_for(problem: Problem, pieces: int, workers: int, executor: Executor | None) -> float:
    budget = Budget(Rounds(pieces))
    recorder = Recorder(len(problem.tasks), budget.watch.seconds, None)
    arrays = Arrays.of(problem)
    with lanes_for(arrays, workers, executor, budget.over) as lanes:
        walks = Walks(Lookup(problem), arrays, construct(arrays), Means(budget, recorder, workers, SEED), lanes)
        watch = Stopwatch()
        walks.run()
        return watch.seconds()


def ruins_a_second(problem: Problem, pieces: int, workers: int, executor: Executor | None = None) -> float:
    """From twice as much work against once: what starting takes falls out of the difference."""
    more, less = (seconds_for(problem, pieces * times, workers, executor) for times in (2, 1))
    return pieces * RUINS / (more - less)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("pieces", type=int, nargs="?", default=20)
    parser.add_argument("--workers", choices=WORKERS, default="processes")
    chosen = parser.parse_args()
    problem = read_instance(chosen.problem)
    improvement.ROUND_RUINS = RUINS
    rates = []
    for workers in (1, 2, 1, 2):
        with WORKERS[chosen.workers](workers) as executor:
            rates.append(ruins_a_second(problem, chosen.pieces, workers, executor))
        print(f"{workers} workers: {rates[-1]:,.0f} ruins a second", flush=True)
    print(f"2 against 1: {(rates[1] + rates[3]) / (rates[0] + rates[2]):.2f} times")


if __name__ == "__main__":
    main()
