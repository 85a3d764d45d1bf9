"""Publishing: check a draft against everything as it is now, and make it the plan, in one transaction."""

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from schedtest.booking import notify
from schedtest.booking.access import Actor, NotFound, Refused, allowed
from schedtest.booking.changes import Change, Comparison, Kind, Place, compare
from schedtest.booking.draft import solution_of
from schedtest.booking.institute import read_institute
from schedtest.booking.names import batched
from schedtest.booking.notify import Letter, Said
from schedtest.booking.rules import Broken, in_words
from schedtest.booking.snapshot import PLANNED_STATES, Snapshot, read_situation, take_snapshot
from schedtest.models.booking import ArticleHold, Booking, DeviceHold, RoadHold
from schedtest.models.database import Sessions, writing
from schedtest.models.device import Device
from schedtest.models.event import Event
from schedtest.models.plan import Part, Placement, Plan, PlanState
from schedtest.models.request import State, TestRequest
from schedtest.models.route import Route, RouteSegment, Use
from schedtest.models.user import Role, User
from schedtest.scheduling.check import Violation, check
from schedtest.scheduling.problem import Objective

WEEK = timedelta(weeks=1)

PUBLISHED = Letter("News of your tests", "The plan has changed. This concerns your tests:\n\n%(tests)s")
TOLD = {
    Kind.NEW: "%(test)s: booked, %(when)s",
    Kind.MOVED: "%(test)s: moved to %(when)s; it was %(was)s",
    Kind.GONE: "%(test)s: has lost its place of %(was)s (%(reason)s)",
    Kind.NOT_PLACED: "%(test)s: has no place yet (%(reason)s)",
}
ACTIONS = {
    Kind.NEW: "request.booked",
    Kind.MOVED: "request.moved",
    Kind.GONE: "request.lost_place",
    Kind.NOT_PLACED: "request.not_placed",
}


