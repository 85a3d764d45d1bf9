"""A plan mended after its problem has changed: a closure, a dead device, an overrun; as near as the weights ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .bounds import lower_bound
from .check import cost_of
from .model.lookup import Lookup
from .problem import Placing, Problem
from .progress import ProgressReport
from .search import solve
from .solution import Assignment, Progress, Solution, Status
from .stop import Budget, Stop


def repair(
    problem: Problem,
    plan: Solution,
    *,
    stop: Stop,
    workers: int = 1,
    seed: int = 0,
    progress: Callable[[ProgressReport], None] | None = None,
) -> Solution:
    """A valid plan, searched for with the given one as the baseline; its objective and bound are the problem's own.

    Tasks, modes and devices of the plan that the problem no longer has are passed over. The trace has one row: what it
    went through was measured with the baseline.
    """
    budget = Budget(stop)
    stands = without_what_is_gone(problem, plan)
    near = replace(
        problem,
        baseline=tuple(
            Placing(place.task, place.start, place.mode)
            for place in stands.assignments
            if 0 <= place.start < problem.horizon
        ),
    )
    found = solve(near, stop=stop, workers=workers, seed=seed, start=stands, progress=progress)
    if found.objective is None:
        return replace(found, bound=None)
    cost = cost_of(problem, found.assignments)
    bound = lower_bound(problem, Lookup(problem), lambda: budget.told)
    return replace(
        found,
        status=Status.OPTIMAL if bound == cost.total else Status.FEASIBLE,
        objective=cost,
        bound=bound,
        trace=(Progress(found.seconds, cost.total, bound),),
    )


def without_what_is_gone(problem: Problem, plan: Solution) -> Solution:
    """The plan with nothing but tasks, modes and devices of the problem."""
    type_of = {device.id: device.type for device in problem.devices}

    def with_known_devices(place: Assignment) -> Assignment:
        devices = tuple(
            (kind, tuple(name for name in names if type_of.get(name) == kind)) for kind, names in place.devices
        )
        return replace(place, devices=devices)

    known = {(task.id, mode.id) for task in problem.tasks for mode in task.modes}
    still = (place for place in plan.assignments if (place.task, place.mode) in known)
    return replace(plan, assignments=tuple(with_known_devices(place) for place in still))
