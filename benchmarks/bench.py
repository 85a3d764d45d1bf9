"""Plans public and generated problems with each side in turn, asks about plans, and sets two processes against one;
writes tables and plots to docs/benchmarks/.

python -m benchmarks.bench FOLDER [--only WORK] [--instance NAME] [--seconds 300] [--workers 2] [--report]

FOLDER holds a folder of instances for each work; one that is missing is told and passed over. Each measurement goes
into docs/benchmarks/measured.csv or figures.csv at once, in place of an older one of the same kind, so that parts can
be run apart.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks.answers import answers
from benchmarks.figures import Figures
from benchmarks.instances import instance_name, read_instance
from benchmarks.lanes import turns
from benchmarks.measured import Measured
from benchmarks.report import write_report
from benchmarks.sides import SIDES
from schedtest.booking.generate import generate
from schedtest.scheduling.arrays import Arrays
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

PLANNING_SECONDS, QUESTIONS = 30.0, 20
"""For the plan that is asked about, and of each kind."""

LANES = {
    "processes": "processes of our own",
    "hosts": "a Dask cluster, scheduler and workers each on a host of its own",
}
"""Those that share the machine, and network namespaces that share its cores."""

TURNS = 6

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


def measure_answers(figures: Figures, folder: Path) -> None:
    problem = _facility(folder, "facility-3403")
    if problem is None:
        return
    solution = solve(problem, stop=Seconds(PLANNING_SECONDS), workers=2)
    for found in answers(problem, solution, QUESTIONS):
        print(f"answers {found.question}: p50 {found.p50:.2f} s, p95 {found.p95:.2f} s", flush=True)
        wanted = "–" if found.wanted is None else f"{found.wanted:.0f} s"
        seconds = {"p50": f"{found.p50:.2f} s", "p95": f"{found.p95:.2f} s"}
        figures.keep("answers", found.question, {**seconds, "wanted": wanted, "of": found.more})


def measure_lanes(figures: Figures, folder: Path) -> None:
    problem = _facility(folder, "facility-1150")
    if problem is None:
        return
    for kind, what in LANES.items():
        if kind == "hosts" and (os.geteuid() != 0 or find_spec("distributed") is None):
            print("two hosts are not measured: that needs root, and the extra dask", file=sys.stderr)
            continue
        one, two = zip(*turns(Arrays.of(problem), kind, TURNS), strict=True)
        ratios = sorted(both / alone for alone, both in zip(one, two, strict=True))
        print(f"lanes {what}: {median(ratios):.2f} times", flush=True)
        times = f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        values = {"one": f"{median(one):,.0f}", "two": f"{median(two):,.0f}", "two / one": times, "wanted": "1.70"}
        figures.keep("lanes", what, values)


def _facility(folder: Path, name: str) -> Problem | None:
    return next((problem for _, problem in problems(folder, "facility", name)), None)


FIGURES = {"answers": measure_answers, "lanes": measure_lanes}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=[*WORKS, *FIGURES], help="one work of them")
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
        for work, measure_figures in FIGURES.items():
            if chosen.only in (None, work):
                measure_figures(figures, chosen.folder)
    write_report(measured.rows(), figures.cells(), TO_PLAN)
    return 0


if __name__ == "__main__":
    sys.exit(main())
