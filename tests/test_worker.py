"""The worker as a process, on both queues: it does what is queued, and when it is killed its run does not go on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from schedtest.booking import catalogue, run
from schedtest.booking.access import SYSTEM, Actor
from schedtest.booking.queue import Queue
from schedtest.catalogue import folder
from schedtest.models import Plan, Procedure, Role, Run, RunState, State
from schedtest.models.database import Sessions, open_sessions, writing
from tests.rows import a_campaign, a_request, a_user

pytestmark = pytest.mark.slow

PATIENCE_S = 90


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def institute(sqlite_template: Path, tmp_path: Path) -> Iterator[Sessions]:
    """The packaged institute with forty approved intakes."""
    shutil.copy(sqlite_template, tmp_path / "schedtest.db")
    sessions = open_sessions(f"sqlite:///{tmp_path / 'schedtest.db'}")
    catalogue.load(sessions, SYSTEM, folder(), now())
    with writing(sessions) as session:
        procedure = session.scalars(select(Procedure).where(Procedure.code == "T39")).one()
        for _ in range(40):
            campaign = a_campaign(session, release_on=now().date(), due_on=now().date() + timedelta(weeks=8))
            a_request(session, campaign, procedure=procedure, state=State.APPROVED)
    yield sessions
    sessions.kw["bind"].dispose()


@pytest.fixture
def omid(institute: Sessions) -> Actor:
    with writing(institute) as session:
        return Actor.of(a_user(session, role=Role.ADMINISTRATOR))


@pytest.fixture(params=["sqlite", "redis"])
def queue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "redis":
        url: str = request.getfixturevalue("redis_url")
        return url
    return f"sqlite:///{tmp_path / 'queue.db'}"


@contextmanager
def a_worker(folder: Path, queue_url: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "SCHEDTEST_INSTANCE": str(folder), "SCHEDTEST_QUEUE": queue_url}
    words = [sys.executable, "-c", "from schedtest.cli import main; main(['work'])"]
    process = subprocess.Popen(words, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def until(truth: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not truth():
        assert time.monotonic() < give_up
        time.sleep(0.1)


def state(sessions: Sessions, run_id: int) -> RunState | None:
    with sessions.begin() as session:
        return session.scalar(select(Run.state).where(Run.id == run_id))


def start(sessions: Sessions, omid: Actor, seconds: int) -> int:
    return run.start(sessions, omid, starts_on=now().date(), weeks=8, seconds=seconds, workers=1, now=now())


def test_a_queued_run_is_done_and_makes_one_draft(
    institute: Sessions, omid: Actor, queue_url: str, tmp_path: Path
) -> None:
    queue = Queue(queue_url)
    with a_worker(tmp_path, queue_url) as worker:
        run_id = start(institute, omid, 3)
        for _ in range(11):
            queue.ask_to_execute(run_id)
        until(lambda: state(institute, run_id) not in run.ACTIVE)
        assert state(institute, run_id) == RunState.FINISHED
        assert queue.is_attended(now())
        with institute.begin() as session:
            assert session.scalar(select(func.count()).select_from(Plan)) == 1
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def test_a_run_that_the_queue_has_lost_is_found_in_the_database(
    institute: Sessions, omid: Actor, tmp_path: Path
) -> None:
    run_id = start(institute, omid, 2)
    with a_worker(tmp_path, f"sqlite:///{tmp_path / 'queue.db'}"):
        until(lambda: state(institute, run_id) == RunState.FINISHED)


def test_a_run_whose_worker_was_killed_is_failed_and_never_running_for_ever(
    institute: Sessions, omid: Actor, tmp_path: Path
) -> None:
    run_id = start(institute, omid, 600)
    with a_worker(tmp_path, f"sqlite:///{tmp_path / 'queue.db'}") as worker:
        until(lambda: state(institute, run_id) == RunState.RUNNING)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
    assert state(institute, run_id) == RunState.RUNNING
    assert run.fail_stale(institute, now() + run.SILENT_FOR + timedelta(seconds=1)) == [run_id]
    shown = run.show(institute, omid, run_id)
    assert "killed" in shown.run.error
    assert shown.plan is None


def test_a_worker_that_is_told_to_stop_ends_within_seconds_and_its_run_says_why(
    institute: Sessions, omid: Actor, tmp_path: Path
) -> None:
    run_id = start(institute, omid, 600)
    with a_worker(tmp_path, f"sqlite:///{tmp_path / 'queue.db'}") as worker:
        until(lambda: state(institute, run_id) == RunState.RUNNING)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    shown = run.show(institute, omid, run_id)
    assert shown.run.state == RunState.FAILED
    assert "stopped" in shown.run.error
