"""From what a search found to a solution that passes the checker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from .arrays import Arrays
from .check import check, cost_of
from .incumbent import Incumbent, devices_of, end_of
from .model.lookup import Lookup, Placed
from .progress import Recorder
from .reasons import Reasons
from .solution import Assignment, Conflict, Solution, Status

Plan = Mapping[str, Assignment]
"""By task; those left out are missing."""


class WrongPlan(AssertionError):
    """A search made a plan that breaks a rule: a fault of ours, never of the problem."""


def plan_of(arrays: Arrays, incumbent: Incumbent) -> dict[str, Assignment]:
    """Every scheduled task, with the devices that the incumbent names."""
    plan = {}
    for number in np.flatnonzero(incumbent.start >= 0).tolist():
        task = arrays.problem.tasks[number]
        start, mode = int(incumbent.start[number]), int(incumbent.mode[number])
        end = end_of(arrays, number, mode, start)
        assert end is not None
        devices = devices_of(arrays, incumbent, number)
        plan[task.id] = Assignment(task=task.id, start=start, end=end, mode=task.modes[mode].id, devices=devices)
    return plan


def around(
    lookup: Lookup, arrays: Arrays, incumbent: Incumbent, freed: Collection[int]
) -> tuple[dict[str, Placed], list[Assignment]]:
    """The rest in its places, and the freed tasks' present places."""
    rest: dict[str, Placed] = {}
    before: list[Assignment] = []
    for task, data in enumerate(arrays.problem.tasks):
        start = int(incumbent.start[task])
        if start < 0:
            continue
        placed = lookup.placed_at(data, data.modes[int(incumbent.mode[task])], start)
        if task in freed:
            before.append(Assignment(task=data.id, start=start, end=placed.end, mode=placed.mode.id))
        else:
            rest[data.id] = placed
    return rest, before


def as_solution(lookup: Lookup, plan: Plan, *, status: Status = Status.FEASIBLE, bound: int | None = None) -> Solution:
    """A plan with its objective, without reasons, trace and time."""
    assignments = tuple(plan[task.id] for task in lookup.problem.tasks if task.id in plan)
    return Solution(status=status, objective=cost_of(lookup.problem, assignments), bound=bound, assignments=assignments)


def finished(
    lookup: Lookup, plan: Plan, recorder: Recorder, seconds: float, hurried: Callable[[], bool] = lambda: False
) -> Solution:
    """The solution to hand out: why each task is left out, and every rule checked. Raises WrongPlan.

    hurried: whether reasons have taken long enough; the rest is told that no place was found.
    """
    problem = lookup.problem
    placed = {name: lookup.placed(assignment) for name, assignment in plan.items()}
    reasons = Reasons(lookup, placed, hurried)
    bare = as_solution(lookup, plan)
    assert bare.objective is not None
    total, bound = bare.objective.total, recorder.bound
    solution = Solution(
        status=Status.OPTIMAL if bound == total else Status.FEASIBLE,
        objective=bare.objective,
        bound=bound,
        assignments=bare.assignments,
        unscheduled=tuple(reasons.unscheduled(task) for task in problem.tasks if task.id not in plan),
        trace=tuple(recorder.trace),
        seconds=seconds,
    )
    violations = check(problem, solution)
    if violations:
        raise WrongPlan("\n".join(str(violation) for violation in violations))
    return solution


def without_plan(recorder: Recorder, seconds: float, conflict: Conflict | None) -> Solution:
    """Infeasible if a conflict is proven, else unknown."""
    return Solution(
        status=Status.UNKNOWN if conflict is None else Status.INFEASIBLE,
        bound=recorder.bound if conflict is None else None,
        conflict=conflict,
        trace=tuple(recorder.trace),
        seconds=seconds,
    )
