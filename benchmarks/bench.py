"""Plans public and generated problems with each side in turn, asks about plans and about what has none, sets both
engines against one and two processes against one; writes tables and plots to docs/benchmarks/.

python -m benchmarks.bench FOLDER [--only WORK] [--instance NAME] [--seconds 300] [--workers 2] [--report]

FOLDER holds a folder of instances for each work; one that is missing is told and passed over. Each measurement goes
into docs/benchmarks/measured.csv or figures.csv at once, in place of an older one of the same kind, so that parts can
be run apart.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.asides import ASIDES
from benchmarks.figures import Figures
from benchmarks.measured import Measured
from benchmarks.problems import problems
from benchmarks.report import write_report
from benchmarks.sides import SIDES
from schedtest.booking.generate import generate
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
    parser.add_argument("--only", choices=[*WORKS, *ASIDES], help="one work of them")
    parser.add_argument("--instance", help="one instance of it")
    parser.add_argument("--side", choices=SIDES, help="one side")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--report", action="store_true", help="only write the tables and plots anew")
    chosen = parser.parse_args()
    measured, figures = Measured(TO_PLAN / "measured.csv"), Figures(TO_PLAN / "figures.csv")
    if not chosen.report:
        # so that the side that comes first does not wait for what all of them load and start
        solve(generate(tests=100, weeks=4, seed=1), stop=Seconds(5), workers=chosen.workers)
        for work in WORKS:
            if chosen.only in (None, work):
                measure(measured, work, chosen)
        for aside, measure_aside in ASIDES.items():
            if chosen.only in (None, aside):
                measure_aside(figures, chosen)
    write_report(measured.rows(), figures.cells(), TO_PLAN)
    return 0


if __name__ == "__main__":
    sys.exit(main())
