"""How long it takes to say why there is no plan: a problem in which all is mandatory and something is taken away.

python -m benchmarks.conflicts PROBLEM SOLUTION [SECONDS]      60 seconds unless given

SOLUTION places all tasks of PROBLEM; what is fixed comes from it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from schedtest.scheduling.files import read_problem, read_solution
from schedtest.scheduling.problem import Closure, Fixed, Problem, Task
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Solution
from schedtest.scheduling.stop import Seconds


class Told(NamedTuple):
    """What was taken away, and what was said of it. tasks, things: that the conflict names, 0 where there is none."""

    taken_away: str
    status: str
    tasks: int
    things: int
    seconds: float


def conflicts(problem: Problem, solution: Solution, seconds: float) -> Iterator[Told]:
    for what, changed in _without_a_plan(problem, solution):
        started = time.perf_counter()
        found = solve(changed, stop=Seconds(seconds), workers=2)
        spent = time.perf_counter() - started
        named = found.conflict
        counts = (0, 0) if named is None else (len(named.tasks), len(named.resources))
        yield Told(what, found.status.value, *counts, spent)


def _without_a_plan(problem: Problem, solution: Solution) -> Iterator[tuple[str, Problem]]:
    problem = replace(problem, tasks=tuple(replace(task, mandatory=True) for task in problem.tasks), baseline=())
    tasks = problem.tasks
    articles = {resource.id for resource in problem.resources if resource.kind == "article"}
    on_article: dict[str, list[Task]] = defaultdict(list)
    used: Counter[str] = Counter()
    for task in tasks:
        for name, _ in task.modes[0].uses:
            (on_article[name].append(task) if name in articles else used.update([name]))
    first = next(group for group in on_article.values() if len(group) > 1)
    busiest = max(on_article.values(), key=len)
    (shared, _), (other, _) = used.most_common(2)
    [(kind, _)] = Counter(name for task in tasks for name, _ in task.modes[0].devices).most_common(1)
    device = next(device for device in problem.devices if device.type == kind)
    largest = Counter(task.campaign for task in tasks).most_common(1)[0][0]

    yield "two tasks of one article fixed at one time", _fixed(problem, solution, first[0], first[1])
    yield "half of the time of the busiest article", _hurried(problem, [task.id for task in busiest])
    closed = (Closure(0, problem.horizon - 400, max(resource.capacity for resource in problem.resources)),)
    yield f"{other} until 400 slots before the end", _resource(problem, other, closures=closed)
    yield f"all places of {shared} but one", _resource(problem, shared, capacity=1)
    left = tuple(each for each in problem.devices if each.type != kind or each is device)
    yield f"all devices of type {kind} but one", replace(problem, devices=left)
    for share in (0.1, 0.2):
        yield f"all but {share:.0%} of the largest campaign's time", _shortened(problem, largest, share)


def _fixed(problem: Problem, solution: Solution, one: Task, other: Task) -> Problem:
    places = {name: Fixed(place.start, place.mode) for name, place in solution.assignment_by_task.items()}
    places[other.id] = Fixed(places[one.id].start, other.modes[0].id)
    return replace(problem, tasks=tuple(replace(task, fixed=places[task.id]) for task in problem.tasks))


def _with_deadline(problem: Problem, names: set[str], deadline: int) -> Problem:
    return replace(
        problem,
        tasks=tuple(replace(task, deadline=deadline) if task.id in names else task for task in problem.tasks),
    )


def _hurried(problem: Problem, names: list[str]) -> Problem:
    those = [problem.task_by_id[name] for name in names]
    work = sum(min(mode.duration for mode in task.modes) for task in those)
    return _with_deadline(problem, set(names), min(task.release for task in those) + work // 2 + 48)


def _resource(problem: Problem, name: str, **changes: object) -> Problem:
    return replace(
        problem,
        resources=tuple(replace(each, **changes) if each.id == name else each for each in problem.resources),  # type: ignore[arg-type]
    )


def _shortened(problem: Problem, campaign: str | None, share: float) -> Problem:
    those = [task for task in problem.tasks if task.campaign == campaign]
    begins, ends = min(task.release for task in those), max(task.deadline or task.due for task in those)
    return _with_deadline(problem, {task.id for task in those}, begins + int(share * (ends - begins)))


def main() -> None:
    problem, solution = read_problem(Path(sys.argv[1])), read_solution(Path(sys.argv[2]))
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60.0
    for told in conflicts(problem, solution, seconds):
        counts = f"{told.tasks} tasks, {told.things} things"
        print(f"{told.taken_away}: {told.status}, {counts}, {told.seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
