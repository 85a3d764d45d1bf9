"""Which few tasks and resources cannot stand together when a problem has no plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .model.lookup import Lookup
from .problem import Mode, Problem, Task
from .solution import Conflict

WORK_EACH = 20.0
"""Deterministic seconds for one question; one that stays open counts as no proof."""


def find_conflict(problem: Problem, stopped: Callable[[], bool]) -> Conflict | None:
    """Tasks and resources that have no plan even with nothing but them; None if that could not be proven.

    Minimal by deletion, unless stopped before: without any one of them, there is a plan or at least no proof. Every
    step is a model of its own, solved to the end; the solver's explanations are not asked.
    """
    lookup = Lookup(problem)
    tasks = [task.id for task in problem.tasks if task.id in lookup.needed]
    things = list(dict.fromkeys(name for task in tasks for name in _things(lookup.task[task])))

    def clash(some_tasks: Sequence[str], some_things: Sequence[str]) -> bool:
        return not stopped() and has_no_plan(only(problem, some_tasks, some_things), stopped)

    fixed = [task for task in tasks if lookup.task[task].fixed is not None]
    if clash(fixed, things):
        tasks = fixed
    elif not clash(tasks, things):
        return None
    tasks = _shrunk(tasks, lambda some: clash(some, things))
    named = dict.fromkeys(name for task in tasks for name in _things(lookup.task[task]))
    things = _shrunk([name for name in things if name in named], lambda some: clash(tasks, some))
    return Conflict(tasks=tuple(tasks), resources=tuple(things))


def has_no_plan(problem: Problem, stopped: Callable[[], bool] | None = None) -> bool:
    """Whether it is proven that the tasks that may not be left out cannot all be placed."""
    from .model.build import build
    from .model.solver import Limits, run

    lookup = Lookup(problem)
    those = [task for task in problem.tasks if task.id in lookup.needed]
    if not those:
        return False
    return run(build(lookup, those, {}, aimless=True), Limits(work=WORK_EACH, stopped=stopped)).infeasible


def only(problem: Problem, tasks: Sequence[str], things: Sequence[str]) -> Problem:
    """The problem with nothing but these tasks, and nothing but these resources, device types and state resources."""
    kept_tasks, kept_things = set(tasks), set(things)
    return replace(
        problem,
        tasks=tuple(
            replace(task, modes=tuple(_with_only(mode, kept_things) for mode in task.modes))
            for task in problem.tasks
            if task.id in kept_tasks
        ),
        precedences=tuple(p for p in problem.precedences if p.before in kept_tasks and p.after in kept_tasks),
        baseline=(),
    )


def _with_only(mode: Mode, things: set[str]) -> Mode:
    return replace(
        mode,
        uses=tuple(use for use in mode.uses if use[0] in things),
        devices=tuple(demand for demand in mode.devices if demand[0] in things),
        states=tuple(state for state in mode.states if state[0] in things),
    )


def _things(task: Task) -> list[str]:
    return [name for mode in task.modes for part in (mode.uses, mode.devices, mode.states) for name, _ in part]


def _shrunk(items: Sequence[str], clash: Callable[[Sequence[str]], bool]) -> list[str]:
    """Ever smaller parts are left out as long as the rest still clashes (delta debugging, Zeller and Hildebrandt 2002,
    IEEE Trans. Softw. Eng. 28(2), 183-200); the last pass tries each item alone."""
    kept = list(items)
    size = max(1, len(kept) // 2)
    while True:
        place = 0
        while place < len(kept):
            fewer = kept[:place] + kept[place + size :]
            if clash(fewer):
                kept = fewer
            else:
                place += size
        if size == 1:
            return kept
        size //= 2
