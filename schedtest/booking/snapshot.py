"""From rows to a `Problem`: one of the two doors to the scheduling core.

What is asked for becomes tasks. What has begun or is frozen is fixed; what else is published is the baseline that
plans stay close to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from schedtest.booking.commitments import FROZEN_FOR, Bookings, Rest, decided_of, rest_of
from schedtest.booking.institute import Institute
from schedtest.booking.opening import Opening, Windows, instant
from schedtest.booking.order import Link, links_of
from schedtest.booking.slots import Slots
from schedtest.booking.supply import as_decided, device_types_of, devices_of, resources_of, state_resources_of
from schedtest.booking.ways import Way, is_interruptible, parts_of, ways_of
from schedtest.models.booking import Booking
from schedtest.models.closure import Closure
from schedtest.models.plan import Part
from schedtest.models.request import Dependency, State, TestRequest
from schedtest.scheduling import problem as core

PLANNED_STATES = (State.APPROVED, State.NOT_PLACED, State.BOOKED, State.UNDER_WAY)
WEIGHT_OF_PRIORITY = {1: 8, 2: 4, 3: 2, 4: 1}
PROMISED_WEIGHS = 2
"""A test that stands in the published plan weighs so many times what it weighed before."""
PRICE_UNIT = 1000
"""Costs reach the core in thousands of the facility's currency."""


