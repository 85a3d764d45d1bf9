"""How much more two processes do than one: ruins a second of the search's walks.

python -m benchmarks.lanes PROBLEM [PIECES]      100 pieces of 2000 ruins unless given
"""

import sys
from pathlib import Path

from benchmarks.instances import read_instance
from benchmarks.sides import SEED, Walks
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.improvement import ROUND_RUINS
from schedtest.scheduling.lanes import lanes_for
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.progress import Recorder
from schedtest.scheduling.stop import Budget, Rounds, Stopwatch
from schedtest.scheduling.whole import Means


def seconds_for(problem: Problem, pieces: int, workers: int) -> float:
    budget = Budget(Rounds(pieces))
    recorder = Recorder(len(problem.tasks), budget.watch.seconds, None)
    arrays = Arrays.of(problem)
    with lanes_for(arrays, workers, None, budget.over) as lanes:
        walks = Walks(Lookup(problem), arrays, construct(arrays), Means(budget, recorder, workers, SEED), lanes)
        watch = Stopwatch()
        walks.run()
        return watch.seconds()


def main() -> None:
    problem = read_instance(Path(sys.argv[1]))
    pieces = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    rates = []
    for workers in (1, 2, 1, 2):
        # twice as much work as once: what starting takes falls out of the difference
        more, less = (seconds_for(problem, pieces * times, workers) for times in (2, 1))
        rates.append(pieces * ROUND_RUINS / (more - less))
        print(f"{workers} workers: {rates[-1]:,.0f} ruins a second", flush=True)
    print(f"2 against 1: {(rates[1] + rates[3]) / (rates[0] + rates[2]):.2f} times")


if __name__ == "__main__":
    main()
