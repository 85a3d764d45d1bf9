"""How much more two processes do than one: ruins a second of the search's walks.

python -m benchmarks.lanes PROBLEM [PIECES] [--dask]      20 pieces of RUINS unless given; on a Dask cluster
"""

import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

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
    asked = [argument for argument in sys.argv[1:] if argument != "--dask"]
    problem = read_instance(Path(asked[0]))
    pieces = int(asked[1]) if len(asked) > 1 else 20
    improvement.ROUND_RUINS = RUINS
    rates = []
    for workers in (1, 2, 1, 2):
        if "--dask" in sys.argv:
            with dask_workers(workers) as executor:
                rates.append(ruins_a_second(problem, pieces, workers, executor))
        else:
            rates.append(ruins_a_second(problem, pieces, workers))
        print(f"{workers} workers: {rates[-1]:,.0f} ruins a second", flush=True)
    print(f"2 against 1: {(rates[1] + rates[3]) / (rates[0] + rates[2]):.2f} times")


if __name__ == "__main__":
    main()
