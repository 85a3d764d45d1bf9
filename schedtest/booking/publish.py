"""Publishing: check a draft against everything as it is now, and make it the plan, in one transaction."""

from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from schedtest.booking.access import Actor, NotFound, Refused, allowed
from schedtest.booking.draft import solution_of
from schedtest.booking.snapshot import PLANNED_STATES, Snapshot, read_situation, take_snapshot
from schedtest.models.booking import ArticleHold, Booking, DeviceHold, RoadHold
from schedtest.models.database import Sessions, writing
from schedtest.models.device import Device
from schedtest.models.event import Event
from schedtest.models.facility import Facility
from schedtest.models.plan import Part, Placement, Plan, PlanState
from schedtest.models.request import State, TestRequest
from schedtest.models.route import Route, RouteSegment, Use
from schedtest.scheduling.check import Violation, check
from schedtest.scheduling.problem import Objective

WEEK = timedelta(weeks=1)


@allowed("manager", "administrator")
def broken_rules(sessions: Sessions, actor: Actor, plan_id: int, *, now: datetime) -> list[Violation]:
    """What stands against publishing the draft as things are now; empty when nothing does."""
    with sessions.begin() as session:
        return _check(session, _draft(session, plan_id), now)[1]


@allowed("manager", "administrator")
def publish(sessions: Sessions, actor: Actor, plan_id: int, *, now: datetime) -> None:
    """Make the draft the plan: bookings, holds, states of tests, and the mails that tell of them.

    Raises Refused when another version has been published since the draft was made, or any rule is broken.
    """
    with writing(sessions, alone=True) as session:
        plan = _draft(session, plan_id)
        published = session.scalar(select(Plan).where(Plan.state == PlanState.PUBLISHED))
        if published is not None and plan.based_on_id != published.id:
            raise Refused(
                "Version %(number)s has been published since this draft was made. Start a new run to plan upon it.",
                number=published.number,
            )
        snapshot, violations = _check(session, plan, now)
        if violations:
            raise Refused(
                "The draft breaks %(count)s rules as things are now. Check it to see which.", count=len(violations)
            )
        if published is not None:
            published.state = PlanState.SUPERSEDED
            session.flush()
        plan.state, plan.published_at, plan.published_by_id = PlanState.PUBLISHED, now, actor.user_id
        _replace_bookings(session, plan, snapshot)
        _move_states(session, plan, now)
        session.flush()
        session.add(Event.of(actor, "plan.published", plan, at=now, after={"number": plan.number}))


def _draft(session: Session, plan_id: int) -> Plan:
    plan = session.scalar(
        select(Plan).where(Plan.id == plan_id).options(selectinload(Plan.placements), selectinload(Plan.left_out))
    )
    if plan is None:
        raise NotFound(f"plan {plan_id}")
    if plan.state != PlanState.DRAFT:
        raise Refused("Version %(number)s is no draft any more.", number=plan.number)
    return plan


def _check(session: Session, plan: Plan, now: datetime) -> tuple[Snapshot, list[Violation]]:
    """The draft against a fresh snapshot of the tests that it knows; what was approved later waits."""
    zone = session.scalars(select(Facility)).one().zone
    situation = read_situation(
        session,
        starts_on=plan.starts.astimezone(zone).date(),
        weeks=(plan.ends - plan.starts + timedelta(hours=1)) // WEEK,
        now=now,
        notice=timedelta(0),
        only={row.request_id for row in plan.placements} | {row.request_id for row in plan.left_out},
    )
    snapshot = take_snapshot(situation, Objective())
    return snapshot, check(snapshot.problem, solution_of(snapshot, plan.placements))


def _replace_bookings(session: Session, plan: Plan, snapshot: Snapshot) -> None:
    """Old bookings go before new ones come, for the database looks at each hold as it is written."""
    planned = set(session.scalars(select(TestRequest.id).where(TestRequest.state.in_(PLANNED_STATES))))
    standing = [row for row in session.scalars(select(Booking)) if row.request_id in planned]
    decided = {wanted.request.id for wanted in snapshot.wanted.values() if wanted.fixed is not None}
    decided |= {row.request_id for row in standing if row.started_at is not None}
    movable = planned - decided
    session.execute(delete(Booking).where(Booking.id.in_([row.id for row in standing if row.request_id in movable])))
    things = _Things(session)
    session.add_all(things.booking(row, plan) for row in plan.placements if row.request_id in movable)
    session.flush()


def _move_states(session: Session, plan: Plan, now: datetime) -> None:
    """What has a place is booked, and what has none is not placed, with the reason."""
    placed = {row.request_id for row in plan.placements if row.part == Part.TEST}
    reasons = {row.request_id: row.reason for row in plan.left_out}
    for request in session.scalars(select(TestRequest).where(TestRequest.state.in_(PLANNED_STATES))):
        if request.id in placed and request.state in (State.APPROVED, State.NOT_PLACED):
            request.move(State.BOOKED, now)
            request.reason = ""
        elif request.id in reasons:
            request.reason = reasons[request.id]
            if request.state in (State.APPROVED, State.BOOKED):
                request.move(State.NOT_PLACED, now)


class _Things:
    """Segments and devices by their codes, to make holds of."""

    def __init__(self, session: Session) -> None:
        self.routes = {
            route.code: route
            for route in session.scalars(
                select(Route).options(selectinload(Route.path).joinedload(RouteSegment.segment))
            )
        }
        self.devices = dict(session.execute(select(Device.code, Device.id)).tuples())

    def booking(self, row: Placement, plan: Plan) -> Booking:
        names = chain.from_iterable(row.devices.values())
        pieces = [(datetime.fromisoformat(starts), datetime.fromisoformat(ends)) for starts, ends in row.pieces]
        routes = [self.routes[code] for code in row.routes.split()]
        exclusive = {
            segment.id
            for route in routes
            for segment in route.segments
            if route.use == Use.EXCLUSIVE or row.request.exclusive or segment.capacity == 1
        }
        return Booking(
            request_id=row.request_id,
            part=row.part,
            plan_id=plan.id,
            starts=row.starts,
            ends=row.ends,
            mode=row.mode,
            site_id=row.site_id,
            device_holds=[DeviceHold(device_id=self.devices[name], starts=row.starts, ends=row.ends) for name in names],
            road_holds=[
                RoadHold(segment_id=segment, starts=starts, ends=ends)
                for segment in sorted(exclusive)
                for starts, ends in pieces
            ],
            article_holds=[ArticleHold(article_id=row.request.article_id, starts=row.starts, ends=row.ends)],
        )
