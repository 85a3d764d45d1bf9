"""Two plans made one: some campaigns stand as in the other plan, and what is in their way gives way.

Where two good plans differ each has campaigns that the other has worse. Either one such campaign changes, or those that
a minimum cut names: what they save against what they clash with. Sources: recombination and improvement in turn, Vidal
et al. (2012), Operations Research 60(3), 611-624; parts chosen as a closure by a minimum cut, Picard (1976), Management
Science 22(11), 1268-1272.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import exp, log
from random import Random

import numpy as np

from .arrays import Arrays
from .compiled import Flags, Ints, Reals
from .construct import plan_of, put_plan, with_fixed
from .differences import differs
from .incumbent import Incumbent
from .profiles import Profile, keep
from .recreate import costs_of_tasks, drop_dependants, loaded
from .tables import Tables

DEAREST, CHEAPEST = 8.0, 0.02
"""What one clash counts for, in means of what a task costs: drawn between these, as nobody knows what it will cost."""

DEARER, TRIES = 2.0, 10
"""By what factor a clash counts for more where too much was in the way, and how often something else is chosen."""

MOST_OUT = 20
"""What gives way: if it is more, a walk rarely finds a place for all of it again."""

NOISE = 0.3
"""By how much of itself a saving may seem more or less, so that one pair of plans gives more than one cut."""


@dataclass(frozen=True, slots=True)
class Child:
    """plan: of both; `out` tasks gave way.   around: the tasks, by number, that are to be planned anew."""

    plan: Incumbent
    out: int
    around: tuple[int, ...]


class Crossing:
    """Two plans side by side. A part is a campaign, or a task without one."""

    def __init__(self, arrays: Arrays, base: Incumbent, other: Incumbent, seed: int) -> None:
        """Both plans keep every rule. Raises FixedClash."""
        self._arrays = arrays
        self._random = Random(seed)  # noqa: S311
        self._base, self._other = base, other
        self.part = parts_of(arrays.tables)
        self._before = loaded(arrays, base, seed)
        self._after = loaded(arrays, other, seed)
        costs = [np.bincount(self.part, costs_of_tasks(arrays, profile)) for profile in (self._before, self._after)]
        self._saving: Reals = (costs[0] - costs[1]).astype(np.float64)
        self._mean = max(1.0, float(costs[0].sum()) / len(self.part))
        self._clashes = clashes(arrays.tables, self._after, self._before, self.part)
        self._is_hopeless: Flags = np.zeros(len(self._saving), dtype=np.bool_)
        self._cheapest = CHEAPEST
        self._first, self._last = spans(self._before, self.part, arrays.tables.horizon)
        self._differs: Flags = np.bincount(self.part, differs(base, other)) > 0

    def child(self, size: int) -> Child | None:
        """None if nothing of the other plan promises anything. So many tasks around, or somewhat more."""
        for chosen in self._ones() if self._random.random() < 0.5 else self._cuts():
            child = self._child(chosen, size)
            if child.out <= MOST_OUT:
                return child
        return None

    def _ones(self) -> Iterator[Flags]:
        """One part each time, none again for which too much gave way; the more it saves the more often."""
        for _ in range(TRIES):
            saving = np.where(self._is_hopeless, 0.0, np.maximum(0.0, self._saving))
            if not saving.any():
                return
            chosen = np.zeros(len(saving), dtype=np.bool_)
            chosen[self._random.choices(range(len(saving)), saving.tolist())[0]] = True
            yield chosen
            self._is_hopeless |= chosen  # nobody asks for another unless too much gave way

    def _cuts(self) -> Iterator[Flags]:
        """Fewer and fewer parts, as clashes count for more; never again at a price at which too much gave way."""
        price = self._mean * exp(self._random.uniform(log(self._cheapest), log(max(self._cheapest, DEAREST))))
        saving = self._saving * [self._random.uniform(1 - NOISE, 1 + NOISE) for _ in self._saving]
        for _ in range(TRIES):
            chosen = self._cut(saving, price)
            if chosen.any() and not chosen[self._differs].all():
                yield chosen
                self._cheapest = price / self._mean
            price *= DEARER

    def _cut(self, saving: Reals, price: float) -> Flags:
        """Parts that save the most together, less the price of each clash with one that is not among them."""
        from ortools.graph.python.max_flow import SimpleMaxFlow

        unit = 1e6 / max(1.0, float(np.abs(saving).max()))
        source, sink = len(saving), len(saving) + 1
        flow = SimpleMaxFlow()
        for part in np.flatnonzero(np.abs(saving * unit) >= 1).tolist():
            ends = (source, part) if saving[part] > 0 else (part, sink)
            flow.add_arc_with_capacity(*ends, int(abs(saving[part]) * unit))
        for taken, left, count in self._clashes:
            flow.add_arc_with_capacity(taken, left, int(min(price * count * unit, 1e9)) + 1)
        chosen = np.zeros(len(saving), dtype=np.bool_)
        if not (saving * unit >= 1).any():
            return chosen
        if not (saving * unit <= -1).any():
            return np.ones(len(saving), dtype=np.bool_)
        status = flow.solve(source, sink)
        assert status == flow.OPTIMAL
        chosen[[part for part in flow.get_source_side_min_cut() if part < len(saving)]] = True
        return chosen

    def _child(self, chosen: Flags, size: int) -> Child:
        """The fewer stand first, as they are what the child has of its own."""
        arrays = self._arrays
        profile = with_fixed(arrays, self._random.getrandbits(30))
        is_after = chosen[self.part]
        sides = [(self._other, is_after), (self._base, ~is_after)]
        if 2 * (chosen & self._differs).sum() > self._differs.sum():
            sides.reverse()
        for plan, mask in sides:
            put_plan(arrays, profile, replace(plan, start=np.where(mask, plan.start, -1)))
        drop_dependants(arrays.tables, profile)
        keep(arrays.tables, profile)
        wanted = np.where(is_after, self._other.start, self._base.start) >= 0
        out = np.flatnonzero((profile.mode < 0) & wanted)
        around = dict.fromkeys(out.tolist())
        for part in self._concerned(chosen, set(self.part[out].tolist())):
            if len(around) >= size:
                break
            around |= dict.fromkeys(np.flatnonzero(self.part == part).tolist())
        free = arrays.tables.fixed_start < 0
        return Child(plan_of(arrays, profile), len(out), tuple(task for task in around if free[task]))

    def _concerned(self, chosen: Flags, ejected: set[int]) -> Iterator[int]:
        """Parts that clash or of which something is out, then those there at the same time, each in any order."""
        found = set(ejected)
        for taken, left, _ in self._clashes:
            if chosen[taken] and not chosen[left]:
                found |= {taken, left}
        found = found or set(np.flatnonzero(chosen & self._differs).tolist()[:1])
        first = self._random.sample(sorted(found), len(found))
        yield from first
        if not first:
            return
        is_near = (self._first < self._last[first[0]]) & (self._first[first[0]] < self._last)
        others = [part for part in np.flatnonzero(is_near).tolist() if part not in found]
        yield from self._random.sample(others, len(others))


def parts_of(tables: Tables) -> Ints:
    """int64 (tasks,): the number of each task's campaign, or one of its own."""
    own = len(tables.campaign_first) + np.arange(len(tables.campaign))
    part: Ints = np.unique(np.where(tables.campaign >= 0, tables.campaign, own), return_inverse=True)[1]
    return part


