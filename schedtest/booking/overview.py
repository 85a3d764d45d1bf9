"""What a manufacturer sees of its campaigns: how each stands, what comes next, what has been done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from schedtest.booking.access import Actor, NotFound, allowed, mine, own
from schedtest.booking.changing import BEING_WRITTEN, today
from schedtest.booking.opening import instant
from schedtest.booking.order import Link, links_of
from schedtest.booking.request import procedures_for, suits
from schedtest.booking.submit import Missing, missing_in
from schedtest.models.booking import Booking
from schedtest.models.campaign import ArticleKind, Campaign, TestArticle
from schedtest.models.database import Sessions
from schedtest.models.device import DeviceType
from schedtest.models.event import Event
from schedtest.models.facility import Facility
from schedtest.models.procedure import Procedure, ProcedureDevice, ProcedureOrder, ProcedureRoute
from schedtest.models.request import ENDED, Dependency, RequestDevice, State, TestRequest
from schedtest.models.route import Route
from schedtest.models.site import Site

NEWEST_EVENTS = 200


@dataclass(frozen=True)
class Overview:
    """One campaign as it stands.

    bookings: what stands in the published plan, by test id, in order of time.   missing: what stands in the way of
    submitting what is still being written; empty when there is nothing of that kind.
    """

    campaign: Campaign
    bookings: Mapping[int, Sequence[Booking]]
    missing: Sequence[Missing]
    now: datetime

    @property
    def state(self) -> State:
        return self.campaign.state

    @cached_property
    def tests(self) -> list[TestRequest]:
        """Those that have not ended."""
        return [request for request in self.campaign.requests if request.state not in ENDED]

    @property
    def being_written(self) -> list[TestRequest]:
        return [request for request in self.tests if request.state in BEING_WRITTEN]

    @property
    def was_submitted(self) -> bool:
        return any(request.state != State.DRAFT for request in self.campaign.requests)

    @property
    def hours(self) -> float:
        """Work of all its tests, with their preparation."""
        return sum(minutes_of(request) for request in self.tests) / 60

    @cached_property
    def next_booking(self) -> Booking | None:
        """What comes next, or is going on."""
        coming = [row for rows in self.bookings.values() for row in rows if row.ends > self.now]
        return min(coming, key=lambda row: row.starts, default=None)

    @property
    def without_vin(self) -> list[TestArticle]:
        return [
            article for article in self.campaign.articles if article.kind == ArticleKind.VEHICLE and not article.vin
        ]

    @property
    def counts(self) -> dict[State, int]:
        """How many tests are in each state, ended ones too."""
        found: dict[State, int] = {}
        for request in self.campaign.requests:
            found[request.state] = found.get(request.state, 0) + 1
        return found


@dataclass(frozen=True)
class Choice:
    """One article, the procedures that suit it, and its tests by procedure id."""

    article: TestArticle
    procedures: Sequence[Procedure]
    tests: Mapping[int, TestRequest]


@dataclass(frozen=True)
class TestView:
    """One test with what its procedure brings, what it waits for, and what else could be asked for."""

    __test__ = False  # a name like a test's is no test to pytest

    request: TestRequest
    bookings: Sequence[Booking]
    waits: Sequence[Dependency]
    usual: Sequence[Link]
    others: Sequence[TestRequest]
    device_types: Sequence[DeviceType]
    events: Sequence[Event]


def minutes_of(request: TestRequest) -> int:
    return request.procedure.duration_min + request.procedure.preparation_min + request.extra_preparation_min


@allowed("manufacturer")
def campaigns(sessions: Sessions, actor: Actor, *, now: datetime) -> list[Overview]:
    """Every campaign of the organisation, the newest first."""
    with sessions.begin() as session:
        rows = session.scalars(mine(actor, Campaign).options(*_whole()).order_by(Campaign.id.desc())).all()
        bookings = _bookings(session, mine(actor, Booking))
        day = today(session, now)
        return [_overview(campaign, bookings, day, now) for campaign in rows]


@allowed("manufacturer")
def campaign(sessions: Sessions, actor: Actor, campaign_id: int, *, now: datetime) -> Overview:
    """Raises NotFound."""
    with sessions.begin() as session:
        return _overview_of(session, actor, campaign_id, now)


@allowed("manufacturer")
def history(sessions: Sessions, actor: Actor, campaign_id: int) -> list[Event]:
    """What has been done to the campaign, its articles and tests: the newest first, at most 200."""
    with sessions.begin() as session:
        subject = own(session, actor, Campaign, campaign_id)
        tests = select(TestRequest.id).where(TestRequest.campaign_id == subject.id)
        articles = select(TestArticle.id).where(TestArticle.campaign_id == subject.id)
        about = or_(
            (Event.subject == "campaign") & (Event.subject_id == subject.id),
            (Event.subject == "test_request") & Event.subject_id.in_(tests),
            (Event.subject == "test_article") & Event.subject_id.in_(articles),
        )
        newest = mine(actor, Event).where(about).order_by(Event.id.desc()).limit(NEWEST_EVENTS)
        return list(session.scalars(newest))


@allowed("manufacturer")
def choices(sessions: Sessions, actor: Actor, campaign_id: int, *, now: datetime) -> tuple[Overview, list[Choice]]:
    """For each article of the campaign, which tests there are and which are chosen."""
    with sessions.begin() as session:
        overview = _overview_of(session, actor, campaign_id, now)
        articles = overview.campaign.articles
        procedures = procedures_for(session, {article.category for article in articles})
        return overview, [
            Choice(
                article=article,
                procedures=[procedure for procedure in procedures if suits(procedure, article.category)],
                tests={row.procedure_id: row for row in overview.tests if row.article_id == article.id},
            )
            for article in articles
        ]


@allowed("manufacturer")
def test(sessions: Sessions, actor: Actor, request_id: int, *, now: datetime) -> tuple[Overview, TestView]:
    """Raises NotFound."""
    with sessions.begin() as session:
        campaign_id = own(session, actor, TestRequest, request_id).campaign_id
        overview = _overview_of(session, actor, campaign_id, now, *_brought())
        request = next((row for row in overview.campaign.requests if row.id == request_id), None)
        if request is None:
            raise NotFound(f"test {request_id}")
        links, waits = _links(session, overview.campaign)
        events = mine(actor, Event).where(Event.subject == "test_request", Event.subject_id == request_id)
        return overview, TestView(
            request=request,
            bookings=overview.bookings.get(request_id, ()),
            waits=[wait for wait in waits if wait.after_id == request_id],
            usual=[link for link in links if link.after is request and not _is_asked(link, waits)],
            others=[row for row in overview.tests if row is not request],
            device_types=session.scalars(select(DeviceType).order_by(DeviceType.name)).all(),
            events=list(session.scalars(events.order_by(Event.id.desc()).limit(NEWEST_EVENTS))),
        )


@allowed("manufacturer")
def links(sessions: Sessions, actor: Actor, campaign_id: int) -> list[Link]:
    """Which test of the campaign waits for which, as asked and as is usual."""
    with sessions.begin() as session:
        return _links(session, _loaded(session, actor, campaign_id))[0]


@allowed("manufacturer")
def booked_between(sessions: Sessions, actor: Actor, first: date, last: date) -> list[Booking]:
    """The organisation's bookings that touch the days from first to last, in order of time."""
    with sessions.begin() as session:
        zone = session.scalars(select(Facility)).one().zone
        starts, ends = instant(first, time(), zone), instant(last + timedelta(days=1), time(), zone)
        touching = mine(actor, Booking).where(Booking.starts < ends, Booking.ends > starts)
        rows = touching.options(
            joinedload(Booking.site),
            joinedload(Booking.request).joinedload(TestRequest.procedure),
            joinedload(Booking.request).joinedload(TestRequest.article),
            joinedload(Booking.request).joinedload(TestRequest.campaign),
        )
        return list(session.scalars(rows.order_by(Booking.starts, Booking.id)))


