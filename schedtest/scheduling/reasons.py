"""Why a task is left out, in a manager's words: what never has room for it, given the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .model.hours import pauses
from .model.lookup import Lookup, Placed, Step, steps
from .problem import Mode, Task, Window
from .solution import Unscheduled


class Kind(StrEnum):
    SUPPLY = "supply"  # more is asked for than there is
    WINDOW = "window"  # the calendar leaves no room between release and deadline
    ORDER = "order"  # a task that must come before is left out, or ends too late
    RESOURCE = "resource"
    DEVICES = "devices"
    STATE = "state"
    TOGETHER = "together"  # each has room at times, but never all at once
    PRICE = "price"  # it would fit; the plan is better without it


TEXTS = {
    Kind.SUPPLY: "more is needed of {things} than there is",
    Kind.WINDOW: "its working time between its release and its deadline is too short",
    Kind.ORDER: "it has to follow {things}, which leaves it no time",
    Kind.RESOURCE: "no room on {things} between its release and its deadline",
    Kind.DEVICES: "too few devices of {things} are free between its release and its deadline",
    Kind.STATE: "{things} is never in the state it needs between its release and its deadline",
    Kind.TOGETHER: "{things} are never free at the same time between its release and its deadline",
    Kind.PRICE: "no place was found in the time given",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """things: ids of resources, device types and state resources, or of tasks where the kind is ORDER."""

    kind: Kind
    things: tuple[str, ...] = ()

    def __str__(self) -> str:
        return TEXTS[self.kind].format(things=", ".join(self.things))


class _Range(NamedTuple):
    """Starts `first` to `last`, both included, from which the task ends `length` slots later."""

    first: int
    last: int
    length: int


class Reasons:
    """Answers for one plan."""

    def __init__(self, lookup: Lookup, plan: dict[str, Placed]) -> None:
        self.lookup = lookup
        self.plan = plan
        self._taken: dict[tuple[Kind, str], list[Step]] = {}
        self._users: dict[str, list[Placed]] = defaultdict(list)
        for placed in plan.values():
            for part in (placed.mode.uses, placed.mode.devices, placed.mode.states):
                for name, _ in part:
                    self._users[name].append(placed)

    def unscheduled(self, task: Task) -> Unscheduled:
        reason = self.of(task)
        blocking = () if reason.kind is Kind.ORDER else reason.things
        return Unscheduled(task=task.id, reason=str(reason), blocking=blocking)

    def of(self, task: Task) -> Reason:
        """What shuts out every mode; of several, the first in the order of `Kind`."""
        found = [reason for mode in task.modes if (reason := self._of_mode(task, mode)) is not None]
        if len(found) < len(task.modes):
            return Reason(Kind.PRICE)
        kind = next(kind for kind in Kind if any(reason.kind is kind for reason in found))
        alike = [reason for reason in found if reason.kind is kind]
        return Reason(kind, tuple(dict.fromkeys(name for reason in alike for name in reason.things)))

    def _of_mode(self, task: Task, mode: Mode) -> Reason | None:
        lookup = self.lookup
        short = [name for name, amount in mode.uses if amount > lookup.resource[name].capacity]
        short += [name for name, amount in mode.devices if amount > len(lookup.devices[name])]
        if short:
            return Reason(Kind.SUPPLY, tuple(short))
        ranges = list(self._ranges(task, mode, task.release))
        if not ranges:
            return Reason(Kind.WINDOW)
        before = [p for p in lookup.problem.precedences if p.after == task.id]
        missing = [p.before for p in before if p.before not in self.plan]
        if missing:
            return Reason(Kind.ORDER, tuple(missing))
        floor = max([task.release, *(self.plan[p.before].end + p.min_lag for p in before)])
        ranges = list(self._ranges(task, mode, floor))
        if not ranges:
            return Reason(Kind.ORDER, tuple(p.before for p in before))
        return self._no_room(task, mode, ranges)

    def _no_room(self, task: Task, mode: Mode, ranges: list[_Range]) -> Reason | None:
        blocks = {
            (kind, name): list(self._blocks(kind, name, amount_or_state))
            for kind, name, amount_or_state in _demands(mode)
        }
        for (kind, name), blocked in blocks.items():
            if not self._room(task, mode, ranges, {(kind, name): blocked}):
                return Reason(kind, (name,))
        if not self._room(task, mode, ranges, blocks):
            return Reason(Kind.TOGETHER, tuple(name for (_, name), blocked in blocks.items() if blocked))
        return None

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

    def _room(self, task: Task, mode: Mode, ranges: list[_Range], blocks: dict[tuple[Kind, str], list[Window]]) -> bool:
        """Whether some start is clear of all blocks. The first clear start of a range is its first or a block's end."""
        ends = sorted({end for blocked in blocks.values() for _, end in blocked})
        for first, last, length in ranges:
            for start in (first, *(end for end in ends if first < end <= last)):
                if self._clear(task, mode, start, length, blocks):
                    return True
        return False

    def _clear(
        self, task: Task, mode: Mode, start: int, length: int, blocks: dict[tuple[Kind, str], list[Window]]
    ) -> bool:
        whole: list[Window] = [Window(start, start + length)]
        hours = self.lookup.hours_in(task, mode)
        work = hours.spells(start, mode.duration) if hours is not None and pauses(task, mode) else whole
        for (kind, name), blocked in blocks.items():
            loose = kind is Kind.RESOURCE and not self.lookup.resource[name].kept
            if _overlap(work if loose else whole, blocked):
                return False
        return True


def _demands(mode: Mode) -> Iterator[tuple[Kind, str, int | str]]:
    for name, amount in mode.uses:
        if amount:
            yield Kind.RESOURCE, name, amount
    for name, amount in mode.devices:
        if amount:
            yield Kind.DEVICES, name, amount
    for name, state in mode.states:
        yield Kind.STATE, name, state


def _overlap(some: Iterable[tuple[int, int]], others: Iterable[tuple[int, int]]) -> bool:
    return any(start < end2 and start2 < end for start, end in some for start2, end2 in others)
