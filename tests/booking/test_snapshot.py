"""What is asked, booked and closed, as the problem that the core gets."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from schedtest.booking.draft import placements_of, solution_of
from schedtest.booking.institute import read_institute
from schedtest.booking.snapshot import Snapshot, read_situation, take_snapshot
from schedtest.models import (
    Booking,
    Campaign,
    Closure,
    Confidentiality,
    Crew,
    Dependency,
    Device,
    DeviceHold,
    Part,
    Procedure,
    RequestDevice,
    RequestRoute,
    Segment,
    State,
    TestRequest,
)
from schedtest.models.database import Sessions, writing
from schedtest.scheduling.check import check
from schedtest.scheduling.problem import Fixed, Mode, Objective, Placing, Precedence, Resource, Task, Window
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Rounds
from tests.rows import a_booking, a_campaign, a_request, an_article

MONDAY = date(2026, 7, 13)
NOW = datetime(2026, 7, 13, 5, tzinfo=UTC)  # eight in the morning at the institute
SLOTS_A_DAY = 48


@pytest.fixture
def session(nami_sessions: Sessions) -> Iterator[Session]:
    with writing(nami_sessions) as session:
        yield session


def at(day: int, hour: float) -> datetime:
    """An hour on the institute's clock, days counted from the Monday."""
    return datetime(2026, 7, 13, tzinfo=UTC) + timedelta(days=day, hours=hour - 3)


def slot(day: int, hour: float) -> int:
    return round(day * SLOTS_A_DAY + hour * 2)


def asked(session: Session, code: str, campaign: Campaign | None = None, **given: Any) -> TestRequest:
    procedure = session.scalars(select(Procedure).where(Procedure.code == code)).one()
    return a_request(session, campaign, procedure=procedure, state=given.pop("state", State.APPROVED), **given)


def snapshot(session: Session, weeks: int = 4, now: datetime = NOW) -> Snapshot:
    session.flush()
    return take_snapshot(
        read_situation(session, read_institute(session), starts_on=MONDAY, weeks=weeks, now=now), Objective()
    )


def task(snapshot: Snapshot, request: TestRequest, part: Part = Part.TEST) -> Task:
    return next(
        snapshot.problem.task_by_id[name]
        for name, wanted in snapshot.wanted.items()
        if (wanted.request.id, wanted.part) == (request.id, part)
    )


def mode(snapshot: Snapshot, request: TestRequest, mode_id: str) -> Mode:
    return task(snapshot, request).mode(mode_id)


def resource(snapshot: Snapshot, name: str) -> Resource:
    return next(resource for resource in snapshot.problem.resources if resource.id == name)


def lags(snapshot: Snapshot, before: Task, after: Task) -> list[Precedence]:
    return [p for p in snapshot.problem.precedences if (p.before, p.after) == (before.id, after.id)]


