"""Asking for tests and deciding on them in Chromium, by mouse and by keyboard, wide and narrow, light and dark."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from schedtest.booking import review
from schedtest.models import State, TestRequest
from schedtest.models.database import Sessions, writing
from tests import rows
from tests.browser import check_accessible, screenshot, sign_in
from tests.pages import NOW
from tests.web.asking import actor, asked, days, institute_template  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def peopled_template(institute_template: Path) -> Path:  # noqa: F811
    return institute_template


def look_at(page: Page, name: str) -> None:
    screenshot(page, name)
    check_accessible(page)


def states(sessions: Sessions) -> list[State]:
    with sessions.begin() as session:
        return list(session.scalars(select(TestRequest.state).order_by(TestRequest.id)))


def test_a_manufacturer_asks_for_tests_by_mouse(page: Page, sessions: Sessions) -> None:
    sign_in(page, "manufacturer")
    look_at(page, "campaigns-empty")
    page.get_by_role("link", name="New campaign").first.click()
    look_at(page, "campaign-1-what")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("Give the campaign a name")).to_be_visible()
    look_at(page, "campaign-1-what-faults")
    page.get_by_label("Name").fill("Tara facelift")
    page.get_by_label("Propulsion").select_option("petrol")
    page.get_by_role("button", name="Save and go on").click()
    for label in ("Tara 1", "Tara 2"):
        page.get_by_label("Name").fill(label)
        page.get_by_label("Make").fill("IKCO")
        page.get_by_label("Model").fill("Tara V1")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("link", name=label)).to_be_visible()
    look_at(page, "campaign-2-vehicles")
    page.get_by_role("link", name="Go on to the tests").click()
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_label("T01 Car brakes type 0").first.check()
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_label("T06 ESC sine with dwell").first.check()
    expect(page.locator("#summary .figure")).to_have_text("2")
    page.reload()
    page.get_by_role("button", name="The same tests as Tara 1").click()
    expect(page.locator("#summary .figure")).to_have_text("4")
    look_at(page, "campaign-3-tests")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Wanted by").fill(days(7).isoformat())
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("Wanted by comes after the earliest day")).to_be_visible()
    look_at(page, "campaign-4-when-faults")
    page.get_by_label("Wanted by").fill(days(56).isoformat())
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("Nothing is missing.")).to_be_visible()
    look_at(page, "campaign-5-check")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("4 tests are submitted")).to_be_visible()
    assert states(sessions) == [State.SUBMITTED] * 4


def test_a_manufacturer_asks_for_tests_by_keyboard_on_a_phone(page: Page, sessions: Sessions) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "manufacturer")
    page.goto("/campaigns/new")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Tara facelift")
    page.keyboard.press("Enter")
    page.wait_for_url("**/vehicles")
    page.get_by_label("Name").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Vehicle 1")).to_be_visible()
    page.get_by_role("link", name="Go on to the tests").press("Enter")
    page.wait_for_url("**/tests")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_label("T01 Car brakes type 0").press("Space")
    page.get_by_role("button", name="Save and go on").press("Enter")
    page.wait_for_url("**/when")
    page.get_by_role("button", name="Save and go on").press("Enter")
    page.wait_for_url("**/check")
    page.get_by_role("button", name="Submit").press("Enter")
    expect(page.get_by_text("1 test is submitted")).to_be_visible()
    assert states(sessions) == [State.SUBMITTED]


def test_a_manufacturer_sees_what_became_of_it(page: Page, sessions: Sessions) -> None:
    campaign_id, tests = asked(sessions, "T01", "T05", "T06", "T12", vehicles=2)
    asked(sessions, "T01", name="Samand endurance", submitted=False)
    manager = actor(sessions, "manager")
    review.approve(sessions, manager, tests[:3], now=NOW)
    review.send_back(sessions, manager, tests[3:4], reason="Which tyres will be on the car?", now=NOW)
    with writing(sessions) as session:
        for place, number in enumerate(tests[:2]):
            test = session.get_one(TestRequest, number)
            test.state = State.BOOKED
            starts = NOW + timedelta(days=20 + 3 * place)
            rows.a_booking(session, request=test, starts=starts, ends=starts + timedelta(hours=4), mode="R28")
    sign_in(page, "manufacturer")
    look_at(page, "campaigns")
    page.get_by_role("link", name="Tara facelift").click()
    look_at(page, "campaign")
    page.get_by_role("link", name="T12 Pass-by noise").first.click()
    look_at(page, "test")
    page.get_by_label("Note for the test engineers").fill("Summer tyres")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto("/calendar?from=2026-08-01")
    look_at(page, "calendar")
    page.goto("/vehicles")
    look_at(page, "vehicles")
    page.get_by_role("link", name="Vehicle 1").first.click()
    look_at(page, "vehicle")
    page.goto(f"/campaigns/{campaign_id}/check")
    look_at(page, "campaign-check-returned")


def press(page: Page, key: str) -> None:
    """A heading shows before the page's script has run, and listens."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def test_a_manager_decides_by_keyboard(page: Page, sessions: Sessions) -> None:
    first, _ = asked(sessions, "T01", "T06", vehicles=2, name="Tara facelift", now=NOW - timedelta(days=3))
    asked(sessions, "T12", who="other manufacturer", name="Shahin noise", due_on=days(110), now=NOW - timedelta(days=2))
    asked(sessions, "T05", name="Dena steering", confidentiality="closed", now=NOW - timedelta(days=1))
    sign_in(page, "manager")
    expect(page.get_by_role("heading", name="Tara facelift")).to_be_visible()
    look_at(page, "review")
    press(page, "j")
    expect(page.get_by_role("heading", name="Shahin noise")).to_be_visible()
    press(page, "k")
    expect(page.get_by_role("heading", name="Tara facelift")).to_be_visible()
    press(page, "a")
    expect(page.get_by_text("4 tests are approved.")).to_be_visible()
    assert states(sessions)[:4] == [State.APPROVED] * 4
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Tara facelift")).to_be_visible()
    assert states(sessions)[:4] == [State.SUBMITTED] * 4
    assert page.url.endswith(f"campaign={first}")


def test_a_manager_returns_rejects_and_approves_many(page: Page, sessions: Sessions) -> None:
    asked(sessions, "T01", "T06", name="Tara facelift", now=NOW - timedelta(days=3))
    asked(sessions, "T12", name="Shahin noise", now=NOW - timedelta(days=2))
    asked(sessions, "T05", name="Dena steering", now=NOW - timedelta(days=1))
    asked(sessions, "T05", name="Quick steering", now=NOW)
    sign_in(page, "manager")
    page.locator("summary", has_text="Return").click()
    page.get_by_role("button", name="Return the chosen tests").click()
    expect(page.get_by_text("Write what has to change")).to_be_visible()
    look_at(page, "review-return")
    page.get_by_label("T06 ESC sine with dwell").uncheck()
    page.get_by_label("What has to change").fill("Which tyres?")
    page.get_by_role("button", name="Return the chosen tests").click()
    expect(page.get_by_text("1 test is returned.")).to_be_visible()
    assert states(sessions)[:2] == [State.RETURNED, State.SUBMITTED]
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Why").fill("The pad is being rebuilt.")
    page.get_by_role("button", name="Reject the chosen tests").click()
    expect(page.get_by_text("1 test is rejected.")).to_be_visible()
    assert states(sessions)[:2] == [State.RETURNED, State.REJECTED]
    for name in ("Shahin noise", "Dena steering", "Quick steering"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_role("button", name="Approve the chosen").click()
    expect(page.get_by_text("3 tests are approved.")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    look_at(page, "review-empty")
