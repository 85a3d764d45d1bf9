"""Why a task is left out, in a manager's words: what never has room for it, given the plan."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from .model.hours import Hours, pauses
from .model.lookup import Lookup, Placed, Step, steps
from .problem import Mode, Precedence, Task, Window
from .solution import Unscheduled


class Kind(StrEnum):
    SUPPLY = "supply"  # more is asked for than there is
    WINDOW = "window"  # the calendar leaves no room between release and deadline
    RESOURCE = "resource"
    DEVICES = "devices"
    STATE = "state"
    TOGETHER = "together"  # each has room at times, but never all at once
    NEEDS = "needs"  # a task that must come before is left out
    ORDER = "order"  # a task that must come before ends too late, or too early to follow it in time
    PRICE = "price"  # no such reason: it may fit, but the plan is better without it


TEXTS = {
    Kind.SUPPLY: "more is needed of {things} than there is",
    Kind.WINDOW: "its working time {span} is too short",
    Kind.RESOURCE: "no room on {things} {span}",
    Kind.DEVICES: "too few devices of {things} are free {span}",
    Kind.STATE: "{things} is never in the state it needs {span}",
    Kind.TOGETHER: "{things} are never free at the same time {span}",
    Kind.NEEDS: "it has to follow {things}, which has no place",
    Kind.ORDER: "it has to follow {things}, which leaves it no time",
    Kind.PRICE: "no place was found in the time given",
}

OF_TASKS = (Kind.NEEDS, Kind.ORDER)

MOST_TRIES = 300_000
"""Starts looked at for all tasks of a plan: some seconds. The count, not the clock, so that a run can be repeated."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a task has no place in some of its modes.

    things: ids of resources, device types and state resources, or of tasks where the kind is one of OF_TASKS.
    following: the placed tasks that it follows, where it has room only before they let it start.
    taken_by: the tasks on its own article, where that is all that has no room.
    """

    kind: Kind
    things: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    taken_by: tuple[str, ...] = ()

    def __str__(self) -> str:
        follows = f"in the time that {', '.join(self.following)} leaves it"
        span = follows if self.following else "between its release and its deadline"
        text = TEXTS[self.kind].format(things=", ".join(self.things), span=span)
        return f"{text}, beside {', '.join(self.taken_by)}" if self.taken_by else text


class _Range(NamedTuple):
    """Starts `first` to `last`, both included, from which the task ends `length` slots later."""

    first: int
    last: int
    length: int


Demand = tuple[Kind, str, int | str]
"""A resource, device type or state resource, and the amount or the state that is wanted of it."""


class Blocks:
    """When the plan leaves less than is wanted: merged, so that one look finds what is in the way of a span."""

    def __init__(self, windows: Iterable[tuple[int, int]]) -> None:
        merged = Hours(sorted(windows)).windows
        self.starts = [start for start, _ in merged]
        self.ends = [end for _, end in merged]

    def __bool__(self) -> bool:
        return bool(self.starts)

    def past(self, spans: Iterable[tuple[int, int]]) -> int | None:
        """The end of a block that one of the spans overlaps; None if they are clear."""
        for start, end in spans:
            last = bisect_left(self.starts, end) - 1
            if last >= 0 and self.ends[last] > start:
                return self.ends[last]
        return None


class Reasons:
    """Answers for one plan."""

    def __init__(self, lookup: Lookup, plan: dict[str, Placed]) -> None:
        self.lookup = lookup
        self.plan = plan
        self.tries_left = MOST_TRIES
        self._before: dict[str, list[Precedence]] = defaultdict(list)
        for precedence in lookup.problem.precedences:
            self._before[precedence.after].append(precedence)
        self._taken: dict[tuple[Kind, str], list[Step]] = {}
        self._blocked: dict[Demand, Blocks] = {}
        self._users: dict[str, list[Placed]] = defaultdict(list)
        for placed in plan.values():
            for part in (placed.mode.uses, placed.mode.devices, placed.mode.states):
                for name, _ in part:
                    self._users[name].append(placed)

    def unscheduled(self, task: Task) -> Unscheduled:
        reasons = self.of(task)
        blocking = dict.fromkeys(name for reason in reasons if reason.kind not in OF_TASKS for name in reason.things)
        text = ", or else ".join(dict.fromkeys(map(str, reasons)))
        return Unscheduled(task=task.id, reason=text, blocking=tuple(blocking))

    def of(self, task: Task) -> tuple[Reason, ...]:
        """What shuts out its modes: those alike are named together, and together they shut out every mode."""
        found: list[Reason] = []
        for mode in task.modes:
            reason = self._of_mode(task, mode)
            if reason is None:
                return (Reason(Kind.PRICE),)
            found.append(reason)
        alike: dict[tuple[Kind, tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for reason in found:
            alike.setdefault((reason.kind, reason.following, reason.taken_by), []).extend(reason.things)
        return tuple(
            Reason(kind, tuple(dict.fromkeys(things)), following, taken_by)
            for (kind, following, taken_by), things in alike.items()
        )

    def _of_mode(self, task: Task, mode: Mode) -> Reason | None:
        """First what holds whatever comes before it, then what follows from where that stands."""
        lookup = self.lookup
        short = [name for name, amount in mode.uses if amount > lookup.resource[name].capacity]
        short += [name for name, amount in mode.devices if amount > len(lookup.devices[name])]
        if short:
            return Reason(Kind.SUPPLY, tuple(short))
        ranges = list(self._ranges(task, mode, task.release))
        if not ranges:
            return Reason(Kind.WINDOW)
        reason = self._no_room(task, mode, ranges)
        before = self._before[task.id]
        if reason is not None or not before:
            return reason
        missing = [p.before for p in before if p.before not in self.plan]
        if missing:
            return Reason(Kind.NEEDS, tuple(missing))
        floor = max([task.release, *(self.plan[p.before].end + p.min_lag for p in before)])
        latest = min([self.plan[p.before].end + p.max_lag for p in before if p.max_lag is not None], default=None)
        ranges = list(_until(self._ranges(task, mode, floor), latest))
        following = tuple(dict.fromkeys(p.before for p in before))
        if not ranges:
            return Reason(Kind.ORDER, following)
        reason = self._no_room(task, mode, ranges)
        return reason and replace(reason, following=following)

    def has_room(self, task: Task, kind: Kind, thing: str, amount: int) -> bool:
        """Whether some mode would find so much of a resource or device type free, all else aside."""
        demand: Demand = (kind, thing, amount)
        blocks = {demand: self._blocks_of(demand)}
        return any(
            self._room(task, mode, list(self._ranges(task, mode, task.release)), blocks)
            for mode in task.modes
            if any(name == thing for name, _ in (*mode.uses, *mode.devices))
        )

    def _no_room(self, task: Task, mode: Mode, ranges: list[_Range]) -> Reason | None:
        blocks = {demand: self._blocks_of(demand) for demand in _demands(mode)}
        blocks = {demand: blocked for demand, blocked in blocks.items() if blocked}
        if self._room(task, mode, ranges, blocks):
            return None
        for demand, blocked in blocks.items():
            if not self._room(task, mode, ranges, {demand: blocked}):
                return Reason(demand[0], (demand[1],), taken_by=self._on_article(demand))
        return Reason(Kind.TOGETHER, tuple(name for _, name, _ in blocks))

    def _on_article(self, demand: Demand) -> tuple[str, ...]:
        """Who shares a test article is no secret: they are tests of one campaign."""
        kind, name, _ = demand
        if kind is not Kind.RESOURCE or self.lookup.resource[name].kind != "article":
            return ()
        return tuple(dict.fromkeys(placed.task.id for placed in self._users[name]))

    def _ranges(self, task: Task, mode: Mode, floor: int) -> Iterator[_Range]:
        hours, latest = self.lookup.hours_in(task, mode), self.lookup.latest_end(task)
        if hours is None:
            if floor + mode.duration <= latest:
                yield _Range(floor, latest - mode.duration, mode.duration)
        elif task.interruptible:
            for piece in hours.pieces(mode.duration, floor, latest):
                yield _Range(piece.first, piece.last, piece.length)
        else:
            for first, last in hours.whole_starts(mode.duration, floor, latest):
                yield _Range(first, last, mode.duration)

    def _blocks_of(self, demand: Demand) -> Blocks:
        if demand not in self._blocked:
            self._blocked[demand] = Blocks(self._blocks(*demand))
        return self._blocked[demand]

    def _blocks(self, kind: Kind, name: str, wanted: int | str) -> Iterator[Window]:
        """When the plan leaves less than is wanted."""
        if kind is Kind.STATE:
            resource = self.lookup.state_resource[name]
            for placed in self._users[name]:
                state = dict(placed.mode.states)[name]
                if state != wanted:
                    before = resource.slots_between(str(wanted), state)
                    yield Window(placed.start - before, placed.end + resource.slots_between(state, str(wanted)))
            if resource.initial is not None:
                yield Window(-1, resource.slots_between(resource.initial, str(wanted)))
            return
        devices = kind is Kind.DEVICES
        capacity = len(self.lookup.devices[name]) if devices else self.lookup.resource[name].capacity
        for start, end, amount in self._taken_of(kind, name):
            if amount + int(wanted) > capacity:
                yield Window(start, end)

    def _taken_of(self, kind: Kind, name: str) -> list[Step]:
        key = (kind, name)
        if key not in self._taken:
            self._taken[key] = list(steps(self._takings(kind, name)))
        return self._taken[key]

    def _takings(self, kind: Kind, name: str) -> Iterator[tuple[int, int, int]]:
        if kind is Kind.DEVICES:
            for device in self.lookup.devices[name]:
                yield from steps((start, end, 1) for start, end in device.closures)
            for placed in self._users[name]:
                yield placed.start, placed.end, dict(placed.mode.devices)[name]
        else:
            yield from self.lookup.resource[name].closures
            for placed in self._users[name]:
                for start, end in self.lookup.use_spells(placed, name):
                    yield start, end, dict(placed.mode.uses)[name]

    def _room(self, task: Task, mode: Mode, ranges: list[_Range], blocks: dict[Demand, Blocks]) -> bool:
        """Whether some start is clear of all blocks, or the tries are used up.

        A start before the end of a block that is in the way has that block in its way too, for it ends no earlier.
        """
        for first, last, length in ranges:
            start = first
            while start <= last:
                self.tries_left -= 1
                if self.tries_left < 0:
                    return True
                past = self._past(task, mode, start, length, blocks)
                if past is None:
                    return True
                start = past
        return False

    def _past(self, task: Task, mode: Mode, start: int, length: int, blocks: dict[Demand, Blocks]) -> int | None:
        """The end of a block in the way of a start; None if it is clear of all."""
        whole: list[Window] = [Window(start, start + length)]
        hours = self.lookup.hours_in(task, mode)
        work = hours.spells(start, mode.duration) if hours is not None and pauses(task, mode) else whole
        for (kind, name, _), blocked in blocks.items():
            loose = kind is Kind.RESOURCE and not self.lookup.resource[name].kept
            past = blocked.past(work if loose else whole)
            if past is not None:
                return past
        return None


def _until(ranges: Iterable[_Range], latest: int | None) -> Iterator[_Range]:
    for first, last, length in ranges:
        last = last if latest is None else min(last, latest)
        if first <= last:
            yield _Range(first, last, length)


def _demands(mode: Mode) -> Iterator[Demand]:
    for name, amount in mode.uses:
        if amount:
            yield Kind.RESOURCE, name, amount
    for name, amount in mode.devices:
        if amount:
            yield Kind.DEVICES, name, amount
    for name, state in mode.states:
        yield Kind.STATE, name, state
