"""Which few tasks and resources cannot stand together when a problem has no plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from .model.lookup import Lookup
from .overload import find_overload
from .problem import Mode, Problem, Task
from .solution import Conflict

WORK_EACH = 20.0
"""Deterministic seconds for one question; one that stays open counts as no proof."""

QUICK_WORK = 2.0
"""The same for one of many questions."""

FEW = 80
"""Tasks up to which CP-SAT is asked whether fewer would do."""

AROUND = (6, 18, 54)
"""So many tasks around one that found no place are looked at, first the fewest."""

SUSPECTS = 12

LARGEST = 2500
"""Tasks above which they are not put into one model: it would take some minutes and gigabytes to be built."""


def quick_conflict(problem: Problem, suspects: Sequence[str], stopped: Callable[[], bool]) -> Conflict | None:
    """A conflict that is proven by arithmetic, or by CP-SAT from few tasks around those that found no place; it may
    name more than it takes. None proves nothing."""
    lookup = Lookup(problem)
    found = find_overload(lookup, _needed(lookup), stopped)
    if found is not None:
        return replace(found, tasks=tuple(_with_who_needs_them(lookup, found.tasks)))
    for most in AROUND:
        for suspect in suspects[:SUSPECTS]:
            if stopped():
                return None
            tasks = _around(lookup, suspect, most)
            things = _direct_things(lookup, tasks)
            if has_no_plan(only(problem, tasks, things), stopped, QUICK_WORK):
                return Conflict(tasks=tuple(tasks), resources=tuple(things))
    return None


def find_conflict(problem: Problem, stopped: Callable[[], bool]) -> Conflict | None:
    """Tasks and resources that have no plan even with nothing but them; None if that could not be proven.

    Minimal by deletion, unless stopped before: without any one of them, there is a plan or at least no proof. Every
    step is arithmetic or a model of its own, solved to the end; the solver's explanations are not asked.
    """
    found = quick_conflict(problem, (), stopped)
    if found is not None:
        return fewest(problem, found, stopped)
    lookup = Lookup(problem)
    tasks = [task.id for task in problem.tasks if task.id in lookup.needed]
    things = _things(lookup, tasks)

    def clash(some_tasks: Sequence[str], some_things: Sequence[str]) -> bool:
        return not stopped() and has_no_plan(only(problem, some_tasks, some_things), stopped)

    fixed = [task for task in tasks if lookup.task[task].fixed is not None]
    if len(fixed) <= LARGEST and clash(fixed, things):
        tasks = fixed
    elif len(tasks) > LARGEST or not clash(tasks, things):
        return None
    return _shrunk_by(clash, lookup, tasks, things)


def everything_needed(problem: Problem) -> Conflict:
    """All tasks that may not be left out, and all that they ask for: proven where the whole problem is."""
    lookup = Lookup(problem)
    tasks = [task.id for task in _needed(lookup)]
    return Conflict(tasks=tuple(tasks), resources=tuple(_things(lookup, tasks)))


def fewest(problem: Problem, conflict: Conflict, stopped: Callable[[], bool]) -> Conflict:
    """A part of a proven conflict that is proven too, minimal by deletion unless stopped before: by arithmetic, and by
    CP-SAT where tasks are few."""

    def overfull(some_tasks: Sequence[str], some_things: Sequence[str]) -> bool:
        part = Lookup(only(problem, some_tasks, some_things))
        return not stopped() and find_overload(part, _needed(part), stopped) is not None

    def clash(some_tasks: Sequence[str], some_things: Sequence[str]) -> bool:
        return overfull(some_tasks, some_things) or (
            not stopped() and has_no_plan(only(problem, some_tasks, some_things), stopped, QUICK_WORK)
        )

    lookup = Lookup(problem)
    tasks, things = list(conflict.tasks), list(conflict.resources)
    if len(tasks) > 1 and overfull(tasks, things):
        tasks = _shrunk(tasks, lambda some: overfull(some, things))
    if len(tasks) > FEW:
        return Conflict(tasks=tuple(tasks), resources=tuple(things))
    things = _shrunk(things, lambda some: clash(tasks, some))  # the fewer they are, the sooner is it proven of tasks
    return _shrunk_by(clash, lookup, tasks, things)


def _shrunk_by(
    clash: Callable[[Sequence[str], Sequence[str]], bool], lookup: Lookup, tasks: Sequence[str], things: Sequence[str]
) -> Conflict:
    tasks = _shrunk(tasks, lambda some: clash(some, things))
    named = set(_things(lookup, tasks))
    things = _shrunk([name for name in things if name in named], lambda some: clash(tasks, some))
    return Conflict(tasks=tuple(tasks), resources=tuple(things))


def has_no_plan(problem: Problem, stopped: Callable[[], bool] | None = None, work: float = WORK_EACH) -> bool:
    """Whether it is proven that the tasks that may not be left out cannot all be placed."""
    from .model.build import build
    from .model.solver import Limits, run
    from .model.variables import Stopped

    lookup = Lookup(problem)
    those = [task for task in problem.tasks if task.id in lookup.needed]
    if not those:
        return False
    try:
        model = build(lookup, those, {}, aimless=True, stopped=stopped or (lambda: False))
    except Stopped:
        return False
    return run(model, Limits(work=work, stopped=stopped)).infeasible


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


def _needed(lookup: Lookup) -> list[Task]:
    return [task for task in lookup.problem.tasks if task.id in lookup.needed]


def _with_who_needs_them(lookup: Lookup, tasks: Sequence[str]) -> list[str]:
    """The tasks, and for each that may be left out by itself those for whose sake it may not."""
    needers: dict[str, list[str]] = defaultdict(list)
    for precedence in lookup.problem.precedences:
        if precedence.after in lookup.needed:
            needers[precedence.before].append(precedence.after)
        if precedence.together and precedence.before in lookup.needed:
            needers[precedence.after].append(precedence.before)
    named = dict.fromkeys(tasks)
    for name in tasks:
        paths = [[name]]
        seen = {name}
        while not _must(lookup.task[paths[0][-1]]):
            path = paths.pop(0)
            further = [other for other in needers[path[-1]] if other not in seen]
            seen.update(further)
            paths += [[*path, other] for other in further]
        named.update(dict.fromkeys(paths[0]))
    return list(named)


def _must(task: Task) -> bool:
    return task.mandatory or task.fixed is not None


def _around(lookup: Lookup, suspect: str, most: int) -> list[str]:
    """The suspect and those in its way that may not be left out, then those in the way of these: at most half of all
    from one ring, first those with the least time to give way."""
    inside = {suspect: None}
    ring = [suspect]
    while ring and len(inside) < most:
        rivals = {other.id: other for name in ring for other in _rivals(lookup, lookup.task[name])}
        outside = [other for other in rivals.values() if other.id not in inside]
        outside.sort(key=lambda other: other.fixed is None and lookup.latest_end(other) - other.release)
        ring = [other.id for other in outside[: min(most // 2, most - len(inside))]]
        inside.update(dict.fromkeys(ring))
    for precedence in lookup.problem.precedences:
        if precedence.after in inside and precedence.before in lookup.needed:
            inside[precedence.before] = None
    return list(inside)


def _rivals(lookup: Lookup, task: Task) -> Iterator[Task]:
    """Tasks that may not be left out and need something of the same at times when it may be placed."""
    things, end = set(_of_task(task)), lookup.latest_end(task)
    for other in lookup.problem.tasks:
        if other.id not in lookup.needed or other.release >= end or lookup.latest_end(other) <= task.release:
            continue
        if not things.isdisjoint(_of_task(other)):
            yield other


def _direct_things(lookup: Lookup, tasks: Sequence[str]) -> list[str]:
    """What they need, but states that a task in between could change sooner: then fewer tasks prove nothing."""
    return [
        name
        for name in _things(lookup, tasks)
        if name not in lookup.state_resource or not lookup.state_resource[name].transitions
    ]


def _things(lookup: Lookup, tasks: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name for task in tasks for name in _of_task(lookup.task[task])))


def _of_task(task: Task) -> list[str]:
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
