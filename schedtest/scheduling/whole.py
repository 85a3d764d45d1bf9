"""All tasks of a problem in one CP-SAT model: optima and infeasibility with proof.

OR-Tools takes more than a second to import: as in workbench.py and conflict.py, it is when it has something to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING

from .model.lookup import Lookup
from .progress import Recorder
from .solution import Assignment
from .stop import WITHOUT_LIMIT, Budget

if TYPE_CHECKING:
    from .model.solver import Answer

ROUND_WORK = 0.1
"""Deterministic seconds of CP-SAT in a round: some two of wall clock."""

LONGEST_WORK = 1e9


@dataclass(frozen=True, slots=True)
class Means:
    """What every run of a model in one search shares."""

    budget: Budget
    recorder: Recorder
    workers: int
    seed: int


def improve_whole(
    lookup: Lookup,
    plan: Mapping[str, Assignment] | None,
    share: float,
    means: Means,
    floors: Mapping[str, int] = MappingProxyType({}),
) -> Answer:
    """A plan better than any that the recorder knows, if one is found; for at most a share of what is left.

    floors: by campaign, what it costs at the least.

    That it be better is not asked of the model: without a plan of its own CP-SAT has nothing to improve.
    """
    from .model.build import build, hint
    from .model.solver import Limits, run
    from .model.variables import Stopped

    try:
        model = build(lookup, lookup.problem.tasks, {}, floors=floors, stopped=means.budget.over)
    except Stopped:
        return _nothing()
    if plan is not None:
        hint(model, plan.values())
    before = means.recorder.total
    told: list[tuple[int, int, Mapping[str, int]]] = []
    best = inf

    def stopped() -> bool:
        """Also when a plan reaches what was proven before."""
        nonlocal best
        while told:
            total, bound, ends = told.pop(0)
            best = min(best, total)
            means.recorder.found(total, ends)
            means.recorder.proved(bound)
        return means.budget.over() or (means.recorder.bound is not None and best <= means.recorder.bound)

    work, seconds = _limits(share, means)
    answer = run(
        model,
        Limits(work, seconds, means.workers, means.seed, stopped),
        on_plan=lambda *plan: told.append(plan),
    )
    means.budget.rounds += max(1, int(answer.work / ROUND_WORK))
    is_better = answer.total is not None and (before is None or answer.total < before)
    if is_better and answer.plan is not None and answer.total is not None:
        means.recorder.found(answer.total, {task: place.end for task, place in answer.plan.items()})
    if answer.bound is not None:
        means.recorder.proved(answer.bound)
    return answer if is_better else replace(answer, plan=None)


def place_needed(lookup: Lookup, means: Means) -> Answer:
    """Only the tasks that may not be left out, anywhere: a plan of them, or the proof that there is none."""
    from .model.build import build
    from .model.solver import Limits, run
    from .model.variables import Stopped

    those = [task for task in lookup.problem.tasks if task.id in lookup.needed]
    work, seconds = _limits(0.5, means)
    try:
        model = build(lookup, those, {}, aimless=True, stopped=means.budget.over)
    except Stopped:
        return _nothing()
    answer = run(model, Limits(work, seconds, means.workers, means.seed, means.budget.over))
    means.budget.rounds += max(1, int(answer.work / ROUND_WORK))
    return answer


def _nothing() -> Answer:
    from .model.solver import Answer

    return Answer(None, None, None, closed=False, work=0.0)


def _limits(share: float, means: Means) -> tuple[float, float | None]:
    """(deterministic seconds, seconds of wall clock)"""
    left, rounds_left = means.budget.seconds_left, means.budget.rounds_left
    if left == inf and rounds_left == inf and share < 1:
        left = WITHOUT_LIMIT
    work = LONGEST_WORK if rounds_left == inf else ROUND_WORK * max(1.0, rounds_left * share)
    return work, None if left == inf else left * share
