"""A device, a road, an article is held once at a time, whoever writes the rows."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from schedtest.models.database import Sessions, writing
from tests import rows
from tests.models.raw import execute, insert, refused
from tests.rows import hours

THINGS: dict[str, tuple[str, Callable[[Session], object]]] = {
    "device_hold": ("device_id", rows.a_device),
    "road_hold": ("segment_id", rows.a_segment),
    "article_hold": ("article_id", lambda session: rows.an_article(session, rows.a_campaign(session))),
}


@dataclass(frozen=True)
class Held:
    """A thing that one booking holds from hour 4 to hour 8, another such thing, and another booking."""

    table: str
    kept: str
    thing: int
    other_thing: int
    booking: int
    other_booking: int

    @property
    def rule(self) -> str:
        return f"{self.table}_once"

    def hold(self, start: float, end: float, *, thing: int | None = None) -> dict[str, object]:
        return {
            self.kept: thing or self.thing,
            "booking_id": self.other_booking,
            "starts": hours(start),
            "ends": hours(end),
        }


@pytest.fixture(params=THINGS)
def held(request: pytest.FixtureRequest, sessions: Sessions, engine: Engine) -> Held:
    kept, make = THINGS[request.param]
    with writing(sessions) as session:
        things = [make(session).id for _ in range(2)]
        bookings = [rows.a_booking(session).id for _ in range(2)]
    held = Held(request.param, kept, *things, *bookings)
    with engine.begin() as connection:
        insert(connection, held.table, **{**held.hold(4, 8), "booking_id": held.booking})
    return held


@pytest.mark.parametrize(("start", "end"), [(4, 8), (5, 7), (3, 5), (7, 9), (3, 9), (7.999, 8.001)])
def test_nothing_is_held_twice_at_a_time(engine: Engine, held: Held, start: float, end: float) -> None:
    with refused(engine, held.rule) as connection:
        insert(connection, held.table, **held.hold(start, end))


@pytest.mark.parametrize(("start", "end"), [(0, 4), (8, 12)])
def test_one_hold_may_begin_when_another_ends(engine: Engine, held: Held, start: float, end: float) -> None:
    with engine.begin() as connection:
        insert(connection, held.table, **held.hold(start, end))


def test_two_things_are_held_at_a_time(engine: Engine, held: Held) -> None:
    with engine.begin() as connection:
        insert(connection, held.table, **held.hold(4, 8, thing=held.other_thing))


@pytest.mark.parametrize("change", ["starts = :start", f"{'{kept}'} = :thing"])
def test_a_hold_is_not_moved_onto_another(engine: Engine, held: Held, change: str) -> None:
    with engine.begin() as connection:
        insert(connection, held.table, **held.hold(8, 12))
        insert(connection, held.table, **held.hold(4, 8, thing=held.other_thing))
    with refused(engine, held.rule) as connection:
        execute(
            connection,
            f"UPDATE {held.table} SET {change.format(kept=held.kept)}"
            f" WHERE booking_id = :booking AND {held.kept} = {held.thing if 'start' in change else held.other_thing}",
            booking=held.other_booking,
            **({"start": hours(7)} if "start" in change else {"thing": held.thing}),
        )


def test_a_hold_may_move_within_its_own_time(engine: Engine, held: Held) -> None:
    with engine.begin() as connection:
        execute(connection, f"UPDATE {held.table} SET starts = :starts", starts=hours(5))


def test_a_hold_goes_with_its_booking(engine: Engine, held: Held) -> None:
    with engine.begin() as connection:
        execute(connection, "DELETE FROM booking WHERE id = :booking", booking=held.booking)
        assert execute(connection, f"SELECT count(*) FROM {held.table}").scalar() == 0
        insert(connection, held.table, **held.hold(4, 8))


def test_a_hold_of_a_booking_that_does_not_exist_is_refused(engine: Engine, held: Held) -> None:
    with refused(engine, "(?i)foreign key") as connection:
        insert(connection, held.table, **{**held.hold(8, 12), "booking_id": 1_000_000})


def test_of_two_who_write_at_the_same_moment_one_is_refused(engine: Engine, held: Held) -> None:
    for day in range(1, 11):
        start = 24 * day
        outcomes = at_once(
            lambda start=start: write(engine, held, start, start + 4),
            lambda start=start: write(engine, held, start + 2, start + 6),
        )
        assert sorted(outcomes) == ["refused", "written"]


def write(engine: Engine, held: Held, start: float, end: float) -> str:
    try:
        with engine.begin() as connection:
            insert(connection, held.table, **held.hold(start, end))
    except (IntegrityError, OperationalError):  # PostgreSQL may find that each waits for the other, and end one
        return "refused"
    return "written"


def at_once(*deeds: Callable[[], str]) -> list[str]:
    """Each in a thread of its own with a connection of its own, let go together."""
    gate, outcomes = Barrier(len(deeds)), []

    def run(deed: Callable[[], str]) -> None:
        gate.wait()
        outcomes.append(deed())

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
