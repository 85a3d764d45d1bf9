"""Roads, halls, crews and devices are closed and opened by managers, who see which booked tests that hits."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from schedtest.booking.execute import execute
from schedtest.booking.publish import publish
from schedtest.models import Closure, Device, DeviceHold, Part, Placement, Segment
from schedtest.models.database import Sessions, writing
from tests.browser import check_accessible, screenshot, sign_in
from tests.drafts import NOW, Draft, asked, at
from tests.web.asking import actor

FROM_UNTIL = {"starts": "2026-07-20T08:00", "ends": "2026-07-21T08:00"}

pytestmark = pytest.mark.slow


@pytest.fixture
def app(on_the_institute: Flask) -> Flask:
    return on_the_institute


@pytest.fixture
def device(sessions: Sessions) -> str:
    """A device that a test booked on Monday week uses."""
    with writing(sessions) as session:
        draft = Draft(session)
        draft.place(asked(session, "T06"), at(7, 11))
        plan_id = draft.plan.id
    publish(sessions, actor(sessions, "manager"), plan_id, now=draft.plan.created_at)
    with sessions.begin() as session:
        return session.scalars(select(Device.code).join(DeviceHold).order_by(Device.code)).first() or ""


def closures(sessions: Sessions) -> list[Closure]:
    with sessions.begin() as session:
        return list(session.scalars(select(Closure)))


def test_a_closure_says_which_booked_tests_it_hits(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, device: str
) -> None:
    manager = client_as("manager")
    assert "Everything is open" in manager.get("/devices").text
    manager.press("/devices", kind="device", code=device.lower(), reason="Fell off", **FROM_UNTIL)
    (closure,) = closures(sessions)
    assert (closure.starts, closure.ends, closure.reason) == (at(7, 8), at(8, 8), "Fell off")
    text = manager.get("/devices").text
    assert "1 booked test stands on it: the next run plans around it." in text
    assert "T06" in text


def test_what_a_closure_hits_is_mended_by_one_press(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, device: str
) -> None:
    manager = client_as("manager")
    assert "Mend the plan" not in manager.get("/devices").text
    manager.press("/devices", kind="device", code=device, reason="Fell off", **FROM_UNTIL)
    assert "1 booked test cannot stand where it is." in manager.get("/devices").text
    page = manager.press("/devices/mend").location
    assert page == "/plan/mending/1"
    assert "Mending the plan" in manager.get(page).text
    assert manager.press("/devices/mend").location == "/devices"  # one at a time
    execute(sessions, 1, clock=lambda: NOW)
    draft = manager.get(page).location
    assert draft == "/plan/2"
    with sessions.begin() as session:
        before, after = (
            session.scalars(select(Placement).where(Placement.plan_id == plan, Placement.part == Part.TEST)).one()
            for plan in (1, 2)
        )
        assert (after.starts, after.mode) == (before.starts, before.mode)
        assert device in {name for names in before.devices.values() for name in names}
        assert device not in {name for names in after.devices.values() for name in names}


def test_nothing_is_mended_before_something_is_published(client_as: Callable[[str], FlaskClient]) -> None:
    manager = client_as("manager")
    assert manager.press("/devices/mend").location == "/devices"
    assert "There is no published plan that goes on." in manager.get("/devices").text


def test_a_closure_is_taken_back_and_that_is_undone(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, device: str
) -> None:
    manager = client_as("manager")
    manager.press("/devices", kind="device", code=device, reason="Fell off", **FROM_UNTIL)
    (before,) = closures(sessions)
    manager.press(f"/devices/closures/{before.id}/lift")
    assert closures(sessions) == []
    assert manager.press(f"/devices/closures/{before.id}/lift").status_code == 404
    again = {"starts": before.starts.isoformat(), "ends": before.ends.isoformat(), "reason": before.reason}
    manager.press("/devices/closures/again", what="device", thing=before.device_id, **again)
    (after,) = closures(sessions)
    assert (after.device_id, after.starts, after.ends) == (before.device_id, before.starts, before.ends)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("code", "GNS-R-9", "There is none called so. Write its code, such as GNS-R-001."),
        ("code", "GNS-R", "Do you mean GNS-R-001"),
        ("ends", "2026-07-20T07:00", "It opens again after it closes."),
        ("ends", "", "Choose when it opens again."),
        ("starts", "0001-01-01T00:00", "Choose a day between 2000 and 2100."),
        ("reason", " ", "Write why"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_typed_is_lost(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, field: str, value: str, sentence: str
) -> None:
    sent = {"kind": "device", "code": "GNS-R-001", "reason": "Fell off the roof", **FROM_UNTIL, field: value}
    answer = client_as("manager").press("/devices", **sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert field == "reason" or "Fell off the roof" in answer.text
    assert closures(sessions) == []


@pytest.mark.parametrize(
    "wrong", [{"starts": "2026-07-20T08:00"}, {"thing": "9" * 25}, {"what": "moon"}, {"ends": "x"}]
)
def test_an_undoing_that_makes_no_sense_is_not_found(client_as: Callable[[str], FlaskClient], wrong: Any) -> None:
    sent = {
        "what": "device",
        "thing": "1",
        "starts": "2026-07-20T08:00+00:00",
        "ends": "2026-07-21T08:00+00:00",
        "reason": "Fell off",
        **wrong,
    }
    assert client_as("manager").press("/devices/closures/again", **sent).status_code == 404


@pytest.mark.parametrize("address", ["/plan/{}", "/plan/1/tests/{}", "/plan/{}/board.json", "/devices/{}"])
def test_a_number_that_no_row_can_have_is_not_found(client_as: Callable[[str], FlaskClient], address: str) -> None:
    assert client_as("manager").get(address.format("9" * 25)).status_code == 404


def test_devices_are_found_and_tell_what_they_are_booked_for(
    client_as: Callable[[str], FlaskClient], sessions: Sessions, device: str
) -> None:
    manager = client_as("manager")
    assert f">{device}</a>" in manager.get(f"/devices/all?q={device}").text
    assert "Nothing found" in manager.get("/devices/all?q=nobody").text
    with sessions.begin() as session:
        number = session.scalars(select(Device.id).where(Device.code == device)).one()
    assert "T06" in manager.get(f"/devices/{number}").text
    assert manager.get("/devices/999999").status_code == 404


@pytest.mark.browser
def test_devices_are_looked_through(page: Page, sessions: Sessions, device: str) -> None:
    sign_in(page, "manager")
    page.goto("/devices/all?show=out")
    check_accessible(page)
    screenshot(page, "all-devices")
    page.goto(f"/devices/all?q={device}")
    page.get_by_role("link", name=device).click()
    expect(page.get_by_text("T06")).to_be_visible()
    check_accessible(page)
    screenshot(page, "device")


@pytest.mark.browser
def test_a_manager_closes_a_road_and_takes_it_back(page: Page, sessions: Sessions, device: str) -> None:
    with sessions.begin() as session:
        assert session.scalars(select(Segment).where(Segment.code == "VDA-01")).one()
    sign_in(page, "manager")
    page.get_by_role("link", name="Devices and closures").first.click()
    page.get_by_label("What").last.select_option("segment")
    page.get_by_label("Which").fill("VDA-01")
    page.get_by_label("From").fill("2026-07-20T08:00")
    page.get_by_label("Until").fill("2026-07-21T08:00")
    page.get_by_label("Why").fill("Cracks in the asphalt")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("VDA-01 is closed")).to_be_visible()
    check_accessible(page)
    screenshot(page, "devices")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Everything is open")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Cracks in the asphalt")).to_be_visible()


@pytest.mark.browser
def test_a_manager_mends_the_plan_after_a_closure(page: Page, sessions: Sessions, device: str) -> None:
    sign_in(page, "manager")
    page.goto("/devices")
    page.get_by_label("Which").fill(device)
    page.get_by_label("From").fill("2026-07-20T08:00")
    page.get_by_label("Until").fill("2026-07-21T08:00")
    page.get_by_label("Why").fill("Fell off")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("1 booked test cannot stand where it is.")).to_be_visible()
    check_accessible(page)
    screenshot(page, "devices-hit")
    page.get_by_role("button", name="Mend the plan").click()
    expect(page.get_by_role("heading", name="Mending the plan")).to_be_visible()
    check_accessible(page)
    screenshot(page, "mending")
    execute(sessions, 1, clock=lambda: NOW)
    page.wait_for_url("**/plan/2")