@allowed("manufacturer")
def booked_after(sessions: Sessions, actor: Actor, day: date) -> datetime | None:
    """When the organisation's first booking after that day starts."""
    with sessions.begin() as session:
        zone = session.scalars(select(Facility)).one().zone
        later = mine(actor, Booking).where(Booking.starts >= instant(day + timedelta(days=1), time(), zone))
        first = session.scalars(later.order_by(Booking.starts).limit(1)).first()
        return None if first is None else first.starts


@allowed("manufacturer")
def articles(
    sessions: Sessions, actor: Actor, *, search: str = "", page: int = 1, size: int = 50
) -> tuple[list[TestArticle], int]:
    """One page of the organisation's vehicles and parts, newest first, and how many there are."""
    with sessions.begin() as session:
        found = mine(actor, TestArticle)
        if search.strip():
            like = f"%{search.strip()}%"
            columns = (TestArticle.label, TestArticle.make, TestArticle.model, TestArticle.vin)
            found = found.where(or_(*(column.ilike(like) for column in columns)))
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        shown = found.options(joinedload(TestArticle.campaign)).order_by(TestArticle.id.desc())
        return list(session.scalars(shown.limit(size).offset((page - 1) * size))), total


@allowed("manufacturer")
def article(sessions: Sessions, actor: Actor, article_id: int) -> TestArticle:
    """With its campaign. Raises NotFound."""
    with sessions.begin() as session:
        found = session.scalar(
            mine(actor, TestArticle).where(TestArticle.id == article_id).options(joinedload(TestArticle.campaign))
        )
        if found is None:
            raise NotFound(f"article {article_id}")
        row: TestArticle = found
        return row


