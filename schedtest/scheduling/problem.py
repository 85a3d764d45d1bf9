"""The scheduling problem: immutable, in slots from its origin, every interval half-open.

Each part tells with `faults()` what is wrong with it on its own; a `Problem` cannot be made with any fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from .faults import Fault, Faulty

LARGEST = 2**62
"""No number and no sum of numbers may exceed this, so that all arithmetic stays exact in 64 bits."""

RESOURCE_KINDS = ("segment", "crew", "article", "other")


class Window(NamedTuple):
    """Slots [start, end)."""

    start: int
    end: int


class Closure(NamedTuple):
    """`amount` of a resource is out of use during [start, end)."""

    start: int
    end: int
    amount: int


class Transition(NamedTuple):
    """Slots that must pass between a use in state `before` and the next use in state `after`."""

    before: str
    after: str
    slots: int


class Fixed(NamedTuple):
    """A decision that stands, whatever else."""

    start: int
    mode: str


class Placing(NamedTuple):
    """Where a task stands in the baseline."""

    task: str
    start: int
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working windows, sorted and disjoint; windows that touch are made one."""

    id: str
    windows: tuple[Window, ...]

    def __post_init__(self) -> None:
        if not any(self.faults()):
            object.__setattr__(self, "windows", _joined(self.windows))

    def faults(self) -> Iterator[Fault]:
        last = 0
        for number, (start, end) in enumerate(self.windows):
            if not 0 <= start < end:
                yield Fault(f"calendars.{self.id}[{number}]", "0 <= start < end", [start, end])
            elif start < last:
                yield Fault(f"calendars.{self.id}[{number}]", "windows sorted and disjoint", [start, end])
            last = max(last, end)


