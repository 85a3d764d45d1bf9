"""What waits for a manager's decision, and the decisions: approve, return, reject."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from schedtest.booking.access import Actor, NotFound, Refused, allowed
from schedtest.booking.changing import Changed, lines_of, locked_campaign, locked_campaigns, name_of, today
from schedtest.booking.notify import APPROVED, HELD_FOR, REJECTED, RETURNED, Letter, take_back, tell_organisation
from schedtest.booking.season import next_open, open_days, seasons_of
from schedtest.models.campaign import ArticleKind, Campaign, Confidentiality
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.procedure import Procedure, ProcedureRoute
from schedtest.models.request import State, TestRequest, WrongState
from schedtest.models.route import Route

Kind = Literal["lapsed", "late", "out_of_season", "season_ends", "no_vin", "closed"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What a manager should know before deciding.

    kind: 'lapsed' (its last day has gone by), 'late' (the day it is wanted by has), 'out_of_season', 'season_ends',
    'no_vin', 'closed' (nobody else may be near).   request_id: the test, None for the campaign as a whole.
    """

    kind: Kind
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A campaign whose tests wait. wanted_by: the earliest such day of them.   since: of the one that waits longest.

    lapsed: no test of it can be approved any more, because their last days have gone by.
    """

    campaign: Campaign
    tests: Sequence[TestRequest]
    wanted_by: date
    since: datetime
    remarks: Sequence[Remark]

    @property
    def lapsed(self) -> bool:
        return self.lapsed_ids >= {request.id for request in self.tests}

    @property
    def lapsed_ids(self) -> set[int | None]:
        return {remark.request_id for remark in self.remarks if remark.kind == "lapsed"}


@allowed("manager", "administrator")
def queue(sessions: Sessions, actor: Actor, *, now: datetime) -> list[Waiting]:
    """Every campaign with submitted tests, the one that waits longest first."""
    with sessions.begin() as session:
        day = today(session, now)
        submitted = select(TestRequest).where(TestRequest.state == State.SUBMITTED).options(*_whole())
        tests = session.scalars(submitted.order_by(TestRequest.campaign_id, TestRequest.id)).all()
        groups = groupby(tests, key=lambda request: request.campaign)
        waiting = [_waiting(campaign, list(group), day) for campaign, group in groups]
        return sorted(waiting, key=lambda one: (one.since, one.campaign.id))


@allowed("manager", "administrator")
def approve(
    sessions: Sessions,
    actor: Actor,
    request_ids: Collection[int],
    *,
    versions: Mapping[int, int] | None = None,
    now: datetime,
) -> None:
    """Approve submitted tests, all or none: they may be planned from now on. Their organisations are told.

    versions: the tests' version_ids as they were read; with them a test that was changed since raises Changed.
    Raises Refused when somebody has decided already, saying who, and for a test whose last day has gone by.
    """
    with writing(sessions) as session:
        tests = _locked(session, actor, request_ids, versions)
        day = today(session, now)
        lapsed = [request for request in tests if _is_lapsed(request, day)]
        if lapsed:
            raise Refused(
                "The last day of %(test)s has gone by. It can only be returned or rejected.", test=name_of(lapsed[0])
            )
        _decide(session, actor, tests, State.APPROVED, APPROVED, reason="", now=now)


@allowed("manager", "administrator")
def send_back(
    sessions: Sessions,
    actor: Actor,
    request_ids: Collection[int],
    *,
    reason: str,
    versions: Mapping[int, int] | None = None,
    now: datetime,
) -> None:
    """Return tests to their organisation, with what has to change; it is told. Approved ones can be returned too.

    Raises Refused without a reason, and as `approve` does.
    """
    with writing(sessions) as session:
        _check_reason(reason, "Write what has to change, so that the organisation can do it.")
        tests = _locked(session, actor, request_ids, versions)
        _decide(session, actor, tests, State.RETURNED, RETURNED, reason=reason.strip(), now=now)


@allowed("manager", "administrator")
def reject(
    sessions: Sessions,
    actor: Actor,
    request_ids: Collection[int],
    *,
    reason: str,
    versions: Mapping[int, int] | None = None,
    now: datetime,
) -> None:
    """Reject tests for good; their organisation is told why. Raises Refused without a reason, and as `approve` does."""
    with writing(sessions) as session:
        _check_reason(reason, "Write why, so that the organisation understands.")
        tests = _locked(session, actor, request_ids, versions)
        _decide(session, actor, tests, State.REJECTED, REJECTED, reason=reason.strip(), now=now)


@allowed("manager", "administrator")
def undo_approval(sessions: Sessions, actor: Actor, request_ids: Collection[int], *, now: datetime) -> None:
    """Put tests that the actor has just approved back into the queue, where they were; nobody has been told yet.

    Raises Refused when it is too late for that: then they can be returned.
    """
    with writing(sessions) as session:
        tests = _locked(session, actor, request_ids, None, expected=State.APPROVED)
        approvals = _last_decisions(session, request_ids)
        for request in tests:
            event = approvals.get(request.id)
            if event is None or event.actor_id != actor.user_id or event.at + HELD_FOR < now:
                raise Refused("It is too late to undo this. Return %(test)s instead.", test=name_of(request))
            take_back(session, request.organisation_id, written_at=event.at)
            request.move(State.SUBMITTED, now)
            request.state_since = datetime.fromisoformat((event.before or {})["since"])
            session.add(Event.of(actor, "request.approval_undone", request, at=now, after={"state": request.state}))


def remarks_on(request: TestRequest, day: date) -> Iterator[Remark]:
    """What stands out about one submitted test on this day."""
    due_on = request.due_on or request.campaign.due_on
    deadline_on = request.deadline_on or request.campaign.deadline_on
    release_on = max(request.release_on or request.campaign.release_on, day)
    name = name_of(request)
    if _is_lapsed(request, day):
        yield Remark("lapsed", "%(test)s: its last day has gone by.", {"test": name, "day": deadline_on}, request.id)
        return
    if due_on < day:
        yield Remark("late", "%(test)s: the day it is wanted by has gone by.", {"test": name}, request.id)
        due_on = release_on
    seasons = seasons_of(request)
    last = max(due_on, release_on)
    season = open_days(seasons, release_on, last)
    if season is None:
        values = {"test": name, "day": next_open(seasons, last)}
        yield Remark("out_of_season", "%(test)s: out of season; the next one opens on %(day)s.", values, request.id)
    elif season[1] < last:
        values = {"test": name, "day": season[1]}
        yield Remark(
            "season_ends", "%(test)s: its season ends on %(day)s, before the day it is wanted by.", values, request.id
        )


def _waiting(campaign: Campaign, tests: list[TestRequest], day: date) -> Waiting:
    remarks = [remark for request in tests for remark in remarks_on(request, day)]
    articles = {request.article.id: request.article for request in tests}.values()
    without = [article.label for article in articles if article.kind == ArticleKind.VEHICLE and not article.vin]
    if without:
        remarks.append(Remark("no_vin", "Without a VIN yet: %(articles)s.", {"articles": ", ".join(without)}))
    if campaign.confidentiality == Confidentiality.CLOSED:
        remarks.append(Remark("closed", "Nobody else may be in the confidential zones meanwhile."))
    return Waiting(
        campaign=campaign,
        tests=tests,
        wanted_by=min(request.due_on or campaign.due_on for request in tests),
        since=min(request.state_since for request in tests),
        remarks=remarks,
    )


def _whole() -> tuple[LoaderOption, ...]:
    """All that deciding on a test needs, in a handful of queries."""
    procedure = selectinload(TestRequest.procedure)
    routes = selectinload(Procedure.routes).joinedload(ProcedureRoute.route).joinedload(Route.season)
    return (
        selectinload(TestRequest.campaign).options(joinedload(Campaign.organisation), joinedload(Campaign.created_by)),
        selectinload(TestRequest.article),
        procedure.joinedload(Procedure.season),
        procedure.options(routes, selectinload(Procedure.devices)),
        selectinload(TestRequest.routes),
        selectinload(TestRequest.devices),
    )


def _is_lapsed(request: TestRequest, day: date) -> bool:
    deadline_on = request.deadline_on or request.campaign.deadline_on
    return deadline_on is not None and deadline_on < day


def _locked(
    session: Session,
    actor: Actor,
    request_ids: Collection[int],
    versions: Mapping[int, int] | None,
    expected: State = State.SUBMITTED,
) -> list[TestRequest]:
    """The tests, with their campaigns locked, still as they were read and in the state that is decided on."""
    rows = select(TestRequest.campaign_id).where(TestRequest.id.in_(request_ids)).distinct()
    campaign_ids = session.scalars(rows).all()
    locked_campaigns(session, actor, campaign_ids)
    campaigns = [locked_campaign(session, actor, number) for number in sorted(campaign_ids)]
    wanted = set(request_ids)
    tests = [request for campaign in campaigns for request in campaign.requests if request.id in wanted]
    if not wanted:
        raise Refused("Choose at least one test.")
    if len(tests) < len(wanted):
        raise NotFound("test")
    _check_undecided(session, [request for request in tests if request.state != expected])
    for request in tests:
        if versions is not None and versions.get(request.id) != request.version_id:
            raise Changed(
                "%(organisation)s has changed %(test)s since you read it. Look at it once more.",
                organisation=request.campaign.organisation.name,
                test=name_of(request),
            )
    return tests


def _check_undecided(session: Session, decided: Sequence[TestRequest]) -> None:
    if not decided:
        return
    first = decided[0]
    event = _last_decisions(session, [first.id]).get(first.id)
    if first.state == State.WITHDRAWN:
        raise Refused("%(test)s has been withdrawn meanwhile.", test=name_of(first))
    if event is None:
        raise WrongState(first.state, State.APPROVED)
    raise Refused(
        "%(actor)s has decided on %(test)s already. Nothing was changed.", actor=event.actor_name, test=name_of(first)
    )


def _last_decisions(session: Session, request_ids: Collection[int]) -> dict[int, Event]:
    """The latest approval, return or rejection of each test."""
    decisions = ("request.approved", "request.returned", "request.rejected")
    events = session.scalars(
        select(Event)
        .where(Event.subject == "test_request", Event.subject_id.in_(request_ids), Event.action.in_(decisions))
        .order_by(Event.id)
    )
    return {event.subject_id: event for event in events}


def _check_reason(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise Refused(sentence, field="reason")


def _decide(
    session: Session,
    actor: Actor,
    tests: Iterable[TestRequest],
    state: State,
    letter: Letter,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Move the tests, each with its entry, and tell each campaign's organisation by one letter."""
    for campaign, group in groupby(tests, key=lambda request: request.campaign):
        decided = list(group)
        for request in decided:
            before = {"state": request.state, "since": request.state_since.isoformat()}
            request.move(state, now)
            request.reason = reason
            after = {"state": request.state}
            action = f"request.{state.value}"
            session.add(Event.of(actor, action, request, at=now, before=before, after=after, reason=reason))
        tell_organisation(
            session,
            campaign.organisation_id,
            letter,
            now=now,
            actor=actor.name,
            campaign=campaign.name,
            reason=reason,
            tests=lines_of(decided),
        )
