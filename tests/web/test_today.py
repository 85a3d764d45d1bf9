"""A manager sees what goes on at the institute today, from the published plan."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import event, select

from schedtest.models import Closure, DeviceHold, Placement
from schedtest.models.database import Sessions, writing
from tests.browser import check_accessible, screenshot, sign_in
from tests.pages import NOW
from tests.rows import a_booking, a_device, a_plan, a_user


def book(sessions: Sessions, count: int = 1) -> None:
    """Tests of two hours each, half an hour apart, the first under way."""
    with writing(sessions) as session:
        plan = a_plan(session)
        for number in range(count):
            starts = NOW + timedelta(hours=number / 2 - 0.5)
            times = {"starts": starts, "ends": starts + timedelta(hours=2)}
            begun = {"started_at": starts} if number == 0 else {}
            row = a_booking(session, plan=plan, **times, **begun)
            device = a_device(session)
            row.device_holds.append(DeviceHold(device_id=device.id, **times))
            pieces = [[times["starts"].isoformat(), times["ends"].isoformat()]]
            session.add(
                Placement(
                    plan_id=plan.id, request_id=row.request_id, part=row.part, mode="R28", routes="R28",
                    devices={device.type.code: [device.code]}, pieces=pieces, **times,
                )
            )  # fmt: skip


def test_a_day_shows_its_bookings_and_the_next_day_is_empty(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    book(sessions, 3)
    manager = client_as("manager")
    page = manager.get("/today").text
    assert "2 going on now, the next begins at 10:30" in page
    assert "09:30 – 11:30" in page
    assert "R28" in page
    assert "Nothing is booked on this day" in manager.get("/today?day=2026-07-15").text
    assert manager.get("/today?day=nonsense").status_code == 200


def test_work_that_stands_on_a_closed_device_is_marked(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    book(sessions, 2)
    with writing(sessions) as session:
        device_id = session.scalars(select(DeviceHold.device_id)).first()
        session.add(
            Closure(
                device_id=device_id, starts=NOW, ends=NOW + timedelta(hours=1), reason="Broken",
                entered_by_id=a_user(session).id, entered_at=NOW,
            )
        )  # fmt: skip
    assert "1 booked test stands on something that is closed" in client_as("manager").get("/today").text


def test_the_day_asks_the_database_the_same_few_times_however_full_it_is(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    book(sessions, 25)
    manager = client_as("manager")
    asked: list[str] = []
    listen = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(sessions.kw["bind"], "before_cursor_execute", listen)
    assert manager.get("/today").status_code == 200
    event.remove(sessions.kw["bind"], "before_cursor_execute", listen)
    assert len(asked) <= 30


@pytest.mark.browser
def test_the_day_can_be_read_by_everybody(page: Page, sessions: Sessions) -> None:
    book(sessions, 6)
    sign_in(page, "manager")
    page.goto("/today")
    check_accessible(page)
    screenshot(page, "today")
