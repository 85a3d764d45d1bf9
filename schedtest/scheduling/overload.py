"""Proofs by arithmetic that some tasks cannot all be placed: they take no search, so that thousands can be looked at.

Sources: time tables, disjunctive pairs and the energy of what must lie within a stretch of time, as in Baptiste, Le
Pape and Nuijten (2001), Constraint-Based Scheduling, chapters 2 to 4.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import Ints
from .model.hours import Hours, pauses
from .model.lookup import Lookup
from .problem import Mode, StateResource, Task
from .reasons import Kind, Reason, Reasons
from .solution import Conflict
from .supply import Pieces, Supply, pieces_of, supply_of

ROUNDS = 50
"""So often are earliest and latest times passed on along precedences."""

MOST_PAIRED = 3000
"""Uses of one thing above which they are not compared two by two."""

LARGEST = 2**60
"""Of energies that are added up in 64 bits."""

MANY = 8
"""Of a length in the longest stretch: of shorter ones the rests are too small to matter."""

MOST_LENGTHS = 6

PROOFS = (Kind.SUPPLY, Kind.WINDOW, Kind.RESOURCE, Kind.DEVICES, Kind.TOGETHER)

Thing = tuple[Kind, str]
"""A resource or a device type."""


@dataclass(slots=True)
class _Times:
    """What no plan that places all goes beyond, and which other tasks pushed the earliest and pulled the latest."""

    earliest_start: int
    earliest_end: int
    latest_start: int
    latest_end: int
    shortest: int
    others: dict[str, None] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return self.earliest_start > self.latest_start or self.earliest_end > self.latest_end

    def narrowed(self, other: str, first: int, first_end: int, last: int, last_end: int) -> bool:
        """Whether something changes when it starts and ends no earlier than the first two and no later than the last
        two, for the sake of another task."""
        before = self.earliest_start, self.earliest_end, self.latest_start, self.latest_end
        self.earliest_start = max(self.earliest_start, first)
        self.earliest_end = max(self.earliest_end, first_end, self.earliest_start + self.shortest)
        self.latest_end = min(self.latest_end, last_end)
        self.latest_start = min(self.latest_start, last, self.latest_end - self.shortest)
        if before == (self.earliest_start, self.earliest_end, self.latest_start, self.latest_end):
            return False
        self.others[other] = None
        return True


class _Use(NamedTuple):
    """What a task takes of a thing in whichever mode. solid: it never pauses while it is at it. whole: it never pauses
    at all. calendars: of its modes."""

    task: str
    amount: int
    energy: int
    duration: int
    solid: bool
    whole: bool
    calendars: frozenset[str | None]


def find_overload(
    lookup: Lookup, tasks: Sequence[Task], stopped: Callable[[], bool] = lambda: False
) -> Conflict | None:
    """Some of the tasks that cannot all be placed, for want of nothing but what is named: the fewest found, or None.

    First each alone, then by times of their own, then by times that are passed on along precedences. Once stopped, what
    was found by then.
    """
    empty = Reasons(lookup, {})
    for task in tasks:
        if stopped():
            return None
        things = _shut_out(empty, task)
        if things is not None:
            return Conflict(tasks=(task.id,), resources=things)
    looking = _Looking(lookup)
    for task in tasks:
        if stopped():
            return None
        looking.add(task)
    for along in (False, True):
        if along:
            looking.pass_times_on(stopped)
        found = list(looking.conflicts(stopped))
        if found:
            return min(found, key=lambda conflict: len(conflict.tasks))
    return None


def _shut_out(empty: Reasons, task: Task) -> tuple[str, ...] | None:
    """What leaves the task no place in an empty facility; None if it has one, or if that depends on others."""
    lookup = empty.lookup
    if task.fixed is not None:
        alone = replace(task, modes=(task.mode(task.fixed.mode),))
        reasons = [Reason(Kind.SUPPLY, short)] if (short := lookup.short_of(alone.modes[0])) else []
        if not reasons and not lookup.starts(task, alone.modes[0]):
            reasons = [Reason(Kind.WINDOW)]
    else:
        reasons = list(empty.of(task))
    things = tuple(dict.fromkeys(thing for reason in reasons for thing in reason.things))
    is_proof = reasons and all(reason.kind in PROOFS for reason in reasons)
    return things if is_proof and not set(things) & set(lookup.state_resource) else None


def _modes(lookup: Lookup, task: Task) -> Sequence[Mode]:
    return [mode for mode in lookup.possible_modes(task) if task.fixed is None or mode.id == task.fixed.mode]


class _Looking:
    """Tasks each of which has a place alone."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.tasks: list[Task] = []
        self.times: dict[str, _Times] = {}
        self.uses: dict[Thing, list[_Use]] = defaultdict(list)
        self._supplies: dict[tuple[Any, ...], Supply] = {}

    def add(self, task: Task) -> None:
        self.tasks.append(task)
        self.times[task.id] = self._alone(task)
        self._note_uses(task)

    def _alone(self, task: Task) -> _Times:
        """By its hours, its release and its deadline."""
        spans: list[tuple[int, int, int]] = []
        for mode in _modes(self.lookup, task):
            if pauses(task, mode):
                pieces = self.lookup.pieces(task, mode)
                spans += [(piece.first, piece.last, piece.length) for piece in (*pieces[:1], *pieces[-1:])]
            else:
                starts = self.lookup.starts(task, mode)
                spans += [(first, last, mode.duration) for first, last in (*starts[:1], *starts[-1:])]
        return _Times(
            min(first for first, _, _ in spans),
            min(first + length for first, _, length in spans),
            max(last for _, last, _ in spans),
            max(last + length for _, last, length in spans),
            min(mode.duration for mode in _modes(self.lookup, task)),
        )

    def _note_uses(self, task: Task) -> None:
        modes = _modes(self.lookup, task)
        calendars = frozenset(task.calendar_in(mode) for mode in modes)
        for kind, demands in (
            (Kind.RESOURCE, [dict(mode.uses) for mode in modes]),
            (Kind.DEVICES, [dict(mode.devices) for mode in modes]),
        ):
            for name in demands[0]:
                amounts = [demand.get(name, 0) for demand in demands]
                if not all(amounts):
                    continue
                energy = min(amount * mode.duration for amount, mode in zip(amounts, modes, strict=True))
                kept = kind is Kind.DEVICES or self.lookup.resource[name].kept
                whole = not any(pauses(task, mode) for mode in modes)
                duration = self.times[task.id].shortest
                use = _Use(task.id, min(amounts), energy, duration, kept or whole, whole, calendars)
                self.uses[kind, name].append(use)

    def pass_times_on(self, stopped: Callable[[], bool]) -> None:
        """Along the precedences, until nothing changes, or a task has no time left, or ROUNDS times, or stopped."""
        arcs = [p for p in self.lookup.problem.precedences if p.before in self.times and p.after in self.times]
        never = self.lookup.problem.horizon
        for _ in range(ROUNDS):
            if stopped():
                return
            changed = False
            for arc in arcs:
                before, after = self.times[arc.before], self.times[arc.after]
                latest = never if arc.max_lag is None else before.latest_end + arc.max_lag
                changed |= after.narrowed(arc.before, before.earliest_end + arc.min_lag, 0, latest, never)
                soonest = 0 if arc.max_lag is None else after.earliest_start - arc.max_lag
                changed |= before.narrowed(arc.after, 0, soonest, never, after.latest_start - arc.min_lag)
                if before.empty or after.empty:
                    return
            if not changed:
                return

    def conflicts(self, stopped: Callable[[], bool]) -> Iterator[Conflict]:
        for name, own in self.times.items():
            if own.empty:
                yield self._conflict([name])
                return
        for resource in self.lookup.problem.state_resources:
            if stopped():
                return
            yield from self._conflicts_on(resource.id, self._states_apart(resource))
        for thing, those in self.uses.items():
            if stopped():
                return
            amount = self._there_are(thing)
            tight = self._pair_apart(thing, those, amount) or self._at_one_time(thing, those, amount)
            yield from self._conflicts_on(thing[1], tight or self._too_much_work(thing, those, amount))

    def _conflicts_on(self, thing: str, names: Sequence[str]) -> Iterator[Conflict]:
        if names:
            yield self._conflict(names, thing)

    def _conflict(self, names: Iterable[str], *things: str) -> Conflict:
        """With those for whose sake their times were narrowed, and what shuts out modes of theirs."""
        named = dict.fromkeys(names)
        waiting = list(named)
        while waiting:
            for other in self.times[waiting.pop()].others:
                if other not in named:
                    named[other] = None
                    waiting.append(other)
        tasks = [self.lookup.task[name] for name in named]
        short = [thing for task in tasks for mode in task.modes for thing in self.lookup.short_of(mode)[:1]]
        return Conflict(tasks=tuple(named), resources=tuple(dict.fromkeys((*things, *short))))

    def _there_are(self, thing: Thing) -> int:
        kind, name = thing
        return len(self.lookup.devices[name]) if kind is Kind.DEVICES else self.lookup.resource[name].capacity

    def _columns(self, names: Sequence[str]) -> tuple[Ints, Ints, Ints, Ints]:
        """Earliest starts and ends, latest starts and ends."""
        times = [self.times[name] for name in names]
        rows = [(one.earliest_start, one.earliest_end, one.latest_start, one.latest_end) for one in times]
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return columns[0], columns[1], columns[2], columns[3]

    def _states_apart(self, resource: StateResource) -> Sequence[str]:
        """Two tasks that need different states and can follow each other in neither order."""
        wanted: dict[str, str] = {}
        for task in self.tasks:
            states = {dict(mode.states).get(resource.id) for mode in _modes(self.lookup, task)}
            only = next(iter(states))
            if len(states) == 1 and only is not None:
                wanted[task.id] = only
        if not 1 < len(wanted) <= MOST_PAIRED:
            return ()
        number, change = self._changes(resource)
        state = np.array([number[one] for one in wanted.values()], dtype=np.int64)
        apart = state[:, None] != state[None, :]
        return self._neither_order(list(wanted), apart, change[state[:, None], state[None, :]])

    def _changes(self, resource: StateResource) -> tuple[dict[str, int], Ints]:
        """Slots from each state to each: over others, if that is shorter, for any task may lie in between."""
        states = {dict(mode.states).get(resource.id): None for task in self.lookup.problem.tasks for mode in task.modes}
        number = {state: index for index, state in enumerate(one for one in states if one is not None)}
        slots = np.array([[resource.slots_between(a, b) for b in number] for a in number], dtype=np.int64)
        for through in range(len(number)):
            slots = np.minimum(slots, slots[:, through, None] + slots[None, through, :])
        return number, slots

    def _pair_apart(self, thing: Thing, uses: Sequence[_Use], there_are: int) -> Sequence[str]:
        """Two tasks that do not go together and can follow each other in neither order."""
        those = [use for use in uses if use.solid]
        if not 1 < len(those) <= MOST_PAIRED:
            return ()
        amounts = np.array([use.amount for use in those], dtype=np.int64)
        apart = amounts[:, None] > there_are - amounts[None, :]
        pause = self.lookup.turnaround[thing[1]] if thing[0] is Kind.DEVICES else 0
        return self._neither_order([use.task for use in those], apart, np.full(apart.shape, pause, dtype=np.int64))

    def _neither_order(self, names: Sequence[str], apart: NDArray[np.bool_], pause: Ints) -> Sequence[str]:
        """pause[i, j]: the least from the end of i to the start of j."""
        _, ends, starts, _ = self._columns(names)
        too_late = ends[:, None] > starts[None, :] - pause
        clash = apart & too_late & too_late.T
        np.fill_diagonal(clash, val=False)
        if not clash.any():
            return ()
        first, second = np.unravel_index(int(clash.argmax()), clash.shape)
        return names[int(first)], names[int(second)]

    def _at_one_time(self, thing: Thing, uses: Sequence[_Use], there_are: int) -> Sequence[str]:
        """Tasks that are all at it in one slot, wherever they are put: too many."""
        certain: list[tuple[int, int, str]] = []
        changes: list[tuple[int, int]] = []
        for use in uses:
            times = self.times[use.task]
            if use.solid and times.latest_start < times.earliest_end:
                certain += [(times.latest_start, use.amount, use.task), (times.earliest_end, -use.amount, use.task)]
        if not certain:
            return ()
        for start, end, amount in self.lookup.closures(*thing):
            changes += [(start, amount), (end, -amount)]
        closed_at = sorted(changes)
        closed = place = 0
        present: dict[str, int] = {}
        fewest: Sequence[str] = ()
        slots = sorted({*(slot for slot, _, _ in certain), *(slot for slot, _ in closed_at)})
        arriving = sorted(certain)
        index = 0
        for slot in slots:
            while place < len(closed_at) and closed_at[place][0] <= slot:
                closed += closed_at[place][1]
                place += 1
            while index < len(arriving) and arriving[index][0] <= slot:
                _, amount, task = arriving[index]
                if amount > 0:
                    present[task] = amount
                else:
                    present.pop(task)
                index += 1
            if present and sum(present.values()) + closed > there_are:
                crowd = _first_above(sorted(present.items(), key=lambda item: -item[1]), there_are - closed)
                if not fewest or len(crowd) < len(fewest):
                    fewest = crowd
        return fewest

    def _too_much_work(self, thing: Thing, uses: Sequence[_Use], there_are: int) -> Sequence[str]:
        """Tasks that must all lie between two slots, where there is less than they take in all."""
        kind, name = thing
        pause = self.lookup.turnaround[name] if kind is Kind.DEVICES else 0
        span = self.lookup.problem.horizon + pause
        if max(there_are, sum(use.amount for use in uses)) * span > LARGEST:
            return ()
        closures = self.lookup.closures(*thing)
        found: list[Sequence[str]] = []
        for hours in dict.fromkeys((*(use.calendars for use in uses), frozenset().union(*(u.calendars for u in uses)))):
            those = [use for use in uses if use.calendars <= hours]
            supply = self._supply_in(hours, there_are, closures, span)
            found.append(self._overfull(those, [use.energy for use in those], supply, 0))
            if not found[-1]:
                found += self._too_many_pieces([use for use in those if use.whole], supply, span)
        if pause:
            longer = [use.amount * (use.duration + pause) for use in uses]
            found.append(self._overfull(uses, longer, supply_of(there_are, [], None, span), pause))
        return min(filter(None, found), key=len, default=())

    def _too_many_pieces(self, uses: Sequence[_Use], supply: Supply, span: int) -> Iterator[Sequence[str]]:
        """Tasks that do not pause, counted by how often a length goes into each of them, and into each stretch between
        two closures or nights: seven of six slots have no room in six stretches of ten.

        Source: a dual feasible function, Fekete and Schepers (2001), Math. Program. 91(1), 11-31.
        """
        if len(uses) < 2 or not supply.rates.any():
            return
        longest = pieces_of(supply, span, 1).longest
        common = Counter(use.duration for use in uses if MANY * use.duration > longest)
        for length, _ in common.most_common(MOST_LENGTHS):
            counts = [use.amount * (use.duration // length) for use in uses]
            yield self._overfull(uses, counts, pieces_of(supply, span, length), 0)

    def _supply_in(
        self, calendars: frozenset[str | None], there_are: int, closures: Sequence[tuple[int, int, int]], span: int
    ) -> Supply:
        """The same for all articles that share their hours."""
        key = calendars, there_are, tuple(closures), span
        if key not in self._supplies:
            windows = [window for name in calendars if name is not None for window in self.lookup.hours[name].windows]
            hours = None if None in calendars else Hours(sorted(windows))
            self._supplies[key] = supply_of(there_are, closures, hours, span)
        return self._supplies[key]

    def _overfull(
        self, uses: Sequence[_Use], energies: Sequence[int], supply: Supply | Pieces, pause: int
    ) -> Sequence[str]:
        """pause: slots after its end that count as a task's too."""
        first, _, _, last = self._columns([use.task for use in uses])
        by_end = np.argsort(last, kind="stable")
        first, last, energy = first[by_end], last[by_end] + pause, np.array(energies, dtype=np.int64)[by_end]
        until = supply.until(last)
        fewest: Sequence[str] = ()
        for start, before in zip(np.unique(first), supply.until(np.unique(first)), strict=True):
            inside = first >= start
            excess = np.cumsum(np.where(inside, energy, 0)) - (until - before)
            worst = int(np.where(inside, excess, -1).argmax())
            if not inside[worst] or excess[worst] <= 0:
                continue
            those = np.flatnonzero(inside[: worst + 1])
            heaviest = those[np.argsort(-energy[those], kind="stable")]
            named = [(uses[int(by_end[index])].task, int(energy[index])) for index in heaviest]
            crowd = _first_above(named, int(until[worst] - before))
            if not fewest or len(crowd) < len(fewest):
                fewest = crowd
        return fewest


def _first_above(amounts: Iterable[tuple[str, int]], limit: int) -> list[str]:
    """The first of the names whose amounts add up to more than the limit."""
    names: list[str] = []
    for name, amount in amounts:
        names.append(name)
        limit -= amount
        if limit < 0:
            break
    return names
