"""All of the catalogue that planning needs, read in a handful of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from schedtest.booking.opening import Opening
from schedtest.models.calendar import Calendar, CalendarWindow, Daylight, Holiday
from schedtest.models.crew import Crew
from schedtest.models.device import Device, DeviceType
from schedtest.models.facility import Facility
from schedtest.models.procedure import Procedure, ProcedureOrder, ProcedureRoute
from schedtest.models.route import Route, RouteState
from schedtest.models.segment import Segment
from schedtest.models.site import Site
from schedtest.models.state import StateResource
from schedtest.models.zone import Zone


@dataclass(frozen=True)
class Institute:
    """Rows of the catalogue, each kind in the order of its codes, with all that belongs to them loaded."""

    facility: Facility
    calendars: Sequence[Calendar]
    zones: Sequence[Zone]
    segments: Sequence[Segment]
    routes: Sequence[Route]
    sites: Sequence[Site]
    state_resources: Sequence[StateResource]
    device_types: Sequence[DeviceType]
    procedures: Sequence[Procedure]
    orders: Sequence[ProcedureOrder]
    crews: Sequence[Crew]
    holidays: Sequence[Holiday]
    daylight: Sequence[Daylight]

    def opening(self, starts_on: date, weeks: int) -> Opening:
        last = starts_on + timedelta(weeks=weeks)
        return Opening(self.facility, self.holidays, self.daylight, starts_on, last)

    def sites_of(self, kind: str) -> list[Site]:
        return [site for site in self.sites if site.kind == kind]

    @cached_property
    def usual_order(self) -> frozenset[tuple[int, int]]:
        """Pairs of procedures (id before, id after)."""
        return frozenset((order.before_id, order.after_id) for order in self.orders)

    @cached_property
    def device_by_id(self) -> dict[int, Device]:
        return {device.id: device for of_type in self.device_types for device in of_type.devices}

    @cached_property
    def procedure_by_code(self) -> dict[str, Procedure]:
        return {procedure.code: procedure for procedure in self.procedures}


def read_institute(session: Session) -> Institute:
    """Raises sqlalchemy.exc.NoResultFound while no catalogue is loaded."""
    windows = joinedload(Calendar.windows).joinedload(CalendarWindow.season)
    # Held, so that routes, sites and crews find them there and ask no more.
    calendars = session.scalars(select(Calendar).options(windows).order_by(Calendar.code)).unique().all()
    route = (
        selectinload(Route.path),
        joinedload(Route.states).joinedload(RouteState.state_resource),
        joinedload(Route.calendar),
        joinedload(Route.season),
    )
    return Institute(
        facility=session.scalars(select(Facility)).one(),
        calendars=calendars,
        zones=session.scalars(select(Zone).order_by(Zone.code)).all(),
        segments=session.scalars(select(Segment).order_by(Segment.code)).all(),
        routes=session.scalars(select(Route).options(*route).order_by(Route.code)).unique().all(),
        sites=session.scalars(select(Site).order_by(Site.code)).all(),
        state_resources=session.scalars(
            select(StateResource).options(joinedload(StateResource.changes)).order_by(StateResource.code)
        )
        .unique()
        .all(),
        device_types=_device_types(session),
        procedures=session.scalars(
            select(Procedure)
            .options(
                joinedload(Procedure.devices),
                selectinload(Procedure.routes).joinedload(ProcedureRoute.route),
                joinedload(Procedure.calendar),
                joinedload(Procedure.season),
            )
            .order_by(Procedure.code)
        )
        .unique()
        .all(),
        orders=session.scalars(select(ProcedureOrder)).all(),
        crews=session.scalars(select(Crew).order_by(Crew.code)).all(),
        holidays=session.scalars(select(Holiday).order_by(Holiday.day)).all(),
        daylight=session.scalars(select(Daylight).order_by(Daylight.from_day)).all(),
    )


def _device_types(session: Session) -> Sequence[DeviceType]:
    """With their devices, which know their type: asked for it one by one, 3000 of them take a quarter of a second."""
    device_types = session.scalars(
        select(DeviceType).options(selectinload(DeviceType.devices)).order_by(DeviceType.code)
    ).all()
    for device_type in device_types:
        for device in device_type.devices:
            set_committed_value(device, "type", device_type)
    return device_types