def _joined(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    joined: list[Window] = []
    for window in windows:
        if joined and joined[-1].end == window.start:
            joined[-1] = Window(joined[-1].start, window.end)
        else:
            joined.append(window)
    return tuple(joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something tasks use and give back: a segment, a crew, a test article. `capacity` in units."""

    id: str
    kind: str
    capacity: int
    closures: tuple[Closure, ...] = ()
    kept: bool = False

    def faults(self) -> Iterator[Fault]:
        where = f"resources.{self.id}"
        if self.kind not in RESOURCE_KINDS:
            yield Fault(f"{where}.kind", f"one of {', '.join(RESOURCE_KINDS)}", self.kind)
        if self.capacity < 0:
            yield Fault(f"{where}.capacity", "0 or more", self.capacity)
        for number, (start, end, amount) in enumerate(self.closures):
            if not 0 <= start < end:
                yield Fault(f"{where}.closures[{number}]", "0 <= start < end", [start, end, amount])
            if amount < 0:
                yield Fault(f"{where}.closures[{number}]", "an amount of 0 or more", amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceType:
    """A kind of device; `turnaround` slots pass between two tasks on one device."""

    id: str
    turnaround: int = 0

    def faults(self) -> Iterator[Fault]:
        if self.turnaround < 0:
            yield Fault(f"device_types.{self.id}.turnaround", "0 or more", self.turnaround)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One measuring device; its closures are calibration and repair."""

    id: str
    type: str
    closures: tuple[Window, ...] = ()

    def faults(self) -> Iterator[Fault]:
        for number, (start, end) in enumerate(self.closures):
            if not 0 <= start < end:
                yield Fault(f"devices.{self.id}.closures[{number}]", "0 <= start < end", [start, end])


@dataclass(frozen=True, slots=True, kw_only=True)
class StateResource:
    """Something that is in one state at a time; `initial` holds from slot 0, None for any."""

    id: str
    initial: str | None = None
    transitions: tuple[Transition, ...] = ()

    def slots_between(self, before: str | None, after: str) -> int:
        """Slots from the end of a use in `before` to the start of the next in `after`."""
        if before is None or before == after:
            return 0
        for transition in self.transitions:
            if transition.before == before and transition.after == after:
                return transition.slots
        return 0

    def faults(self) -> Iterator[Fault]:
        where = f"state_resources.{self.id}.transitions"
        for number, (before, after, slots) in enumerate(self.transitions):
            if slots < 0:
                yield Fault(f"{where}[{number}]", "0 slots or more", slots)
            if before == after:
                yield Fault(f"{where}[{number}]", "two different states", [before, after, slots])
        for pair, count in Counter((t.before, t.after) for t in self.transitions).items():
            if count > 1:
                yield Fault(where, "each pair of states once", list(pair))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One way to do a task. `uses`, `devices`: (id, amount); `states`: (state resource, state)."""

    id: str
    duration: int
    route: str | None = None
    uses: tuple[tuple[str, int], ...] = ()
    devices: tuple[tuple[str, int], ...] = ()
    states: tuple[tuple[str, str], ...] = ()
    cost: int = 0
    calendar: str | None = None

    def faults(self, where: str) -> Iterator[Fault]:
        if self.duration < 1:
            yield Fault(f"{where}.duration", "1 or more", self.duration)
        if self.cost < 0:
            yield Fault(f"{where}.cost", "0 or more", self.cost)
        for part, demands in (("uses", self.uses), ("devices", self.devices)):
            for name, amount in demands:
                if amount < 0:
                    yield Fault(f"{where}.{part}.{name}", "0 or more", amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be scheduled: in exactly one of its modes, or left out unless mandatory."""

    id: str
    modes: tuple[Mode, ...]
    campaign: str | None = None
    organisation: str | None = None
    release: int = 0
    due: int
    deadline: int | None = None
    weight: int = 1
    mandatory: bool = False
    calendar: str | None = None
    interruptible: bool = False
    fixed: Fixed | None = None

    def mode(self, mode_id: str) -> Mode:
        """Raises KeyError if the task has no such mode."""
        for mode in self.modes:
            if mode.id == mode_id:
                return mode
        raise KeyError(mode_id)

    def calendar_in(self, mode: Mode) -> str | None:
        """The calendar that holds in this mode."""
        return self.calendar if mode.calendar is None else mode.calendar

    def faults(self, horizon: int) -> Iterator[Fault]:
        where = f"tasks.{self.id}"
        for name, value in (("release", self.release), ("due", self.due), ("deadline", self.deadline)):
            if value is not None and value < 0:
                yield Fault(f"{where}.{name}", "0 or more", value)
        if self.weight < 1:
            yield Fault(f"{where}.weight", "1 or more", self.weight)
        if not self.modes:
            yield Fault(f"{where}.modes", "one mode or more", [])
        for mode_id, count in Counter(mode.id for mode in self.modes).items():
            if count > 1:
                yield Fault(f"{where}.modes", "each id once", mode_id)
        for mode in self.modes:
            yield from mode.faults(f"{where}.modes.{mode.id}")
        if self.fixed is not None:
            if self.fixed.mode not in {mode.id for mode in self.modes}:
                yield Fault(f"{where}.fixed.mode", "one of the task's modes", self.fixed.mode)
            if not 0 <= self.fixed.start < horizon:
                yield Fault(f"{where}.fixed.start", f"0 or more and below the horizon {horizon}", self.fixed.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """start(after) − end(before) lies within [min_lag, max_lag]; `after` needs `before`, with `together` both ways."""

    before: str
    after: str
    min_lag: int = 0
    max_lag: int | None = None
    together: bool = False

    def faults(self, where: str) -> Iterator[Fault]:
        if self.before == self.after:
            yield Fault(where, "two different tasks", self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """Coefficients of the sum to be minimised."""

    unscheduled: int = 0
    tardiness: int = 0
    stay: int = 0
    cost: int = 0
    move: int = 0

    def faults(self) -> Iterator[Fault]:
        for name in ("unscheduled", "tardiness", "stay", "cost", "move"):
            value = getattr(self, name)
            if value < 0:
                yield Fault(f"objective.{name}", "0 or more", value)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All that a schedule depends on. Raises Faulty with every fault that it has."""

    slot_minutes: int
    origin: datetime
    horizon: int
    calendars: tuple[Calendar, ...] = ()
    resources: tuple[Resource, ...] = ()
    device_types: tuple[DeviceType, ...] = ()
    devices: tuple[Device, ...] = ()
    state_resources: tuple[StateResource, ...] = ()
    tasks: tuple[Task, ...] = ()
    precedences: tuple[Precedence, ...] = ()
    objective: Objective = field(default_factory=Objective)
    baseline: tuple[Placing, ...] = ()

    def __post_init__(self) -> None:
        from .consistency import faults_of

        faults = tuple(faults_of(self))
        if faults:
            raise Faulty(faults)

    @cached_property
    def task_by_id(self) -> dict[str, Task]:
        return {task.id: task for task in self.tasks}

    @cached_property
    def calendar_by_id(self) -> dict[str, Calendar]:
        return {calendar.id: calendar for calendar in self.calendars}
