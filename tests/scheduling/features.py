"""Which features of the format a problem has, and which of them its plan had to reckon with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from schedtest.scheduling.problem import Mode, Precedence, Problem, Task
from schedtest.scheduling.solution import Assignment, Solution
from tests.scheduling.problems import FEATURES, random_problem


def full_problem(seed: int, tests: int, load: float = 1.0) -> Problem:
    """A random problem in which every feature occurs: small ones are drawn again until it does."""
    for attempt in count():
        problem = random_problem(seed + 1_000_000 * attempt, tests, load=load)
        if features_of(problem) == FEATURES:
            return problem
    raise AssertionError


def features_of(problem: Problem) -> frozenset[str]:
    modes = [(task, mode) for task in problem.tasks for mode in task.modes]
    return frozenset(_Found(problem, modes, problem.precedences).all())


def features_met(problem: Problem, solution: Solution) -> frozenset[str]:
    """What the plan's own tasks have, in their chosen modes; interruptible ones only if they are interrupted."""
    places = solution.assignment_by_task
    modes = [(task, task.mode(places[task.id].mode)) for task in problem.tasks if task.id in places]
    both = tuple(p for p in problem.precedences if p.before in places and p.after in places)
    found = _Found(problem, modes, both)
    found.interrupted = {name for name, place in places.items() if _pauses(problem, place)}
    return frozenset(found.all())


def _pauses(problem: Problem, place: Assignment) -> bool:
    return place.end - place.start > problem.task_by_id[place.task].mode(place.mode).duration


class _Found:
    def __init__(self, problem: Problem, modes: list[tuple[Task, Mode]], precedences: tuple[Precedence, ...]) -> None:
        self.problem = problem
        self.modes = modes
        self.precedences = precedences
        self.interrupted = {task.id for task, mode in modes if task.interruptible and task.calendar_in(mode)}
        self.kept = {resource.id for resource in problem.resources if resource.kept}
        self.closed = {resource.id for resource in problem.resources if resource.closures}
        self.turning = {kind.id for kind in problem.device_types if kind.turnaround}
        self.calibrated = {device.type for device in problem.devices if device.closures}
        self.baseline = {placing.task for placing in problem.baseline}

    def all(self) -> Iterator[str]:
        yield from self.of_pairs()
        for task, mode in self.modes:
            has = self.of_task(task) | self.of_mode(task, mode)
            yield from (feature for feature, is_there in has.items() if is_there)

    def of_pairs(self) -> Iterator[str]:
        """What tasks have only with one another."""
        campaigns = [task.campaign for task in {task.id: task for task, _ in self.modes}.values() if task.campaign]
        if len(set(campaigns)) < len(campaigns):
            yield "campaigns"
        states = {state for _, mode in self.modes for state in mode.states}
        for resource in self.problem.state_resources:
            for change in resource.transitions:
                if change.slots and {(resource.id, change.before), (resource.id, change.after)} <= states:
                    yield "states"
        if any(p.together for p in self.precedences):
            yield "together"
        if any(p.min_lag for p in self.precedences) and any(p.max_lag is not None for p in self.precedences):
            yield "lags"

    def of_task(self, task: Task) -> dict[str, bool]:
        return {
            "fixed": task.fixed is not None,
            "mandatory": task.mandatory,
            "deadlines": task.deadline is not None,
            "calendars": task.calendar is not None,
            "baseline": task.id in self.baseline,
            "interruptible": task.id in self.interrupted,
        }

    def of_mode(self, task: Task, mode: Mode) -> dict[str, bool]:
        used = {name for name, amount in mode.uses if amount}
        wanted = {name for name, amount in mode.devices if amount}
        return {
            "modes": mode is not task.modes[0],
            "mode_calendars": mode.calendar is not None,
            "kept": task.id in self.interrupted and not used.isdisjoint(self.kept),
            "closures": not used.isdisjoint(self.closed),
            "turnaround": not wanted.isdisjoint(self.turning),
            "device_closures": not wanted.isdisjoint(self.calibrated),
        }
