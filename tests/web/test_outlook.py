"""When a campaign that is being written could be tested, on its pages and from the service."""

from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from schedtest.booking import campaign
from schedtest.booking.access import NotFound
from schedtest.booking.closing import close
from schedtest.booking.outlook import WEEKS_AFTER, outlook
from schedtest.booking.publish import publish
from schedtest.models import Segment, State, TestRequest
from schedtest.models.database import Sessions, writing
from tests.drafts import Draft, at
from tests.pages import NOW
from tests.rows import a_booking
from tests.web.asking import actor, asked, days, institute_template  # noqa: F401


@pytest.fixture(scope="session")
def peopled_template(institute_template: Path) -> Path:  # noqa: F811
    return institute_template


def close_all_roads(sessions: Sessions, until: int) -> None:
    with sessions.begin() as session:
        segments = list(session.scalars(select(Segment.id)))
    ends = datetime.combine(days(until), time(), NOW.tzinfo)
    for segment in segments:
        close(sessions, actor(sessions, "manager"), "segment", segment, starts=NOW, ends=ends, reason="ice", now=NOW)


def test_the_earliest_begins_when_the_vehicles_are_there(sessions: Sessions) -> None:
    campaign_id, _ = asked(sessions, "T01", submitted=False, release_on=days(13), due_on=days(40))
    [earliest] = outlook(sessions, actor(sessions, "manufacturer"), campaign_id, now=NOW).prospects
    assert earliest.aim == "earliest"
    assert days(13) <= earliest.starts_on <= earliest.ends_on <= days(17)
    assert earliest.left_out == 0


def test_a_closure_makes_it_later(sessions: Sessions) -> None:
    campaign_id, _ = asked(sessions, "T01", submitted=False, release_on=days(13), due_on=days(40))
    close_all_roads(sessions, until=20)
    [earliest] = outlook(sessions, actor(sessions, "manufacturer"), campaign_id, now=NOW).prospects
    assert earliest.ends_on >= days(20)
    assert earliest.left_out == 0


def test_where_the_season_is_over_the_next_one_is_told(sessions: Sessions) -> None:
    campaign_id, _ = asked(sessions, "T01", submitted=False, release_on=days(140), due_on=days(160))
    us = actor(sessions, "manufacturer")
    [earliest] = outlook(sessions, us, campaign_id, now=NOW).prospects
    assert days(160 + 7 * WEEKS_AFTER) < earliest.starts_on < days(365)
    campaign.change(sessions, us, campaign_id, version=None, now=NOW, deadline_on=days(170))
    assert outlook(sessions, us, campaign_id, now=NOW).prospects == []


def test_what_is_published_stands_in_the_way_and_is_not_asked_for_again(sessions: Sessions) -> None:
    us = actor(sessions, "manufacturer")
    campaign_id, [brakes, stability] = asked(sessions, "T01", "T06", submitted=False, release_on=days(13))
    with writing(sessions) as session:
        session.get_one(TestRequest, brakes).state = State.WITHDRAWN
    [alone] = outlook(sessions, us, campaign_id, now=NOW).prospects
    assert (alone.starts_on, alone.ends_on) == (days(13), days(13))
    with writing(sessions) as session:
        test = session.get_one(TestRequest, brakes)
        test.state = State.APPROVED
        draft = Draft(session)
        draft.place(test, at(14, 13), mode="R28")  # the vehicle is away from 9 to 17 o'clock
        plan_id = draft.plan.id
    publish(sessions, actor(sessions, "manager"), plan_id, now=NOW)
    [beside] = outlook(sessions, us, campaign_id, now=NOW).prospects
    assert (beside.ends_on, beside.left_out) == (days(14), 0)
    with writing(sessions) as session:
        session.get_one(TestRequest, stability).state = State.WITHDRAWN
    assert outlook(sessions, us, campaign_id, now=NOW).prospects == []


def test_a_booking_that_the_plan_no_longer_knows_is_no_hindrance(sessions: Sessions) -> None:
    campaign_id, [brakes, _stability] = asked(sessions, "T01", "T06", submitted=False, release_on=days(13))
    with writing(sessions) as session:
        test = session.get_one(TestRequest, brakes)
        test.state = State.BOOKED
        a_booking(session, request=test, starts=at(14, 13), ends=at(14, 17), mode="R28")
    [earliest] = outlook(sessions, actor(sessions, "manufacturer"), campaign_id, now=NOW).prospects
    assert earliest.left_out == 0