@dataclass(frozen=True, slots=True)
class Audience:
    """One organisation that publishing would write to: what of, and who reads it."""

    organisation: str
    changes: list[Change]
    readers: list[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing a draft would do.   outdated_by: the version published since it was made, if any."""

    plan_id: int
    number: int
    based_on: int | None
    comparison: Comparison
    audiences: list[Audience]
    outdated_by: int | None


@allowed("manager", "administrator")
def broken_rules(sessions: Sessions, actor: Actor, plan_id: int, *, now: datetime) -> list[Broken]:
    """What stands against publishing the draft as things are now; empty when nothing does."""
    with sessions.begin() as session:
        snapshot, violations = _check(session, draft_of(session, plan_id), now)
        return in_words(session, snapshot, violations)


@allowed("manager", "administrator")
def preview(sessions: Sessions, actor: Actor, plan_id: int) -> Preview:
    """What would change and who would be told, without a check of the rules."""
    with sessions.begin() as session:
        plan = draft_of(session, plan_id)
        comparison = compare(session, plan)
        readers = defaultdict(list)
        for organisation_id, name in session.execute(
            select(User.organisation_id, User.name)
            .where(User.active, User.role == Role.MANUFACTURER)
            .order_by(User.name)
        ):
            readers[organisation_id].append(name)
        published = _published(session)
        return Preview(
            plan_id=plan.id,
            number=plan.number,
            based_on=plan.based_on.number if plan.based_on else None,
            comparison=comparison,
            audiences=[
                Audience(changes[0].test.organisation, changes, readers[organisation_id])
                for organisation_id, changes in _by_organisation(comparison.changes).items()
            ],
            outdated_by=published.number if published and published.id != plan.based_on_id else None,
        )


@allowed("manager", "administrator")
def publish(sessions: Sessions, actor: Actor, plan_id: int, *, now: datetime) -> int:
    """Make the draft the plan: bookings, holds, states of tests, and the mails that tell of them. Gives its number.

    Raises Refused when another version has been published since the draft was made, or any rule is broken.
    """
    try:
        with writing(sessions, alone=True) as session:
            return _publish(session, actor, plan_id, now)
    except IntegrityError as error:
        raise Refused(
            "A device, road or article of this draft is taken meanwhile. Start a new run to plan around it."
        ) from error


def _publish(session: Session, actor: Actor, plan_id: int, now: datetime) -> int:
    plan = draft_of(session, plan_id)
    published = _published(session)
    if published is not None and plan.based_on_id != published.id:
        raise Refused(
            "Version %(number)s has been published since this draft was made. Start a new run to plan upon it.",
            number=published.number,
        )
    snapshot, violations = _check(session, plan, now)
    if violations:
        first = in_words(session, snapshot, violations[:1])[0]
        raise Refused(
            "The draft breaks %(count)s rules as things are now, the first with %(tests)s. Check it to see all,"
            " then start a new run.",
            count=len(violations),
            tests=", ".join(first.tests) or ", ".join(first.things),
        )
    changes = compare(session, plan).changes
    if published is not None:
        published.state = PlanState.SUPERSEDED
        session.flush()
    plan.state, plan.published_at, plan.published_by_id = PlanState.PUBLISHED, now, actor.user_id
    _let_go(session, plan, snapshot, now)
    _replace_bookings(session, plan, snapshot)
    _move_states(session, actor, changes, now)
    session.flush()
    counts = {kind.value: sum(change.kind == kind for change in changes) for kind in Kind}
    session.add(Event.of(actor, "plan.published", plan, at=now, after={"number": plan.number, **counts}))
    for organisation_id, told in _by_organisation(changes).items():
        notify.tell_organisation(session, organisation_id, PUBLISHED, now=now, tests=[_said(change) for change in told])
    return plan.number


@allowed("manager", "administrator")
def discard(sessions: Sessions, actor: Actor, plan_id: int, *, now: datetime) -> int:
    """Put a draft aside; it can be taken up again. Gives its number."""
    with writing(sessions) as session:
        plan = draft_of(session, plan_id)
        plan.state = PlanState.DISCARDED
        session.add(Event.of(actor, "plan.discarded", plan, at=now, after={"number": plan.number}))
        return plan.number


@allowed("manager", "administrator")
def take_up(sessions: Sessions, actor: Actor, plan_id: int, *, now: datetime) -> None:
    """Make a discarded draft a draft again."""
    with writing(sessions) as session:
        plan = session.get(Plan, plan_id)
        if plan is None or plan.state != PlanState.DISCARDED:
            raise NotFound(f"discarded plan {plan_id}")
        plan.state = PlanState.DRAFT
        session.add(Event.of(actor, "plan.taken_up", plan, at=now, after={"number": plan.number}))


def draft_of(session: Session, plan_id: int) -> Plan:
    """Raises NotFound, and Refused for a plan that is no draft any more."""
    related = joinedload(Plan.published_by), joinedload(Plan.left_out)
    plan = session.scalars(select(Plan).where(Plan.id == plan_id).options(*related)).unique().one_or_none()
    if plan is None:
        raise NotFound(f"plan {plan_id}")
    if plan.state == PlanState.DISCARDED:
        raise Refused("Version %(number)s has been discarded.", number=plan.number)
    if plan.state != PlanState.DRAFT:
        raise Refused(
            "Version %(number)s is no draft any more: %(name)s has published it.",
            number=plan.number,
            name=plan.published_by.name if plan.published_by else "schedtest",
        )
    return plan


def _published(session: Session) -> Plan | None:
    return session.scalar(select(Plan).where(Plan.state == PlanState.PUBLISHED))


def _check(session: Session, plan: Plan, now: datetime) -> tuple[Snapshot, list[Violation]]:
    """The draft against a fresh snapshot of the tests that it knows; what was approved later waits."""
    institute = read_institute(session)
    zone = institute.facility.zone
    placements = session.scalars(select(Placement).where(Placement.plan_id == plan.id)).all()
    situation = read_situation(
        session,
        institute,
        starts_on=plan.starts.astimezone(zone).date(),
        weeks=(plan.ends - plan.starts + timedelta(hours=1)) // WEEK,
        now=now,
        notice=timedelta(0),
        only={row.request_id for row in placements} | {row.request_id for row in plan.left_out},
    )
    snapshot = take_snapshot(situation, Objective())
    possible = {(wanted.request.id, wanted.part, mode) for wanted in snapshot.wanted.values() for mode in wanted.ways}
    impossible = [
        Violation("mode", f"Task {task} has no mode {row.mode}.", (task,))
        for task, row in _planned_tasks(snapshot, placements)
        if (row.request_id, row.part, row.mode) not in possible
    ]
    if impossible:
        return snapshot, impossible
    return snapshot, check(snapshot.problem, solution_of(snapshot, placements))


def _planned_tasks(snapshot: Snapshot, placements: Iterable[Placement]) -> Iterable[tuple[str, Placement]]:
    tasks = {(wanted.request.id, wanted.part): task for task, wanted in snapshot.wanted.items()}
    for row in placements:
        if (row.request_id, row.part) in tasks:
            yield tasks[row.request_id, row.part], row


def _let_go(session: Session, plan: Plan, snapshot: Snapshot, now: datetime) -> None:
    """Work under way that a closure has ended keeps its article, its devices and its roads no longer: the draft was
    planned without it from there on.
    """
    slots = snapshot.slots
    left = {(part.request.id, part.part): part.fixed for part in snapshot.wanted.values()}
    drafted = select(Placement.request_id).where(Placement.plan_id == plan.id)
    under_way = select(Booking).where(
        Booking.request_id.in_(drafted), Booking.started_at.is_not(None), Booking.finished_at.is_(None)
    )
    for row in session.scalars(under_way):
        part = row.request_id, row.part
        rest = left.get(part)
        if part in left and (rest is None or rest.end == slots.horizon):
            continue  # planned anew, or still under way when the draft ends
        ends = now if rest is None else slots.instant(rest.end)
        if ends >= row.ends:
            continue
        for hold in (ArticleHold, DeviceHold, RoadHold):
            session.execute(delete(hold).where(hold.booking_id == row.id, hold.starts >= ends))
            session.execute(update(hold).where(hold.booking_id == row.id, hold.ends > ends).values(ends=ends))


def _replace_bookings(session: Session, plan: Plan, snapshot: Snapshot) -> None:
    """What stands as it stood keeps its booking. Of the rest the old ones go before the new ones come, for the database
    looks at each hold as it is written.
    """
    planned = set(session.scalars(select(TestRequest.id).where(TestRequest.state.in_(PLANNED_STATES))))
    standing = [
        row
        for row in session.scalars(select(Booking).options(selectinload(Booking.device_holds)))
        if row.request_id in planned
    ]
    left_out = {row.request_id for row in plan.left_out}
    decided = _decided(snapshot, standing, left_out)
    things = _Things(session)
    coming = {
        (row.request_id, row.part): row
        for row in session.scalars(select(Placement).where(Placement.plan_id == plan.id))
        if row.request_id in planned - left_out and (row.request_id, row.part) not in decided
    }
    going = []
    for row in standing:
        new = coming.get((row.request_id, row.part))
        if new is not None and things.stands(row, new):
            del coming[row.request_id, row.part]
        elif (row.request_id, row.part) not in decided:
            going.append(row)
    for some in batched(going):
        session.execute(delete(Booking).where(Booking.id.in_([row.id for row in some])))
        for row in some:
            session.expunge(row)  # with its holds, whose ids the new ones may get
    session.add_all(things.booking(row, plan) for row in coming.values())
    session.flush()


def _decided(snapshot: Snapshot, standing: Iterable[Booking], left_out: Container[int]) -> set[tuple[int, Part]]:
    """The parts of tests whose bookings stay: of a test that has begun, or of which nothing is planned anew. A
    preparation that has begun stays as long as its test has a place.
    """
    fixed = {(wanted.request.id, wanted.part) for wanted in snapshot.wanted.values() if wanted.fixed is not None}
    free = {wanted.request.id for wanted in snapshot.wanted.values() if wanted.fixed is None}
    whole = {row.request_id for row in standing if row.part == Part.TEST and row.started_at is not None}
    whole |= {request for request, _ in fixed} - free
    stay = {(request, part) for request, part in fixed if request not in left_out}
    return stay | {(request, part) for request in whole for part in Part}


def _move_states(session: Session, actor: Actor, changes: Iterable[Change], now: datetime) -> None:
    """What has a place is booked or, once prepared for, under way; what has none is not placed, with the reason."""
    by_request = {change.test.request_id: change for change in changes}
    begun = set(session.scalars(select(Booking.request_id).where(Booking.started_at.is_not(None))))
    planned = select(TestRequest).where(TestRequest.state.in_(PLANNED_STATES)).options(joinedload(TestRequest.campaign))
    for request in session.scalars(planned):
        change = by_request.get(request.id)
        if change is None:
            continue
        state = State.NOT_PLACED
        if change.after:
            state = State.UNDER_WAY if request.id in begun else State.BOOKED
        request.reason = change.reason
        if request.state != state:
            request.move(state, now)
        if change.is_told:
            session.add(
                Event.of(
                    actor,
                    ACTIONS[change.kind],
                    request,
                    at=now,
                    before=_times(change.before),
                    after=_times(change.after),
                    reason=change.reason,
                )
            )


def _times(place: Place | None) -> dict[str, str] | None:
    return {"starts": place.starts.isoformat(), "ends": place.ends.isoformat()} if place else None


def _by_organisation(changes: Iterable[Change]) -> dict[int, list[Change]]:
    """What each organisation is told, in the order of their names."""
    told: dict[int, list[Change]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.test.organisation):
        if change.is_told:
            told[change.test.organisation_id].append(change)
    return told


def _said(change: Change) -> Said:
    test = change.test
    values: dict[str, object] = {
        "test": f"{test.procedure}, {test.article}, {test.campaign}",
        "when": (change.after.starts, change.after.ends) if change.after else "",
        "was": (change.before.starts, change.before.ends) if change.before else "",
        "reason": change.reason,
    }
    return Said(TOLD[change.kind], values)


class _Things:
    """Segments and devices by their codes, to make holds of."""

    def __init__(self, session: Session) -> None:
        self.routes = {
            route.code: route
            for route in session.scalars(
                select(Route).options(selectinload(Route.path).joinedload(RouteSegment.segment))
            )
        }
        self.devices = dict(session.execute(select(Device.code, Device.id)).all())

    def stands(self, booking: Booking, row: Placement) -> bool:
        """Whether the booking is just what the placement says."""
        same = (booking.starts, booking.ends, booking.mode, booking.site_id) == (
            row.starts, row.ends, row.mode, row.site_id,
        )  # fmt: skip
        return same and {hold.device_id for hold in booking.device_holds} == set(self._devices_of(row))

    def booking(self, row: Placement, plan: Plan) -> Booking:
        pieces = [(datetime.fromisoformat(starts), datetime.fromisoformat(ends)) for starts, ends in row.pieces]
        exclusive = {
            segment.id
            for route in (self.routes[code] for code in row.routes.split())
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
            device_holds=[
                DeviceHold(device_id=device, starts=row.starts, ends=row.ends) for device in self._devices_of(row)
            ],
            road_holds=[
                RoadHold(segment_id=segment, starts=starts, ends=ends)
                for segment in sorted(exclusive)
                for starts, ends in pieces
            ],
            article_holds=[ArticleHold(article_id=row.request.article_id, starts=row.starts, ends=row.ends)],
        )

    def _devices_of(self, row: Placement) -> list[int]:
        return [self.devices[name] for name in chain.from_iterable(row.devices.values())]
