"""Plans public and generated problems with each side in turn, and writes tables and plots to docs/benchmarks/.

python -m benchmarks.bench FOLDER [--only WORK] [--instance NAME] [--seconds 300] [--workers 2] [--report]

FOLDER holds a folder of instances for each work; one that is missing is told and passed over. Each measurement goes
into docs/benchmarks/measured.csv at once, in place of an older one of the same kind, so that parts can be run apart.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.instances import instance_name, read_instance
from benchmarks.measured import Measured
from benchmarks.report import write_report
from benchmarks.sides import SIDES
from schedtest.booking.generate import generate
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Seconds

TO_PLAN = Path("docs/benchmarks")

ENGINES = ("schedtest", "one CP-SAT model", "construct", "walks", "neighbourhoods")

WORKS: dict[str, tuple[str, ...]] = {
    "facility": ENGINES,
    "generated": ENGINES,
    "csplib073": ("schedtest", "PyJobShop"),
    "rcpsp": ("schedtest", "PyJobShop"),
    "mplib1-set3": ("schedtest", "PyJobShop"),
    "rcpsp-max": ("schedtest", "one CP-SAT model", "PyJobShop"),
    "mrcpsp-n0": ("schedtest", "PyJobShop"),
}
"""What is planned, and by which sides."""

GENERATED = ((1000, 13, 0.7), (1000, 13, 1.6), (3000, 13, 1.0), (6000, 26, 1.0), (10_000, 26, 1.0))
"""(tests, weeks, load); from easy to overfull."""

FORMATS = {".pl", ".rcp", ".sch", ".dzn", ".txt", ".json", ".gz"}


def problems(folder: Path, work: str, wanted: str | None) -> Iterator[tuple[str, Problem]]:
    if work == "generated":
        for tests, weeks, load in GENERATED:
            name = f"{tests}-{weeks}w-{load}"
            if wanted in (None, name):
                yield name, generate(tests=tests, weeks=weeks, seed=1, load=load)
        return
    if not (folder / work).is_dir():
        print(f"{folder / work}: no such folder, so {work} is not measured", file=sys.stderr)
        return
    for path in sorted((folder / work).iterdir()):
        if path.suffix in FORMATS and not path.name.startswith("LICENSE") and wanted in (None, instance_name(path)):
            yield instance_name(path), read_instance(path)


def measure(measured: Measured, work: str, chosen: argparse.Namespace) -> None:
    for name, problem in problems(chosen.folder, work, chosen.instance):
        for side in WORKS[work]:
            if chosen.side in (None, side):
                outcome = SIDES[side](problem, chosen.seconds, chosen.workers)
                measured.keep(work, name, len(problem.tasks), side, chosen.seconds, chosen.workers, outcome)
                print(f"{work} {name} {side}: {outcome.status} {outcome.total}, bound {outcome.bound}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=WORKS, help="one work of them")
    parser.add_argument("--instance", help="one instance of it")
    parser.add_argument("--side", choices=SIDES, help="one side")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--report", action="store_true", help="only write the tables and plots anew")
    chosen = parser.parse_args()
    measured = Measured(TO_PLAN / "measured.csv")
    if not chosen.report:
        # so that the side that comes first does not wait for what all of them load and start
        solve(generate(tests=100, weeks=4, seed=1), stop=Seconds(5), workers=chosen.workers)
        for work in [chosen.only] if chosen.only else WORKS:
            measure(measured, work, chosen)
    write_report(measured.rows(), TO_PLAN)
    return 0


if __name__ == "__main__":
    sys.exit(main())