def test_what_finds_no_place_before_its_last_day_is_counted(sessions: Sessions) -> None:
    campaign_id, tests = asked(sessions, "T01", submitted=False, vehicles=2, release_on=days(13), due_on=days(40))
    us = actor(sessions, "manufacturer")
    close_all_roads(sessions, until=20)
    with writing(sessions) as session:
        session.get_one(TestRequest, tests[0]).deadline_on = days(18)
    [earliest] = outlook(sessions, us, campaign_id, now=NOW).prospects
    assert earliest.left_out == 1
    with writing(sessions) as session:
        session.get_one(TestRequest, tests[1]).deadline_on = days(18)
    assert outlook(sessions, us, campaign_id, now=NOW).prospects == []


def test_it_is_empty_while_nothing_is_asked_for(sessions: Sessions) -> None:
    us = actor(sessions, "manufacturer")
    campaign_id = campaign.start(sessions, us, name="Tara", category="M1", propulsion="petrol", now=NOW)
    assert outlook(sessions, us, campaign_id, now=NOW).prospects == []


def test_only_its_own_organisation_may_ask(sessions: Sessions) -> None:
    campaign_id, _ = asked(sessions, "T01", submitted=False)
    with pytest.raises(NotFound):
        outlook(sessions, actor(sessions, "other manufacturer"), campaign_id, now=NOW)


def test_managers_are_told_nothing_of_what_is_still_written(sessions: Sessions) -> None:
    campaign_id, [test_id] = asked(sessions, "T01", submitted=False)
    manager = actor(sessions, "manager")
    assert outlook(sessions, manager, campaign_id, now=NOW).prospects == []
    with writing(sessions) as session:
        session.get_one(TestRequest, test_id).state = State.SUBMITTED
    assert len(outlook(sessions, manager, campaign_id, now=NOW).prospects) == 1


def test_tests_that_have_ended_are_not_looked_at(sessions: Sessions) -> None:
    campaign_id, [test_id] = asked(sessions, "T01", submitted=False)
    with writing(sessions) as session:
        session.get_one(TestRequest, test_id).state = State.WITHDRAWN
    assert outlook(sessions, actor(sessions, "manufacturer"), campaign_id, now=NOW).prospects == []


def test_the_summary_asks_for_it_and_tells_the_days(
    sessions: Sessions, client_as: Callable[[str], FlaskClient]
) -> None:
    us = client_as("manufacturer")
    campaign_id, [test_id] = asked(sessions, "T01", submitted=False, release_on=days(13), due_on=days(14))
    asks = f'hx-get="/campaigns/{campaign_id}/outlook"'
    for step in ("what", "vehicles", "tests", "when", "check"):
        assert asks in us.get(f"/campaigns/{campaign_id}/{step}").text, step
    part = us.get(f"/campaigns/{campaign_id}/outlook").text
    assert "Earliest" in part
    assert "Jul" in part
    assert "The institute has not promised it." in part
    close_all_roads(sessions, until=20)
    assert "That is later than you want it." in us.get(f"/campaigns/{campaign_id}/outlook").text
    with writing(sessions) as session:
        session.get_one(TestRequest, test_id).deadline_on = days(18)
    assert "No place is found as things stand now" in us.get(f"/campaigns/{campaign_id}/outlook").text
    assert client_as("other manufacturer").get(f"/campaigns/{campaign_id}/outlook").status_code == 404


def test_the_summary_of_a_campaign_whose_tests_are_all_booked_says_so(
    sessions: Sessions, client_as: Callable[[str], FlaskClient]
) -> None:
    campaign_id, [test_id] = asked(sessions, "T01")
    with writing(sessions) as session:
        test = session.get_one(TestRequest, test_id)
        test.state = State.BOOKED
        a_booking(session, request=test, starts=at(14, 13), ends=at(14, 17), mode="R28")
    part = client_as("manufacturer").get(f"/campaigns/{campaign_id}/outlook").text
    assert "Every test has its days." in part
    assert "No place is found" not in part


def test_review_says_what_approving_would_do(sessions: Sessions, client_as: Callable[[str], FlaskClient]) -> None:
    managers = client_as("manager")
    campaign_id, [test_id] = asked(sessions, "T01", release_on=days(13), due_on=days(14))
    part = f"/review/{campaign_id}/outlook"
    assert f'hx-get="{part}"' in managers.get("/review").text
    assert "Earliest" in managers.get(part).text
    assert "<dd>Mon 27 Jul 2026 " in managers.get(part).text
    assert "late" not in managers.get(part).text
    close_all_roads(sessions, until=20)
    assert "It would be late: it is wanted by Tue 28 Jul 2026." in managers.get(part).text
    with writing(sessions) as session:
        session.get_one(TestRequest, test_id).deadline_on = days(18)
    assert "No test finds a place beside what is published." in managers.get(part).text
    assert client_as("manufacturer").get(part).status_code == 403
    with writing(sessions) as session:
        session.get_one(TestRequest, test_id).deadline_on = days(-1)
    assert f'hx-get="{part}"' not in managers.get("/review").text
