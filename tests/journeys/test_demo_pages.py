"""The pages as the demo shows them, at its full size. README's picture is one of these screenshots."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import event

from schedtest.booking import demo
from schedtest.booking.demo import accounts_to_try
from schedtest.booking.demo_data import PASSWORD
from schedtest.models.database import open_sessions
from schedtest.settings import Settings
from schedtest.web.app import create_app
from tests.browser import SCREENSHOTS, check_accessible, screenshot
from tests.pages import PageClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOW = datetime(2026, 7, 15, 6, tzinfo=UTC)
MOST_QUERIES = 30
ACCOUNTS = {str(role): email for role, email in accounts_to_try()}
PAGES = {
    "manufacturer": ("/campaigns", "/calendar", "/vehicles"),
    "manager": ("/review", "/plan", "/plan?show=not_placed", "/plan/2/check", "/plan/2/publish"),
    "administrator": ("/runs", "/people", "/system"),
}


@pytest.fixture(scope="module")
def database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    path.write_bytes(sqlite_template.read_bytes())
    sessions = open_sessions(f"sqlite:///{path}")
    demo.make(sessions, NOW, seconds=10)
    sessions.kw["bind"].dispose()
    return path


@pytest.fixture
def app(database: Path, tmp_path: Path) -> Flask:
    app = create_app(
        Settings(
            instance=tmp_path,
            database=f"sqlite:///{database}",
            queue=f"sqlite:///{tmp_path / 'queue.db'}",
            secret_key="known to the tests alone",
        ),
        clock=lambda: NOW,
    )
    app.test_client_class = PageClient
    return app


def signed_in(app: Flask, role: str) -> FlaskClient:
    client = app.test_client()
    assert client.press("/sign-in", email=ACCOUNTS[role], password=PASSWORD).status_code == 303  # type: ignore[attr-defined]
    return client


@pytest.mark.parametrize(("role", "path"), [(role, path) for role, paths in PAGES.items() for path in paths])
def test_every_page_of_the_demo_asks_the_database_a_few_times_only(app: Flask, role: str, path: str) -> None:
    client = signed_in(app, role)
    asked: list[str] = []
    engine = app.extensions["sessions"].kw["bind"]
    count: Callable[..., None] = lambda *arguments: asked.append(arguments[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", count)
    assert client.get(path).status_code == 200
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)


def test_the_plan_of_the_demo_is_a_picture_worth_showing(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(ACCOUNTS["manager"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Plan").first.click()
    expect(page.get_by_role("heading", name="Draft 2")).to_be_visible()
    bars = page.request.get("/plan/2/board.json?rows=route").json()["bookings"]
    page.goto(f"/plan?booking={next(bar['id'] for bar in bars if bar['state'] == 'booked' and bar['row'] == 'R04')}")
    expect(page.locator(".board-more")).to_contain_text("Devices")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "board.png", animations="disabled")
    check_accessible(page)
    screenshot(page, "demo-plan")
    page.get_by_role("link", name="Compare and publish").click()
    expect(page.get_by_text("All rules hold")).to_be_visible()
    check_accessible(page)
    screenshot(page, "demo-publish")
