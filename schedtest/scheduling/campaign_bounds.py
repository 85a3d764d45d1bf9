"""What a campaign costs at the least when nothing of it is left out, whenever it begins.

What one article must do is counted in the hours of several clocks: a task that pauses may hold the article meanwhile,
so that hours go by in which others could work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

import numpy as np

from .arrays import ragged
from .calendars import counted, open_slots
from .compiled import Ints
from .model.hours import pauses
from .model.lookup import Lookup
from .problem import Mode, Task
from .stay_bounds import arcs_between, longest_after, longest_before, shortest_work
from .tables import NEVER
from .visits import Clocks, Visit, find_least

MOST_SLOTS = 2**24
"""Slots times clocks above which no hours are looked at."""

Names = frozenset[str | None]
"""Calendars whose hours a clock counts; None is open always."""

ALWAYS: Names = frozenset([None])


class Whole(NamedTuple):
    """Slots from the first start to the last end, and the cost of stay, tardiness and modes together: at the least."""

    stay: int
    cost: int


class CampaignBounds:
    """Of the campaigns of one problem."""

    def __init__(self, lookup: Lookup, ends: Mapping[str, int | None]) -> None:
        """ends: by task, no plan has it end earlier."""
        self._lookup, self._ends = lookup, ends
        self._alone = {name: _alone(lookup, tasks) for name, tasks in lookup.campaigns.items()}
        articles = (those for alone in self._alone.values() for those in alone.values())
        asked = dict.fromkeys(names for those in articles for names in _names_of(lookup, those))
        every = list(dict.fromkeys([ALWAYS, *(frozenset([name]) for name in lookup.hours), *asked]))
        self._row = {names: row for row, names in enumerate(every)}
        self._clocks = _clocks(lookup, every) if len(every) * lookup.problem.horizon <= MOST_SLOTS else None
        self._hours: dict[tuple[int, int, int, bool, bool], int] = {}

    def least(self, campaign: str, shortest: int) -> Whole | None:
        """None if there is no time for all its tasks. shortest: slots that it takes whenever it begins."""
        weights, tasks = self._lookup.problem.objective, self._lookup.campaigns[campaign]
        ways = weights.cost * sum(min(mode.cost for mode in _modes(self._lookup, task)) for task in tasks)
        if self._clocks is None:
            late = sum(task.weight * max(0, (self._ends[task.id] or 0) - task.due) for task in tasks)
            return Whole(shortest, weights.stay * shortest + weights.tardiness * late + ways)
        visit = self._visit(campaign, shortest, self._clocks)
        find_least(self._clocks, visit)
        stay, cost = visit.least.tolist()
        return None if stay == NEVER else Whole(stay, cost + ways)

    def _visit(self, campaign: str, shortest: int, clocks: Clocks) -> Visit:
        lookup, weights = self._lookup, self._lookup.problem.objective
        tasks = _in_order(lookup, lookup.campaigns[campaign])
        arcs = [arc for arc in arcs_between(lookup, tasks) if arc[0] < arc[1]]
        incoming: list[list[tuple[int, int]]] = [[] for _ in tasks]
        for before, after, lag in arcs:
            incoming[after].append((before, lag))
        floors = _ints([self._floor(task) for task in tasks])
        durations = _ints([shortest_work(lookup, task) for task in tasks])
        heads, tails = longest_before(durations, arcs, floors), longest_after(durations, arcs)
        option_first, options = ragged([(task, mode) for mode in _modes(lookup, task)] for task in tasks)
        in_first, every_arc = ragged(incoming)
        turns = self._turns(campaign, clocks, tasks, heads.tolist(), tails.tolist())
        turn_first, members = ragged(those for _, those in turns)
        return Visit(
            stay=weights.stay,
            shortest=shortest,
            floor=floors,
            latest=_ints([lookup.latest_end(task) for task in tasks]),
            due=_ints([task.due for task in tasks]),
            tardiness=_ints([weights.tardiness * task.weight for task in tasks]),
            fixed=_ints([-1 if task.fixed is None else task.fixed.start for task in tasks]),
            option_first=option_first,
            clock=_ints([self._row[frozenset([task.calendar_in(mode)])] for task, mode in options]),
            duration=_ints([mode.duration for _, mode in options]),
            pauses=np.array([pauses(task, mode) for task, mode in options], dtype=np.bool_),
            in_first=in_first,
            in_task=_ints([before for before, _ in every_arc]),
            in_lag=_ints([lag for _, lag in every_arc]),
            turn_first=turn_first,
            turn_clock=_ints([row for row, _ in turns]),
            turn_task=_ints([task for task, _, _ in members]),
            turn_hours=_ints([hours for _, hours, _ in members]),
            turn_tail=_ints([tail for _, _, tail in members]),
            start=np.zeros(len(tasks), dtype=np.int64),
            end=np.zeros(len(tasks), dtype=np.int64),
            least=np.zeros(2, dtype=np.int64),
        )

    def _floor(self, task: Task) -> int:
        """Its release, or after what it waits for of other campaigns."""
        ends = [
            (self._ends[precedence.before] or 0) + precedence.min_lag
            for precedence in self._lookup.preceding.get(task.id, ())
            if self._lookup.task[precedence.before].campaign != task.campaign
        ]
        return max([task.release, *ends])

    def _turns(
        self, campaign: str, clocks: Clocks, tasks: Sequence[Task], heads: Sequence[int], tails: Sequence[int]
    ) -> list[tuple[int, list[tuple[int, int, int]]]]:
        """(clock, [(task, hours, tail)]) of each article, the latest first, and once more the longest tails first."""
        number = {task.id: index for index, task in enumerate(tasks)}
        turns = []
        for resource, those in self._alone[campaign].items():
            kept = self._lookup.resource[resource].kept
            for row in (self._row[names] for names in _names_of(self._lookup, those)):
                members = [
                    (number[task.id], hours, tails[number[task.id]])
                    for task in those
                    if (
                        hours := min(
                            self._least_hours(clocks, row, task, mode, kept) for mode in _modes(self._lookup, task)
                        )
                    )
                ]
                if members:
                    turns.append((row, sorted(members, key=lambda member: -heads[member[0]])))
                    turns.append((row, sorted(members, key=lambda member: -member[2])))
        return turns

    def _least_hours(self, clocks: Clocks, row: int, task: Task, mode: Mode, kept: bool) -> int:
        own = self._row[frozenset([task.calendar_in(mode)])]
        key = (row, own, mode.duration, pauses(task, mode), kept)
        if key not in self._hours:
            self._hours[key] = _hours_taken(clocks, *key)
        return self._hours[key]


def _hours_taken(clocks: Clocks, row: int, own: int, duration: int, is_pausing: bool, kept: bool) -> int:
    """Of a clock, from any start in the own hours to the end at the least; in pauses only if the article is kept."""
    begins = clocks.place[own, : clocks.worked[own, -1]]
    if is_pausing:
        begins = begins[: max(0, len(begins) - duration + 1)]
        ends = clocks.place[own, duration - 1 : clocks.worked[own, -1]] + 1
    else:
        begins = begins[clocks.closing[own, begins] - begins >= duration]
        ends = begins + duration
    worked = clocks.worked[row]
    if is_pausing and not kept:
        worked = np.concatenate([[0], np.cumsum(np.diff(worked) * np.diff(clocks.worked[own]))])
    return int((worked[ends] - worked[begins]).min()) if len(begins) else 0


def _clocks(lookup: Lookup, every: Sequence[Names]) -> Clocks:
    horizon = lookup.problem.horizon
    worked = np.zeros((len(every), horizon + 1), dtype=np.int32)
    place, closing = np.zeros((2, len(every), horizon), dtype=np.int32)
    for row, names in enumerate(every):
        windows = [(0, horizon)] if None in names else [w for name in names for w in lookup.hours[str(name)].windows]
        is_open = open_slots(windows, horizon)
        worked[row], place[row] = counted(is_open)
        ends = np.where(is_open, horizon, np.arange(horizon))
        closing[row] = np.minimum.accumulate(ends[::-1])[::-1]
    return Clocks(worked, np.ascontiguousarray(place), np.ascontiguousarray(closing))


def _modes(lookup: Lookup, task: Task) -> list[Mode]:
    decided = None if task.fixed is None else task.fixed.mode
    return [mode for mode in lookup.possible_modes(task) if decided in (None, mode.id)]


def _alone(lookup: Lookup, tasks: Sequence[Task]) -> dict[str, list[Task]]:
    """By resource the tasks that take more than half of it in every mode: no two of them are at work at once."""
    alone: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        modes = [dict(mode.uses) for mode in _modes(lookup, task)]
        for name in modes[0] if modes else ():
            if all(2 * uses.get(name, 0) > lookup.resource[name].capacity for uses in modes):
                alone[name].append(task)
    return alone


def _names_of(lookup: Lookup, tasks: Sequence[Task]) -> list[Names]:
    """All hours, those of each task, and those of all tasks together."""
    each = [frozenset(task.calendar_in(mode) for mode in _modes(lookup, task)) for task in tasks]
    names = dict.fromkeys([ALWAYS, *each, frozenset().union(*each)])
    return [one for one in names if one == ALWAYS or None not in one]


def _in_order(lookup: Lookup, tasks: Sequence[Task]) -> list[Task]:
    """Predecessors first, unless they wait for each other in a circle."""
    before = {
        task.id: [
            p.before for p in lookup.preceding.get(task.id, ()) if lookup.task[p.before].campaign == task.campaign
        ]
        for task in tasks
    }
    try:
        return [lookup.task[name] for name in TopologicalSorter(before).static_order()]
    except CycleError:
        return list(tasks)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
