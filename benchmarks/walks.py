"""One walk of so many ruins with each seed. The clock has no part in it: the same totals on every machine, so that what
a change of the walk brings is told from luck.

python -m benchmarks.walks PROBLEM... [--ruins 300000] [--seeds 6]
"""

from argparse import ArgumentParser
from pathlib import Path

from benchmarks.instances import read_instance
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.extent import shortened
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.recreate import Engine
from schedtest.scheduling.stop import Stopwatch

STEPS = 100
"""In which a walk cools down."""


def total_of_walk(arrays: Arrays, ruins: int, seed: int) -> int:
    engine = Engine(arrays, construct(arrays, seed), seed)
    for step in range(STEPS):
        engine.run(ruins // STEPS, step / STEPS)
    return engine.total


def row(name: str, problem: Problem, ruins: int, seeds: int) -> str:
    arrays = Arrays.of(shortened(problem))
    watch = Stopwatch()
    totals = [total_of_walk(arrays, ruins, seed) for seed in range(1, seeds + 1)]
    seconds = watch.seconds() / seeds
    return f"| {name} | {', '.join(f'{total:,}' for total in totals)} | {sum(totals) / seeds:,.0f} | {seconds:.1f} s |"


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("problems", nargs="+", type=Path)
    parser.add_argument("--ruins", type=int, default=300_000)
    parser.add_argument("--seeds", type=int, default=6)
    chosen = parser.parse_args()
    print("| problem | totals | mean | one took |")
    for path in chosen.problems:
        print(row(path.name.split(".json")[0], read_instance(path), chosen.ruins, chosen.seeds), flush=True)


if __name__ == "__main__":
    main()
