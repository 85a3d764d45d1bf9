"""A manufacturer's pages, without a browser: what they say, where faults stand, and whose they are."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from schedtest.booking import review
from schedtest.models import ArticleHold, Procedure, State, TestArticle, TestRequest
from schedtest.models.database import Sessions, writing
from tests import rows
from tests.pages import NOW
from tests.web.asking import actor, asked, days, institute_template  # noqa: F401

MOST_QUERIES = 30
FAULT = re.compile(r'class="fault"[^>]*>.*?<span>(.*?)</span>', re.DOTALL)


@pytest.fixture(scope="session")
def peopled_template(institute_template: Path) -> Path:  # noqa: F811
    return institute_template


@pytest.fixture
def us(client_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return client_as("manufacturer")


@pytest.fixture
def them(client_as: Callable[[str], FlaskClient]) -> FlaskClient:
    return client_as("other manufacturer")


def start(client: FlaskClient, **given: str) -> int:
    fields = {"name": "Tara facelift", "category": "M1", "propulsion": "petrol", "regulation": "", **given}
    answer = client.press("/campaigns/new", **fields)
    assert answer.status_code == 303
    return int(answer.location.split("/")[2])


def faults(text: str) -> list[str]:
    return [re.sub(r"\s+", " ", found) for found in FAULT.findall(text)]


def booked(sessions: Sessions, request_id: int, hours: float = 72) -> None:
    with writing(sessions) as session:
        test = session.get_one(TestRequest, request_id)
        test.state = State.BOOKED
        starts, ends = NOW + timedelta(hours=hours), NOW + timedelta(hours=hours + 4)
        hold = ArticleHold(article_id=test.article_id, starts=starts, ends=ends)
        rows.a_booking(session, request=test, starts=starts, ends=ends, mode="R28", article_holds=[hold])


class Counted:
    def __init__(self, sessions: Sessions) -> None:
        self.engine, self.statements = sessions.kw["bind"], 0

    def __enter__(self) -> "Counted":
        event.listen(self.engine, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._count)

    def _count(self, *_arguments: object) -> None:
        self.statements += 1


def test_a_campaign_is_written_in_five_steps_and_submitted(us: FlaskClient, sessions: Sessions) -> None:
    campaign_id = start(us)
    assert us.press(f"/campaigns/{campaign_id}/vehicles", label="Tara 1", category="M1").status_code == 303
    with sessions.begin() as session:
        article_id = session.scalars(select(TestArticle.id)).one()
        brakes = session.scalars(select(Procedure.id).where(Procedure.code == "T01")).one()
    chosen = {"articles": article_id, f"tests-{article_id}": brakes}
    assert us.press(f"/campaigns/{campaign_id}/tests", **chosen).status_code == 303
    page = us.get(f"/campaigns/{campaign_id}/when").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    when = {"release_on": days(7), "due_on": days(40), "priority": "1", "confidentiality": "open"}
    answer = us.press(f"/campaigns/{campaign_id}/when", version=version[1], **when)
    assert answer.location == f"/campaigns/{campaign_id}/check"
    page = us.get(answer.location).text
    assert "Nothing is missing." in page
    assert "Car brakes type 0" in page
    assert us.press(f"/campaigns/{campaign_id}/submit").location == f"/campaigns/{campaign_id}"
    assert "1 submitted" in us.get("/campaigns").text


def test_the_first_page_says_what_to_do_when_there_is_nothing(us: FlaskClient) -> None:
    assert "Ask for your first tests" in us.get("/campaigns").text
    assert "No vehicle yet" in us.get("/vehicles").text
    assert "Nothing is booked in these days" in us.get("/calendar").text


def test_a_fault_stands_at_its_field_and_what_was_typed_stays(us: FlaskClient) -> None:
    answer = us.press("/campaigns/new", name="", category="M1", propulsion="", regulation="UN R13-H")
    assert answer.status_code == 422
    assert faults(answer.text) == ["Give the campaign a name by which your colleagues will know it."]
    assert 'value="UN R13-H"' in answer.text
    campaign_id = start(us)
    answer = us.press(f"/campaigns/{campaign_id}/vehicles", label="Tara", category="M1", model="LX", vin="IOQ")
    assert answer.status_code == 422
    assert "A VIN has 17 digits and letters" in faults(answer.text)[0]
    assert 'value="LX"' in answer.text
    when = {"release_on": days(20), "due_on": days(10), "priority": "2", "confidentiality": "open"}
    answer = us.press(f"/campaigns/{campaign_id}/when", **when)
    assert answer.status_code == 422
    assert 'id="due_on-fault"' in answer.text
    answer = us.press(f"/campaigns/{campaign_id}/when", **{**when, "release_on": "soon"})
    assert 'id="release_on-fault"' in answer.text
    assert 'value="soon"' in answer.text


def test_what_is_missing_leads_to_where_it_is_mended(us: FlaskClient) -> None:
    campaign_id = start(us)
    answer = us.press(f"/campaigns/{campaign_id}/submit")
    assert answer.location == f"/campaigns/{campaign_id}/check"
    page = us.get(answer.location).text
    assert "Add at least one vehicle or part." in page
    assert f'href="/campaigns/{campaign_id}/vehicles"' in page


def test_of_two_who_change_one_campaign_the_second_is_told_and_loses_nothing(us: FlaskClient) -> None:
    campaign_id = start(us)
    first = us.press(f"/campaigns/{campaign_id}/what", name="Mine", category="M1", propulsion="", version="1")
    assert first.status_code == 303
    second = us.press(f"/campaigns/{campaign_id}/what", name="Yours", category="M1", propulsion="", version="1")
    assert second.status_code == 422
    assert "Somebody changed this while you were writing" in second.text
    assert 'value="Yours"' in second.text
    again = us.press(f"/campaigns/{campaign_id}/what", name="Yours", category="M1", propulsion="", version="2")
    assert again.status_code == 303


def test_a_test_s_wishes_are_kept_and_its_faults_stand_at_their_fields(us: FlaskClient, sessions: Sessions) -> None:
    _, [steering] = asked(sessions, "T05", submitted=False)
    url = f"/tests/{steering}"
    page = us.get(url).text
    assert "R07" in page
    assert "Roads you accept" in page
    sent = {"priority": "", "devices": "0"}
    answer = us.press(url, due_on=days(30), extra_drivers="1", routes="2", note="Winter tyres", version="1", **sent)
    assert answer.status_code == 303
    page = us.get(url).text
    assert f'value="{days(30)}"' in page
    assert "Winter tyres" in page
    answer = us.press(url, extra_drivers="99", extra_preparation_h="many", note="Keep me", **sent)
    assert answer.status_code == 422
    assert faults(answer.text) == ["Write a whole number."]
    answer = us.press(url, extra_drivers="99", extra_preparation_h="9", note="Keep me", **sent)
    assert 'id="extra_drivers-fault"' in answer.text
    assert "Keep me" in answer.text


def test_a_wait_in_a_circle_names_the_tests_in_it(us: FlaskClient, sessions: Sessions) -> None:
    _, [one, two] = asked(sessions, "T05", "T07", submitted=False)
    assert us.press(f"/tests/{two}/wait", before_id=one).status_code == 303
    answer = us.press(f"/tests/{one}/wait", before_id=two, min_lag_h="3")
    assert answer.status_code == 422
    assert "These would wait for each other: T05" in faults(answer.text)[0]
    assert 'value="3"' in answer.text
    assert us.press(f"/tests/{two}/wait-no-longer", before=one).status_code == 303
    assert us.press(f"/tests/{one}/wait", before_id=two).status_code == 303


def test_a_campaign_shows_its_dates_and_its_history(us: FlaskClient, sessions: Sessions) -> None:
    campaign_id, [brakes] = asked(sessions, "T01")
    review.approve(sessions, actor(sessions, "manager"), [brakes], now=NOW)
    booked(sessions, brakes)
    page = us.get(f"/campaigns/{campaign_id}").text
    assert "Fri 17 Jul 2026, 09:30 – 13:30" in page
    assert "Maryam Hosseini approved T01 Car brakes type 0 · Vehicle 1." in page
    assert "Fri 17 Jul 2026" in us.get("/calendar?from=2026-07-01").text
    assert "Car brakes type 0" in us.get("/calendar?by=week&from=2026-07-17").text
    assert "Nothing is booked in these days" in us.get("/calendar?from=2026-08-01").text


def test_an_empty_month_leads_to_the_next_booking(us: FlaskClient, sessions: Sessions) -> None:
    _, [brakes] = asked(sessions, "T01")
    review.approve(sessions, actor(sessions, "manager"), [brakes], now=NOW)
    booked(sessions, brakes)
    page = us.get("/calendar?from=2026-06-01").text
    assert "The next booking after them is on Fri 17 Jul 2026." in page
    assert 'href="/calendar?from=2026-07-17"' in page


def test_a_test_is_withdrawn_on_its_own_page(us: FlaskClient, sessions: Sessions) -> None:
    _, [brakes, noise] = asked(sessions, "T01", "T12")
    assert us.press(f"/tests/{noise}/withdraw", reason="Not needed").status_code == 303
    with sessions.begin() as session:
        states = [session.get_one(TestRequest, number).state for number in (brakes, noise)]
    assert states == [State.SUBMITTED, State.WITHDRAWN]


def test_another_organisation_s_campaign_is_found_at_no_address(
    app: Flask, us: FlaskClient, them: FlaskClient, sessions: Sessions
) -> None:
    campaign_id, [brakes, noise] = asked(sessions, "T01", "T12", name="Secret facelift")
    booked(sessions, brakes)
    with sessions.begin() as session:
        article_id = session.scalars(select(TestArticle.id)).one()
        events = len(session.scalars(select(rows.Booking.id)).all())
    ids = {"campaign_id": campaign_id, "request_id": noise, "article_id": article_id}
    adapter = app.url_map.bind("localhost")
    tried = 0
    token = them.token()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("manufacturer.") or not rule.arguments & set(ids):
            continue
        path = adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            fields = {
                "csrf_token": token, "name": "x", "label": "x", "category": "M1", "release_on": days(1),
                "due_on": days(9), "priority": "1", "confidentiality": "open", "before_id": brakes,
                "campaign": campaign_id, "articles": article_id,
            }  # fmt: skip
            answer = them.open(path, method=method, data=fields if method == "POST" else None)
            assert answer.status_code == 404, f"{method} {path} answered {answer.status_code}"
            assert "Secret" not in answer.text
            tried += 1
    assert tried > 20
    for path in ("/campaigns", "/campaigns?show=ended", "/calendar?from=2026-07-01", "/vehicles", "/vehicles?q=Tara"):
        text = them.get(path).text
        assert "Secret" not in text
        assert "Iran Khodro" not in text
        assert "Car brakes" not in text
    assert us.get(f"/campaigns/{campaign_id}").status_code == 200
    with sessions.begin() as session:
        assert session.get_one(TestRequest, noise).state == State.SUBMITTED
        assert len(session.scalars(select(rows.Booking.id)).all()) == events


@pytest.fixture
def many(sessions: Sessions) -> Iterator[int]:
    """Twelve campaigns of three vehicles with eight tests each; the last one's id."""
    codes = ("T01", "T02", "T04", "T05", "T06", "T07", "T12", "T20")
    for number in range(12):
        campaign_id, tests = asked(sessions, *codes, vehicles=3, name=f"Tara {number}")
        booked(sessions, tests[0], hours=72 + 5 * number)
    return campaign_id