def test_a_test_is_two_tasks_of_which_the_preparation_comes_first_and_only_with_it(session: Session) -> None:
    request = asked(session, "T06")
    taken = snapshot(session)
    preparation, test = task(taken, request, Part.PREPARATION), task(taken, request)
    assert [m.id for m in preparation.modes] == ["GARAGE"]
    [link] = lags(taken, preparation, test)
    assert (link.min_lag, link.max_lag, link.together) == (0, request.procedure.prep_valid_min // 30, True)


def test_a_test_takes_its_road_its_people_its_devices_and_its_article(session: Session) -> None:
    request = asked(session, "T06")
    wanted = mode(snapshot(session), request, "R26")
    assert dict(wanted.uses) == {
        f"article {request.article_id}": 1,
        "driver P4": 1,
        "engineer": 2,
        "VDA-01": 1,
        "VDA-02": 1,
    }
    assert dict(wanted.devices) == {"STR-R": 1, "IMU-6": 1, "GNS-R": 1, "DAQ-8": 1}
    assert ("SURF-VDA-01", "dry") in wanted.states


def test_extra_devices_and_people_are_added_to_the_procedures_own(session: Session) -> None:
    request = asked(session, "T06", extra_engineers=1, extra_drivers=2)
    imu = next(demand.device_type for demand in request.procedure.devices if demand.device_type.code == "IMU-6")
    request.devices.append(RequestDevice(device_type_id=imu.id, amount=2))
    wanted = mode(snapshot(session), request, "R26")
    assert dict(wanted.devices)["IMU-6"] == 3
    assert dict(wanted.uses)["engineer"] == 3
    assert dict(wanted.uses)["driver P4"] == 3


def test_only_the_routes_that_were_accepted_are_ways(session: Session) -> None:
    every = asked(session, "T15")
    one = asked(session, "T15")
    choice = next(number for number, routes in one.procedure.route_choices.items() if routes[0].code == "R35")
    one.routes.append(RequestRoute(choice=choice))
    taken = snapshot(session)
    assert [m.id for m in task(taken, every).modes] == ["R34", "R35"]
    assert [m.id for m in task(taken, one).modes] == ["R35"]


def test_routes_of_one_choice_are_driven_in_one_booking(session: Session) -> None:
    campaign = a_campaign(session, category="M3")
    request = asked(session, "T03", campaign, article=an_article(session, campaign, category="M3"))
    [way] = task(snapshot(session), request).modes
    assert way.id == "R28+R18"
    assert {"BRK-02", "MTN-03"} <= dict(way.uses).keys()
    assert dict(way.uses)["driver P6"] == 1


def test_exclusive_use_takes_every_place_on_the_road(session: Session) -> None:
    shared, alone = asked(session, "T34"), asked(session, "T34", exclusive=True)
    taken = snapshot(session)
    road = resource(taken, "CMF-01")
    assert dict(mode(taken, shared, "R33").uses)["CMF-01"] == 1
    assert dict(mode(taken, alone, "R33").uses)["CMF-01"] == road.capacity > 1


def test_a_confidential_zone_is_held_under_one_manufacturer(session: Session) -> None:
    closed = a_campaign(session, confidentiality=Confidentiality.CLOSED)
    hidden, ordinary = asked(session, "T06", closed), asked(session, "T06")
    taken = snapshot(session)
    assert dict(mode(taken, hidden, "R26").states)["zone HAND"] == f"organisation {closed.organisation_id}"
    assert dict(mode(taken, ordinary, "R26").states)["zone HAND"] == "open"
    zone = next(state for state in taken.problem.state_resources if state.id == "zone HAND")
    assert zone.slots_between("open", f"organisation {closed.organisation_id}") == 1


def test_a_test_begins_no_earlier_than_asked_and_no_earlier_than_the_notice(session: Session) -> None:
    campaign = a_campaign(session, release_on=date(2026, 7, 20), due_on=date(2026, 7, 24))
    later, soon = asked(session, "T06", campaign), asked(session, "T06", release_on=date(2026, 7, 1))
    taken = snapshot(session)
    assert task(taken, later).release == slot(7, 0)
    assert task(taken, later).due == slot(12, 0)
    assert task(taken, soon).release == slot(2, 8)


def test_what_is_not_approved_is_not_planned(session: Session) -> None:
    for state in set(State) - {State.APPROVED, State.NOT_PLACED, State.BOOKED, State.UNDER_WAY}:
        asked(session, "T06", state=state)
    assert not snapshot(session).problem.tasks


def test_a_crew_is_as_large_as_its_shifts_say(session: Session) -> None:
    drivers = resource(snapshot(session), "driver P4")
    off_duty = {(closure.start, closure.end): closure.amount for closure in drivers.closures}
    assert off_duty[0, slot(0, 6)] == drivers.capacity
    assert not any(start <= slot(0, 10) < end for start, end in off_duty)


def test_a_closed_road_and_a_device_at_calibration_are_closures(session: Session) -> None:
    segment = session.scalars(select(Segment).where(Segment.code == "BRK-02")).one()
    session.add(Closure(segment_id=segment.id, starts=at(1, 8), ends=at(1, 10.2), reason="resurfacing", entered_at=NOW))
    device = session.scalars(select(Device).where(Device.code == "STR-R-001")).one()
    device.calibrated_on = date(2026, 7, 24) - timedelta(days=device.type.cal_interval_days)
    taken = snapshot(session)
    assert resource(taken, "BRK-02").closures == ((slot(1, 8), slot(1, 10.5), 1),)
    [away] = next(row for row in taken.problem.devices if row.id == "STR-R-001").closures
    assert (away.start, away.end) == (slot(4, 0), slot(11, 0))


def test_the_usual_order_holds_for_one_article_and_between_test_and_next_preparation(session: Session) -> None:
    campaign = a_campaign(session)
    article = an_article(session, campaign)
    intake = asked(session, "T39", campaign, article=article)
    circle = asked(session, "T09", campaign, article=article)
    elsewhere = asked(session, "T09", campaign)
    taken = snapshot(session)
    assert lags(taken, task(taken, intake), task(taken, circle, Part.PREPARATION))
    assert not lags(taken, task(taken, intake), task(taken, elsewhere, Part.PREPARATION))


def test_a_destructive_test_is_the_articles_last(session: Session) -> None:
    campaign = a_campaign(session)
    article = an_article(session, campaign)
    crash = asked(session, "T24", campaign, article=article)
    others = [asked(session, code, campaign, article=article) for code in ("T05", "T12", "T34")]
    taken = snapshot(session)
    for other in others:
        assert lags(taken, task(taken, other), task(taken, crash, Part.PREPARATION))


def test_what_is_asked_for_comes_before_what_is_usual(session: Session) -> None:
    campaign = a_campaign(session)
    article = an_article(session, campaign)
    intake, circle = (asked(session, code, campaign, article=article) for code in ("T39", "T09"))
    session.add(Dependency(before_id=circle.id, after_id=intake.id, min_lag_min=45, max_lag_min=100))
    taken = snapshot(session)
    [link] = lags(taken, task(taken, circle), task(taken, intake))
    assert (link.min_lag, link.max_lag) == (2, 3)
    assert not lags(taken, task(taken, intake), task(taken, circle, Part.PREPARATION))


def booked(session: Session, request: TestRequest, starts: datetime, **given: Any) -> list[Booking]:
    """The test on its road, with the preparation just before."""
    request.state = State.BOOKED
    hours = timedelta(minutes=request.procedure.duration_min)
    before = timedelta(minutes=request.procedure.preparation_min)
    return [
        a_booking(
            session, request=request, part=Part.PREPARATION, starts=starts - before, ends=starts, mode="GARAGE", **given
        ),
        a_booking(session, request=request, starts=starts, ends=starts + hours, mode="R26", **given),
    ]


def test_a_frozen_booking_is_fixed_and_the_rest_of_the_plan_is_the_baseline(session: Session) -> None:
    soon, later = asked(session, "T06"), asked(session, "T06")
    booked(session, soon, at(1, 11))
    booked(session, later, at(8, 11))
    taken = snapshot(session)
    assert task(taken, soon).fixed == Fixed(slot(1, 11), "R26")
    assert task(taken, soon, Part.PREPARATION).fixed == Fixed(slot(1, 8), "GARAGE")
    assert task(taken, later).fixed is None
    assert Placing(task(taken, later).id, slot(8, 11), "R26") in taken.problem.baseline
    assert len(taken.problem.baseline) == 2


def test_a_frozen_booking_on_a_road_that_is_closed_may_move(session: Session) -> None:
    request = asked(session, "T06")
    booked(session, request, at(1, 11))
    segment = session.scalars(select(Segment).where(Segment.code == "VDA-01")).one()
    session.add(Closure(segment_id=segment.id, starts=at(1, 12), ends=at(2, 0), reason="ice", entered_at=NOW))
    assert task(snapshot(session), request).fixed is None


def test_a_frozen_booking_whose_device_broke_may_move(session: Session) -> None:
    request = asked(session, "T06")
    [_, test] = booked(session, request, at(1, 11))
    device = session.scalars(select(Device).where(Device.code == "STR-R-001")).one()
    test.device_holds.append(DeviceHold(device_id=device.id, starts=test.starts, ends=test.ends))
    session.add(Closure(device_id=device.id, starts=at(0, 7), ends=at(5, 0), reason="broken", entered_at=NOW))
    assert task(snapshot(session), request).fixed is None


def test_a_preparation_that_has_begun_stands_though_a_device_of_its_test_broke(session: Session) -> None:
    """The test finds its place within the time that the preparation is good for, with another device."""
    request = asked(session, "T06")
    [preparation, test] = booked(session, request, at(0, 9))
    preparation.started_at = preparation.starts
    device = session.scalars(select(Device).where(Device.code == "STR-R-001")).one()
    test.device_holds.append(DeviceHold(device_id=device.id, starts=test.starts, ends=test.ends))
    assert task(snapshot(session), request).fixed is not None
    session.add(Closure(device_id=device.id, starts=at(0, 7), ends=at(5, 0), reason="broken", entered_at=NOW))
    taken = snapshot(session)
    begun, free = task(taken, request, Part.PREPARATION), task(taken, request)
    assert begun.fixed == Fixed(slot(0, 6), "GARAGE")
    assert free.fixed is None
    valid = request.procedure.prep_valid_min // 30
    assert Precedence(before=begun.id, after=free.id, max_lag=valid) in taken.problem.precedences
    [assignment] = [one for one in solve(taken.problem, stop=Rounds(1)).assignments if one.task == free.id]
    assert assignment.start <= slot(0, 9) + valid
    assert "STR-R-001" not in dict(assignment.devices)["STR-R"]


def test_a_preparation_of_last_week_is_done_anew_when_its_test_has_to_move(session: Session) -> None:
    request = asked(session, "T06")
    [preparation, _] = booked(session, request, at(0, 9))
    preparation.starts, preparation.ends, preparation.started_at = at(-3, 8), at(-3, 11), at(-3, 8)
    segment = session.scalars(select(Segment).where(Segment.code == "VDA-01")).one()
    session.add(Closure(segment_id=segment.id, starts=at(0, 8), ends=at(2, 0), reason="ice", entered_at=NOW))
    taken = snapshot(session)
    assert [task(taken, request, part).fixed for part in Part] == [None, None]


def test_decided_work_keeps_its_devices_and_they_are_away_for_all_others(session: Session) -> None:
    decided, other = asked(session, "T06"), asked(session, "T06")
    [_, test] = booked(session, decided, at(1, 11))
    robot = session.scalars(select(Device).where(Device.code == "STR-R-003")).one()
    robot.type.turnaround_min = 60
    test.device_holds.append(DeviceHold(device_id=robot.id, starts=test.starts, ends=test.ends))
    taken = snapshot(session)
    assert task(taken, decided).modes[0].devices == ()
    assert dict(task(taken, other).modes[0].devices)["STR-R"] == 1
    closures = next(device.closures for device in taken.problem.devices if device.id == "STR-R-003")
    assert Window(slot(1, 11) - 2, slot(1, 15) + 2) in closures
    solution = solve(taken.problem, stop=Rounds(1))
    placements = {(row.request_id, row.part): row for row in placements_of(taken, solution)}
    assert placements[decided.id, Part.TEST].devices == {"STR-R": ["STR-R-003"]}
    assert check(taken.problem, solution_of(taken, placements.values())) == []


def test_decided_work_has_its_people_though_the_rota_has_changed_since(session: Session) -> None:
    request = asked(session, "T06")
    booked(session, request, at(1, 11))
    for crew in session.scalars(select(Crew)):
        session.add(Closure(crew_id=crew.id, starts=at(0, 0), ends=at(6, 0), reason="ill", entered_at=NOW))
    taken = snapshot(session)
    uses = dict(task(taken, request).modes[0].uses)
    crews = {name: amount for name, amount in uses.items() if name.startswith(("driver", "engineer"))}
    free = {
        name: resource(taken, name).capacity
        - sum(closed.amount for closed in resource(taken, name).closures if closed.start <= slot(1, 12) < closed.end)
        for name in ("engineer", "technician", *(name for name in crews if name.startswith("driver")))
    }
    assert {name: amount for name, amount in free.items() if amount} == crews
    assert solve(taken.problem, stop=Rounds(1)).status is not Status.INFEASIBLE


def test_work_under_way_is_cut_at_the_start_of_the_horizon(session: Session) -> None:
    request = asked(session, "T06")
    preparation, test = booked(session, request, at(0, -2), started_at=at(-1, 19))
    preparation.finished_at = at(0, -2)
    taken = snapshot(session)
    [only] = taken.problem.tasks
    assert only is task(taken, request)
    assert only.fixed == Fixed(0, "R26")
    assert only.modes[0].duration == slot(0, 2)
    assert test.ends == at(0, 2)


def test_what_is_booked_after_the_horizon_stays_out_of_the_problem(session: Session) -> None:
    request = asked(session, "T06")
    booked(session, request, at(40, 11))
    assert not snapshot(session, weeks=4).problem.tasks


def test_a_test_waits_for_a_booking_outside_the_problem(session: Session) -> None:
    campaign = a_campaign(session)
    article = an_article(session, campaign)
    first, second = (asked(session, code, campaign, article=article) for code in ("T09", "T10"))
    preparation, test = booked(session, first, at(29, 11))
    test.mode = "R24"
    taken = snapshot(session, weeks=4)
    assert {wanted.request.id for wanted in taken.wanted.values()} == {second.id}
    assert task(taken, second, Part.PREPARATION).release == slot(29, 15)
    assert preparation.starts == at(29, 9)


def test_what_is_decided_stands_though_surfaces_dry_slower_later_in_the_horizon(session: Session) -> None:
    wet, dry = asked(session, "T11"), asked(session, "T01")
    a_booking(session, request=wet, mode="R29+R30", starts=at(1, 6), ends=at(1, 10))
    a_booking(session, request=dry, mode="R28", starts=at(1, 12), ends=at(1, 16))
    taken = snapshot(session, weeks=13)  # in October a wet lane takes four hours to dry
    lane = next(row for row in taken.problem.state_resources if row.id == "SURF-BRK-02")
    lengths = {(change.before, change.after): change.slots for change in lane.transitions}
    states = {request.id: dict(task(taken, request).modes[0].states)[lane.id] for request in (wet, dry)}
    assert lengths["wet", "dry"] == 8
    assert lengths[states[wet.id], states[dry.id]] == 4
    assert solve(taken.problem, stop=Rounds(0), workers=1, seed=1).conflict is None


def test_a_booked_test_is_not_moved_to_this_very_day(session: Session) -> None:
    later = asked(session, "T06")
    booked(session, later, at(8, 11))
    assert task(snapshot(session), later).release >= slot(2, 8)