@dataclass(frozen=True)
class Situation:
    """All rows that a plan from `starts_on` over `weeks` depends on, as they are `now`.

    notice: a test gets no new place before it is over, unless what stands before then is no longer possible.
    """

    institute: Institute
    starts_on: date
    weeks: int
    now: datetime
    requests: Sequence[TestRequest]
    dependencies: Sequence[Dependency] = ()
    bookings: Mapping[int, Bookings] = field(default_factory=dict)
    closures: Sequence[Closure] = ()
    notice: timedelta = FROZEN_FOR

    @cached_property
    def slots(self) -> Slots:
        return Slots.of(self.institute.facility, self.starts_on, self.weeks)

    @cached_property
    def opening(self) -> Opening:
        return self.institute.opening(self.starts_on, self.weeks)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One part of a requested test: its ways by mode id, its booking where it stands published, and as what it stands
    there if that is decided. Then it keeps the devices that it has (by type, their codes): the core is asked for none,
    and to all others these are away.
    """

    request: TestRequest
    part: Part
    ways: Mapping[str, Way]
    booking: Booking | None
    fixed: Rest | None = None
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def task_id(self) -> str:
        return f"request {self.request.id} {self.part}"


@dataclass(frozen=True)
class Snapshot:
    """A problem, and what its tasks are in rows."""

    slots: Slots
    problem: core.Problem
    wanted: Mapping[str, Wanted]


def read_situation(
    session: Session,
    institute: Institute,
    *,
    starts_on: date,
    weeks: int,
    now: datetime,
    notice: timedelta = FROZEN_FOR,
    only: Collection[int] | None = None,
    also: Collection[int] = (),
) -> Situation:
    """Everything that may be planned in the horizon, or `only` the requests with these ids, and all that stands in its
    way. also: requests that are planned whatever their state.
    """
    slots = Slots.of(institute.facility, starts_on, weeks)
    planned = session.scalars(
        select(TestRequest)
        .where(or_(TestRequest.state.in_(PLANNED_STATES), TestRequest.id.in_(also)))
        .options(
            joinedload(TestRequest.campaign),
            joinedload(TestRequest.article),
            joinedload(TestRequest.routes),
            joinedload(TestRequest.devices),
        )
        .order_by(TestRequest.id)
    ).unique()
    bookings: dict[int, dict[Part, Booking]] = defaultdict(dict)
    booked = select(Booking).options(joinedload(Booking.device_holds)).order_by(Booking.id)
    for booking in session.scalars(booked).unique():
        bookings[booking.request_id][booking.part] = booking
    touching = select(Closure).where(Closure.starts < slots.ends, Closure.ends > slots.origin).order_by(Closure.id)
    return Situation(
        institute=institute,
        starts_on=starts_on,
        weeks=weeks,
        now=now,
        requests=[request for request in planned if only is None or request.id in only],
        dependencies=session.scalars(select(Dependency)).all(),
        bookings=bookings,
        closures=session.scalars(touching).all(),
        notice=notice,
    )


def take_snapshot(situation: Situation, weights: core.Objective) -> Snapshot:
    """The problem of the situation. Raises scheduling.faults.Faulty when its numbers make no sense to the core."""
    slots, institute, opening = situation.slots, situation.institute, situation.opening
    calendars = _Calendars(slots)
    tasks, wanted = [], {}
    for request in situation.requests:
        for part, task in _tasks_of(situation, request, calendars):
            tasks.append(task)
            wanted[task.id] = part
    requests = list({part.request.id: part.request for part in wanted.values()}.values())
    links = links_of(institute.usual_order, situation.requests, situation.dependencies)
    state_resources, decided_names = as_decided(
        state_resources_of(institute, slots, requests),
        (
            (part.fixed.start, part.fixed.end, way.states)
            for part in wanted.values()
            if part.fixed is not None
            for way in part.ways.values()
        ),
    )
    tasks = [_renamed(task, decided_names) for task in tasks]
    decided = [part for part in wanted.values() if part.fixed is not None]
    problem = core.Problem(
        slot_minutes=institute.facility.slot_min,
        origin=slots.origin,
        horizon=slots.horizon,
        calendars=calendars.all,
        resources=tuple(
            resources_of(institute, opening, slots, situation.closures, requests, _staffed(slots, decided))
        ),
        device_types=tuple(device_types_of(institute, slots)),
        devices=tuple(devices_of(institute, slots, situation.closures, _held(decided))),
        state_resources=tuple(state_resources),
        tasks=tuple(_after_others(situation, tasks, wanted, links)),
        precedences=tuple(_precedences(situation, requests, wanted, links)),
        objective=weights,
        baseline=tuple(_baseline(slots, wanted.values())),
    )
    return Snapshot(slots, problem, wanted)


class _Calendars:
    """The problem's calendars; equal working time is one calendar."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._by_windows: dict[Windows, str] = {}
        self._by_slots: dict[tuple[tuple[int, int], ...], core.Calendar] = {}

    def of(self, way: Way) -> str:
        if way.windows not in self._by_windows:
            windows = self._slots.within(way.windows)
            name = f"open {len(self._by_slots) + 1}"
            calendar = core.Calendar(id=name, windows=tuple(core.Window(*window) for window in windows))
            self._by_windows[way.windows] = self._by_slots.setdefault(windows, calendar).id
        return self._by_windows[way.windows]

    @property
    def all(self) -> tuple[core.Calendar, ...]:
        return tuple(self._by_slots.values())


def _tasks_of(situation: Situation, request: TestRequest, calendars: _Calendars) -> Iterator[tuple[Wanted, core.Task]]:
    """The tasks of a test that lie within the horizon: its preparation and itself, or what is left of them."""
    ways = {
        part: {way.id: way for way in ways_of(situation.institute, situation.opening, request, part)}
        for part in parts_of(request)
    }
    bookings = {part: row for part, row in situation.bookings.get(request.id, {}).items() if part in ways}
    decided = decided_of(bookings, ways, situation.closures, situation.now)
    stand = [
        found
        for part, booking in decided.items()
        for found in _decided_task(situation, request, part, ways[part][booking.mode], booking, calendars)
    ]
    yield from stand
    if len(decided) == len(bookings) > 0:
        return
    rest = [booking for part, booking in bookings.items() if part not in decided]
    stands_later = rest and min(row.starts for row in rest) >= situation.slots.ends
    if stands_later or _opens(situation, request) >= situation.slots.horizon:
        return
    prepared = [wanted.part for wanted, _ in stand]  # not what was over before the horizon: that is done anew
    for part in ways:
        if part in prepared:
            continue
        wanted = Wanted(request, part, ways[part], bookings.get(part))
        yield wanted, _open_task(situation, wanted, calendars)


