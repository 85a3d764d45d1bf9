# ruff: noqa: E501
"""The institute's files: the facts of the one that comes with the package, and what is said of faulty ones."""

import csv
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from schedtest.catalogue import folder
from schedtest.catalogue.faults import Faulty
from schedtest.catalogue.files import Catalogue, read, write


@pytest.fixture(scope="module")
def nami() -> Catalogue:
    return read(folder())


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder of one's own with the packaged files, to spoil."""
    return Path(shutil.copytree(folder(), tmp_path / "catalogue"))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def faults(path: Path) -> list[str]:
    with pytest.raises(Faulty) as caught:
        read(path)
    return [str(fault) for fault in caught.value.faults]


# The facts


def test_there_are_115_km_of_track_in_69_segments(nami):
    segments = nami.values("segments")
    assert len(segments) == 69
    assert sum(segment["length_m"] for segment in segments) == 115_000


def test_there_are_40_routes_and_they_pass_over_every_segment(nami):
    routes = nami.values("routes")
    assert len(routes) == 40
    passed = {code for route in routes for code in route["segments"]}
    assert passed == {segment["code"] for segment in nami.values("segments")}


def test_there_are_3000_devices_of_53_types_none_without_a_device(nami):
    devices = nami.values("devices")
    assert len(devices) == 3000
    types = {row["code"] for row in nami.values("device_types")}
    assert len(types) == 53
    assert {device["type"] for device in devices} == types


def test_every_route_and_every_kind_of_site_serves_some_procedure(nami):
    procedures = nami.values("procedures")
    routes = {code for row in procedures for choice in row["routes"] for code in choice}
    assert routes == {route["code"] for route in nami.values("routes")}
    kinds = {kind for row in procedures for kind in (row["site_kind"], row["prep_site_kind"]) if kind is not None}
    assert kinds == {site["kind"] for site in nami.values("sites")}


def test_there_are_50_procedures_some_of_them_in_parts(nami):
    parts = Counter(row["code"][:3] for row in nami.values("procedures"))
    assert sorted(parts) == [f"T{number:02}" for number in range(1, 51)]
    assert {code: count for code, count in parts.items() if count > 1} == {"T23": 2, "T29": 2, "T30": 6}


def test_every_calibration_of_a_type_with_few_devices_leaves_most_of_them(nami):
    """A type's devices go to calibration one after the other, not all at once."""
    types = {row["code"]: row for row in nami.values("device_types")}
    days = {code: [] for code in types}
    for device in nami.values("devices"):
        days[device["type"]].append(device["calibrated_on"])
    for code, calibrated in days.items():
        interval, duration = types[code]["cal_interval_days"], types[code]["cal_duration_days"]
        assert max(calibrated) < date(2026, 1, 1)
        away = [sum(0 <= (other - day).days % interval < duration for other in calibrated) for day in calibrated]
        assert max(away) <= max(1, len(calibrated) // 5), code


# What is accepted


def test_the_files_are_written_as_they_were_read(nami, tmp_path):
    write(tmp_path, {table: nami.values(table) for table in nami.tables})
    for file in folder().glob("*.csv"):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="byte-order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda text: (text + "\n,,,,,,,,,\n\n").encode(), id="empty last lines"),
        pytest.param(lambda text: text.replace(",", ";").encode(), id="semicolons"),
        pytest.param(lambda text: text.replace(",", "\t").encode("utf-16"), id="UTF-16 with tabs"),
        pytest.param(lambda text: text.replace(",", " , ").encode(), id="spaces round the cells"),
        pytest.param(lambda text: text.rstrip("\n").encode(), id="no newline at the end"),
    ],
)
def test_what_a_spreadsheet_makes_of_a_file_reads_the_same(nami, copied, spoil):
    file = copied / "segments.csv"
    file.write_bytes(spoil(file.read_text()))
    assert read(copied).values("segments") == nami.values("segments")


