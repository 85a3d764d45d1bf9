"""Runs: asked for once, told by their row, ended by whoever sees that they are dead."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from schedtest.booking import run
from schedtest.booking.access import Actor, Forbidden, NotFound, Refused
from schedtest.booking.execute import execute, thinned
from schedtest.models import Event, Facility, LeftOut, Placement, Plan, Procedure, Role, Run, RunState, State
from schedtest.models.database import Sessions, open_sessions, writing
from schedtest.scheduling.problem import Objective
from tests.rows import a_campaign, a_request, a_user

MONDAY = date(2026, 7, 13)
NOW = datetime(2026, 7, 13, 5, tzinfo=UTC)
ACTIONS = ["run.queued", "run.finished"]


def administrator(sessions: Sessions, name: str = "Omid") -> Actor:
    with writing(sessions) as session:
        if session.scalar(select(Facility)) is None:
            session.add(
                Facility(
                    code="PG", name="Proving ground", timezone="Asia/Tehran", country="IR", latitude=35.7,
                    longitude=51.4, slot_min=30, currency="EUR",
                )
            )  # fmt: skip
        return Actor.of(a_user(session, name=name, role=Role.ADMINISTRATOR))


def start(sessions: Sessions, actor: Actor, **given: Any) -> int:
    usual = {"starts_on": MONDAY, "weeks": 2, "seconds": 1, "workers": 1, "now": NOW}
    return run.start(sessions, actor, **{**usual, **given})


def row(sessions: Sessions, run_id: int) -> Run:
    with sessions.begin() as session:
        return session.get_one(Run, run_id)


def test_a_run_is_queued_with_all_that_is_needed_to_repeat_it(sessions: Sessions) -> None:
    omid = administrator(sessions)
    queued = row(sessions, start(sessions, omid, preset="short_stays", seed=7))
    assert (queued.state, queued.seed, queued.preset) == (RunState.QUEUED, 7, "short_stays")
    assert Objective(**queued.weights) == run.PRESETS["short_stays"]
    assert run.waiting(sessions) == [queued.id]


def test_weights_may_be_written_by_hand(sessions: Sessions) -> None:
    queued = row(sessions, start(sessions, administrator(sessions), weights=Objective(unscheduled=9, move=3)))
    assert queued.preset == run.OWN
    assert queued.weights == {"unscheduled": 9, "tardiness": 0, "stay": 0, "cost": 0, "move": 3}


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("weeks", {"weeks": 0}),
        ("weeks", {"weeks": 53}),
        ("seconds", {"seconds": 0}),
        ("workers", {"workers": 0}),
        ("seed", {"seed": -1}),
        ("preset", {"preset": "fastest"}),
        ("stay", {"weights": Objective(unscheduled=1, stay=10**9)}),
        ("unscheduled", {"weights": Objective()}),
        ("starts_on", {"starts_on": MONDAY - timedelta(weeks=2)}),
        ("starts_on", {"starts_on": MONDAY + timedelta(days=1000)}),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(sessions: Sessions, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        start(sessions, administrator(sessions), **given)
    assert refused.value.field == field


def test_nothing_is_planned_without_a_catalogue(sessions: Sessions) -> None:
    with writing(sessions) as session:
        omid = Actor.of(a_user(session, role=Role.ADMINISTRATOR))
    with pytest.raises(Refused, match="no catalogue"):
        start(sessions, omid)


def test_while_one_run_is_queued_or_running_a_second_is_refused_and_told_whose_it_is(sessions: Sessions) -> None:
    first = start(sessions, administrator(sessions, "Omid Rahimi"))
    sara = administrator(sessions, "Sara")
    with pytest.raises(Refused, match=f"Run {first}, started by Omid Rahimi"):
        start(sessions, sara)
    with writing(sessions) as session:
        going_on = session.get_one(Run, first)
        going_on.state, going_on.heartbeat_at = RunState.RUNNING, NOW
    with pytest.raises(Refused, match=f"Run {first}, started by Omid Rahimi"):
        start(sessions, sara)


def test_two_who_start_at_the_same_moment_get_one_run(sessions: Sessions, database_url: str) -> None:
    omid = administrator(sessions)
    other = open_sessions(database_url)

    def try_to_start(by: Sessions) -> int | None:
        try:
            return start(by, omid)
        except Refused:
            return None

    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(try_to_start, [sessions, other] * 4))
    other.kw["bind"].dispose()
    assert sum(one is not None for one in started) == 1
    with sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1


def test_a_queued_run_that_is_cancelled_never_begins(sessions: Sessions) -> None:
    omid = administrator(sessions)
    queued = start(sessions, omid)
    run.cancel(sessions, omid, queued, now=NOW)
    execute(sessions, queued, clock=lambda: NOW)
    assert row(sessions, queued).state == RunState.CANCELLED
    assert row(sessions, queued).started_at is None
    with pytest.raises(Refused, match="over already"):
        run.cancel(sessions, omid, queued, now=NOW)


def test_a_run_whose_worker_fell_silent_is_failed_by_whoever_sees_it(sessions: Sessions) -> None:
    omid = administrator(sessions)
    silent = start(sessions, omid)
    with writing(sessions) as session:
        going_on = session.get_one(Run, silent)
        going_on.state, going_on.heartbeat_at = RunState.RUNNING, NOW
    assert run.fail_stale(sessions, NOW + run.SILENT_FOR) == []
    assert run.fail_stale(sessions, NOW + run.SILENT_FOR + timedelta(seconds=1)) == [silent]
    failed = row(sessions, silent)
    assert failed.state == RunState.FAILED
    assert "fell silent" in failed.error
    assert start(sessions, omid, now=NOW + timedelta(hours=1)) != silent


def test_a_dead_run_does_not_keep_anybody_from_starting_the_next(sessions: Sessions) -> None:
    omid = administrator(sessions)
    dead = start(sessions, omid)
    with writing(sessions) as session:
        going_on = session.get_one(Run, dead)
        going_on.state, going_on.heartbeat_at = RunState.RUNNING, NOW
    start(sessions, omid, now=NOW + timedelta(minutes=5))
    assert row(sessions, dead).state == RunState.FAILED


def test_runs_are_listed_newest_first_page_by_page(sessions: Sessions) -> None:
    omid = administrator(sessions)
    ids = []
    for _ in range(5):
        ids.append(start(sessions, omid))
        run.cancel(sessions, omid, ids[-1], now=NOW)
    shown, total = run.runs(sessions, omid, page=2, size=2)
    assert [one.id for one in shown] == [ids[2], ids[1]]
    assert total == 5


def test_only_an_administrator_starts_runs(sessions: Sessions) -> None:
    manager = Actor(1, "Maryam", Role.MANAGER)
    with pytest.raises(Forbidden):
        start(sessions, manager)
    with pytest.raises(NotFound):
        run.show(sessions, administrator(sessions), 4711)


def test_a_long_trace_is_thinned_to_the_points_that_draw_the_same_curve() -> None:
    trace = [(second / 10, 1000 - second, second) for second in range(1000)]
    few = thinned(trace, 50)
    assert len(few) <= 50
    assert (few[0], few[-1]) == (trace[0], trace[-1])
    assert thinned(trace[:10]) == trace[:10]


@pytest.fixture
def asked(nami_sessions: Sessions) -> Sessions:
    """The packaged institute with four approved tests of one procedure."""
    with writing(nami_sessions) as session:
        procedure = session.scalars(select(Procedure).where(Procedure.code == "T06")).one()
        for _ in range(4):
            a_request(session, procedure=procedure, state=State.APPROVED)
    return nami_sessions


@pytest.mark.slow
def test_a_run_places_what_was_approved_and_writes_one_draft(asked: Sessions) -> None:
    omid = administrator(asked)
    done = start(asked, omid, weeks=4, seconds=5)
    execute(asked, done, clock=lambda: NOW)
    execute(asked, done, clock=lambda: NOW)  # asked for twice, done once
    shown = run.show(asked, omid, done)
    assert shown.run.state == RunState.FINISHED, shown.run.error
    assert (shown.run.asked, shown.run.placed, shown.run.days_late) == (4, 4, 0)
    assert shown.run.trace
    assert shown.left_out == []
    with asked.begin() as session:
        plans = session.scalars(select(Plan)).all()
        assert [plan.run_id for plan in plans] == [done]
        assert session.scalar(select(func.count()).select_from(Placement)) == 8  # each with its preparation
        assert session.scalars(select(Event.action).where(Event.subject == "run")).all() == ACTIONS
    assert json.loads(run.download(asked, omid, done, "problem"))["format"] == "schedtest-problem/1"
    assert json.loads(run.download(asked, omid, done, "solution"))["status"] in ("optimal", "feasible")


@pytest.mark.slow
def test_a_test_without_a_place_is_named_with_its_reason_in_peoples_words(asked: Sessions) -> None:
    with writing(asked) as session:
        procedure = session.scalars(select(Procedure).where(Procedure.code == "T06")).one()
        a_request(session, procedure=procedure, state=State.APPROVED, due_on=MONDAY, deadline_on=MONDAY)
    omid = administrator(asked)
    done = start(asked, omid, weeks=4, seconds=3)
    execute(asked, done, clock=lambda: NOW)
    shown = run.show(asked, omid, done)
    assert (shown.run.asked, shown.run.placed) == (5, 4)
    with asked.begin() as session:
        assert session.scalar(select(func.count()).select_from(LeftOut)) == 1
    [(name, reason, ways)] = shown.left_out
    assert name.startswith("T06 ")
    assert "request " not in reason
    assert ways[0].startswith("a deadline ")
    assert "then it fits from " in ways[0]


@pytest.mark.slow
def test_what_is_out_of_season_is_told_when_its_season_comes(nami_sessions: Sessions) -> None:
    december = datetime(2026, 12, 7, 6, tzinfo=UTC)
    with writing(nami_sessions) as session:
        procedure = session.scalars(select(Procedure).where(Procedure.code == "T06")).one()
        campaign = a_campaign(session, release_on=date(2026, 12, 7), due_on=date(2027, 1, 15))
        a_request(session, campaign, procedure=procedure, state=State.APPROVED)
    omid = administrator(nami_sessions)
    done = start(nami_sessions, omid, starts_on=december.date(), weeks=8, seconds=1, now=december)
    execute(nami_sessions, done, clock=lambda: december)
    [(_, reason, _)] = run.show(nami_sessions, omid, done).left_out
    assert reason == "it is out of season until Fri 16 Apr 2027"


@pytest.mark.slow
def test_a_cancelled_run_keeps_its_best_plan(asked: Sessions) -> None:
    omid = administrator(asked)
    stopped = start(asked, omid, weeks=4, seconds=600)
    calls = iter(range(10**6))

    def clock() -> datetime:
        if next(calls) == 3 and row(asked, stopped).state == RunState.RUNNING:
            run.cancel(asked, omid, stopped, now=NOW)
        return NOW

    execute(asked, stopped, clock=clock)
    shown = run.show(asked, omid, stopped)
    assert shown.run.state in (RunState.CANCELLED, RunState.FINISHED)  # a small problem may be proven before
    assert shown.plan is not None


@pytest.mark.slow
def test_a_run_that_was_failed_meanwhile_writes_no_draft(asked: Sessions) -> None:
    omid = administrator(asked)
    lost = start(asked, omid, weeks=4, seconds=2)
    calls = iter(range(10**6))

    def clock() -> datetime:
        if next(calls) == 3:
            run.fail_stale(asked, NOW + timedelta(hours=1))
        return NOW

    execute(asked, lost, clock=clock)
    assert row(asked, lost).state == RunState.FAILED
    with asked.begin() as session:
        assert session.scalars(select(Plan)).all() == []


def test_with_nothing_to_plan_the_run_says_so(nami_sessions: Sessions) -> None:
    omid = administrator(nami_sessions)
    empty = start(nami_sessions, omid)
    execute(nami_sessions, empty, clock=lambda: NOW)
    assert row(nami_sessions, empty).state == RunState.FAILED
    assert "nothing to plan" in row(nami_sessions, empty).error


def test_a_run_that_breaks_off_says_so_and_is_over(nami_sessions: Sessions) -> None:
    omid = administrator(nami_sessions)
    broken = start(nami_sessions, omid)
    with writing(nami_sessions) as session:
        session.get_one(Run, broken).weights = {"no such weight": 1}
    execute(nami_sessions, broken, clock=lambda: NOW)
    assert row(nami_sessions, broken).state == RunState.FAILED
    assert "TypeError" in row(nami_sessions, broken).error


def test_a_worker_that_is_told_to_stop_fails_its_run_at_once(nami_sessions: Sessions) -> None:
    omid = administrator(nami_sessions)
    stopped = start(nami_sessions, omid)
    execute(nami_sessions, stopped, clock=lambda: NOW, stopping=lambda: True)
    assert row(nami_sessions, stopped).state == RunState.FAILED
    assert "stopped" in row(nami_sessions, stopped).error


def test_the_files_are_kept_packed(nami_sessions: Sessions) -> None:
    omid = administrator(nami_sessions)
    kept = start(nami_sessions, omid)
    execute(nami_sessions, kept, clock=lambda: NOW)
    with nami_sessions.begin() as session:
        packed = session.scalar(select(Run.problem).where(Run.id == kept))
    assert packed is not None
    assert gzip.decompress(packed) == run.download(nami_sessions, omid, kept, "problem")
    with pytest.raises(NotFound):
        run.download(nami_sessions, omid, kept, "solution")
