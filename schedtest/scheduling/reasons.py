"""Why a task is left out, in a manager's words: what never has room for it, given the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from .model.hours import pauses
from .model.lookup import Lookup, Placed, Step, steps
from .problem import Mode, Precedence, Task, Window
from .room import Blocks, InTheWay, Windows, has_room
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


Demand = tuple[Kind, str, int | str]
"""A resource, device type or state resource, and the amount or the state that is wanted of it."""


class _Span(NamedTuple):
    """Where a start may be looked for: from `floor` to `last_start`, with an end by `last_end`."""

    floor: int
    last_start: int
    last_end: int


class Reasons:
    """Answers for one plan. Once stopped, it looks for none."""

    def __init__(self, lookup: Lookup, plan: dict[str, Placed], stopped: Callable[[], bool] = lambda: False) -> None:
        self.lookup = lookup
        self.plan = plan
        self.stopped = stopped
        self._windows: dict[str | None, Windows] = {}
        self._before: dict[str, list[Precedence]] = defaultdict(list)
        for precedence in lookup.problem.precedences:
            self._before[precedence.after].append(precedence)
        self._taken: dict[tuple[Kind, str], list[Step]] = {}
        self._blocked: dict[Demand, Blocks] = {}
        self._in_the_way: dict[tuple[tuple[Demand, ...], bool], InTheWay] = {}
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
            reason = None if self.stopped() else self._of_mode(task, mode)
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
        short = lookup.short_of(mode)
        if short:
            return Reason(Kind.SUPPLY, short)
        last_end = lookup.latest_end(task)
        whenever = _Span(task.release, last_end, last_end)
        if not self._room(task, mode, whenever, ()):
            return Reason(Kind.WINDOW)
        reason = self._no_room(task, mode, whenever)
        before = self._before[task.id]
        if reason is not None or not before:
            return reason
        missing = [p.before for p in before if p.before not in self.plan]
        if missing:
            return Reason(Kind.NEEDS, tuple(missing))
        floor = max([task.release, *(self.plan[p.before].end + p.min_lag for p in before)])
        last_starts = [self.plan[p.before].end + p.max_lag for p in before if p.max_lag is not None]
        then = _Span(floor, min([last_end, *last_starts]), last_end)
        following = tuple(dict.fromkeys(p.before for p in before))
        if not self._room(task, mode, then, ()):
            return Reason(Kind.ORDER, following)
        reason = self._no_room(task, mode, then)
        return reason and replace(reason, following=following)

    def has_room(self, task: Task, kind: Kind, thing: str, amount: int) -> bool:
        """Whether some mode would find so much of a resource or device type free, all else aside."""
        last_end = self.lookup.latest_end(task)
        return any(
            self._room(task, mode, _Span(task.release, last_end, last_end), ((kind, thing, amount),))
            for mode in task.modes
            if any(name == thing for name, _ in (*mode.uses, *mode.devices))
        )

    def blocks_in(self, kind: Kind, thing: str, wanted: int, start: int, end: int) -> list[Window]:
        """When the plan leaves less than is wanted, as far as that overlaps [start, end)."""
        blocks = self._blocks_of((kind, thing, wanted))
        pairs = zip(blocks.start.tolist(), blocks.end.tolist(), strict=True)
        return [Window(since, until) for since, until in pairs if since < end and until > start]

    def _no_room(self, task: Task, mode: Mode, span: _Span) -> Reason | None:
        demands = tuple(demand for demand in _demands(mode) if len(self._blocks_of(demand).start))
        if self._room(task, mode, span, demands):
            return None
        for demand in demands:
            if not self._room(task, mode, span, (demand,)):
                return Reason(demand[0], (demand[1],), taken_by=self._on_article(demand))
        return Reason(Kind.TOGETHER, tuple(name for _, name, _ in demands))

    def _room(self, task: Task, mode: Mode, span: _Span, demands: tuple[Demand, ...]) -> bool:
        """Whether some start in the span keeps its hours and finds what is demanded."""
        if span.last_end - span.floor < mode.duration:
            return False
        calendar = task.calendar_in(mode)
        if calendar not in self._windows:
            self._windows[calendar] = Windows.of(self.lookup.hours_in(task, mode))
        pausing = pauses(task, mode)
        return bool(has_room(self._windows[calendar], pausing, mode.duration, *span, self._all_of(demands, pausing)))

    def _all_of(self, demands: tuple[Demand, ...], pausing: bool) -> InTheWay:
        key = demands, pausing
        if key not in self._in_the_way:
            loose = [
                pausing and kind is Kind.RESOURCE and not self.lookup.resource[name].kept for kind, name, _ in demands
            ]
            self._in_the_way[key] = InTheWay.of([self._blocks_of(demand) for demand in demands], loose)
        return self._in_the_way[key]

    def _on_article(self, demand: Demand) -> tuple[str, ...]:
        """Who shares a test article is no secret: they are tests of one campaign."""
        kind, name, _ = demand
        if kind is not Kind.RESOURCE or self.lookup.resource[name].kind != "article":
            return ()
        return tuple(dict.fromkeys(placed.task.id for placed in self._users[name]))

    def _blocks_of(self, demand: Demand) -> Blocks:
        if demand not in self._blocked:
            self._blocked[demand] = Blocks.of(self._blocks(*demand))
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
        yield from self.lookup.closures(kind, name)
        for placed in self._users[name]:
            if kind is Kind.DEVICES:
                yield placed.start, placed.end, dict(placed.mode.devices)[name]
                continue
            for start, end in self.lookup.use_spells(placed, name):
                yield start, end, dict(placed.mode.uses)[name]


def _demands(mode: Mode) -> Iterator[Demand]:
    for name, amount in mode.uses:
        if amount:
            yield Kind.RESOURCE, name, amount
    for name, amount in mode.devices:
        if amount:
            yield Kind.DEVICES, name, amount
    for name, state in mode.states:
        yield Kind.STATE, name, state