def test_columns_may_come_in_any_order(nami, copied):
    file = copied / "crews.csv"
    with file.open() as opened:
        rows = list(csv.DictReader(opened))
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(reversed(rows[0])))
        writer.writeheader()
        writer.writerows(rows)
    assert read(copied).values("crews") == nami.values("crews")


# What is refused, and how it is said


def test_every_fault_of_every_file_is_told_at_once(copied):
    change(copied / "segments.csv", "ADAS,1500,4,1,oneway", "ADAS,long,4,0,round")
    change(copied / "sites.csv", "GARAGE,Garages", "garage,")
    change(copied / "holidays.csv", "2025-01-01", "01.01.2025")
    found = faults(copied)
    assert found == [
        "holidays.csv, line 2, column day: expected a day such as 2026-11-25, found '01.01.2025'",
        "segments.csv, line 2, column length_m: expected a whole number, 1 or more, found 'long'",
        "segments.csv, line 2, column capacity: expected a whole number, 1 or more, found '0'",
        "segments.csv, line 2, column direction: expected one of ring, switchable, oneway, both, free, found 'round'",
        "sites.csv, line 11, column code: expected a code of capital letters and digits with hyphens between, "
        "30 at most, found 'garage'",
        "sites.csv, line 11, column name: expected a text of 1 to 200 characters on one line, found nothing",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("routes", "RNG-01>RNG-02", "RNG-01>RNG-99", "routes.csv, line 2, column segments: expected a code from segments.csv, found 'RNG-99'"),
        ("routes", "RNG-01>RNG-02", "RNG-01>RNG-01", "column segments: expected codes, each once"),
        ("routes", "3000.00", "3000.0001", "column hour_price: expected an amount such as 14000.00"),
        ("routes", "M1 M2 M3", "M1 X2 M3", "column categories: expected one or more of M1 M2 M3 N1 N2 N3 O L"),
        ("routes", "any,12,-25,40", "any,12,41,40", "column temp_max_c: expected temp_min_c 41 or more, found 40"),
        ("routes", "DIR-RING:cw", "", "column states: expected a state of DIR-RING, for the route passes over it"),
        ("routes", "DIR-RING:cw", "DIR-RING:up", "column states: expected for DIR-RING one of ccw, cw, found up"),
        ("routes", "DIR-RING:cw", "DIR-RING:cw DIR-DYN:N", "expected no state of DIR-DYN, for the route is not on it"),
        ("devices", "ACC-1-002,", "ACC-1-001,", "devices.csv, line 3, column code: expected each code once, found 'ACC-1-001' as in line 2"),
        ("devices", "ACC1-21-02298", "ACC1-22-02270", "devices.csv, line 3, column serial: expected each serial once"),
        ("devices", "ACC-1-002,ACC-1,", "ACC-1-002,ACC-9,", "column type: expected a code from device_types.csv, found 'ACC-9'"),
        ("devices", "2025-11-28", "2025-02-30", "column calibrated_on: expected a day such as 2026-11-25, found '2025-02-30'"),
        ("device_types", ",365,3,", ",3,365,", "column cal_duration_days: expected at most the interval of 3, found 365"),
        ("procedures", "MET-W:1 PED-F:1", "MET-W:15 PED-F:1", "column devices: expected at most 14 of MET-W, as in devices.csv, found 15"),
        ("procedures", "MET-W:1 PED-F:1", "MET-W PED-F:1", "column devices: expected CODE:amount with spaces between"),
        ("procedures", "garage,4320,,1,2,2,dry", "garage,4320,,9,2,2,dry", "column drivers: expected at most 8, the drivers with P4 in crews.csv, found 9"),
        ("procedures", "garage,4320,,1,2,2,dry", "garage,4320,,1,99,2,dry", "column engineers: expected at most 24 as in crews.csv, found 99"),
        ("procedures", "garage,4320,,1,2,2,dry", ",4320,,1,2,2,dry", "column prep_site_kind: expected where it is prepared, found nothing"),
        ("procedures", "PED-F:1,R28\n", "PED-F:1,\n", "column routes: expected routes or a site_kind, found neither"),
        ("procedures", "PED-F:1,R28\n", "PED-F:1,R12\n", "column routes: expected a choice open to vehicles of M1, found none"),
        ("procedures", "PED-F:1,R28\n", "PED-F:1,R28|R28\n", "column routes: expected codes, with + between"),
        ("sites", "EMC chamber,emc", "EMC chamber,sled", "column site_kind: expected a kind of site that sites.csv has, found emc"),
        ("crews", "driver,P1,EVENING", "driver,,EVENING", "column permit: expected the permit of these drivers, found nothing"),
        ("crews", "engineer,,EVENING", "engineer,P1,EVENING", "expected nothing, for only drivers have permits, found P1"),
        ("facility", "Europe/Moscow", "Europe/Dmitrov", "column timezone: expected a time zone such as Europe/Moscow"),
        ("seasons", "04-16", "04-31", "column opens: expected a month and a day such as 04-16, found '04-31'"),
        ("daylight", "09:00,16:12", "16:12,09:00", "column sunset: expected a time after 16:12, found 09:00"),
        ("calendar_windows", "00:00", "24:00", "column starts: expected a time of day such as 06:30, found '24:00'"),
        ("zones", ",yes,", ",ja,", "column confidential: expected yes or no, found 'ja'"),
        ("state_resources", "dry", "dry\nSURF-X,Nowhere,XXX-01,dry", "column segments: expected a code from segments.csv, found 'XXX-01'"),
        ("state_changes", "both,N,15", "N,N,15", "column after: expected another state than before, found N"),
        ("procedure_order", "T01,T02\n", "T01,T02\nT02,T01\n", "expected an order without a circle, found T02 before T01 before T02"),
    ],
)  # fmt: skip
def test_a_fault_says_where_it_is_what_was_expected_and_what_was_found(copied, file, old, new, fault):
    change(copied / f"{file}.csv", old, new)
    assert any(fault in line for line in faults(copied)), faults(copied)


