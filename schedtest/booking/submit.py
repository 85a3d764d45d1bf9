"""Submitting a campaign, with everything that is missing told at once; and withdrawing it, or some of its tests."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select

from schedtest.booking.access import Actor, NotFound, Refused, allowed
from schedtest.booking.changing import (
    BEING_WRITTEN,
    check_version,
    lines_of,
    locked_campaign,
    name_of,
    today,
)
from schedtest.booking.commitments import FROZEN_FOR
from schedtest.booking.notify import SUBMITTED, WITHDRAWN, tell_managers
from schedtest.booking.request import choices_for, suits
from schedtest.models.booking import Booking
from schedtest.models.campaign import Campaign
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.request import ENDED, State, TestRequest

Step = Literal["what", "vehicles", "tests", "when"]


@dataclass(frozen=True, slots=True)
class Missing:
    """What stands in the way of submitting: where it is mended, and the sentence that says how.

    step: of the pages a campaign is written on.   field: of that step.   article_id, request_id: what it is about.
    """

    step: Step
    sentence: str
    values: dict[str, object] = field(default_factory=dict)
    field: str | None = None
    article_id: int | None = None
    request_id: int | None = None


class Incomplete(Refused):
    """A campaign cannot be submitted yet; `missing` holds every reason."""

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__("%(count)s things are missing before this can be submitted.", count=len(missing))
        self.missing = missing


@allowed("manufacturer")
def submit(
    sessions: Sessions, actor: Actor, campaign_id: int, *, version: int | None = None, now: datetime
) -> list[int]:
    """Hand in every test of the campaign that is a draft or was returned; their ids are returned.

    Managers are told. Raises Incomplete, with all that is missing, or Refused when there is nothing to submit.
    """
    with writing(sessions) as session:
        campaign = locked_campaign(session, actor, campaign_id)
        check_version(campaign, version)
        missing = list(missing_in(campaign, today(session, now)))
        if missing:
            raise Incomplete(missing)
        tests = [request for request in campaign.requests if request.state in BEING_WRITTEN]
        if not tests:
            raise Refused("Everything here has been submitted already.")
        for request in tests:
            before = request.state
            request.move(State.SUBMITTED, now)
            request.reason = ""
            session.add(
                Event.of(actor, "request.submitted", request, at=now, before={"state": before}, after=_state(request))
            )
        session.add(Event.of(actor, "campaign.submitted", campaign, at=now, after={"tests": len(tests)}))
        tell_managers(
            session,
            SUBMITTED,
            now=now,
            actor=actor.name,
            organisation=campaign.organisation.name,
            campaign=campaign.name,
            count=len(tests),
            tests=lines_of(tests),
        )
        return [request.id for request in tests]


@allowed("manufacturer")
def withdraw(
    sessions: Sessions,
    actor: Actor,
    campaign_id: int,
    request_ids: Collection[int] | None = None,
    *,
    reason: str = "",
    now: datetime,
) -> list[int]:
    """Withdraw tests of a campaign, all that have not ended when none are named; their ids are returned.

    A booked test is cancelled, and its place free at once; managers are told of what they had seen. Raises Refused,
    and withdraws nothing, when one of them has begun or begins too soon.
    """
    with writing(sessions) as session:
        campaign = locked_campaign(session, actor, campaign_id)
        tests = _chosen(campaign, request_ids)
        bookings = session.scalars(
            select(Booking).where(Booking.request_id.in_([request.id for request in tests])).order_by(Booking.starts)
        ).all()
        for request in tests:
            _check_leaving(request, [row for row in bookings if row.request_id == request.id], now)
        session.execute(delete(Booking).where(Booking.id.in_([row.id for row in bookings])))
        seen = [request for request in tests if request.state not in BEING_WRITTEN]
        for request in tests:
            before = request.state
            request.move(State.CANCELLED if before == State.BOOKED else State.WITHDRAWN, now)
            request.reason = reason.strip()
            action = f"request.{request.state.value}"
            session.add(
                Event.of(
                    actor,
                    action,
                    request,
                    at=now,
                    before={"state": before},
                    after=_state(request),
                    reason=reason.strip(),
                )
            )
        if seen:
            tell_managers(
                session,
                WITHDRAWN,
                now=now,
                actor=actor.name,
                organisation=campaign.organisation.name,
                campaign=campaign.name,
                tests=lines_of(seen),
            )
        return [request.id for request in tests]


def missing_in(campaign: Campaign, today: date) -> Iterator[Missing]:
    """Everything that stands in the way of submitting the campaign on this day."""
    tests = [request for request in campaign.requests if request.state not in ENDED]
    if not campaign.articles:
        yield Missing("vehicles", "Add at least one vehicle or part.")
    elif not tests:
        yield Missing("tests", "Choose at least one test.")
    else:
        tested = {request.article_id for request in tests}
        for article in campaign.articles:
            if article.id not in tested and not any(row.article_id == article.id for row in campaign.requests):
                yield Missing(
                    "tests",
                    "%(article)s has no test. Choose one, or take it out.",
                    {"article": article.label},
                    article_id=article.id,
                )
    writing_now = [request for request in tests if request.state in BEING_WRITTEN]
    if writing_now and campaign.due_on < today and any(request.due_on is None for request in writing_now):
        yield Missing("when", "The day it is wanted by has gone by. Give a later one.", field="due_on")
    if campaign.deadline_on and campaign.deadline_on < today and any(row.deadline_on is None for row in writing_now):
        yield Missing("when", "The last day has gone by. Give a later one, or none.", field="deadline_on")
    for request in writing_now:
        yield from _missing_of(request, today)
    yield from _destroyed_twice(tests)


def _missing_of(request: TestRequest, today: date) -> Iterator[Missing]:
    def missing(step: Step, sentence: str, field: str | None = None, **values: object) -> Missing:
        return Missing(step, sentence, {"test": name_of(request), **values}, field, request.article_id, request.id)

    procedure, category = request.procedure, request.article.category
    if not suits(procedure, category):
        yield missing("tests", "%(test)s is not done on %(category)s. Take it out.", category=category)
    elif not {row.choice for row in request.routes} <= choices_for(procedure, category):
        yield missing("when", "%(test)s: choose from the roads on which it is done.", "routes")
    if request.due_on and request.due_on < today:
        yield missing("when", "%(test)s: the day it is wanted by has gone by. Give a later one.", "due_on")
    if request.deadline_on and request.deadline_on < today:
        yield missing("when", "%(test)s: its last day has gone by. Give a later one, or none.", "deadline_on")
    release_on = max(request.release_on or request.campaign.release_on, today)
    due_on = request.due_on or request.campaign.due_on
    deadline_on = request.deadline_on or request.campaign.deadline_on
    if request.release_on and due_on < request.release_on:
        yield missing("when", "%(test)s: wanted by comes after its earliest day.", "due_on")
    if deadline_on and deadline_on >= today:
        takes = timedelta(minutes=procedure.duration_min + procedure.preparation_min + request.extra_preparation_min)
        if (deadline_on - release_on + timedelta(days=1)) < takes:
            yield missing(
                "when",
                "%(test)s takes %(hours)s hours, which do not fit before its last day. Give a later one.",
                "deadline_on",
                hours=round(takes / timedelta(hours=1)),
            )


def _destroyed_twice(tests: Collection[TestRequest]) -> Iterator[Missing]:
    destructive = [request for request in tests if request.procedure.destructive]
    times = Counter(request.article_id for request in destructive)
    for article_id in sorted(article_id for article_id, count in times.items() if count > 1):
        both = [request for request in destructive if request.article_id == article_id]
        yield Missing(
            "tests",
            "%(article)s can be destroyed once only, by one of %(tests)s. Add a vehicle for each other one.",
            {
                "article": both[0].article.label,
                "tests": ", ".join(f"{request.procedure.code} {request.procedure.name}" for request in both),
            },
            article_id=article_id,
        )


def _chosen(campaign: Campaign, request_ids: Collection[int] | None) -> list[TestRequest]:
    if request_ids is None:
        tests = [request for request in campaign.requests if request.state not in ENDED | {State.DONE}]
    else:
        tests = [request for request in campaign.requests if request.id in set(request_ids)]
        if len(tests) < len(set(request_ids)):
            raise NotFound("test")
    if not tests:
        raise Refused("There is nothing left to withdraw.")
    return tests


def _check_leaving(request: TestRequest, bookings: Collection[Booking], now: datetime) -> None:
    """A booked test may go as long as nobody has prepared for it; raises Refused afterwards."""
    begun = request.state == State.UNDER_WAY or any(booking.started_at for booking in bookings)
    if begun or any(booking.starts < now + FROZEN_FOR for booking in bookings):
        raise Refused(
            "%(test)s begins within %(hours)s hours or has begun. Call the institute to cancel it.",
            test=name_of(request),
            hours=FROZEN_FOR // timedelta(hours=1),
        )


def _state(request: TestRequest) -> dict[str, str]:
    return {"state": request.state}