def _decided_task(
    situation: Situation, request: TestRequest, part: Part, way: Way, booking: Booking, calendars: _Calendars
) -> Iterator[tuple[Wanted, core.Task]]:
    interruptible = is_interruptible(request, part)
    rest = rest_of(booking, way, interruptible=interruptible, closures=situation.closures, slots=situation.slots)
    if rest is None:
        return
    wanted = Wanted(request, part, {way.id: way}, booking, rest, _devices_on(situation.institute, booking))
    # Work that does not pause needs no calendar: it stands, even if the hours have been changed since.
    calendar = calendars.of(way) if interruptible else None
    yield (
        wanted,
        core.Task(
            id=wanted.task_id,
            campaign=f"campaign {request.campaign.id}",
            organisation=f"organisation {request.campaign.organisation_id}",
            due=_due(situation, request, part),
            weight=_weight(request, part, promised=True),
            interruptible=interruptible,
            modes=(replace(_mode(situation.slots, way, calendar, rest.duration), devices=()),),
            fixed=core.Fixed(rest.start, way.id),
        ),
    )


def _devices_on(institute: Institute, booking: Booking) -> dict[str, tuple[str, ...]]:
    codes: dict[str, list[str]] = defaultdict(list)
    for hold in booking.device_holds:
        device = institute.device_by_id[hold.device_id]
        codes[device.type.code].append(device.code)
    return {of_type: tuple(sorted(those)) for of_type, those in codes.items()}


def _held(decided: Iterable[Wanted]) -> dict[int, list[tuple[int, int]]]:
    """By device: start and end of the decided work that has it."""
    held: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for part in decided:
        if part.booking and part.fixed:
            for hold in part.booking.device_holds:
                held[hold.device_id].append((part.fixed.start, part.fixed.end))
    return held


def _staffed(slots: Slots, decided: Iterable[Wanted]) -> Iterator[tuple[int, int, Mapping[str, int]]]:
    """Start, end and uses of each piece of decided work."""
    for part in decided:
        if part.fixed is None:
            continue
        for way in part.ways.values():
            pauses = is_interruptible(part.request, part.part)
            for opens, shuts in slots.within(way.windows) if pauses else ((part.fixed.start, part.fixed.end),):
                start, end = max(opens, part.fixed.start), min(shuts, part.fixed.end)
                if start < end:
                    yield start, end, way.uses


def _renamed(task: core.Task, names: Mapping[tuple[str, str], str]) -> core.Task:
    """A decided task with the states by the names that decided tasks have for them."""
    if task.fixed is None or not names:
        return task
    (mode,) = task.modes
    states = tuple((resource, names.get((resource, state), state)) for resource, state in mode.states)
    return replace(task, modes=(replace(mode, states=states),))


def _open_task(situation: Situation, wanted: Wanted, calendars: _Calendars) -> core.Task:
    request, part = wanted.request, wanted.part
    deadline_on = request.deadline_on or request.campaign.deadline_on
    in_time = situation.now + situation.notice
    is_soon = wanted.booking is not None and wanted.booking.starts < in_time  # and no longer possible as it stands
    earliest = situation.now if is_soon else in_time
    return core.Task(
        id=wanted.task_id,
        campaign=f"campaign {request.campaign.id}",
        organisation=f"organisation {request.campaign.organisation_id}",
        release=max(0, _opens(situation, request), situation.slots.ceiling(earliest)),
        due=_due(situation, request, part),
        deadline=None if deadline_on is None else max(0, _end_of(situation, deadline_on)),
        weight=_weight(request, part, promised=wanted.booking is not None),
        interruptible=is_interruptible(request, part),
        modes=tuple(
            _mode(situation.slots, way, calendars.of(way), situation.slots.count(way.duration_min))
            for way in wanted.ways.values()
        ),
    )


def _mode(slots: Slots, way: Way, calendar: str | None, duration: int) -> core.Mode:
    return core.Mode(
        id=way.id,
        duration=duration,
        route=way.route_codes or None,
        uses=tuple(way.uses.items()),
        devices=tuple(way.devices.items()),
        states=tuple(way.states.items()),
        cost=int(way.price / PRICE_UNIT),
        calendar=calendar,
    )