def test_a_missing_file_an_unknown_column_and_a_missing_one_are_faults_of_their_own(copied):
    (copied / "zones.csv").unlink()
    change(copied / "sites.csv", "capacity", "places")
    assert faults(copied) == [
        "zones.csv: expected a file that can be read, found No such file or directory",
        "sites.csv, line 1, column 'places': expected no columns but code, name, kind, capacity, calendar, found it",
        "sites.csv, line 1, column capacity: expected this column, found none",
    ]


def test_a_row_with_a_cell_too_many_is_named_by_its_line(copied):
    change(copied / "zones.csv", "Noise,", "Noise, loud,")
    assert faults(copied) == ["zones.csv, line 12: expected 4 cells as in the header, found 5"]


def test_a_line_is_counted_as_an_editor_counts_it(copied):
    file = copied / "zones.csv"
    file.write_text(
        file.read_text()
        .replace("ADAS,Driver assistance", '\n\nADAS,"Driver\nassistance"')
        .replace("Noise,yes", "Noise,no?")
    )
    assert [line.split(":")[0] for line in faults(copied)] == [
        "zones.csv, line 4, column name",
        "zones.csv, line 15, column confidential",
    ]


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-16-le"])
def test_a_file_in_another_encoding_is_one_fault_that_says_how_to_save_it(copied, encoding):
    change(copied / "zones.csv", "Noise", "Шум")
    file = copied / "zones.csv"
    file.write_bytes(file.read_text().encode(encoding))
    (fault,) = faults(copied)
    assert fault.startswith("zones.csv: expected text in UTF-8 (in a spreadsheet, save the file as 'CSV UTF-8')")


@pytest.mark.parametrize("text", ["", "\n\n", 'code,name\n"A', "code,name\nA\0,b"])
def test_a_file_of_nothing_or_of_rubbish_is_a_fault_and_no_traceback(copied, text):
    (copied / "zones.csv").write_text(text)
    assert faults(copied)


def test_a_folder_that_is_not_there_is_one_fault(tmp_path):
    assert faults(tmp_path / "nowhere") == [
        f"{tmp_path / 'nowhere'}: expected a folder with the catalogue's files, found none"
    ]
