"""Proven lower bounds on the objective, from calendars, releases and precedences alone.

What a task or a campaign costs at the least is summed over tasks and campaigns: the objective shares no part of its sum
between them. A bound counts nothing twice and never exceeds the total of a plan that keeps the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from .model.hours import Hours
from .model.lookup import Lookup
from .problem import Mode, Problem, Task
from .stay_bounds import shortest_stay

Stretch = Callable[[frozenset[str], int], int]
"""Calendars and working slots: the shortest stretch of time that holds so many in any of them."""


@dataclass(frozen=True, slots=True)
class Least:
    """What no plan goes below. ends: by task, None if no plan has it. stays: by campaign, in slots, when all its tasks
    are scheduled; none for a campaign that had no turn, or that has to leave a task out."""

    lookup: Lookup
    ends: Mapping[str, int | None]
    stays: Mapping[str, int]

    @property
    def campaigns(self) -> dict[str, int]:
        """What each costs at the least."""
        return {
            name: _least_of_campaign(self.lookup, tasks, self)
            if name in self.stays
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

    @cache  # thousands of tasks ask for few lengths in few calendars
    def stretch(calendars: frozenset[str], work: int) -> int:
        return shortest_stretch(Hours(sorted(w for name in calendars for w in lookup.hours[name].windows)), work)

    stays: dict[str, int] = {}
    for name, tasks in lookup.campaigns.items():
        if stopped():
            break
        if all(ends[task.id] is not None for task in tasks):
            stays[name] = _shortest_stay(lookup, tasks, stretch)
    return Least(lookup, ends, stays)


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
    inside = [_least_inside(lookup, task, known.ends[task.id] or 0) for task in tasks]
    weights = lookup.problem.objective
    whole = sum(inside) + weights.stay * known.stays[str(tasks[0].campaign)]
    extra = [
        weights.unscheduled * task.weight - least
        for task, least in zip(tasks, apart, strict=True)
        if task.id not in lookup.needed
    ]
    return min(whole, sum(apart) + min(extra)) if extra else whole


def _shortest_stay(lookup: Lookup, tasks: Sequence[Task], stretch: Stretch) -> int:
    """From the first start to the last end when all are scheduled: also by the hours of the longest task and of what an
    article does."""
    alone: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        for name in _exclusive(lookup, task):
            alone[name].append(task)
    stays = [_shortest_span(lookup, those, stretch) for those in ([task] for task in tasks)]
    return max(
        [shortest_stay(lookup, tasks), *stays, *(_shortest_span(lookup, those, stretch) for those in alone.values())]
    )


def _exclusive(lookup: Lookup, task: Task) -> list[str]:
    """Resources that the task uses more than half of in every mode, at each slot in which it works."""
    names = []
    modes = lookup.possible_modes(task)
    for name, _ in modes[0].uses if modes else ():
        capacity = lookup.resource[name].capacity
        if all(2 * dict(mode.uses).get(name, 0) > capacity for mode in modes):
            names.append(name)
    return names


def _shortest_span(lookup: Lookup, tasks: list[Task], stretch: Stretch) -> int:
    """Slots in which all can be done, one after the other, in working time of any calendar of theirs."""
    work = sum(min(mode.duration for mode in lookup.possible_modes(task)) for task in tasks)
    calendars = {task.calendar_in(mode) for task in tasks for mode in task.modes}
    named = frozenset(name for name in calendars if name is not None)
    return work if None in calendars else stretch(named, work)


def shortest_stretch(hours: Hours, work: int) -> int:
    """The fewest slots from a start to an end between which `work` working slots lie; `work` if there are none so many.

    The shortest stretch starts with a window or ends with one.
    """
    lengths: list[int] = []
    for number, window in enumerate(hours.windows):
        piece = next(hours.pieces(work, window.start, hours.windows[-1].end), None)
        if piece is not None:
            lengths.append(piece.length)
        before = hours.worked[number + 1] - work
        if before >= 0:
            lengths.append(window.end - _working_slot(hours, before))
    return min(lengths, default=work)


def _working_slot(hours: Hours, count: int) -> int:
    """The slot after `count` working slots that is working itself."""
    for number, window in enumerate(hours.windows):
        if count < hours.worked[number + 1]:
            return window.start + count - hours.worked[number]
    raise ValueError("there are no so many working slots")