def _opens(situation: Situation, request: TestRequest) -> int:
    day = request.release_on or request.campaign.release_on
    return situation.slots.ceiling(instant(day, time(), situation.institute.facility.zone))


def _end_of(situation: Situation, day: date) -> int:
    midnight = instant(day + timedelta(days=1), time(), situation.institute.facility.zone)
    return situation.slots.floor(midnight)


def _due(situation: Situation, request: TestRequest, part: Part) -> int:
    """A preparation is never late by itself: its test is."""
    if part == Part.PREPARATION:
        return situation.slots.horizon
    return max(0, _end_of(situation, request.due_on or request.campaign.due_on))


def _weight(request: TestRequest, part: Part, *, promised: bool) -> int:
    if part == Part.PREPARATION:
        return 1
    weight = WEIGHT_OF_PRIORITY[request.priority or request.campaign.priority]
    return weight * PROMISED_WEIGHS if promised else weight


def _precedences(
    situation: Situation, requests: Sequence[TestRequest], wanted: Mapping[str, Wanted], links: Sequence[Link]
) -> Iterator[core.Precedence]:
    slots = situation.slots
    parts = _by_request(wanted)
    for request in requests:
        preparation, test = parts[request.id].get(Part.PREPARATION), parts[request.id].get(Part.TEST)
        if preparation and test and not test.fixed:
            valid = max(0, request.procedure.prep_valid_min // (slots.length // timedelta(minutes=1)))
            together = preparation.fixed is None
            yield core.Precedence(before=preparation.task_id, after=test.task_id, max_lag=valid, together=together)
    for link in links:
        before, after = parts[link.before.id].get(Part.TEST), parts[link.after.id]
        first = next((part for part in after.values() if not part.fixed), None)
        if before and first:
            yield from _waiting(slots, link, before, first, after.get(Part.TEST, first))


def _after_others(
    situation: Situation, tasks: Iterable[core.Task], wanted: Mapping[str, Wanted], links: Iterable[Link]
) -> Iterator[core.Task]:
    """The tasks, released only after the bookings outside the problem that they wait for."""
    slots = situation.slots
    parts = _by_request(wanted)
    releases: dict[str, int] = defaultdict(int)
    for link in links:
        booking = situation.bookings.get(link.before.id, {}).get(Part.TEST)
        if booking and Part.TEST not in parts[link.before.id]:
            ended = slots.ceiling(booking.ends) + slots.count(link.min_lag_min)
            for part in parts[link.after.id].values():
                releases[part.task_id] = max(releases[part.task_id], ended)
    for task in tasks:
        yield task if task.fixed else replace(task, release=max(task.release, releases[task.id]))


def _waiting(slots: Slots, link: Link, before: Wanted, first: Wanted, test: Wanted) -> Iterator[core.Precedence]:
    """The next preparation waits for the test before it; lags are between the tests themselves."""
    if first is not test or not link.min_lag_min:
        yield core.Precedence(before=before.task_id, after=first.task_id)
    if link.min_lag_min or link.max_lag_min is not None:
        longest = None if link.max_lag_min is None else timedelta(minutes=link.max_lag_min) // slots.length
        shortest = slots.count(link.min_lag_min)
        yield core.Precedence(before=before.task_id, after=test.task_id, min_lag=shortest, max_lag=longest)


def _by_request(wanted: Mapping[str, Wanted]) -> dict[int, dict[Part, Wanted]]:
    parts: dict[int, dict[Part, Wanted]] = defaultdict(dict)
    for part in wanted.values():
        parts[part.request.id][part.part] = part
    return parts


def _baseline(slots: Slots, wanted: Iterable[Wanted]) -> Iterator[core.Placing]:
    for part in wanted:
        booking = part.booking
        if booking and not part.fixed and booking.mode in part.ways and booking.starts >= slots.origin:
            yield core.Placing(part.task_id, slots.floor(booking.starts), booking.mode)
