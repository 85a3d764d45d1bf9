"""What the files must say together, beyond what stands in each cell."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

from schedtest.models.crew import CrewKind, permit_for
from schedtest.models.procedure import VEHICLE_CATEGORIES
from schedtest.models.segment import Wetting

from .faults import Fault


class Row(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


Tables = Mapping[str, Sequence[Row]]


def faults_of(tables: Tables) -> Iterator[Fault]:
    """All that is wrong between cells, rows and files, each of them sound on its own."""
    yield from _of_facility(tables)
    yield from _of_daylight(tables)
    yield from _of_temperatures(tables)
    yield from _of_states(tables)
    yield from _of_routes(tables)
    yield from _of_crews(tables)
    yield from _of_device_types(tables)
    devices = Counter(row.values["type"] for row in tables["devices"])
    for row in tables["procedures"]:
        yield from _of_preparation(row, tables)
        yield from _of_place(row, tables)
        yield from _of_people(row, tables)
        yield from _of_devices(row, devices)
    yield from _of_order(tables)


def _by_code(tables: Tables, table: str) -> dict[str, Mapping[str, Any]]:
    return {row.values["code"]: row.values for row in tables[table]}


def _of_facility(tables: Tables) -> Iterator[Fault]:
    if len(tables["facility"]) != 1:
        yield Fault("facility.csv", None, None, "one row", f"{len(tables['facility'])}")


def _of_daylight(tables: Tables) -> Iterator[Fault]:
    for row in tables["daylight"]:
        if row.values["sunset"] <= row.values["sunrise"]:
            yield Fault(
                "daylight.csv", row.line, "sunset", f"a time after {row.values['sunrise']:%H:%M}",
                f"{row.values['sunset']:%H:%M}",
            )  # fmt: skip
    if not tables["daylight"] and any(row.values["daylight"] for row in (*tables["routes"], *tables["procedures"])):
        yield Fault("daylight.csv", None, None, "rows, for some routes and procedures need daylight", "none")


def _of_temperatures(tables: Tables) -> Iterator[Fault]:
    for table in ("routes", "procedures"):
        for row in tables[table]:
            coldest, warmest = row.values["temp_min_c"], row.values["temp_max_c"]
            if coldest is not None and warmest is not None and coldest > warmest:
                yield Fault(f"{table}.csv", row.line, "temp_max_c", f"temp_min_c {coldest} or more", f"{warmest}")


def _states(tables: Tables) -> dict[str, set[str]]:
    """By state resource: its states."""
    states = {row.values["code"]: {row.values["initial"]} - {None} for row in tables["state_resources"]}
    for row in tables["state_changes"]:
        states[row.values["state_resource"]] |= {row.values["before"], row.values["after"]}
    return states


def _of_states(tables: Tables) -> Iterator[Fault]:
    for row in tables["state_changes"]:
        if row.values["before"] == row.values["after"]:
            yield Fault("state_changes.csv", row.line, "after", "another state than before", row.values["after"])
    in_a_state = {code for row in tables["state_resources"] for code in row.values["segments"]}
    for row in tables["segments"]:
        wetting = row.values["wetting"]
        if wetting in (Wetting.SWITCHABLE, Wetting.FILLED) and row.values["code"] not in in_a_state:
            yield Fault("segments.csv", row.line, "wetting", "a row for it in state_resources.csv", wetting)


def _of_routes(tables: Tables) -> Iterator[Fault]:
    """A route says the state of all that it passes over, and of nothing else."""
    states = _states(tables)
    carried = {row.values["code"]: set(row.values["segments"]) for row in tables["state_resources"]}
    for row in tables["routes"]:
        named = row.values["states"]
        for code, segments in carried.items():
            passes = not segments.isdisjoint(row.values["segments"])
            if passes and code not in named:
                yield Fault(
                    "routes.csv", row.line, "states", f"a state of {code}, for the route passes over it", "none"
                )
            elif code in named and not passes:
                yield Fault("routes.csv", row.line, "states", f"no state of {code}, for the route is not on it", code)
            elif code in named and named[code] not in states[code]:
                yield Fault(
                    "routes.csv",
                    row.line,
                    "states",
                    f"for {code} one of {', '.join(sorted(states[code]))}",
                    named[code],
                )


def _of_crews(tables: Tables) -> Iterator[Fault]:
    for row in tables["crews"]:
        permit = row.values["permit"]
        if row.values["kind"] == CrewKind.DRIVER and permit is None:
            yield Fault("crews.csv", row.line, "permit", "the permit of these drivers", "nothing")
        elif row.values["kind"] != CrewKind.DRIVER and permit is not None:
            yield Fault("crews.csv", row.line, "permit", "nothing, for only drivers have permits", permit)


def _of_device_types(tables: Tables) -> Iterator[Fault]:
    for row in tables["device_types"]:
        interval, duration = row.values["cal_interval_days"], row.values["cal_duration_days"]
        if duration > interval:
            yield Fault(
                "device_types.csv", row.line, "cal_duration_days", f"at most the interval of {interval}", f"{duration}"
            )


def _of_preparation(row: Row, tables: Tables) -> Iterator[Fault]:
    place, minutes = row.values["prep_site_kind"], row.values["preparation_min"]
    if minutes and place is None:
        yield Fault("procedures.csv", row.line, "prep_site_kind", "where it is prepared", "nothing")
    elif place is not None and not minutes:
        yield Fault("procedures.csv", row.line, "prep_site_kind", "nothing, for preparation_min is 0", place)
    for column in ("prep_site_kind", "site_kind"):
        kind = row.values[column]
        if kind is not None and kind not in {site.values["kind"] for site in tables["sites"]}:
            yield Fault("procedures.csv", row.line, column, "a kind of site that sites.csv has", kind)


def _of_place(row: Row, tables: Tables) -> Iterator[Fault]:
    """It is done on a road or at a site, and each of its vehicles may drive one of its choices."""
    choices = row.values["routes"]
    if not choices and row.values["site_kind"] is None:
        yield Fault("procedures.csv", row.line, "routes", "routes or a site_kind", "neither")
    routes = _by_code(tables, "routes")
    for category in row.values["categories"]:
        if choices and category in VEHICLE_CATEGORIES:
            allowed = (all(category in routes[code]["categories"] for code in choice) for choice in choices)
            if not any(allowed):
                yield Fault("procedures.csv", row.line, "routes", f"a choice open to vehicles of {category}", "none")


def _of_people(row: Row, tables: Tables) -> Iterator[Fault]:
    """There are as many people as it takes; drivers with the permit for each category and one of its choices."""
    on_duty: dict[tuple[str, str | None], int] = {}
    for crew in tables["crews"]:
        key = crew.values["kind"], crew.values["permit"]
        on_duty[key] = max(on_duty.get(key, 0), crew.values["people"])
    for column, kind in (("engineers", CrewKind.ENGINEER), ("technicians", CrewKind.TECHNICIAN)):
        most = on_duty.get((kind, None), 0)
        if row.values[column] > most:
            yield Fault("procedures.csv", row.line, column, f"at most {most} as in crews.csv", f"{row.values[column]}")
    for permit in _permits(row, _by_code(tables, "routes")):
        most = on_duty.get((CrewKind.DRIVER, permit), 0)
        if row.values["drivers"] > most:
            expected = f"at most {most}, the drivers with {permit} in crews.csv"
            yield Fault("procedures.csv", row.line, "drivers", expected, f"{row.values['drivers']}")


def _permits(row: Row, routes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Each that some of its vehicles' drivers must hold on some choice."""
    choices = row.values["routes"] or [()]
    return sorted(
        {
            permit_for(category, [routes[code]["permit"] for code in choice])
            for category in row.values["categories"]
            for choice in choices
        }
    )


def _of_devices(row: Row, there: Mapping[str, int]) -> Iterator[Fault]:
    for code, amount in row.values["devices"].items():
        if amount > there[code]:
            expected = f"at most {there[code]} of {code}, as in devices.csv"
            yield Fault("procedures.csv", row.line, "devices", expected, f"{amount}")


def _of_order(tables: Tables) -> Iterator[Fault]:
    order: TopologicalSorter[str] = TopologicalSorter()
    for row in tables["procedure_order"]:
        order.add(row.values["after"], row.values["before"])
    try:
        order.prepare()
    except CycleError as error:
        yield Fault("procedure_order.csv", None, None, "an order without a circle", " before ".join(error.args[1]))
