"""The ways in which a requested test, and its preparation, can be done: the core's modes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from schedtest.booking.institute import Institute
from schedtest.booking.opening import Opening, Windows
from schedtest.models.campaign import Confidentiality
from schedtest.models.crew import CrewKind, permit_for
from schedtest.models.plan import Part
from schedtest.models.procedure import Procedure
from schedtest.models.request import TestRequest
from schedtest.models.route import Permit, Route, Use
from schedtest.models.site import PreparationKind, Site

OPEN_ZONE = "open"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do one part of a test. `routes` are driven in one booking, `site` is where it is done or prepared.

    uses: by resource id, devices: by type code, states: by state resource id.   windows: when it may be worked on.
    """

    id: str
    routes: tuple[Route, ...]
    site: Site | None
    duration_min: int
    uses: dict[str, int]
    devices: dict[str, int]
    states: dict[str, str]
    price: Decimal
    windows: Windows

    @property
    def route_codes(self) -> str:
        return " ".join(route.code for route in self.routes)


def crew_id(kind: CrewKind, permit: Permit | None = None) -> str:
    """The id of the crews of one kind and permit, who stand in for each other."""
    return f"{kind} {permit}" if permit else str(kind)


def article_id(request: TestRequest) -> str:
    return f"article {request.article.id}"


def zone_id(code: str) -> str:
    return f"zone {code}"


def preparation_min(request: TestRequest) -> int:
    return request.procedure.preparation_min + request.extra_preparation_min


def parts_of(request: TestRequest) -> tuple[Part, ...]:
    return (Part.PREPARATION, Part.TEST) if preparation_min(request) else (Part.TEST,)


def is_interruptible(request: TestRequest, part: Part) -> bool:
    """Whether work on it may pause while its places are closed. Fitting in a garage may, soaking never."""
    if part == Part.TEST:
        return request.procedure.interruptible
    return request.procedure.prep_site_kind != PreparationKind.SOAK


def ways_of(institute: Institute, opening: Opening, request: TestRequest, part: Part) -> list[Way]:
    """Every way that the procedure knows and the manufacturer accepts, in the procedure's order."""
    find = _preparations if part == Part.PREPARATION else _tests
    return list(find(institute, opening, request))


def _preparations(institute: Institute, opening: Opening, request: TestRequest) -> Iterator[Way]:
    # What a procedure needs no preparation for is still prepared in a garage when its manufacturer asks for it.
    kind = request.procedure.prep_site_kind or PreparationKind.GARAGE
    for site in institute.sites_of(kind):
        yield Way(
            id=site.code,
            routes=(),
            site=site,
            duration_min=preparation_min(request),
            uses=uses_of(request, Part.PREPARATION, (), site),
            devices={},
            states={},
            price=Decimal(0),
            windows=opening.of_calendar(site.calendar),
        )


def _tests(institute: Institute, opening: Opening, request: TestRequest) -> Iterator[Way]:
    procedure = request.procedure
    accepted = {route.choice for route in request.routes}
    choices: list[tuple[Route, ...]] = [
        tuple(routes) for choice, routes in procedure.route_choices.items() if not accepted or choice in accepted
    ]
    sites: list[Site | None] = [*institute.sites_of(procedure.site_kind)] if procedure.site_kind else [None]
    for routes in choices or [()]:
        for site in sites:
            yield Way(
                id="+".join([*(route.code for route in routes), *([site.code] if site else [])]),
                routes=routes,
                site=site,
                duration_min=procedure.duration_min,
                uses=uses_of(request, Part.TEST, routes, site),
                devices=_devices_of_test(request),
                states=_states_of_test(request, routes),
                price=_price(procedure, routes),
                windows=opening.of_test(procedure, routes, site),
            )


def uses_of(request: TestRequest, part: Part, routes: Sequence[Route], site: Site | None) -> dict[str, int]:
    """What a part of the test takes there, by resource id: the article, roads, a site, people."""
    procedure = request.procedure
    uses = Counter({article_id(request): 1})
    if site is not None:
        uses[site.code] += 1
    if part == Part.PREPARATION:
        uses[crew_id(CrewKind.TECHNICIAN)] += procedure.technicians
        return +uses
    drivers = procedure.drivers + request.extra_drivers
    uses[crew_id(CrewKind.DRIVER, permit_for(request.article.category, [route.permit for route in routes]))] += drivers
    uses[crew_id(CrewKind.ENGINEER)] += procedure.engineers + request.extra_engineers
    for route in routes:
        alone = request.exclusive or route.use == Use.EXCLUSIVE
        if route.use == Use.SHARED:
            uses[route.code] = route.max_vehicles if alone else 1
        for segment in route.segments:
            uses[segment.code] = max(uses[segment.code], segment.capacity if alone else 1)
    return +uses


def _devices_of_test(request: TestRequest) -> dict[str, int]:
    devices = Counter({demand.device_type.code: demand.amount for demand in request.procedure.devices})
    devices.update({demand.device_type.code: demand.amount for demand in request.devices})
    return dict(devices)


def _states_of_test(request: TestRequest, routes: Sequence[Route]) -> dict[str, str]:
    """What surfaces, directions and basins must be, and under whom the confidential zones are held."""
    states = {need.state_resource.code: need.state for route in routes for need in route.states}
    campaign = request.campaign
    closed = campaign.confidentiality == Confidentiality.CLOSED
    holder = f"organisation {campaign.organisation_id}" if closed else OPEN_ZONE
    for route in routes:
        for segment in route.segments:
            if segment.zone.confidential:
                states[zone_id(segment.zone.code)] = holder
    return states


def _price(procedure: Procedure, routes: Sequence[Route]) -> Decimal:
    hours = Decimal(procedure.duration_min) / 60
    return procedure.price + sum((route.hour_price for route in routes), Decimal(0)) * hours
