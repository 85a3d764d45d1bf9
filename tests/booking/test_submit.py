"""Handing a campaign in, and taking it or parts of it back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from schedtest.booking import campaign, request, submit
from schedtest.booking.access import NotFound, Refused
from schedtest.booking.request import Wishes
from schedtest.booking.submit import Incomplete
from schedtest.models import ArticleHold, Booking, State, TestRequest
from schedtest.models.database import Sessions, writing
from tests import rows
from tests.booking.desk import NOW, TODAY, Desk, days, open_desk


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    return open_desk(sessions)


def missing(desk: Desk, campaign_id: int) -> list[tuple[str, str | None]]:
    with pytest.raises(Incomplete) as refused:
        submit.submit(desk.sessions, desk.us, campaign_id, now=NOW)
    return [(one.step, one.field) for one in refused.value.missing]


def booked(desk: Desk, request_id: int, in_hours: float) -> None:
    """The test stands in the published plan, so many hours from now."""
    with writing(desk.sessions) as session:
        asked = session.get_one(TestRequest, request_id)
        asked.state = State.BOOKED
        starts = NOW + timedelta(hours=in_hours)
        hold = ArticleHold(article_id=asked.article_id, starts=starts, ends=starts + timedelta(hours=4))
        rows.a_booking(session, request=asked, starts=starts, ends=starts + timedelta(hours=4), article_holds=[hold])


def bookings(desk: Desk) -> int:
    with desk.sessions.begin() as session:
        return len(session.scalars(select(Booking)).all()) + len(session.scalars(select(ArticleHold)).all())


def test_a_submitted_campaign_waits_for_the_managers_and_they_are_told(desk: Desk) -> None:
    campaign_id, [brakes, noise] = desk.asked("BRAKES", "NOISE")
    assert desk.states(brakes, noise) == [State.SUBMITTED, State.SUBMITTED]
    assert desk.mails() == [
        ("Maryam", "Iran Khodro asks for tests: Tara facelift"),
        ("Pavel", "Iran Khodro asks for tests: Tara facelift"),
    ]
    assert [event.before for event in desk.events("request.submitted")] == [{"state": "draft"}] * 2
    with pytest.raises(Refused, match="submitted already"):
        submit.submit(desk.sessions, desk.us, campaign_id, now=NOW)


def test_a_campaign_needs_a_vehicle_and_each_vehicle_a_test(desk: Desk) -> None:
    campaign_id = desk.campaign()
    assert missing(desk, campaign_id) == [("vehicles", None)]
    tara = desk.article(campaign_id)
    assert missing(desk, campaign_id) == [("tests", None)]
    desk.choose(campaign_id, tara, "BRAKES")
    desk.article(campaign_id)
    assert missing(desk, campaign_id) == [("tests", None)]


def test_everything_that_is_missing_is_told_at_once(desk: Desk) -> None:
    campaign_id = desk.campaign(release_on=days(-30), due_on=days(-3), deadline_on=days(-2))
    tara = desk.article(campaign_id)
    [brakes, crash, side] = desk.choose(campaign_id, tara, "BRAKES", "CRASH", "SIDE")
    wishes = Wishes(due_on=days(-9), deadline_on=days(-8))
    request.change(desk.sessions, desk.us, brakes, wishes, now=NOW)
    assert missing(desk, campaign_id) == [
        ("when", "due_on"), ("when", "deadline_on"), ("when", "due_on"), ("when", "deadline_on"), ("tests", None),
    ]  # fmt: skip
    assert desk.states(brakes, crash, side) == [State.DRAFT] * 3
    assert desk.mails() == []


def test_a_test_that_takes_longer_than_its_days_is_missing_time(desk: Desk) -> None:
    campaign_id = desk.campaign(release_on=days(5), due_on=days(5), deadline_on=days(5))
    [brakes] = desk.choose(campaign_id, desk.article(campaign_id), "BRAKES")
    request.change(desk.sessions, desk.us, brakes, Wishes(extra_preparation_min=24 * 60), now=NOW)
    assert missing(desk, campaign_id) == [("when", "deadline_on")]


def test_a_campaign_that_somebody_changed_meanwhile_is_not_submitted(desk: Desk) -> None:
    campaign_id = desk.campaign()
    desk.choose(campaign_id, desk.article(campaign_id), "BRAKES")
    campaign.change(desk.sessions, desk.us, campaign_id, priority=1, now=NOW)
    with pytest.raises(Refused, match="Somebody changed this"):
        submit.submit(desk.sessions, desk.us, campaign_id, version=1, now=NOW)


def test_a_withdrawn_test_is_out_of_the_queue_and_its_managers_are_told(desk: Desk) -> None:
    campaign_id, [brakes, noise] = desk.asked("BRAKES", "NOISE")
    submit.withdraw(desk.sessions, desk.us, campaign_id, [noise], reason="Not needed.", now=NOW)
    assert desk.states(brakes, noise) == [State.SUBMITTED, State.WITHDRAWN]
    assert desk.mails()[2:] == [
        ("Maryam", "Iran Khodro withdrew tests: Tara facelift"),
        ("Pavel", "Iran Khodro withdrew tests: Tara facelift"),
    ]
    [event] = desk.events("request.withdrawn")
    assert (event.before, event.after, event.reason) == ({"state": "submitted"}, {"state": "withdrawn"}, "Not needed.")


def test_nobody_is_told_that_a_draft_is_withdrawn(desk: Desk) -> None:
    campaign_id = desk.campaign()
    [brakes] = desk.choose(campaign_id, desk.article(campaign_id), "BRAKES")
    submit.withdraw(desk.sessions, desk.us, campaign_id, now=NOW)
    assert desk.state(brakes) == State.WITHDRAWN
    assert desk.mails() == []


def test_cancelling_a_booked_test_frees_its_place_in_the_same_transaction(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked("BRAKES")
    booked(desk, brakes, in_hours=49)
    assert bookings(desk) == 2
    submit.withdraw(desk.sessions, desk.us, campaign_id, [brakes], now=NOW)
    assert desk.state(brakes) == State.CANCELLED
    assert bookings(desk) == 0


def test_a_booked_test_that_begins_soon_is_cancelled_by_the_institute_only(desk: Desk) -> None:
    campaign_id, [brakes, noise] = desk.asked("BRAKES", "NOISE")
    booked(desk, brakes, in_hours=47)
    with pytest.raises(Refused, match="Call the institute"):
        submit.withdraw(desk.sessions, desk.us, campaign_id, now=NOW)
    assert desk.states(brakes, noise) == [State.BOOKED, State.SUBMITTED]
    assert bookings(desk) == 2


def test_what_has_ended_is_not_withdrawn_twice(desk: Desk) -> None:
    campaign_id, _ = desk.asked("BRAKES")
    submit.withdraw(desk.sessions, desk.us, campaign_id, now=NOW)
    with pytest.raises(Refused, match="nothing left"):
        submit.withdraw(desk.sessions, desk.us, campaign_id, now=NOW)


def test_another_organisation_s_campaign_is_neither_submitted_nor_withdrawn(desk: Desk) -> None:
    campaign_id, [brakes] = desk.asked("BRAKES")
    with pytest.raises(NotFound):
        submit.submit(desk.sessions, desk.them, campaign_id, now=NOW)
    with pytest.raises(NotFound):
        submit.withdraw(desk.sessions, desk.them, campaign_id, now=NOW)
    _, [their_test] = desk.asked("BRAKES", who=desk.them)
    with pytest.raises(NotFound):
        submit.withdraw(desk.sessions, desk.us, campaign_id, [their_test], now=NOW)
    assert desk.states(brakes, their_test) == [State.SUBMITTED, State.SUBMITTED]


def test_today_is_the_institute_s(desk: Desk) -> None:
    """At nine in the evening UTC it is the next day there."""
    campaign_id = desk.campaign(release_on=days(-5), due_on=TODAY)
    desk.choose(campaign_id, desk.article(campaign_id), "BRAKES")
    with pytest.raises(Incomplete):
        submit.submit(desk.sessions, desk.us, campaign_id, now=NOW.replace(hour=21))
    submit.submit(desk.sessions, desk.us, campaign_id, now=NOW.replace(hour=20))
