"""The plan of the manager: the board shows what the rows say, the list says the same, publishing tells beforehand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import event, select

from schedtest.booking.charts import Rows
from schedtest.booking.publish import publish
from schedtest.models import Booking, Closure, Device, Placement, Plan, PlanState, Segment, State, TestRequest
from schedtest.models.database import Sessions, writing
from tests.browser import check_accessible, screenshot, sign_in
from tests.drafts import NOW, STARTS, Draft, asked, at
from tests.rows import a_campaign, an_organisation
from tests.web.asking import actor

pytestmark = pytest.mark.slow

MOST_QUERIES = 30


@pytest.fixture
def app(on_the_institute: Flask) -> Flask:
    return on_the_institute


@pytest.fixture
def published(app: Flask, sessions: Sessions) -> dict[str, int]:
    """Version 1: two tests of Tara, one of them on Monday week, one on the day after."""
    with writing(sessions) as session:
        tara = a_campaign(session, name="Tara T36", organisation=an_organisation(session, name="Bahman"))
        first, second = asked(session, "T06", campaign=tara), asked(session, "T06", campaign=tara)
        draft = Draft(session)
        draft.place(first, at(7, 11))
        draft.place(second, at(8, 11))
        ids = {"plan": draft.plan.id, "first": first.id, "second": second.id}
    publish(sessions, actor(sessions, "manager"), ids["plan"], now=NOW)
    return ids


@pytest.fixture
def draft(sessions: Sessions, published: dict[str, int]) -> dict[str, int]:
    """Version 2 upon it: the first stays, the second is moved by a day, one is new, one has no place."""
    with writing(sessions) as session:
        first, second = (session.get_one(TestRequest, published[name]) for name in ("first", "second"))
        plan = Draft(session)
        plan.keep([first], of=session.get_one(Plan, published["plan"]))
        plan.place(second, at(9, 11))
        shahin = a_campaign(session, name="Shahin T30", organisation=an_organisation(session, name="Zamyad"))
        new, without = asked(session, "T06", campaign=shahin), asked(session, "T12", campaign=shahin)
        plan.place(new, at(10, 11))
        plan.leave_out(without, ways=["a deadline 2 days later: then it fits from Tue 21 Jul 2026 08:00 in VDA-01"])
        return {**published, "draft": plan.plan.id, "new": new.id, "without": without.id}


def board_of(client: FlaskClient, plan_id: int, rows: str = "route") -> Any:
    return client.get(f"/plan/{plan_id}/board.json?rows={rows}").json


def minutes(moment: Any) -> int:
    return round((moment - STARTS) / timedelta(minutes=1))


def test_without_a_plan_the_page_says_what_comes_next(client_as: Callable[[str], FlaskClient]) -> None:
    assert "Approve what manufacturers ask for" in client_as("manager").get("/plan").text
    assert 'href="/runs/new"' in client_as("administrator").get("/plan").text


def test_the_board_shows_each_placement_where_and_when_it_stands(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, draft: dict[str, int]
) -> None:
    shown = {one["id"]: one for one in board_of(client_as("manager"), draft["draft"])["bookings"]}
    with sessions.begin() as session:
        rows = session.scalars(
            select(Placement).where(Placement.plan_id == draft["draft"], Placement.routes != "")
        ).all()
        assert shown.keys() == {str(row.request_id) for row in rows}
        for row in rows:
            bar = shown[str(row.request_id)]
            assert (bar["row"], bar["starts"], bar["ends"]) == (row.routes, minutes(row.starts), minutes(row.ends))


def test_a_draft_tells_planned_from_booked_and_where_a_moved_test_was(
    client_as: Callable[[str], FlaskClient], draft: dict[str, int]
) -> None:
    shown = {one["id"]: one for one in board_of(client_as("manager"), draft["draft"])["bookings"]}
    first, second, new = (shown[str(draft[name])] for name in ("first", "second", "new"))
    assert [one["state"] for one in (first, second, new)] == ["booked", "planned", "planned"]
    assert (first["was"], new["was"]) == (None, None)
    assert second["was"][0] == minutes(at(8, 11))


def test_the_published_plan_shows_what_is_booked_now(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, draft: dict[str, int]
) -> None:
    manager = client_as("manager")
    assert manager.press(f"/plan/{draft['draft']}/publish").status_code == 303
    with sessions.begin() as session:
        plan_id = session.scalars(select(Plan.id).where(Plan.state == PlanState.PUBLISHED)).one()
        wanted = {row.request_id: row.starts for row in session.scalars(select(Booking).where(Booking.part == "test"))}
    bars = board_of(manager, plan_id)["bookings"]
    assert {int(bar["id"]): bar["starts"] for bar in bars} == {number: minutes(at_) for number, at_ in wanted.items()}
    assert {bar["state"] for bar in bars} == {"booked"}
    assert "Published by Maryam Hosseini" in manager.get("/plan").text
    assert board_of(manager, published_before := draft["plan"])["bookings"][0]["state"] == "superseded", (
        published_before
    )


def test_a_test_that_is_cancelled_leaves_the_published_board(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, published: dict[str, int]
) -> None:
    with writing(sessions) as session:
        session.get_one(TestRequest, published["first"]).move(State.CANCELLED, NOW)
        for row in session.scalars(select(Booking).where(Booking.request_id == published["first"])):
            session.delete(row)
    manager = client_as("manager")
    assert {bar["id"] for bar in board_of(manager, published["plan"])["bookings"]} == {str(published["second"])}


@pytest.mark.parametrize("rows", list(Rows))
def test_every_way_to_look_counts_what_is_taken(
    client_as: Callable[[str], FlaskClient], draft: dict[str, int], rows: Rows
) -> None:
    data = board_of(client_as("manager"), draft["draft"], rows)
    known = {row["id"] for row in data["rows"]}
    assert data["bookings"]
    assert {bar["row"] for bar in data["bookings"]} <= known
    for row in data["rows"]:
        assert all(starts < ends and 0 < taken <= row["capacity"] for starts, ends, taken in row["load"])
        bars = [(bar["starts"], bar["ends"]) for bar in data["bookings"] if bar["row"] == row["id"]]
        assert {starts for starts, _, _ in row["load"]} <= {time for bar in bars for time in bar}
        assert bool(bars) == bool(row["load"])


def test_closures_calibrations_and_holidays_stand_on_their_rows(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, draft: dict[str, int]
) -> None:
    with writing(sessions) as session:
        segment = session.scalars(select(Segment).where(Segment.code == "VDA-01")).one()
        device = session.scalars(select(Device).order_by(Device.code)).first()
        assert device is not None
        for closed in ({"segment_id": segment.id}, {"device_id": device.id}):
            session.add(Closure(**closed, starts=at(3, 8), ends=at(3, 12), reason="Broken", entered_at=NOW))
    manager, times = client_as("manager"), {"starts": minutes(at(3, 8)), "ends": minutes(at(3, 12)), "reason": "Broken"}
    assert {"row": "VDA-01", **times} in board_of(manager, draft["draft"], "segment")["closures"]
    assert {"row": "R26", **times} in board_of(manager, draft["draft"], "route")["closures"]
    devices = board_of(manager, draft["draft"], "device")["closures"]
    assert {"row": device.code, **times} in devices
    assert "At calibration" in {one["reason"] for one in devices}


def test_tests_without_a_place_are_named_with_the_reason(
    client_as: Callable[[str], FlaskClient], draft: dict[str, int]
) -> None:
    manager = client_as("manager")
    (without,) = board_of(manager, draft["draft"])["unplaced"]
    assert without["id"] == str(draft["without"])
    assert "no room on VDA-01 Vehicle dynamics area" in without["reason"]
    assert "no room on VDA-01 Vehicle dynamics area" in manager.get(f"/plan/{draft['draft']}?show=not_placed").text
    details = manager.get(without["href"]).text
    assert "no room on" in details
    assert "What would let it in" in details
    assert "then it fits from Tue 21 Jul 2026 08:00 in VDA-01 Vehicle dynamics area" in details


@pytest.mark.parametrize(
    ("show", "names"),
    [("all", {"first", "second", "new"}), ("new", {"new"}), ("moved", {"second"}), ("not_placed", {"without"})],
)
def test_the_list_shows_what_is_asked_for(
    client_as: Callable[[str], FlaskClient], draft: dict[str, int], show: str, names: set[str]
) -> None:
    text = client_as("manager").get(f"/plan/{draft['draft']}?show={show}").text
    shown = {name for name in ("first", "second", "new", "without") if f'/tests/{draft[name]}"' in text}
    assert shown == names


def test_the_list_finds_by_any_word_of_a_test(client_as: Callable[[str], FlaskClient], draft: dict[str, int]) -> None:
    manager = client_as("manager")
    assert f'/tests/{draft["new"]}"' in manager.get("/plan?q=zamyad+T06").text
    assert f'/tests/{draft["first"]}"' not in manager.get("/plan?q=zamyad+T06").text
    assert "Nothing found" in manager.get("/plan?q=nobody").text


def test_publishing_says_beforehand_what_changes_and_who_is_told(
    client_as: Callable[[str], FlaskClient], draft: dict[str, int]
) -> None:
    text = client_as("manager").get(f"/plan/{draft['draft']}/publish").text
    assert "1 new, 1 moved, 0 gone, 1 not placed" in text
    assert "2 organisations are told" in text
    assert "Bahman" in text
    assert "Zamyad" in text


def test_a_draft_that_breaks_a_rule_is_not_published_and_the_page_says_which(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, draft: dict[str, int]
) -> None:
    with writing(sessions) as session:
        segment = session.scalars(select(Segment).where(Segment.code == "VDA-01")).one()
        session.add(Closure(segment_id=segment.id, starts=at(9, 0), ends=at(10, 0), reason="Ice", entered_at=NOW))
    manager = client_as("manager")
    assert "More is taken here than there is." in manager.get(f"/plan/{draft['draft']}/check").text
    answer = manager.press(f"/plan/{draft['draft']}/publish")
    assert answer.status_code == 422
    assert "then start a new run" in answer.text
    with sessions.begin() as session:
        assert session.get_one(Plan, draft["draft"]).state == PlanState.DRAFT


def test_a_discarded_draft_can_be_taken_up_again(
    client_as: Callable[[str], FlaskClient], draft: dict[str, int]
) -> None:
    manager = client_as("manager")
    manager.press(f"/plan/{draft['draft']}/discard")
    assert "Plan, version 1" in manager.get("/plan").text
    manager.press(f"/plan/{draft['draft']}/take-up")
    assert "Draft 2" in manager.get("/plan").text


def test_after_publishing_the_plan_is_what_is_looked_at_first_and_no_draft_that_came_too_late(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, draft: dict[str, int]
) -> None:
    with writing(sessions) as session:
        late = Draft(session).plan.number
    manager = client_as("manager")
    assert f"Draft {late}" in manager.get("/plan").text
    assert manager.press(f"/plan/{draft['draft']}/publish").status_code == 303
    assert "Plan, version 2" in manager.get("/plan").text


@pytest.mark.parametrize("path", ["", "/publish", "/board.json?rows=crew", "/board.json?rows=device"])
def test_a_plan_of_any_size_is_answered_with_few_queries(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, draft: dict[str, int], path: str
) -> None:
    asked_for: list[str] = []
    manager = client_as("manager")
    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked_for.append(arguments[2]))
    assert manager.get(f"/plan/{draft['draft']}{path}").status_code == 200
    few = len(asked_for)
    with writing(sessions) as session:
        plan = Draft.__new__(Draft)
        plan.session, plan.plan, plan._pools = session, session.get_one(Plan, draft["draft"]), {}
        for number in range(20):
            request = asked(session, "T06", campaign=a_campaign(session, name=f"Campaign {number}"))
            plan.place(request, at(11 + number // 2, 8 + 5 * (number % 2)))
    manager.get(f"/plan/{draft['draft']}")  # the first reader after a writer turns SQLite back to reading
    asked_for.clear()
    assert manager.get(f"/plan/{draft['draft']}{path}").status_code == 200
    assert len(asked_for) <= min(few, MOST_QUERIES)


@pytest.mark.browser
def test_a_manager_looks_at_the_plan_checks_it_and_publishes(page: Page, draft: dict[str, int]) -> None:
    sign_in(page, "manager")
    page.goto("/plan?at=2026-07-20")
    expect(page.get_by_role("heading", name="Draft 2")).to_be_visible()
    expect(page.locator(".board-row", has_text="R01")).to_be_visible()
    expect(page.locator(".board-unplaced")).to_contain_text("no room on VDA-01")
    check_accessible(page)
    screenshot(page, "plan")
    page.goto(f"/plan?booking={draft['second']}")
    expect(page.locator(".board-more")).to_contain_text("published:")
    check_accessible(page)
    screenshot(page, "plan-chosen")
    page.get_by_role("button", name="Check the rules").click()
    expect(page.get_by_text("All rules hold")).to_be_visible()
    page.get_by_role("link", name="Compare and publish").click()
    expect(page.get_by_text("All rules hold")).to_be_visible()
    check_accessible(page)
    screenshot(page, "publish")
    page.get_by_role("button", name="Publish and tell 2 organisations").click()
    expect(page.get_by_role("heading", name="Plan, version 2")).to_be_visible()
    expect(page.get_by_text("Version 2 is published")).to_be_visible()
