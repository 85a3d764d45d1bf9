"""What is measured beside totals: answers, conflicts, two engines against one, two workers against one, limits."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.answers import answers
from benchmarks.conflicts import conflicts
from benchmarks.engines import ratios, totals_of
from benchmarks.figures import Figures
from benchmarks.lanes import turns
from benchmarks.limits import most_memory, seconds_to_stop
from benchmarks.problems import facility, problems
from schedtest.booking.generate import generate
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.files import write_problem
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Seconds

PLANNING_SECONDS, QUESTIONS = 30.0, 20
"""For the plan that is asked about, and of each kind."""

CONFLICT_SECONDS = 60.0

LIMITED = ((1000, 13), (10_000, 26))
"""(tests, weeks)."""

MEMORY_SECONDS, STOPS = 60.0, (10.0, 15.0, 20.0, 25.0, 30.0)

SEEDS = 2

PAIRED = ("facility-1150", "facility-3403", "1000-13w-0.7", "1000-13w-1.6", "3000-13w-1.0")

LANES = {
    "processes": "processes of our own",
    "hosts": "a Dask cluster, scheduler and workers each on a host of its own",
}
"""Those that share the machine, and network namespaces that share its cores."""

TURNS = 6


def measure_answers(figures: Figures, chosen: Namespace) -> None:
    problem = facility(chosen.folder, "facility-3403")
    if problem is None:
        return
    solution = solve(problem, stop=Seconds(PLANNING_SECONDS), workers=2)
    for found in answers(problem, solution, QUESTIONS):
        print(f"answers {found.question}: p50 {found.p50:.2f} s, p95 {found.p95:.2f} s", flush=True)
        wanted = "–" if found.wanted is None else f"{found.wanted:.0f} s"
        seconds = {"p50": f"{found.p50:.2f} s", "p95": f"{found.p95:.2f} s"}
        figures.keep("answers", found.question, {**seconds, "wanted": wanted, "of": found.more})


def measure_conflicts(figures: Figures, _: Namespace) -> None:
    problem = generate(tests=1000, weeks=13, seed=1)
    solution = solve(problem, stop=Seconds(PLANNING_SECONDS), workers=2)
    for told in conflicts(problem, solution, CONFLICT_SECONDS):
        print(f"conflicts {told.taken_away}: {told.status}, {told.seconds:.1f} s", flush=True)
        named = {"tasks": f"{told.tasks}", "resources": f"{told.things}"}
        took = {"took": f"{told.seconds:.1f} s", "wanted": "30 s"}
        figures.keep("conflicts", told.taken_away, {"answer": told.status, **named, **took})


def measure_engines(figures: Figures, chosen: Namespace) -> None:
    for name in PAIRED:
        if chosen.instance not in (None, name):
            continue
        work = "facility" if name.startswith("facility") else "generated"
        for _, problem in problems(chosen.folder, work, name):
            both, walks = totals_of(problem, chosen.seconds, chosen.workers, SEEDS)
            print(f"engines {name}: {ratios(both, walks)}", flush=True)
            totals = [", ".join(f"{total:,}" for total in each) for each in (both, walks)]
            values = {"both": totals[0], "walks alone": totals[1], "both / walks": ratios(both, walks), "wanted": "< 1"}
            figures.keep("engines", f"{name} in {chosen.seconds:.0f} s", values)


def measure_limits(figures: Figures, _: Namespace) -> None:
    for tests, weeks in LIMITED:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "problem.json"
            write_problem(path, generate(tests=tests, weeks=weeks, seed=1))
            memory = most_memory(path, MEMORY_SECONDS)
            longest = max(seconds_to_stop(path, after) for after in STOPS)
        print(f"limits {tests} tests: {memory:,.0f} MiB, over {longest:.1f} s after Ctrl-C", flush=True)
        limits = {
            "memory of all processes": (f"{memory:,.0f} MiB", "2,048 MiB"),
            "from Ctrl-C to the end": (f"{longest:.1f} s", "2 s"),
        }
        for what, (most, wanted) in limits.items():
            figures.keep("limits", f"{what}, {tests:,} tests", {"most": most, "wanted": wanted})


def measure_lanes(figures: Figures, chosen: Namespace) -> None:
    problem = facility(chosen.folder, "facility-1150")
    if problem is None:
        return
    for kind, what in LANES.items():
        if kind == "hosts" and (os.geteuid() != 0 or find_spec("distributed") is None):
            print("two hosts are not measured: that needs root, and the extra dask", file=sys.stderr)
            continue
        one, two = zip(*turns(Arrays.of(problem), kind, TURNS), strict=True)
        quotients = sorted(both / alone for alone, both in zip(one, two, strict=True))
        print(f"lanes {what}: {median(quotients):.2f} times", flush=True)
        times = f"{median(quotients):.2f} ({quotients[0]:.2f} to {quotients[-1]:.2f})"
        values = {"one": f"{median(one):,.0f}", "two": f"{median(two):,.0f}", "two / one": times, "wanted": "1.70"}
        figures.keep("lanes", what, values)


ASIDES: dict[str, Callable[[Figures, Namespace], None]] = {
    "answers": measure_answers,
    "conflicts": measure_conflicts,
    "engines": measure_engines,
    "lanes": measure_lanes,
    "limits": measure_limits,
}
