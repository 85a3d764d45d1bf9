"""How long answers about a plan take once it is loaded: recommend, repair, explain.

python -m benchmarks.answers PROBLEM SOLUTION [NUMBER]      20 questions of each kind unless given

recommend: the largest campaigns, each beside the rest of the plan, then each two of them as one. repair: a busy road
closed for two days, a device gone for good, in turn, where a booking that moves costs at least MOVE; the first valid
plan counts, and what has moved when it is over. explain: single tasks with a deadline just before their end.
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
from typing import NamedTuple

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


class Answers(NamedTuple):
    """Seconds that answers to one kind of question took, and at most how many at the 95th percentile are wanted."""

    question: str
    p50: float
    p95: float
    wanted: float | None
    more: str


def _answers(question: str, seconds: Sequence[float], wanted: float | None, more: str) -> Answers:
    return Answers(question, median(seconds), quantiles(seconds, n=20)[-1], wanted, more)


def _of(lookup: Lookup, solution: Solution, campaign: str) -> tuple[list[Offer], float]:
    rest = {
        name: place for name, place in solution.assignment_by_task.items() if lookup.task[name].campaign != campaign
    }
    beside = Beside(lookup, rest)
    started = time.perf_counter()
    return recommend(beside, campaign), time.perf_counter() - started


def _two_in_one(problem: Problem) -> Problem:
    """Each two campaigns of about the same size as one, so that there are requests of 40 tests and more."""
    sizes = Counter(task.campaign for task in problem.tasks if task.campaign)
    names = [name for name, _ in sizes.most_common()]
    joined = {name: names[number - number % 2] for number, name in enumerate(names)}
    tasks = (replace(task, campaign=joined.get(task.campaign or "")) for task in problem.tasks)
    return replace(problem, tasks=tuple(tasks))


def _recommend(lookup: Lookup, solution: Solution, number: int) -> Answers:
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
    more = f"{number} campaigns of up to {largest} tasks beside {len(lookup.problem.tasks)}, {left_out} tasks left out"
    return _answers(f"recommend, up to {largest} tasks", durations, 1.0, more)


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


def _repair(problem: Problem, solution: Solution, number: int) -> Answers:
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
    more = f"{number} roads or devices; after {MENDING_SECONDS:.0f} s at most {max(moved)} bookings moved"
    return _answers("repair, the first valid plan", durations, 2.0, f"{more}, {left_out} tasks left out")


def _explain(lookup: Lookup, solution: Solution, number: int) -> Answers:
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
    return _answers("explain, one task, all kinds of changes", durations, None, f"a way in for {explained} of {number}")


def answers(problem: Problem, solution: Solution, number: int) -> Iterator[Answers]:
    """So many questions of each kind about a plan that keeps every rule."""
    lookup = Lookup(problem)
    yield _recommend(lookup, solution, number)
    yield _recommend(Lookup(_two_in_one(problem)), solution, number)
    yield _explain(lookup, solution, number)
    yield _repair(problem, solution, number)


def _is_followed(lookup: Lookup, task: str) -> bool:
    return bool(lookup.following.get(task))


def main() -> None:
    problem, solution = read_problem(Path(sys.argv[1])), read_solution(Path(sys.argv[2]))
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    for found in answers(problem, solution, number):
        print(f"{found.question}: p50 {found.p50:.2f} s, p95 {found.p95:.2f} s; {found.more}", flush=True)


if __name__ == "__main__":
    main()
