"""The rows of the board: roads, sites, devices, people, campaigns; what a placement takes of them, what is closed."""

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from schedtest.booking.names import crew_name
from schedtest.booking.opening import DAY, Opening, Windows, instant, season_windows, whole_days
from schedtest.booking.planned import placements_of
from schedtest.booking.slots import Slots
from schedtest.booking.supply import crews_of
from schedtest.booking.ways import crew_id, uses_of
from schedtest.models.calendar import Calendar, Holiday, HolidayKind
from schedtest.models.campaign import Campaign
from schedtest.models.closure import Closure
from schedtest.models.crew import Crew
from schedtest.models.device import Device, DeviceType
from schedtest.models.facility import Facility
from schedtest.models.plan import Placement, Plan
from schedtest.models.request import TestRequest
from schedtest.models.route import Route, RouteSegment, Use
from schedtest.models.segment import Segment
from schedtest.models.site import Site

# Reasons of the house, in English, translated where they are shown.
AT_CALIBRATION = "At calibration"
OUT_OF_SEASON = "Out of season"
OFF_DUTY = "Nobody on duty"


Span = tuple[datetime, datetime]
Taken = tuple[datetime, datetime, int]


class Rows(enum.StrEnum):
    """What a row of the board is."""

    ROUTE = "route"
    SEGMENT = "segment"
    SITE = "site"
    TYPE = "type"
    DEVICE = "device"
    CREW = "crew"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class Line:
    """One row. load: [starts, ends) with how much of the capacity is taken, disjoint and in order."""

    id: str
    code: str
    name: str
    group: str | None
    capacity: int
    load: Sequence[Taken] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """row: None for all rows."""

    row: str | None
    starts: datetime
    ends: datetime
    reason: str


@dataclass(frozen=True)
class Chart:
    """One way to look: its rows, which of them a placement takes and how much of each, and what is closed."""

    lines: Sequence[Line]
    rows_of: Callable[[Placement], Iterable[tuple[str, int]]]
    closed: Sequence[Closed] = field(default_factory=list)


def holidays_in(session: Session, plan: Plan, facility: Facility) -> Iterator[Closed]:
    """Days on which the institute is closed."""
    first, last = _days(plan, facility)
    days = select(Holiday).where(Holiday.kind == HolidayKind.CLOSED, Holiday.day.between(first, last))
    for holiday in session.scalars(days.order_by(Holiday.day)):
        ((starts, ends),) = whole_days(holiday.day, holiday.day, facility.zone)
        yield Closed(None, starts, ends, holiday.name)


def _routes(session: Session, plan: Plan, facility: Facility) -> Chart:
    routes = _read_routes(session)
    closures = _closures(session, plan, Closure.segment_id)
    closed = [
        Closed(route.code, row.starts, row.ends, row.reason)
        for route in routes
        for segment in route.segments
        for row in closures.get(segment.id, ())
    ]
    return Chart(
        lines=[
            Line(
                route.code,
                route.code,
                route.name,
                route.segments[0].zone.name,
                route.max_vehicles if route.use == Use.SHARED else 1,
            )
            for route in _by_zone(routes)
        ],
        rows_of=_route_uses({route.code: route for route in routes}),
        closed=[*closed, *_out_of_season(routes, plan, facility)],
    )


def _by_zone(routes: Iterable[Route]) -> list[Route]:
    """Those that begin in one zone together, zones and routes in the order of the routes' codes."""
    by_zone: dict[int, list[Route]] = defaultdict(list)
    for route in sorted(routes, key=lambda route: route.code):
        by_zone[route.segments[0].zone_id].append(route)
    return [route for together in by_zone.values() for route in together]


def _route_uses(routes: Mapping[str, Route]) -> Callable[[Placement], Iterable[tuple[str, int]]]:
    def rows_of(placement: Placement) -> Iterator[tuple[str, int]]:
        driven = _driven(placement, routes)
        uses = uses_of(placement.request, placement.part, driven, None) if driven else {}
        for route in driven:
            yield route.code, uses.get(route.code, 1)

    return rows_of


def _driven(placement: Placement, routes: Mapping[str, Route]) -> list[Route]:
    return [routes[code] for code in placement.routes.split() if code in routes]


def _out_of_season(routes: Iterable[Route], plan: Plan, facility: Facility) -> Iterator[Closed]:
    first, last = _days(plan, facility)
    for route in routes:
        if route.season is not None:
            for starts, ends in _between(season_windows(route.season, first, last, facility.zone), plan):
                yield Closed(route.code, starts, ends, OUT_OF_SEASON)


def _between(windows: Windows, plan: Plan) -> Iterator[Span]:
    """The time of the plan that lies in none of the windows."""
    since = plan.starts
    for starts, ends in windows:
        if since < starts:
            yield since, min(starts, plan.ends)
        since = max(since, ends)
    if since < plan.ends:
        yield since, plan.ends


def _segments(session: Session, plan: Plan, facility: Facility) -> Chart:
    routes = {route.code: route for route in _read_routes(session)}
    segments = session.scalars(select(Segment).options(joinedload(Segment.zone))).all()
    codes = {segment.code for segment in segments}

    def rows_of(placement: Placement) -> Iterator[tuple[str, int]]:
        driven = _driven(placement, routes)
        uses = uses_of(placement.request, placement.part, driven, None) if driven else {}
        return ((name, amount) for name, amount in uses.items() if name in codes)

    return Chart(
        lines=[
            Line(segment.code, segment.code, segment.name, segment.zone.name, segment.capacity)
            for segment in sorted(segments, key=lambda segment: (segment.zone.name, segment.code))
        ],
        rows_of=rows_of,
        closed=list(_closed_things(session, plan, Closure.segment_id, segments)),
    )