@pytest.mark.slow
def test_no_page_asks_the_database_more_the_more_there_is(us: FlaskClient, sessions: Sessions, many: int) -> None:
    with sessions.begin() as session:
        test = session.scalars(select(TestRequest.id).where(TestRequest.campaign_id == many)).first()
        article = session.scalars(select(TestArticle.id)).first()
    paths = ["/campaigns", "/calendar?from=2026-07-01", "/vehicles", f"/tests/{test}", f"/vehicles/{article}"]
    paths += [f"/campaigns/{many}{step}" for step in ("", "/what", "/vehicles", "/tests", "/when", "/check")]
    for path in paths:
        with Counted(sessions) as counted:
            assert us.get(path).status_code == 200
        assert counted.statements <= MOST_QUERIES, f"{path} asked {counted.statements} times"


def test_the_queue_asks_the_database_no_more_the_longer_it_is(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, many: int
) -> None:
    manager = client_as("manager")
    with Counted(sessions) as counted:
        assert "12 campaigns wait for you" in manager.get("/review").text
    assert counted.statements <= MOST_QUERIES


def test_what_has_lapsed_is_not_chosen_for_approval(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    earlier = NOW - timedelta(days=60)
    dates = {"release_on": days(-50), "due_on": days(-20), "deadline_on": days(-10)}
    asked(sessions, "T01", now=earlier, **dates)
    page = client_as("manager").get("/review").text
    assert "last day has gone by" in page
    assert re.search(r'name="tests"[^>]* checked', page) is None
    assert re.search(r'data-key="a" disabled', page) is not None
