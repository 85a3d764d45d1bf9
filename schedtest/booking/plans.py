"""The plan as managers read it: versions, what stands in one, what changed, what has no place and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from schedtest.booking.access import Actor, NotFound, allowed
from schedtest.booking.names import Names
from schedtest.booking.planned import Row, Show, counted, found_in, has, keys_of, placements_of, read, says, shown_state
from schedtest.booking.snapshot import PLANNED_STATES
from schedtest.models.booking import Booking
from schedtest.models.campaign import Campaign
from schedtest.models.database import Sessions
from schedtest.models.plan import LeftOut, Part, Placement, Plan, PlanState
from schedtest.models.procedure import Procedure, ProcedureDevice
from schedtest.models.request import RequestDevice, State, TestRequest
from schedtest.models.route import Route

NEWEST_VERSIONS = 20


@dataclass(frozen=True)
class Version:
    """A version with what stands in it.

    counts: tests by `Show`.   published: the number of the version that is published now, if any.
    waiting: approved tests that no version holds yet.
    """

    plan: Plan
    counts: Mapping[Show, int]
    published: int | None
    waiting: int

    @property
    def is_draft(self) -> bool:
        return self.plan.state == PlanState.DRAFT

    @property
    def outdated_by(self) -> int | None:
        """The version published since this draft was made."""
        based_on = self.plan.based_on.number if self.plan.based_on else None
        return self.published if self.is_draft and self.published != based_on else None


@dataclass(frozen=True)
class Placed:
    """One test of a version with everything about its place. others: the other tests of its article, in order of time.

    places, bookings: by part, as this version and as the published plan has them.   reason: why it has no place.
    ways: what would let it in.
    """

    plan: Plan
    request: TestRequest
    places: Mapping[Part, Placement]
    bookings: Mapping[Part, Booking]
    others: Sequence[Row]
    device_types: Mapping[str, str]
    roads: Mapping[str, str]
    reason: str
    ways: Sequence[str]

    @property
    def state(self) -> str:
        return shown_state(self.plan, self.request.state, unchanged=not self.is_moved and bool(self.bookings))

    @property
    def is_moved(self) -> bool:
        return any(
            (old := self.bookings.get(part)) is None
            or (old.starts, old.ends, old.mode) != (new.starts, new.ends, new.mode)
            for part, new in self.places.items()
        )


@allowed("manager", "administrator")
def current(sessions: Sessions, actor: Actor) -> int | None:
    """The id of the version to look at first: the newest draft on what is published, else what is published, else any
    draft; None while there is neither.
    """
    published = select(Plan.id).where(Plan.state == PlanState.PUBLISHED).scalar_subquery()
    can_follow = Plan.based_on_id.is_not_distinct_from(published)
    order = case(((Plan.state == PlanState.DRAFT) & can_follow, 0), (Plan.state == PlanState.PUBLISHED, 1), else_=2)
    with sessions.begin() as session:
        return session.scalar(
            select(Plan.id)
            .where(Plan.state.in_((PlanState.DRAFT, PlanState.PUBLISHED)))
            .order_by(order, Plan.number.desc())
            .limit(1)
        )


@allowed("manager", "administrator")
def version(sessions: Sessions, actor: Actor, plan_id: int) -> Version:
    """Raises NotFound."""
    with sessions.begin() as session:
        plan = read_plan(session, plan_id)
        published = session.scalar(select(Plan.number).where(Plan.state == PlanState.PUBLISHED))
        counts = {show: session.scalar(counted(found_in(plan, show))) or 0 for show in Show if has(plan, show)}
        return Version(plan, counts, published, approved_and_waiting(session, plan))


@allowed("manager", "administrator")
def versions(sessions: Sessions, actor: Actor) -> list[Plan]:
    """The newest first, at most NEWEST_VERSIONS."""
    with sessions.begin() as session:
        people = joinedload(Plan.created_by), joinedload(Plan.published_by)
        return list(session.scalars(select(Plan).options(*people).order_by(Plan.number.desc()).limit(NEWEST_VERSIONS)))


@allowed("manager", "administrator")
def waiting_without_plan(sessions: Sessions, actor: Actor) -> int:
    """How many approved tests there are, while there is no version at all."""
    with sessions.begin() as session:
        return session.scalar(select(func.count()).where(TestRequest.state.in_(PLANNED_STATES))) or 0


@allowed("manager", "administrator")
def rows(
    sessions: Sessions,
    actor: Actor,
    plan_id: int,
    *,
    show: Show = Show.ALL,
    search: str = "",
    sort: str = "when",
    descending: bool = False,
    page: int = 1,
    size: int = 50,
) -> tuple[list[Row], int]:
    """One page of the tests of a version, and how many there are.   sort: when, test, whose or due."""
    with sessions.begin() as session:
        plan = read_plan(session, plan_id)
        found = found_in(plan, show)
        if search.strip():
            found = found.where(says(search.strip(), with_place=show != Show.NOT_PLACED))
        total = session.scalar(counted(found)) or 0
        keys = keys_of(show).get(sort, [])
        ordered = found.order_by(*(key.desc() if descending else key for key in keys), TestRequest.id)
        return read(session, plan, show, ordered.limit(size).offset((page - 1) * size)), total


@allowed("manager", "administrator")
def placed(sessions: Sessions, actor: Actor, plan_id: int, request_id: int) -> Placed:
    """Raises NotFound for a test that the version says nothing of."""
    with sessions.begin() as session:
        plan = read_plan(session, plan_id)
        request = session.scalar(
            select(TestRequest)
            .where(TestRequest.id == request_id)
            .options(
                joinedload(TestRequest.article),
                joinedload(TestRequest.campaign).joinedload(Campaign.organisation),
                joinedload(TestRequest.procedure)
                .selectinload(Procedure.devices)
                .joinedload(ProcedureDevice.device_type),
                selectinload(TestRequest.devices).joinedload(RequestDevice.device_type),
            )
        )
        own = select(Placement).where(placements_of(plan), Placement.request_id == request_id)
        places = {row.part: row for row in session.scalars(own.options(joinedload(Placement.site)))}
        left_out = session.get(LeftOut, (plan.id, request_id))
        if request is None or not (places or left_out):
            raise NotFound(f"test {request_id} in plan {plan_id}")
        is_out = left_out is not None and not places
        reason, ways = (left_out.reason, left_out.ways) if left_out and is_out else ("", [])
        names = Names(session, [reason, *ways]) if is_out else None
        standing = session.scalars(select(Booking).where(Booking.request_id == request_id))
        others = found_in(plan, Show.ALL).where(TestRequest.article_id == request.article_id)
        others = others.where(TestRequest.id != request_id).order_by(Placement.starts)
        codes = {code for row in places.values() for code in row.routes.split()}
        return Placed(
            plan=plan,
            request=request,
            places=places,
            bookings={row.part: row for row in standing},
            others=read(session, plan, Show.ALL, others),
            device_types=_device_types(request),
            roads=dict(session.execute(select(Route.code, Route.name).where(Route.code.in_(codes))).all()),
            reason=names.say(reason) if names else "",
            ways=[names.say(way) for way in ways] if names else [],
        )


def read_plan(session: Session, plan_id: int) -> Plan:
    """With whatever its first lines say. Raises NotFound."""
    plan = session.scalar(
        select(Plan)
        .where(Plan.id == plan_id)
        .options(
            joinedload(Plan.based_on), joinedload(Plan.run), joinedload(Plan.created_by), joinedload(Plan.published_by)
        )
    )
    if plan is None:
        raise NotFound(f"plan {plan_id}")
    return plan


def _device_types(request: TestRequest) -> dict[str, str]:
    """Names by code of all that the test asks for."""
    types = [*(need.device_type for need in request.procedure.devices), *(need.device_type for need in request.devices)]
    return {row.code: row.name for row in types}


def approved_and_waiting(session: Session, plan: Plan) -> int:
    """Approved tests that the version does not know, and that have no place elsewhere."""
    known = or_(
        exists().where(Placement.plan_id == plan.id, Placement.request_id == TestRequest.id),
        exists().where(LeftOut.plan_id == plan.id, LeftOut.request_id == TestRequest.id),
        exists().where(Booking.request_id == TestRequest.id),
    )
    return session.scalar(select(func.count()).where(TestRequest.state == State.APPROVED, ~known)) or 0