def _sites(session: Session, plan: Plan, facility: Facility) -> Chart:
    sites = session.scalars(select(Site).order_by(Site.code)).all()
    codes = {site.id: site.code for site in sites}

    def rows_of(placement: Placement) -> Iterator[tuple[str, int]]:
        if placement.site_id in codes:
            yield codes[placement.site_id], 1

    return Chart(
        lines=[Line(site.code, site.code, site.name, None, site.capacity) for site in sites],
        rows_of=rows_of,
        closed=list(_closed_things(session, plan, Closure.site_id, sites)),
    )


def _types(session: Session, plan: Plan, facility: Facility) -> Chart:
    types = session.scalars(
        select(DeviceType).options(selectinload(DeviceType.devices).load_only(Device.id)).order_by(DeviceType.code)
    ).all()
    return Chart(
        lines=[Line(row.code, row.code, row.name, None, len(row.devices)) for row in types],
        rows_of=lambda placement: ((code, len(names)) for code, names in placement.devices.items() if names),
    )


def _devices(session: Session, plan: Plan, facility: Facility) -> Chart:
    devices = session.scalars(select(Device).options(joinedload(Device.type)).order_by(Device.code)).all()
    first, last = _days(plan, facility)
    at_calibration = [
        Closed(device.code, instant(away, time(), facility.zone), instant(back, time(), facility.zone), AT_CALIBRATION)
        for device in devices
        for away, back in device.calibrations(first, last)
    ]
    return Chart(
        lines=[
            Line(device.code, device.code, device.serial, device.type.name, 1)
            for device in sorted(devices, key=lambda device: (device.type.name, device.code))
        ],
        rows_of=lambda placement: ((name, 1) for names in placement.devices.values() for name in names),
        closed=[*_closed_things(session, plan, Closure.device_id, devices), *at_calibration],
    )


def _crews(session: Session, plan: Plan, facility: Facility) -> Chart:
    crews = session.scalars(
        select(Crew).options(joinedload(Crew.calendar).selectinload(Calendar.windows)).order_by(Crew.code)
    ).all()
    routes = {route.code: route for route in _read_routes(session)}
    holidays = session.scalars(select(Holiday)).all()
    first, last = _days(plan, facility)
    length = timedelta(minutes=facility.slot_min)
    slots = Slots(plan.starts, length, (plan.ends - plan.starts) // length, facility.zone)
    closures = [row for rows in _closures(session, plan, Closure.crew_id).values() for row in rows]
    people = list(crews_of(crews, Opening(facility, holidays, (), first, last), slots, closures))
    names = {crew_id(crew.kind, crew.permit): crew_name(crew.kind, crew.permit) for crew in crews}

    def rows_of(placement: Placement) -> Iterator[tuple[str, int]]:
        uses = uses_of(placement.request, placement.part, _driven(placement, routes), None)
        return ((name, amount) for name, amount in uses.items() if name in names)

    return Chart(
        lines=[Line(row.id, "", names[row.id], None, row.capacity) for row in people],
        rows_of=rows_of,
        closed=[
            Closed(row.id, slots.instant(closure.start), slots.instant(closure.end), OFF_DUTY)
            for row in people
            for closure in row.closures
            if closure.amount == row.capacity
        ],
    )


def _campaigns(session: Session, plan: Plan, facility: Facility) -> Chart:
    planned = select(TestRequest.campaign_id).join(Placement).where(placements_of(plan))
    campaigns = session.scalars(
        select(Campaign).options(joinedload(Campaign.organisation)).where(Campaign.id.in_(planned))
    ).all()
    return Chart(
        lines=[
            Line(str(row.id), "", row.name, row.organisation.name, 1)
            for row in sorted(campaigns, key=lambda row: (row.organisation.name, row.organisation_id, row.name))
        ],
        rows_of=lambda placement: [(str(placement.request.campaign_id), 1)],
    )


CHARTS: Mapping[Rows, Callable[[Session, Plan, Facility], Chart]] = {
    Rows.ROUTE: _routes,
    Rows.SEGMENT: _segments,
    Rows.SITE: _sites,
    Rows.TYPE: _types,
    Rows.DEVICE: _devices,
    Rows.CREW: _crews,
    Rows.CAMPAIGN: _campaigns,
}


def _read_routes(session: Session) -> Sequence[Route]:
    path = selectinload(Route.path).joinedload(RouteSegment.segment).joinedload(Segment.zone)
    return session.scalars(select(Route).options(path, joinedload(Route.season)).order_by(Route.code)).all()


def _closures(session: Session, plan: Plan, of: Any) -> Mapping[int, Sequence[Closure]]:
    """Closures that touch the plan, by the id of what is closed."""
    found = defaultdict(list)
    touching = select(Closure).where(of.is_not(None), Closure.starts < plan.ends, Closure.ends > plan.starts)
    for row in session.scalars(touching.order_by(Closure.starts)):
        found[getattr(row, of.key)].append(row)
    return found


def _closed_things(session: Session, plan: Plan, of: Any, things: Iterable[Any]) -> Iterator[Closed]:
    closures = _closures(session, plan, of)
    for thing in things:
        for row in closures.get(thing.id, ()):
            yield Closed(thing.code, row.starts, row.ends, row.reason)


def _days(plan: Plan, facility: Facility) -> tuple[date, date]:
    """The first and the last day of the plan."""
    return plan.starts.astimezone(facility.zone).date(), (plan.ends - DAY).astimezone(facility.zone).date()
