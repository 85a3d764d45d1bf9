"""How much more two processes do than one: ruins a second of the search's walks, each in turn with the other.

python -m benchmarks.lanes PROBLEM [TURNS] [--workers KIND]      6 turns, processes of our own unless given

KIND may be a Dask cluster of processes on this machine (dask), or with a host of its own for each (hosts). A turn is
PIECES with one of them and twice as many with both.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from statistics import median
from time import sleep

from benchmarks.hosts import workers_on_hosts
from benchmarks.instances import read_instance
from benchmarks.sides import SEED, Walks
from schedtest.cluster import cluster_at
from schedtest.scheduling import orders
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.lanes import Lanes, lanes_for
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.progress import Recorder
from schedtest.scheduling.stop import Budget, Rounds, Stopwatch
from schedtest.scheduling.whole import Means

RUINS = 12_000
"""In a piece: half a second, which is what a search has by the clock."""

PIECES = 40

LATE_SECONDS = 1.0
"""What is still under way at the end of a turn is over by then."""


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


def ruins_a_second(arrays: Arrays, lanes: Lanes, pieces: int) -> float:
    budget = Budget(Rounds(pieces))
    recorder = Recorder(len(arrays.problem.tasks), budget.watch.seconds, None)
    means = Means(budget, recorder, lanes.count, SEED)
    walks = Walks(Lookup(arrays.problem), arrays, construct(arrays), means, lanes)
    watch = Stopwatch()
    walks.run()
    seconds = watch.seconds()
    sleep(LATE_SECONDS)
    return pieces * RUINS / seconds


def turns(arrays: Arrays, kind: str, count: int) -> Iterator[tuple[float, float]]:
    """Ruins a second in one and in two, so many times."""
    orders.ROUND_RUINS = RUINS
    with (
        WORKERS[kind](2) as executor,
        lanes_for(arrays, 1, executor, lambda: False) as one,
        lanes_for(arrays, 2, executor, lambda: False) as two,
    ):
        for lanes in (one, two):  # what starting takes does not count
            ruins_a_second(arrays, lanes, 2 * lanes.count)
        for _ in range(count):
            alone, both = (ruins_a_second(arrays, lanes, PIECES * lanes.count) for lanes in (one, two))
            yield alone, both


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("turns", type=int, nargs="?", default=6)
    parser.add_argument("--workers", choices=WORKERS, default="processes")
    chosen = parser.parse_args()
    ratios = []
    for alone, both in turns(Arrays.of(read_instance(chosen.problem)), chosen.workers, chosen.turns):
        ratios.append(both / alone)
        print(f"{alone:,.0f} ruins a second in one, {both:,.0f} in two: {ratios[-1]:.2f} times", flush=True)
    print(f"in the median {median(ratios):.2f} times")


if __name__ == "__main__":
    main()
