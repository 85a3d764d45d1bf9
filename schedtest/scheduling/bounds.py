"""Proven lower bounds on the objective, from calendars, releases and precedences alone.

What a task or a campaign costs at the least is summed over tasks and campaigns: the objective shares no part of its sum
between them. A bound counts nothing twice and never exceeds the total of a plan that keeps the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .campaign_bounds import CampaignBounds, Whole
from .model.lookup import Lookup
from .problem import Mode, Problem, Task
from .stay_bounds import shortest_stay


@dataclass(frozen=True, slots=True)
class Least:
    """What no plan goes below. ends: by task, None if no plan has it. wholes: by campaign, when all its tasks are
    scheduled, None if there is no time for all; nothing for a campaign that had no turn."""

    lookup: Lookup
    ends: Mapping[str, int | None]
    wholes: Mapping[str, Whole | None]

    @property
    def campaigns(self) -> dict[str, int]:
        """What each costs at the least."""
        return {
            name: _least_of_campaign(self.lookup, tasks, self)
            if name in self.wholes
            else sum(_least_apart(self.lookup, task, self.ends) for task in tasks)
            for name, tasks in self.lookup.campaigns.items()
        }

    @property
    def total(self) -> int:
        alone = (task for task in self.lookup.problem.tasks if task.campaign is None)
        return sum(_least_apart(self.lookup, task, self.ends) for task in alone) + sum(self.campaigns.values())


def least(lookup: Lookup, stopped: Callable[[], bool] = lambda: False) -> Least:
    """Once stopped, campaigns that had no turn count as if they did not have to stay."""
    ends = earliest_ends(lookup)
    bounds = CampaignBounds(lookup, ends)
    wholes: dict[str, Whole | None] = {}
    for name, tasks in lookup.campaigns.items():
        if stopped():
            break
        if all(ends[task.id] is not None for task in tasks):
            wholes[name] = bounds.least(name, shortest_stay(lookup, tasks))
    return Least(lookup, ends, wholes)


def lower_bound(problem: Problem, lookup: Lookup | None = None, stopped: Callable[[], bool] = lambda: False) -> int:
    """No plan's total is below it."""
    return least(lookup or Lookup(problem), stopped).total


def earliest_ends(lookup: Lookup) -> dict[str, int | None]:
    """By task: no plan has it end earlier; None if no plan has it at all.

    A scheduled task's predecessors are scheduled too, so their ends and lags push its start.
    """
    problem = lookup.problem
    floor = {task.id: task.release for task in problem.tasks}
    ends = {task.id: _earliest_end(lookup, task, floor[task.id]) for task in problem.tasks}
    for _ in problem.tasks:
        changed = False
        for precedence in problem.precedences:
            before, after = ends[precedence.before], precedence.after
            if ends[after] is None:
                continue
            if before is None:
                ends[after], changed = None, True
            elif before + precedence.min_lag > floor[after]:
                floor[after] = before + precedence.min_lag
                ends[after] = _earliest_end(lookup, lookup.task[after], floor[after])
                changed = True
        if not changed:
            break
    return ends


def _earliest_end(lookup: Lookup, task: Task, floor: int) -> int | None:
    ends = [
        end for mode in lookup.possible_modes(task) if (end := _earliest_end_in(lookup, task, mode, floor)) is not None
    ]
    return min(ends, default=None)


def _earliest_end_in(lookup: Lookup, task: Task, mode: Mode, floor: int) -> int | None:
    if task.fixed is not None and task.fixed.mode != mode.id:
        return None
    start = floor if task.fixed is None else task.fixed.start
    if start < floor:
        return None
    hours, latest = lookup.hours_in(task, mode), lookup.latest_end(task)
    if hours is None:
        end = start + mode.duration
        return end if end <= latest else None
    if task.interruptible:
        piece = next(hours.pieces(mode.duration, start, latest), None)
        return None if piece is None else piece.first + piece.length
    first = next(hours.whole_starts(mode.duration, start, latest), None)
    return None if first is None else first[0] + mode.duration


def _least_inside(lookup: Lookup, task: Task, end: int) -> int:
    """What a scheduled task costs at the least, but for its campaign's stay."""
    weights = lookup.problem.objective
    modes = [mode.cost for mode in lookup.possible_modes(task)]
    return weights.tardiness * task.weight * max(0, end - task.due) + weights.cost * min(modes)


def _least_apart(lookup: Lookup, task: Task, earliest: Mapping[str, int | None]) -> int:
    """Scheduled or left out, whichever is less; a needed task is scheduled."""
    left_out = lookup.problem.objective.unscheduled * task.weight
    end = earliest[task.id]
    if end is None:
        return left_out
    inside = _least_inside(lookup, task, end)
    return inside if task.id in lookup.needed else min(inside, left_out)


def _least_of_campaign(lookup: Lookup, tasks: Sequence[Task], known: Least) -> int:
    """Either all its tasks are scheduled, and it stays as long as they take; or one is left out."""
    apart = [_least_apart(lookup, task, known.ends) for task in tasks]
    weights = lookup.problem.objective
    whole = known.wholes[str(tasks[0].campaign)]
    extra = [
        weights.unscheduled * task.weight - least
        for task, least in zip(tasks, apart, strict=True)
        if task.id not in lookup.needed
    ]
    lacking = sum(apart) + min(extra, default=0)
    if whole is None:
        return lacking
    return min(whole.cost, lacking) if extra else whole.cost
