"""The administrator's pages of runs, on a real queue, a real worker and a real solver."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import delete, event, func, select

from schedtest.booking import catalogue
from schedtest.booking.access import SYSTEM
from schedtest.catalogue import folder
from schedtest.models import Facility, Plan, PlanState, Procedure, Run, RunState, State
from schedtest.models.database import Sessions, writing
from schedtest.settings import Settings
from tests.browser import check_accessible, screenshot, sign_in
from tests.pages import NOW
from tests.rows import a_campaign, a_request

START = {
    "starts_on": "2026-07-14", "weeks": "4", "seconds": "5", "preset": "on_time", "seed": "1", "workers": "1",
    "unscheduled": "1", "tardiness": "1", "stay": "1", "cost": "1", "move": "1",
}  # fmt: skip


def runs(sessions: Sessions) -> list[Run]:
    with sessions.begin() as session:
        return list(session.scalars(select(Run).order_by(Run.id)))


def test_a_run_started_from_the_page_is_queued_and_shown(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    client = client_as("administrator")
    answer = client.press("/runs/new", **START)
    [run] = runs(sessions)
    assert answer.location == f"/runs/{run.id}"
    page = client.get(f"/runs/{run.id}")
    assert "Stop and keep the best" in page.text
    assert "No worker is there" in page.text
    assert f"Watch run {run.id}" in client.get("/runs").text


def test_eleven_impatient_presses_make_one_run(client_as: Callable[[str], FlaskClient], sessions: Sessions) -> None:
    client = client_as("administrator")
    led_to = {client.press("/runs/new", once="pressed", **START).location for _ in range(11)}
    [run] = runs(sessions)
    assert led_to == {f"/runs/{run.id}"}


def test_a_second_run_is_refused_with_what_was_typed_still_there(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    client = client_as("administrator")
    client.press("/runs/new", **START)
    answer = client.press("/runs/new", **{**START, "weeks": "9"})
    assert answer.status_code == 422
    assert "is still going on" in answer.text
    assert 'value="9"' in answer.text
    assert len(runs(sessions)) == 1


@pytest.mark.parametrize(("field", "value"), [("weeks", "0"), ("seconds", "much"), ("starts_on", "2020-01-01")])
def test_a_fault_stands_at_its_field(client_as: Callable[[str], FlaskClient], field: str, value: str) -> None:
    answer = client_as("administrator").press("/runs/new", **{**START, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text


def test_progress_ends_the_polling_when_the_run_is_over(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    client = client_as("administrator")
    client.press("/runs/new", **START)
    [run] = runs(sessions)
    assert client.get(f"/runs/{run.id}/progress").status_code == 200
    client.press(f"/runs/{run.id}/cancel")
    answer = client.get(f"/runs/{run.id}/progress")
    assert answer.status_code == 286
    assert answer.headers["HX-Refresh"] == "true"


def test_the_list_of_runs_asks_the_database_the_same_few_times_however_long_it_is(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    client = client_as("administrator")
    client.press("/runs/new", **START)
    with writing(sessions) as session:
        first = session.scalars(select(Run)).one()
        first.state = RunState.FINISHED
        for number in range(120):
            session.add(
                Run(
                    state=RunState.FINISHED, requested_by_id=first.requested_by_id, created_at=NOW, weeks=2,
                    starts_on=first.starts_on, seconds=5, preset="on_time", weights=first.weights, placed=number,
                    asked=120, trace=[[1.0, 2, 1]] * 200,
                )
            )  # fmt: skip
    asked: list[str] = []
    listen = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(sessions.kw["bind"], "before_cursor_execute", listen)
    assert client.get("/runs?sort=-placed").status_code == 200
    event.remove(sessions.kw["bind"], "before_cursor_execute", listen)
    assert len(asked) <= 30


def test_a_run_tells_what_its_draft_changes_and_what_the_search_saved(
    client_as: Callable[[str], FlaskClient], sessions: Sessions
) -> None:
    client = client_as("administrator")
    client.press("/runs/new", **START)
    with writing(sessions) as session:
        run = session.scalars(select(Run)).one()
        run.state, run.placed, run.asked, run.total, run.bound = RunState.FINISHED, 0, 0, 150, 100
        run.trace = [[0.5, None, 100], [1.0, 200, 100], [2.0, 150, 100]]
        session.add(Plan(number=1, run_id=run.id, created_at=NOW, starts=NOW, ends=NOW + timedelta(weeks=4)))
    [run] = runs(sessions)
    page = client.get(f"/runs/{run.id}").text
    assert "Before and after" in page
    assert "It costs 25% less than the plan with which the search began." in page
    with writing(sessions) as session:
        session.scalars(select(Plan)).one().state = PlanState.DISCARDED
    assert "Before and after" not in client.get(f"/runs/{run.id}").text


@pytest.mark.slow
def test_the_web_process_never_loads_the_solver() -> None:
    code = (
        "import sys, tempfile, pathlib\n"
        "from schedtest.settings import Settings\n"
        "from schedtest.models.database import upgrade\n"
        "from schedtest.web.app import create_app\n"
        "folder = tempfile.mkdtemp()\n"
        "settings = Settings.from_environment({'SCHEDTEST_INSTANCE': folder})\n"
        "upgrade(settings.database)\n"
        "create_app(settings).test_client().get('/sign-in')\n"
        "print(sorted({'ortools', 'numba'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.fixture
def institute(app: Flask, sessions: Sessions) -> Sessions:
    """The packaged institute today, as the worker's clock has it, with six approved tests of parts on a bench."""
    app.config["CLOCK"] = lambda: datetime.now(UTC)
    today = datetime.now(UTC).date()
    with writing(sessions) as session:
        session.execute(delete(Facility))
    catalogue.load(sessions, SYSTEM, folder(), NOW)
    with writing(sessions) as session:
        procedure = session.scalars(select(Procedure).where(Procedure.code == "T39")).one()
        for _ in range(6):
            campaign = a_campaign(session, release_on=today, due_on=today + timedelta(weeks=8))
            a_request(session, campaign, procedure=procedure, state=State.APPROVED)
    return sessions


@pytest.fixture
def worker(settings: Settings, institute: Sessions) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "SCHEDTEST_INSTANCE": str(settings.instance),
        "SCHEDTEST_DATABASE": settings.database,
        "SCHEDTEST_QUEUE": settings.queue,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", "from schedtest.cli import main; main(['work'])"], env=environment
    )
    yield process
    process.terminate()
    process.wait(20)


@pytest.mark.browser
@pytest.mark.slow
def test_an_administrator_starts_a_run_and_watches_it_to_its_draft(
    page: Page, worker: subprocess.Popen[bytes], institute: Sessions
) -> None:
    page.set_default_timeout(60_000)
    sign_in(page, "administrator")
    page.goto("/runs")
    screenshot(page, "runs-empty")
    check_accessible(page)
    page.get_by_role("main").get_by_role("link", name="New run").first.click()
    screenshot(page, "run-new")
    check_accessible(page)
    page.get_by_label("Weeks").fill("6")
    page.get_by_label("Time to search").fill("5")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("seconds left").or_(page.get_by_text("Every test has a place"))).to_be_visible(
        timeout=60_000
    )
    expect(page.get_by_text("Every test has a place")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("of 6 placed")).to_be_visible()
    expect(page.get_by_role("row", name="Tests with a place 0 6")).to_be_visible()
    screenshot(page, "run")
    check_accessible(page)
    with institute.begin() as session:
        assert session.scalar(select(func.count()).select_from(Plan)) == 1
    page.goto("/runs")
    screenshot(page, "runs")
    check_accessible(page)
