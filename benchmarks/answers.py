"""How long answers about a plan take once it is loaded: recommend, repair, explain.

python -m benchmarks.answers PROBLEM SOLUTION [NUMBER]      20 questions of each kind unless given

recommend: the largest campaigns, each beside the rest of the plan. repair: a busy road closed for two days, a device
gone for good, in turn, where a booking that moves costs at least MOVE; the first valid plan counts, and what has moved
when it is over. explain: single tasks with a deadline just before their end.
"""

import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median, quantiles

from schedtest.scheduling.beside import Beside
from schedtest.scheduling.explain import Explainer
from schedtest.scheduling.files import read_problem, read_solution
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.problem import Closure, Device, Problem, Window
from schedtest.scheduling.progress import ProgressReport
from schedtest.scheduling.recommend import Offer, recommend
from schedtest.scheduling.repair import repair
from schedtest.scheduling.solution import Solution
from schedtest.scheduling.stop import Seconds

MENDING_SECONDS = 5.0

MOVE = 200
"""Some public problems say that moving costs nothing; then everything moves."""


def _percentiles(what: str, seconds: Sequence[float], more: str) -> None:
    print(f"{what}: p50 {median(seconds):.2f} s, p95 {quantiles(seconds, n=20)[-1]:.2f} s, {more}", flush=True)


def _of(lookup: Lookup, solution: Solution, campaign: str) -> tuple[list[Offer], float]:
    rest = {
        name: place for name, place in solution.assignment_by_task.items() if lookup.task[name].campaign != campaign
    }
    beside = Beside(lookup, rest)
    started = time.perf_counter()
    return recommend(beside, campaign), time.perf_counter() - started


def _recommend(lookup: Lookup, solution: Solution, number: int) -> None:
    sizes = Counter(task.campaign for task in lookup.problem.tasks if task.campaign)
    _of(lookup, solution, next(iter(sizes)))  # loads the kernels
    gc.collect()
    gc.freeze()  # as the server does
    durations, left_out = [], 0
    for campaign, _ in sizes.most_common(number):
        offers, seconds = _of(lookup, solution, campaign)
        durations.append(seconds)
        left_out += sum(len(offer.left_out) for offer in offers)
    largest = sizes.most_common(1)[0][1]
    tasks = f"campaigns of up to {largest} tasks beside {len(lookup.problem.tasks)}, {left_out} tasks left out"
    _percentiles(f"recommend ({number})", durations, tasks)


def _broken(problem: Problem, solution: Solution, number: int) -> Iterator[Problem]:
    """The problem with something gone of which the plan makes use."""
    random, a_day = Random(1), 24 * 60 // problem.slot_minutes  # noqa: S311
    problem = replace(problem, objective=replace(problem.objective, move=max(MOVE, problem.objective.move)))
    roads = [resource for resource in problem.resources if resource.kind == "segment"]
    for turn in range(number):
        place = random.choice(solution.assignments)
        uses = dict(problem.task_by_id[place.task].mode(place.mode).uses)
        road = next((road for road in roads if road.id in uses), None)
        held = [device for _, devices in place.devices for device in devices]
        if turn % 2 or road is None:
            gone = random.choice(held) if held else solution.assignments[0].devices[0][1][0]
            devices = (_gone(each, problem.horizon) if each.id == gone else each for each in problem.devices)
            yield replace(problem, devices=tuple(devices))
        else:
            closed = Closure(place.start, min(place.start + 2 * a_day, problem.horizon), road.capacity)
            resources = (
                replace(each, closures=(*each.closures, closed)) if each is road else each for each in problem.resources
            )
            yield replace(problem, resources=tuple(resources))


def _gone(device: Device, horizon: int) -> Device:
    return replace(device, closures=(Window(0, horizon),))


def _repair(problem: Problem, solution: Solution, number: int) -> None:
    durations, moved, left_out = [], [], 0
    for broken in _broken(problem, solution, number):
        first: list[float] = []
        started = time.perf_counter()

        def note(report: ProgressReport, first: list[float] = first, started: float = started) -> None:
            if report.total is not None and not first:
                first.append(time.perf_counter() - started)

        mended = repair(broken, solution, stop=Seconds(MENDING_SECONDS), workers=2, progress=note)
        durations += first
        new = mended.assignment_by_task
        moved.append(
            sum(
                place.task in new and (new[place.task].start, new[place.task].mode) != (place.start, place.mode)
                for place in solution.assignments
            )
        )
        left_out += len(mended.unscheduled)
    more = f"after {MENDING_SECONDS:.0f} s {median(moved):.0f} bookings moved in the median, {max(moved)} at most"
    _percentiles(f"repair ({number}), first valid plan", durations, f"{more}, {left_out} tasks left out")


def _explain(lookup: Lookup, solution: Solution, number: int) -> None:
    random, durations, explained = Random(1), [], 0  # noqa: S311
    alone = [place for place in solution.assignments if not _is_followed(lookup, place.task)]
    for place in random.sample(alone, number):
        task = lookup.task[place.task]
        tight = replace(task, deadline=place.end - 1)
        tasks = tuple(tight if each.id == task.id else each for each in lookup.problem.tasks)
        rest = {name: one for name, one in solution.assignment_by_task.items() if name != task.id}
        explainer = Explainer(Beside(Lookup(replace(lookup.problem, tasks=tasks, baseline=())), rest))
        started = time.perf_counter()
        explanation = explainer.of(task.id)
        durations.append(time.perf_counter() - started)
        explained += bool(explanation.ways)
    _percentiles(f"explain ({number})", durations, f"ways in found for {explained}")


def _is_followed(lookup: Lookup, task: str) -> bool:
    return bool(lookup.following.get(task))


def main() -> None:
    problem, solution = read_problem(Path(sys.argv[1])), read_solution(Path(sys.argv[2]))
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    lookup = Lookup(problem)
    _recommend(lookup, solution, number)
    _explain(lookup, solution, number)
    _repair(problem, solution, number)


if __name__ == "__main__":
    main()