def spans(profile: Profile, part: Ints, horizon: int) -> tuple[Ints, Ints]:
    """When each part begins and when it is over, in slots; the horizon and 0 where nothing of it is scheduled."""
    parts, placed = int(part.max(initial=-1)) + 1, np.flatnonzero(profile.mode >= 0)
    first, last = np.full(parts, horizon, dtype=np.int64), np.zeros(parts, dtype=np.int64)
    np.minimum.at(first, part[placed], profile.start[placed])
    np.maximum.at(last, part[placed], profile.end[placed])
    return first, last


def clashes(tables: Tables, after: Profile, before: Profile, part: Ints) -> list[tuple[int, int, int]]:
    """(part as in `after`, other part as in `before`, pairs of uses that exclude each other), where there are any."""
    counts: dict[tuple[int, int], int] = {}
    these, those = _uses(tables, after), _uses(tables, before)
    for row in np.intersect1d(these.row, those.row).tolist():
        if tables.is_state[row]:
            continue
        one, two = these.of(row), those.of(row)
        crossing = (one.since[:, None] < two.until) & (two.since < one.until[:, None])
        crossing &= one.amount[:, None] + two.amount > tables.free[row].max()
        first, second = np.nonzero(crossing)
        taken, left = part[one.task[first]], part[two.task[second]]
        for pair in zip(taken[taken != left].tolist(), left[taken != left].tolist(), strict=True):
            counts[pair] = counts.get(pair, 0) + 1
    return [(taken, left, count) for (taken, left), count in sorted(counts.items())]


@dataclass(frozen=True, slots=True)
class _Uses:
    """Who takes how much of which row, from when to when."""

    row: Ints
    task: Ints
    since: Ints
    until: Ints
    amount: Ints

    def of(self, row: int) -> _Uses:
        own = self.row == row
        return _Uses(self.row[own], self.task[own], self.since[own], self.until[own], self.amount[own])


def _uses(tables: Tables, profile: Profile) -> _Uses:
    placed = np.flatnonzero(profile.mode >= 0)
    mode = profile.mode[placed]
    count = tables.use_first[mode + 1] - tables.use_first[mode]
    task = np.repeat(placed, count)
    begun = np.cumsum(count) - count
    use = np.arange(len(task)) + np.repeat(tables.use_first[mode] - begun, count)
    return _Uses(
        row=tables.use_row[use],
        task=task,
        since=profile.start[task] - tables.use_before[use],
        until=profile.end[task] + tables.use_after[use],
        amount=tables.use_amount[use],
    )
