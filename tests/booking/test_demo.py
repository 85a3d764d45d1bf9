"""The demo begun in each season. Slow: each makes the whole of it, with short runs of the solver."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from schedtest.booking import demo, publish
from schedtest.booking.access import Actor
from schedtest.booking.demo import NO_TIME_LEFT
from schedtest.models import Booking, Closure, Organisation, State, TestRequest, User
from schedtest.models.database import Sessions, open_sessions
from schedtest.models.plan import LeftOut, Plan, PlanState
from schedtest.models.run import Run, RunState

pytestmark = pytest.mark.slow

DAYS = (date(2027, 1, 15), date(2027, 4, 14), date(2027, 7, 14), date(2026, 11, 18))


# The tests of one demo run in one worker, which makes it once.
@pytest.fixture(
    scope="module",
    params=[pytest.param(day, id=f"{day:%B}", marks=pytest.mark.xdist_group(f"demo-{day}")) for day in DAYS],
)
def story(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Sessions, datetime]:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    path.write_bytes(sqlite_template.read_bytes())
    sessions = open_sessions(f"sqlite:///{path}")
    now = datetime(request.param.year, request.param.month, request.param.day, 6, tzinfo=UTC)
    demo.make(sessions, now, seconds=10)
    return sessions, now


def test_it_has_the_size_and_every_state_that_the_pages_show(story: tuple[Sessions, datetime]) -> None:
    sessions, _ = story
    with sessions.begin() as session:
        assert session.scalar(select(func.count(Organisation.id))) >= 12
        states = Counter(session.scalars(select(TestRequest.state)))
    assert states.total() >= 600
    assert set(states) == set(State) - {State.CANCELLED}


def test_runs_place_all_that_can_be_placed(story: tuple[Sessions, datetime]) -> None:
    sessions, _ = story
    with sessions.begin() as session:
        assert set(session.scalars(select(Run.state))) == {RunState.FINISHED}
        left_out = session.scalars(select(TestRequest).join(LeftOut, LeftOut.request_id == TestRequest.id)).unique()
        assert {request.campaign.name.partition(": ")[2] for request in left_out} == {NO_TIME_LEFT}


def test_the_draft_breaks_no_rule_and_keeps_off_the_broken_device(story: tuple[Sessions, datetime]) -> None:
    sessions, now = story
    with sessions.begin() as session:
        draft = session.scalars(select(Plan).where(Plan.state == PlanState.DRAFT)).one()
        manager = Actor.of(session.scalars(select(User).where(User.email == "manager@nami.example")).one())
        closure = session.scalars(select(Closure)).one()
        hit = [
            booking
            for booking in session.scalars(select(Booking))
            if any(hold.device_id == closure.device_id for hold in booking.device_holds)
            and closure.starts < booking.ends
            and booking.starts < closure.ends
        ]
    assert hit
    assert publish.broken_rules(sessions, manager, draft.id, now=now) == []


def test_two_weeks_lie_behind_and_a_plan_ahead(story: tuple[Sessions, datetime]) -> None:
    sessions, now = story
    with sessions.begin() as session:
        bookings = session.scalars(select(Booking)).all()
    assert any(booking.finished_at and booking.starts < now - timedelta(days=7) for booking in bookings)
    assert any(booking.starts > now + timedelta(weeks=4) for booking in bookings)
    assert all((booking.starts <= now) == (booking.started_at is not None) for booking in bookings)


def test_the_draft_can_be_published(story: tuple[Sessions, datetime]) -> None:
    """The last test of each demo, for it changes it."""
    sessions, now = story
    with sessions.begin() as session:
        draft = session.scalars(select(Plan).where(Plan.state == PlanState.DRAFT)).one()
        manager = Actor.of(session.scalars(select(User).where(User.email == "manager@nami.example")).one())
    publish.publish(sessions, manager, draft.id, now=now)
    with sessions.begin() as session:
        assert session.get_one(Plan, draft.id).state == PlanState.PUBLISHED
