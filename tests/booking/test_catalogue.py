"""The catalogue in the database: loaded whole or not at all, and written out as it was."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from schedtest.booking import catalogue
from schedtest.booking.access import SYSTEM, Actor, Forbidden
from schedtest.booking.opening import Opening, Windows, intersection, merged
from schedtest.catalogue import folder
from schedtest.models import (
    Closure,
    Crew,
    CrewKind,
    Daylight,
    Device,
    DeviceType,
    Event,
    Facility,
    Holiday,
    Permit,
    Procedure,
    RequestRoute,
    Role,
    Route,
    Segment,
    Site,
    permit_for,
)
from schedtest.models.database import Sessions, open_sessions, writing
from tests.rows import a_request, hours

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of one's own with the packaged files, to change."""
    return Path(shutil.copytree(folder(), tmp_path / "catalogue"))


@pytest.fixture
def loaded(sessions: Sessions) -> Sessions:
    catalogue.load(sessions, SYSTEM, folder(), NOW)
    return sessions


@pytest.fixture(scope="module")
def nami(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    """The institute as it comes with the package, loaded once for tests that only read it."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("nami") / "schedtest.db")
    sessions = open_sessions(f"sqlite:///{path}")
    catalogue.load(sessions, SYSTEM, folder(), NOW)
    yield sessions
    sessions.kw["bind"].dispose()


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def one(session: Session, model, code: str):
    return session.scalars(select(model).filter_by(code=code)).one()


def refused(sessions: Sessions, files: Path) -> list[str]:
    with pytest.raises(catalogue.Faulty) as caught:
        catalogue.load(sessions, SYSTEM, files, NOW)
    return [str(fault) for fault in caught.value.faults]


def test_loading_the_same_again_changes_nothing_and_exports_it_byte_for_byte(loaded, tmp_path):
    again = catalogue.load(loaded, SYSTEM, folder(), NOW)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert again.rows > 3000
    catalogue.export(loaded, SYSTEM, tmp_path / "out")
    names = sorted(file.name for file in folder().glob("*.csv"))
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == names
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (folder() / name).read_bytes(), name


def test_a_load_leaves_an_entry_in_the_history(nami):
    with nami() as session:
        event = session.scalars(select(Event)).one()
        assert (event.action, event.at, event.after["devices"]) == ("catalogue.loaded", NOW, 3000)


def test_only_an_administrator_loads_and_exports(sessions, tmp_path):
    manager = Actor(1, "Manager", Role.MANAGER)
    with pytest.raises(Forbidden):
        catalogue.load(sessions, manager, folder(), NOW)
    with pytest.raises(Forbidden):
        catalogue.export(sessions, manager, tmp_path)


def test_loading_again_changes_rows_and_keeps_what_refers_to_them(loaded, files, tmp_path):
    with loaded() as session:
        segment_id = one(session, Segment, "BRK-02").id
    change(files / "segments.csv", "Brake lane high-grip asphalt,BRAK,300", "Brake lane new asphalt,BRAK,299")
    change(files / "routes.csv", "BRK-01>BRK-02>BRK-07", "BRK-07>BRK-02>BRK-01")
    change(files / "devices.csv", "ACC-1-002,ACC-1,ACC1-21-02298,2025-11-13\n", "")
    change(files / "zones.csv", "COBB,", "NEW,New,no,0\nCOBB,")
    done = catalogue.load(loaded, SYSTEM, files, NOW)
    assert (done.added, done.changed, done.removed) == (1, 2, 1)
    with loaded() as session:
        segment = one(session, Segment, "BRK-02")
        assert (segment.id, segment.name, segment.length_m) == (segment_id, "Brake lane new asphalt", 299)
        assert [passed.code for passed in one(session, Route, "R28").segments] == ["BRK-07", "BRK-02", "BRK-01"]
        assert session.scalars(select(Device).filter_by(code="ACC-1-002")).all() == []
    catalogue.export(loaded, SYSTEM, tmp_path / "out")
    exported = catalogue.read(tmp_path / "out")
    assert exported.tables["routes"] == catalogue.read(files).tables["routes"]


def test_a_code_may_change_and_serial_numbers_may_pass_from_one_device_to_another(loaded, files):
    change(files / "facility.csv", "NAMI,", "GROUND,")
    change(files / "devices.csv", "ACC-1-001,ACC-1,ACC1-22-02270", "ACC-1-901,ACC-1,ACC1-22-02270")
    change(files / "devices.csv", "ACC1-21-02298", "swap")
    change(files / "devices.csv", "ACC1-12-02320", "ACC1-21-02298")
    change(files / "devices.csv", "swap", "ACC1-12-02320")
    done = catalogue.load(loaded, SYSTEM, files, NOW)
    assert (done.added, done.changed, done.removed) == (2, 2, 2)
    with loaded() as session:
        serials = {code: one(session, Device, code).serial for code in ("ACC-1-901", "ACC-1-002", "ACC-1-003")}
    assert list(serials.values()) == ["ACC1-22-02270", "ACC1-12-02320", "ACC1-21-02298"]


def test_with_any_fault_nothing_is_loaded(sessions, files):
    change(files / "procedure_order.csv", "T01,T02", "T01,T99")
    assert refused(sessions, files) == [
        "procedure_order.csv, line 2, column after: expected a code from procedures.csv, found 'T99'"
    ]
    with sessions() as session:
        assert session.scalars(select(Facility)).all() == []


def test_what_is_in_use_cannot_vanish_from_the_files(loaded, files):
    with writing(loaded) as session:
        device = one(session, Device, "ACC-1-002")
        session.add(Closure(device_id=device.id, starts=hours(0), ends=hours(1), reason="broken", entered_at=NOW))
    change(files / "devices.csv", "ACC-1-002,ACC-1,ACC1-21-02298,2025-11-13\n", "")
    change(files / "zones.csv", "Noise", "Silence")
    assert refused(loaded, files) == [
        "devices.csv, column code: expected a row for ACC-1-002, which 1 of closure refer to, found none"
    ]
    catalogue.load(loaded, SYSTEM, folder(), NOW)


def test_a_choice_of_routes_keeps_its_number_and_stays_while_requests_name_it(loaded, files):
    with writing(loaded) as session:
        procedure = one(session, Procedure, "T09")
        request = a_request(session, procedure=procedure)
        (number,) = procedure.route_choices
        session.add(RequestRoute(request_id=request.id, choice=number))
    change(files / "procedures.csv", "OPT-S:1 STW-M:1,R24\n", "OPT-S:1 STW-M:1,R07|R24\n")
    catalogue.load(loaded, SYSTEM, files, NOW)
    with loaded() as session:
        choices = one(session, Procedure, "T09").route_choices
        assert [route.code for route in choices[number]] == ["R24"]
        assert [route.code for route in choices[number + 1]] == ["R07"]
    change(files / "procedures.csv", "OPT-S:1 STW-M:1,R07|R24\n", "OPT-S:1 STW-M:1,R07\n")
    assert refused(loaded, files) == [
        "procedures.csv, line 10, column routes: expected the choice R24, which requests name, found none"
    ]


@pytest.fixture(scope="module")
def ways(nami: Sessions) -> list[tuple[Procedure, list[Route], Site | None, Windows]]:
    """Every procedure on each choice of routes and at each site, and when it may be worked on in 2027."""
    with nami() as session:
        opening = an_opening(session)
        sites = session.scalars(select(Site)).all()
        return [
            (procedure, routes, site, opening.of_test(procedure, routes, site))
            for procedure in session.scalars(select(Procedure))
            for routes in list(procedure.route_choices.values()) or [[]]
            for site in [site for site in sites if site.kind == procedure.site_kind] or [None]
        ]


def an_opening(session: Session) -> Opening:
    facility = session.scalars(select(Facility)).one()
    holidays, daylight = session.scalars(select(Holiday)).all(), session.scalars(select(Daylight)).all()
    return Opening(facility, holidays, daylight, date(2027, 1, 1), date(2027, 12, 31))


@pytest.fixture(scope="module")
def on_duty(nami: Sessions) -> Callable[[CrewKind, Permit | None, int], Windows]:
    """When in 2027 so many people of one kind and permit are there, each shift by itself."""
    with nami() as session:
        opening = an_opening(session)
        crews = [(crew, opening.of_calendar(crew.calendar)) for crew in session.scalars(select(Crew))]

    def windows(kind: CrewKind, permit: Permit | None, people: int) -> Windows:
        shifts = [
            times for crew, times in crews if (crew.kind, crew.permit) == (kind, permit) and crew.people >= people
        ]
        return merged(window for times in shifts for window in times)

    return windows


def test_every_test_fits_into_a_window_in_which_its_people_are_on_duty(ways, on_duty):
    for procedure, routes, _, windows in ways:
        staffed = windows
        if procedure.engineers:
            staffed = intersection(staffed, on_duty(CrewKind.ENGINEER, None, procedure.engineers))
        for category in procedure.categories if procedure.drivers else ():
            permit = permit_for(category, [route.permit for route in routes])
            staffed = intersection(staffed, on_duty(CrewKind.DRIVER, permit, procedure.drivers))
        if procedure.interruptible:
            assert staffed == windows, f"{procedure.code} would stop in working time for want of people"
        else:
            longest = max(ends - starts for starts, ends in staffed)
            assert longest >= timedelta(minutes=procedure.duration_min), procedure.code


def test_every_preparation_fits_into_a_window_of_its_places(nami):
    with nami() as session:
        opening = an_opening(session)
        for procedure in session.scalars(select(Procedure)):
            for site in session.scalars(select(Site).filter_by(kind=procedure.prep_site_kind)):
                longest = max(ends - starts for starts, ends in opening.of_calendar(site.calendar))
                assert longest >= timedelta(minutes=procedure.preparation_min), procedure.code


def test_a_device_comes_back_calibrated_after_every_interval_for_ever():
    kind = DeviceType(code="IMU-6", cal_interval_days=365, cal_duration_days=7)
    device = Device(code="IMU-6-001", type=kind, calibrated_on=date(2025, 9, 10))
    assert device.last_calibration(date(2026, 9, 9)) == date(2025, 9, 10)
    assert device.next_calibration(date(2026, 9, 9)) == date(2026, 9, 10)
    assert device.last_calibration(date(2026, 9, 10)) == date(2026, 9, 10)
    # 3 September 2026 is a Thursday; in 2027 the 3rd is a Friday; in 2028 the 2nd is a Saturday, so it leaves on Friday
    assert list(device.calibrations(date(2026, 9, 9), date(2028, 9, 1))) == [
        (date(2026, 9, 3), date(2026, 9, 10)),
        (date(2027, 9, 3), date(2027, 9, 10)),
        (date(2028, 9, 1), date(2028, 9, 9)),
    ]
    assert list(device.calibrations(date(2026, 9, 10), date(2027, 9, 2))) == []


def test_on_any_day_of_any_year_nearly_all_devices_are_calibrated(nami):
    with nami() as session:
        devices = session.scalars(select(Device).options(selectinload(Device.type))).all()
        for year in (2026, 2029, 2032):
            for month in (1, 4, 7, 11):
                day = date(year, month, 15)
                away = sum(any(True for _ in device.calibrations(day, day)) for device in devices)
                assert 10 <= away <= 90, day
