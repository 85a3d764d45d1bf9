"""What stands in the published plan, in words; and which of it a closure cuts into."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select, true
from sqlalchemy.orm import Session

from schedtest.models.booking import Booking, DeviceHold
from schedtest.models.campaign import Campaign, TestArticle
from schedtest.models.closure import Closure
from schedtest.models.crew import Crew, CrewKind, permit_for
from schedtest.models.device import Device
from schedtest.models.organisation import Organisation
from schedtest.models.plan import Part, Placement
from schedtest.models.procedure import Procedure
from schedtest.models.request import State, TestRequest
from schedtest.models.route import Permit, Route, RouteSegment
from schedtest.models.site import Site

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Standing:
    """One part of a test in the published plan.

    routes, devices: codes.   pieces: when it is worked on, several when it pauses.   people: how many of each kind.
    """

    booking_id: int
    request_id: int
    part: Part
    state: State
    procedure: str
    article: str
    category: str
    campaign: str
    organisation: str
    starts: datetime
    ends: datetime
    started_at: datetime | None
    finished_at: datetime | None
    site_id: int | None
    site: str | None
    routes: tuple[str, ...]
    devices: tuple[str, ...]
    pieces: tuple[Window, ...]
    people: dict[CrewKind, int] = field(hash=False)

    @property
    def places(self) -> tuple[str, ...]:
        return (*self.routes, self.site) if self.site else self.routes


def read_standing(session: Session, *conditions: ColumnElement[bool]) -> list[Standing]:
    """Bookings in the order of time; the conditions may ask Booking, Placement, Site and TestRequest."""
    asked = (
        select(
            Booking.id,
            Booking.request_id,
            Booking.part,
            TestRequest.state,
            Procedure.code + " " + Procedure.name,
            TestArticle.label,
            TestArticle.category,
            Campaign.name,
            Organisation.name,
            Booking.starts,
            Booking.ends,
            Booking.started_at,
            Booking.finished_at,
            Booking.site_id,
            Site.code,
            Placement.routes,
            Placement.devices,
            Placement.pieces,
            Procedure.technicians,
            Procedure.drivers + TestRequest.extra_drivers,
            Procedure.engineers + TestRequest.extra_engineers,
        )
        .join(TestRequest, TestRequest.id == Booking.request_id)
        .join(Procedure, Procedure.id == TestRequest.procedure_id)
        .join(TestArticle, TestArticle.id == TestRequest.article_id)
        .join(Campaign, Campaign.id == TestRequest.campaign_id)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .outerjoin(Site, Site.id == Booking.site_id)
        .outerjoin(
            Placement,
            and_(
                Placement.plan_id == Booking.plan_id,
                Placement.request_id == Booking.request_id,
                Placement.part == Booking.part,
            ),
        )
        .where(*conditions)
        .order_by(Booking.starts, Booking.id)
    )
    return [_standing(row) for row in session.execute(asked)]


def _standing(row: Any) -> Standing:
    part, starts, ends = row[2], row[9], row[10]
    routes, devices, pieces, technicians, drivers, engineers = row[15:]
    people = {CrewKind.DRIVER: drivers, CrewKind.ENGINEER: engineers}
    worked = tuple((datetime.fromisoformat(opens), datetime.fromisoformat(shuts)) for opens, shuts in pieces or ())
    found = (
        tuple((routes or "").split()),
        tuple(sorted(code for codes in (devices or {}).values() for code in codes)),
        worked or ((starts, ends),),
        {CrewKind.TECHNICIAN: technicians} if part == Part.PREPARATION else people,
    )
    return Standing(*(*row[:15], *found))


def hit_by(session: Session, closures: Sequence[Closure], now: datetime) -> list[list[Standing]]:
    """For each closure the bookings it cuts into that are not over, whether the closures are stored yet or not.

    A crew that is away hits whatever needs people of its kind meanwhile: others may stand in.
    """
    if not closures:
        return []
    reach = _Reach(session, closures)
    rows = read_standing(
        session,
        Booking.starts < max(closure.ends for closure in closures),
        Booking.ends > max(now, min(closure.starts for closure in closures)),
        Booking.finished_at.is_(None),
        reach.condition(),
    )
    return [
        [row for row in rows if row.starts < closure.ends and closure.starts < row.ends and reach.takes(row, closure)]
        for closure in closures
    ]


class _Reach:
    """Codes of what the closures close, and of the roads that lead over it."""

    def __init__(self, session: Session, closures: Sequence[Closure]) -> None:
        self._closures = closures
        devices, segments, crews = (
            [number for closure in closures if (number := getattr(closure, f"{kind}_id")) is not None]
            for kind in ("device", "segment", "crew")
        )
        self._devices = dict(session.execute(select(Device.id, Device.code).where(Device.id.in_(devices))).all())
        self._crews = {crew.id: crew for crew in session.scalars(select(Crew).where(Crew.id.in_(crews)))}
        self._permits = dict(session.execute(select(Route.code, Route.permit)).all())
        self._roads: dict[int, set[str]] = defaultdict(set)
        over = select(RouteSegment.segment_id, Route.code).join(RouteSegment.route)
        for segment_id, code in session.execute(over.where(RouteSegment.segment_id.in_(segments))):
            self._roads[segment_id].add(code)

    def condition(self) -> ColumnElement[bool]:
        """What any of the closures may hit."""
        if self._crews:
            return true()
        roads = sorted({code for codes in self._roads.values() for code in codes})
        sites = [closure.site_id for closure in self._closures if closure.site_id is not None]
        return or_(
            Booking.site_id.in_(sites),
            Booking.device_holds.any(DeviceHold.device_id.in_(self._devices)),
            *(
                (literal(" ") + Placement.routes + literal(" ")).contains(f" {code} ", autoescape=True)
                for code in roads
            ),
        )

    def takes(self, row: Standing, closure: Closure) -> bool:
        if closure.device_id is not None:
            return self._devices[closure.device_id] in row.devices
        if closure.segment_id is not None:
            return not self._roads[closure.segment_id].isdisjoint(row.routes)
        if closure.site_id is not None:
            return row.site_id == closure.site_id
        crew = self._crews[closure.crew_id or 0]
        if not row.people.get(crew.kind):
            return False
        return crew.kind != CrewKind.DRIVER or crew.permit == self._permit(row)

    def _permit(self, row: Standing) -> Permit:
        return permit_for(row.category, [self._permits[code] for code in row.routes if code in self._permits])
