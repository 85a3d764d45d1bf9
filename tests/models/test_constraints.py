"""What must never be in the database is refused by the database, whoever writes it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, Enum
from sqlalchemy.orm.exc import StaleDataError

from schedtest.models import Base, Closure, Dependency, Event, Part, Placement, Plan, PlanState, Role, Run, RunState
from schedtest.models.database import Sessions, writing
from tests import rows
from tests.models.raw import execute, insert, refused
from tests.models.test_holds import at_once
from tests.rows import MONDAY, hours


def a_run(session: Any, **given: Any) -> Run:
    usual = {
        "requested_by": rows.a_user(session), "created_at": MONDAY, "starts_on": date(2026, 7, 13), "weeks": 13,
        "seconds": 60, "preset": "on time first", "weights": {},
    }  # fmt: skip
    run = Run(**{**usual, **given})
    session.add(run)
    session.flush()
    return run


# Plans


def test_two_plans_are_never_published(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        rows.a_plan(session, state=PlanState.PUBLISHED)
        draft = rows.a_plan(session).id
    with refused(engine, "uq_plan_published|plan.state") as connection:
        execute(
            connection,
            "UPDATE plan SET state = 'published', published_at = :at WHERE id = :draft",
            at=MONDAY,
            draft=draft,
        )


def test_a_plan_is_published_when_the_one_before_has_been_superseded(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        rows.a_plan(session, state=PlanState.PUBLISHED)
        rows.a_plan(session)
    with engine.begin() as connection:
        execute(connection, "UPDATE plan SET state = 'superseded' WHERE state = 'published'")
        execute(connection, "UPDATE plan SET state = 'published', published_at = :at WHERE state = 'draft'", at=MONDAY)


def test_two_people_who_publish_at_the_same_moment_do_not_both_succeed(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        drafts = [rows.a_plan(session).id for _ in range(2)]

    def publish(draft: int) -> str:
        try:
            with engine.begin() as connection:
                execute(
                    connection, "UPDATE plan SET state = 'published', published_at = :at WHERE id = :id",
                    at=MONDAY, id=draft,
                )  # fmt: skip
        except Exception as error:
            return type(error).__name__
        return "published"

    assert sorted(at_once(*(lambda draft=draft: publish(draft) for draft in drafts))) == ["IntegrityError", "published"]


def test_a_published_plan_says_since_when(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        rows.a_plan(session)
    with refused(engine, "published_at_some_time") as connection:
        execute(connection, "UPDATE plan SET state = 'published'")


def test_a_change_made_on_an_older_reading_of_a_plan_is_refused(sessions: Sessions) -> None:
    with writing(sessions) as session:
        plan = rows.a_plan(session)
    with writing(sessions) as session:
        session.get_one(Plan, plan.id).state = PlanState.DISCARDED
    plan.state = PlanState.SUPERSEDED
    with pytest.raises(StaleDataError), writing(sessions) as session:
        session.add(plan)


def test_a_part_of_a_test_has_one_place_in_a_plan(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        placement = Placement(
            plan=rows.a_plan(session),
            request=rows.a_request(session),
            part=Part.TEST,
            starts=MONDAY,
            ends=hours(4),
            mode="R28",
        )
        session.add(placement)
    with refused(engine, "(?i)unique") as connection:
        insert(
            connection, "placement", plan_id=placement.plan_id, request_id=placement.request_id, part="test",
            starts=hours(5), ends=hours(9), mode="R28", routes="", devices="{}", pieces="[]",
        )  # fmt: skip


def test_a_part_of_a_test_is_booked_once(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        booking = rows.a_booking(session)
    with refused(engine, "(?i)unique") as connection:
        insert(
            connection, "booking", request_id=booking.request_id, part="test", plan_id=booking.plan_id,
            starts=hours(5), ends=hours(9), mode="R28",
        )  # fmt: skip


# Runs


@pytest.mark.parametrize("state", ["queued", "running"])
def test_two_runs_are_never_queued_or_running(sessions: Sessions, engine: Engine, state: str) -> None:
    with writing(sessions) as session:
        a_run(session, state=RunState(state))
        a_run(session, state=RunState.FINISHED)
    with refused(engine, "uq_run_active|run.state") as connection:
        execute(connection, f"UPDATE run SET state = '{state}'")


def test_a_run_makes_one_draft(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        run = a_run(session)
        rows.a_plan(session, run=run)
        other = rows.a_plan(session).id
    with refused(engine, "(?i)unique") as connection:
        execute(connection, "UPDATE plan SET run_id = :run WHERE id = :plan", run=run.id, plan=other)


# History


@pytest.fixture
def event(sessions: Sessions) -> Event:
    with writing(sessions) as session:
        user = rows.a_user(session)
        event = Event(at=MONDAY, actor_name="Sara", action="user.created", subject="user", subject_id=user.id)
        session.add(event)
    return event


@pytest.mark.parametrize(
    "change", ["UPDATE event SET actor_name = 'Nobody'", "UPDATE event SET after = NULL", "DELETE FROM event"]
)
def test_history_is_not_changed(engine: Engine, event: Event, change: str) -> None:
    with refused(engine, "event_append_only") as connection:
        execute(connection, change)


def test_history_is_not_replaced_or_emptied(engine: Engine, event: Event) -> None:
    if engine.dialect.name == "sqlite":
        rule, change = "event_append_only", "REPLACE INTO event SELECT id, at, actor_id, 'Nobody', organisation_id,"
        change += " action, subject, subject_id, before, after, reason FROM event"
    else:
        rule, change = "event_never_emptied", "TRUNCATE event CASCADE"
    with refused(engine, rule) as connection:
        execute(connection, change)


def test_a_user_who_is_in_the_history_is_not_deleted(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        user = rows.a_user(session)
        session.add(Event(at=MONDAY, actor_id=user.id, actor_name="Sara", action="x", subject="user", subject_id=1))
    with refused(engine, "(?i)foreign key") as connection:
        execute(connection, 'DELETE FROM "user"')


# Accounts


def test_a_manufacturer_has_an_organisation_and_nobody_else_has(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        manager = rows.a_user(session, role=Role.MANAGER)
        manufacturer = rows.a_user(session, role=Role.MANUFACTURER, organisation=rows.an_organisation(session))
    with refused(engine, "manufacturer_has_organisation") as connection:
        execute(connection, 'UPDATE "user" SET organisation_id = NULL WHERE id = :id', id=manufacturer.id)
    with refused(engine, "manufacturer_has_organisation") as connection:
        execute(connection, "UPDATE \"user\" SET role = 'manufacturer' WHERE id = :id", id=manager.id)


def test_an_address_belongs_to_one_account_however_it_is_written(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        first, second = (rows.a_user(session) for _ in range(2))
    with refused(engine, "(?i)unique") as connection:
        execute(connection, 'UPDATE "user" SET email = :email WHERE id = :id', email=first.email, id=second.id)
    with refused(engine, "email_lower") as connection:
        execute(connection, 'UPDATE "user" SET email = :email WHERE id = :id', email=first.email.upper(), id=second.id)


# Requests


def test_a_request_is_for_an_article_of_its_own_campaign(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        rows.a_request(session)
        other = rows.an_article(session, rows.a_campaign(session)).id
    with refused(engine, "(?i)foreign key") as connection:
        execute(connection, "UPDATE test_request SET article_id = :other", other=other)


def test_a_test_depends_on_tests_of_its_own_campaign_only(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        campaign = rows.a_campaign(session)
        before, after = (rows.a_request(session, campaign) for _ in range(2))
        other = rows.a_request(session)
        session.add(Dependency(before=before, after=after))
    with refused(engine, "dependency_one_campaign") as connection:
        insert(connection, "dependency", before_id=before.id, after_id=other.id, min_lag_min=0)
    with refused(engine, "dependency_one_campaign") as connection:
        execute(connection, "UPDATE dependency SET after_id = :other", other=other.id)
    with refused(engine, "two_tests") as connection:
        execute(connection, "UPDATE dependency SET after_id = before_id")
    with refused(engine, "lags_in_order") as connection:
        execute(connection, "UPDATE dependency SET max_lag_min = -1")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("priority = 0", "priority_range"),
        ("priority = 5", "priority_range"),
        ("release_on = '2026-08-02', due_on = '2026-08-01'", "release_before_due"),
        ("due_on = '2026-08-02', deadline_on = '2026-08-01'", "due_before_deadline"),
    ],
)
@pytest.mark.parametrize("table", ["campaign", "test_request"])
def test_dates_are_in_order_and_priorities_go_from_1_to_4(
    sessions: Sessions, engine: Engine, table: str, change: str, rule: str
) -> None:
    with writing(sessions) as session:
        rows.a_request(session)
    with refused(engine, rule) as connection:
        execute(connection, f"UPDATE {table} SET {change}")


# Time


def test_a_closure_closes_exactly_one_thing(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        device, segment = rows.a_device(session), rows.a_segment(session)
        session.add(Closure(device_id=device.id, starts=MONDAY, ends=hours(4), reason="repair", entered_at=MONDAY))
    with refused(engine, "of_one_thing") as connection:
        execute(connection, "UPDATE closure SET segment_id = :segment", segment=segment.id)
    with refused(engine, "of_one_thing") as connection:
        execute(connection, "UPDATE closure SET device_id = NULL")


@pytest.mark.parametrize(
    "table", ["plan", "placement", "booking", "device_hold", "road_hold", "article_hold", "closure"]
)
def test_nothing_ends_before_it_starts(sessions: Sessions, engine: Engine, table: str) -> None:
    with writing(sessions) as session:
        booking = rows.a_booking(session)
        device, segment = rows.a_device(session), rows.a_segment(session)
        times = {"starts": MONDAY, "ends": hours(4)}
        session.add(Placement(plan=booking.plan, request=booking.request, part=Part.TEST, mode="R28", **times))
        session.add(Closure(device_id=device.id, reason="repair", entered_at=MONDAY, **times))
        session.flush()
        for hold, thing in (("device", device), ("segment", segment), ("article", booking.request.article)):
            table_of = {"device": "device_hold", "segment": "road_hold", "article": "article_hold"}[hold]
            insert(session.connection(), table_of, booking_id=booking.id, **{f"{hold}_id": thing.id}, **times)
    with refused(engine, f"ck_{table}_not_empty") as connection:
        execute(connection, f"UPDATE {table} SET ends = starts")


def test_every_pair_of_starts_and_ends_is_in_that_test() -> None:
    clock_times = {"calendar_window"}  # may pass midnight
    spans = {name for name, table in Base.metadata.tables.items() if {"starts", "ends"} <= set(table.columns.keys())}
    parameters = next(mark for mark in test_nothing_ends_before_it_starts.pytestmark if mark.args[0] == "table").args[1]
    assert spans - clock_times == set(parameters)


# Words


def test_a_word_that_is_no_state_is_refused(sessions: Sessions, engine: Engine) -> None:
    with writing(sessions) as session:
        rows.a_booking(session)
    for table, column in (("test_request", "state"), ("plan", "state"), ("booking", "part"), ("user", "role")):
        with refused(engine, f"ck_{table}_") as connection:
            execute(connection, f"UPDATE \"{table}\" SET {column} = 'lost'")


def test_every_column_of_words_is_checked_by_the_database() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    unchecked = [column for column in columns if isinstance(column.type, Enum) and not column.type.create_constraint]
    assert unchecked == []