@allowed("manufacturer")
def place_names(sessions: Sessions, actor: Actor, modes: Iterable[str]) -> dict[str, str]:
    """The roads and sites that stand in modes of bookings, as people call them, by mode."""
    wanted = {mode: mode.split("+") for mode in set(modes)}
    codes = {code for parts in wanted.values() for code in parts}
    with sessions.begin() as session:
        names = {
            code: name
            for place in (Route, Site)
            for code, name in session.execute(select(place.code, place.name).where(place.code.in_(codes)))
        }
    return {mode: ", ".join(names.get(code, code) for code in parts) for mode, parts in wanted.items()}


def _overview_of(session: Session, actor: Actor, campaign_id: int, now: datetime, *more: LoaderOption) -> Overview:
    campaign = _loaded(session, actor, campaign_id, *more)
    ids = [request.id for request in campaign.requests]
    bookings = _bookings(session, mine(actor, Booking).where(Booking.request_id.in_(ids)))
    return _overview(campaign, bookings, today(session, now), now)


def _loaded(session: Session, actor: Actor, campaign_id: int, *more: LoaderOption) -> Campaign:
    wanted = mine(actor, Campaign).where(Campaign.id == campaign_id).options(*_whole(), *more)
    row: Campaign | None = session.scalar(wanted)
    if row is None:
        raise NotFound(f"campaign {campaign_id}")
    return row


def _overview(campaign: Campaign, bookings: Mapping[int, list[Booking]], day: date, now: datetime) -> Overview:
    own_bookings = {request.id: bookings[request.id] for request in campaign.requests if request.id in bookings}
    anything_open = not campaign.requests or any(request.state in BEING_WRITTEN for request in campaign.requests)
    missing = list(missing_in(campaign, day)) if anything_open else []
    return Overview(campaign, own_bookings, missing, now)


def _bookings(session: Session, rows: Select[Any]) -> dict[int, list[Booking]]:
    found: dict[int, list[Booking]] = defaultdict(list)
    for booking in session.scalars(rows.options(joinedload(Booking.site)).order_by(Booking.starts, Booking.id)):
        found[booking.request_id].append(booking)
    return found


def _links(session: Session, campaign: Campaign) -> tuple[list[Link], Sequence[Dependency]]:
    living = [request for request in campaign.requests if request.state not in ENDED]
    ids = [request.id for request in living]
    wanted = select(Dependency).where(Dependency.after_id.in_(ids), Dependency.before_id.in_(ids))
    waits = session.scalars(wanted.order_by(Dependency.before_id)).all()
    orders = session.execute(select(ProcedureOrder.before_id, ProcedureOrder.after_id))
    return links_of(frozenset((before, after) for before, after in orders), living, waits), waits


def _is_asked(link: Link, waits: Iterable[Dependency]) -> bool:
    return any((wait.before_id, wait.after_id) == (link.before.id, link.after.id) for wait in waits)


def _whole() -> tuple[LoaderOption, ...]:
    """Everything an overview shows, in a handful of queries whatever there is."""
    requests = selectinload(Campaign.requests)
    procedure = requests.selectinload(TestRequest.procedure)
    return (
        selectinload(Campaign.articles),
        requests.selectinload(TestRequest.article),
        requests.selectinload(TestRequest.campaign),
        procedure.selectinload(Procedure.routes).joinedload(ProcedureRoute.route),
        requests.selectinload(TestRequest.routes),
        requests.selectinload(TestRequest.devices).joinedload(RequestDevice.device_type),
    )


def _brought() -> tuple[LoaderOption, ...]:
    """What the tests' procedures bring with them."""
    procedure = selectinload(Campaign.requests).selectinload(TestRequest.procedure)
    return (
        procedure.selectinload(Procedure.devices).joinedload(ProcedureDevice.device_type),
        procedure.joinedload(Procedure.season),
    )
