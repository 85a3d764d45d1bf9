"""What is closed is listed with the booked tests that stand on it, and devices by what the database knows of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from schedtest.booking.access import Actor, Forbidden, NotFound, Refused
from schedtest.booking.closing import close, lift
from schedtest.booking.closures import closures, find, hits, suggestions
from schedtest.booking.devices import device, devices, out_of_use
from schedtest.booking.publish import publish
from schedtest.models import Closure, Event, Role
from schedtest.models.database import Sessions, writing
from tests.drafts import NOW, Draft, asked, at


@pytest.fixture
def sessions(institute_sessions: Sessions) -> Sessions:
    return institute_sessions


@pytest.fixture
def code(sessions: Sessions, manager: Actor) -> str:
    """A device of a test that is booked on R26 next Monday from 11 to 15."""
    with writing(sessions) as session:
        draft = Draft(session)
        devices = draft.place(asked(session, "T06"), at(7, 11))
        plan_id = draft.plan.id
    publish(sessions, manager, plan_id, now=NOW)
    return sorted(one for codes in devices.values() for one in codes)[0]


@pytest.mark.parametrize(
    ("kind", "starts", "ends", "number"),
    [
        ("device", (7, 10), (7, 12), 1),
        ("device", (7, 15), (7, 16), 0),
        ("device", (7, 8), (7, 11), 0),
        ("segment", (7, 14), (8, 0), 1),
        ("site", (0, 8), (20, 0), 1),
        ("crew", (7, 10), (7, 12), 1),
    ],
)
def test_a_closure_hits_what_stands_on_the_thing_meanwhile(
    sessions: Sessions,
    manager: Actor,
    code: str,
    kind: str,
    starts: tuple[int, int],
    ends: tuple[int, int],
    number: int,
) -> None:
    called = {"device": code, "segment": "VDA-01", "site": "GARAGE"}
    thing = find(sessions, manager, kind, called[kind]) if kind in called else engineers(sessions, manager)
    found = hits(
        sessions, manager, kind, thing if isinstance(thing, int) else thing.id, starts=at(*starts), ends=at(*ends),
        now=NOW,
    )  # fmt: skip
    assert [hit.procedure[:3] for hit in found] == ["T06"] * number


def engineers(sessions: Sessions, manager: Actor) -> int:
    return suggestions(sessions, manager, "crew", "ENG")[0].id


def test_a_closure_is_listed_until_it_is_over_with_what_it_hits(sessions: Sessions, manager: Actor, code: str) -> None:
    thing = find(sessions, manager, "device", code.lower())
    close(sessions, manager, "device", thing.id, starts=NOW, ends=at(9, 0), reason="Fell off the roof", now=NOW)
    (closed,), total = closures(sessions, manager, kind="device", search="roof fell", now=NOW)
    assert (closed.thing, len(closed.hits), total) == (thing, 1, 1)
    assert closures(sessions, manager, kind="site", now=NOW) == ([], 0)
    assert closures(sessions, manager, search="rain", now=NOW) == ([], 0)
    assert closures(sessions, manager, now=at(9, 0)) == ([], 0)


def test_closures_come_by_pages_in_the_order_asked_for(sessions: Sessions, manager: Actor) -> None:
    things = suggestions(sessions, manager, "device", "")[:5]
    for number, thing in enumerate(things):
        starts, ends = at(9 - number, 0), at(20 + number, 0)
        close(sessions, manager, "device", thing.id, starts=starts, ends=ends, reason="Away", now=NOW)
    first, total = closures(sessions, manager, page=1, size=2, now=NOW)
    last, _ = closures(sessions, manager, page=3, size=2, now=NOW)
    assert total == 5
    assert [row.thing for row in (*first, *last)] == [things[4], things[3], things[0]]
    by_code, _ = closures(sessions, manager, sort="thing", descending=True, now=NOW)
    assert [row.thing for row in by_code] == things[::-1]


def test_what_is_taken_back_is_open_again_and_stays_in_the_history(
    sessions: Sessions, manager: Actor, code: str
) -> None:
    thing = find(sessions, manager, "device", code)
    number = close(sessions, manager, "device", thing.id, starts=NOW, ends=at(9, 0), reason="Broken", now=NOW)
    lifted = lift(sessions, manager, number, now=NOW)
    assert (lifted.kind, lifted.thing_id, lifted.starts, lifted.ends) == ("device", thing.id, NOW, at(9, 0))
    with sessions.begin() as session:
        assert session.get(Closure, number) is None
        event = session.scalars(select(Event).where(Event.action == "closure.lifted")).one()
        assert (event.actor_name, event.subject_id, event.reason) == ("Maryam", number, "Broken")
    with pytest.raises(NotFound):
        lift(sessions, manager, number, now=NOW)


def test_what_makes_no_sense_is_refused_at_its_field(sessions: Sessions, manager: Actor) -> None:
    thing = suggestions(sessions, manager, "device", "")[0]
    for field, given in {
        "reason": {"reason": " "},
        "ends": {"ends": NOW - timedelta(hours=1)},
    }.items():
        with pytest.raises(Refused) as refused:
            close(
                sessions, manager, "device", thing.id,
                **{"starts": NOW, "ends": at(1, 0), "reason": "Broken", "now": NOW, **given},
            )  # fmt: skip
        assert refused.value.field == field


def test_manufacturers_see_and_close_nothing(sessions: Sessions) -> None:
    maker = Actor(1, "Leila", Role.MANUFACTURER, 1)
    for deed in (lift, hits, find, suggestions, device):
        with pytest.raises(Forbidden):
            deed(sessions, maker, 1, 1)  # type: ignore[operator]
    for listing in (closures, devices, out_of_use):
        with pytest.raises(Forbidden):
            listing(sessions, maker, now=NOW)  # type: ignore[operator]


def test_the_database_counts_calibrations_as_the_model_does(sessions: Sessions, manager: Actor) -> None:
    for days in range(0, 400, 37):
        rows, total = devices(sessions, manager, size=5000, now=NOW + timedelta(days=days))
        assert len(rows) == total == 3000
        last = rows[0].today + timedelta(days=5000)
        assert all((row.leaves_on, row.back_on) == next(row.device.calibrations(row.today, last)) for row in rows)
        away, due = out_of_use(sessions, manager, now=NOW + timedelta(days=days))
        assert away == sum(row.is_at_calibration for row in rows)
        assert due == devices(sessions, manager, show="due", now=NOW + timedelta(days=days))[1]


def test_devices_are_found_by_what_is_out_of_use_and_sorted_by_the_database(
    sessions: Sessions, manager: Actor, code: str
) -> None:
    thing = find(sessions, manager, "device", code)
    _, before = devices(sessions, manager, show="out", now=NOW)
    close(sessions, manager, "device", thing.id, starts=NOW, ends=at(9, 0), reason="Broken", now=NOW)
    out, after = devices(sessions, manager, show="out", sort="closed", descending=True, now=NOW)
    assert (after, out[0].device.code, out[0].closed_until) == (before + 1, code, at(9, 0))
    soon, _ = devices(sessions, manager, show="due", within_days=7, sort="calibration", now=NOW)
    leaving = [row.leaves_on for row in soon]
    assert leaving == sorted(leaving)
    assert all(timedelta(0) < day - soon[0].today <= timedelta(days=7) for day in leaving)
    (one,), total = devices(sessions, manager, search=code.lower(), now=NOW)
    assert (one.device.code, total) == (code, 1)


def test_a_device_tells_its_closures_and_what_it_is_booked_for(sessions: Sessions, manager: Actor, code: str) -> None:
    thing = find(sessions, manager, "device", code)
    close(sessions, manager, "device", thing.id, starts=at(7, 0), ends=at(9, 0), reason="Broken", now=NOW)
    view = device(sessions, manager, thing.id, now=NOW)
    ((closure, hit),) = view.closures
    assert (closure.reason, hit) == ("Broken", view.bookings)
    assert [(row.starts, row.ends, row.places) for row in view.bookings] == [(at(7, 11), at(7, 15), ("R26",))]
    assert view.row.closed_until is None
    with pytest.raises(NotFound):
        device(sessions, manager, 10**6, now=NOW)
