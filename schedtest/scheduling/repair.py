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
from .solution import Progress, Solution, Status
from .stop import Stop


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

    Raises KeyError if the plan names what the problem does not have.
    """
    stands = tuple(
        Placing(assignment.task, assignment.start, assignment.mode)
        for assignment in plan.assignments
        if 0 <= assignment.start < problem.horizon
    )
    near = replace(problem, baseline=stands)
    found = solve(near, stop=stop, workers=workers, seed=seed, start=plan, progress=progress)
    if found.objective is None:
        return found
    cost, bound = cost_of(problem, found.assignments), lower_bound(problem, Lookup(problem))
    return replace(
        found,
        status=Status.OPTIMAL if bound == cost.total else Status.FEASIBLE,
        objective=cost,
        bound=bound,
        trace=(Progress(found.seconds, cost.total, bound),),
    )
