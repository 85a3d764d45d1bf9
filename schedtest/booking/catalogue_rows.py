"""Between the cells of the catalogue's files and the rows of the database, both ways."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from schedtest.catalogue.tables import TABLES, Table
from schedtest.models import (
    Calendar,
    CalendarWindow,
    Crew,
    Daylight,
    Device,
    DeviceType,
    Facility,
    Holiday,
    Procedure,
    ProcedureDevice,
    ProcedureOrder,
    ProcedureRoute,
    Route,
    RouteSegment,
    RouteState,
    Season,
    Segment,
    Site,
    StateChange,
    StateResource,
    StateSegment,
    Zone,
)

MODELS: Mapping[str, type[Any]] = {
    "facility": Facility,
    "zones": Zone,
    "seasons": Season,
    "calendars": Calendar,
    "calendar_windows": CalendarWindow,
    "holidays": Holiday,
    "daylight": Daylight,
    "segments": Segment,
    "state_resources": StateResource,
    "state_changes": StateChange,
    "routes": Route,
    "sites": Site,
    "crews": Crew,
    "device_types": DeviceType,
    "devices": Device,
    "procedures": Procedure,
    "procedure_order": ProcedureOrder,
}
PARTS: tuple[type[Any], ...] = (ProcedureDevice, ProcedureRoute, RouteSegment, RouteState, StateSegment)

Key = tuple[str, ...]
Find = Callable[[str, str], Any]
"""(table, code) to the row."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column whose cell is kept in rows of its own: the model's attribute, and the way there and back."""

    attribute: str
    value: Callable[[Any], Any]
    rows: Callable[[Any, Any, Find], list[Any]]


def choice_numbers(procedure: Procedure) -> dict[frozenset[str], int]:
    """By the routes of each choice: its number."""
    choices = procedure.route_choices.items()
    return {frozenset(route.code for route in routes): number for number, routes in choices}


def _choice_rows(procedure: Procedure, choices: Sequence[Sequence[str]], find: Find) -> list[ProcedureRoute]:
    """A choice that there was keeps its number, for requests name it; a new one gets a number never used so far."""
    numbers = choice_numbers(procedure)
    unused = max(numbers.values(), default=0) + 1
    rows = []
    for choice in choices:
        number = numbers.get(frozenset(choice))
        if number is None:
            number, unused = unused, unused + 1
        rows += [
            ProcedureRoute(choice=number, position=position, route=find("routes", code))
            for position, code in enumerate(choice)
        ]
    return rows


LISTS = {
    ("state_resources", "segments"): ListColumn(
        "segments",
        lambda resource: tuple(segment.code for segment in resource.segments),
        lambda resource, codes, find: [find("segments", code) for code in codes],
    ),
    ("routes", "segments"): ListColumn(
        "path",
        lambda route: tuple(step.segment.code for step in route.path),
        lambda route, codes, find: [
            RouteSegment(position=position, segment=find("segments", code)) for position, code in enumerate(codes)
        ],
    ),
    ("routes", "states"): ListColumn(
        "states",
        lambda route: {need.state_resource.code: need.state for need in route.states},
        lambda route, states, find: [
            RouteState(state_resource=find("state_resources", code), state=state) for code, state in states.items()
        ],
    ),
    ("procedures", "devices"): ListColumn(
        "devices",
        lambda procedure: {need.device_type.code: need.amount for need in procedure.devices},
        lambda procedure, amounts, find: [
            ProcedureDevice(device_type=find("device_types", code), amount=amount) for code, amount in amounts.items()
        ],
    ),
    ("procedures", "routes"): ListColumn(
        "routes",
        lambda procedure: tuple(tuple(route.code for route in routes) for routes in procedure.route_choices.values()),
        _choice_rows,
    ),
}


def key_of(table: Table, values: Mapping[str, Any]) -> Key:
    """What tells a row from all others of its table, as it is written."""
    return tuple(column.kind.write(values[column.name]) for column in table.columns if column.name in table.key)


def rows_by_key(session: Session) -> dict[str, dict[Key, Any]]:
    """All rows of the catalogue, by table. Tables come before those that name them, so no name takes a query."""
    found: dict[str, dict[Key, Any]] = {}
    for table in TABLES:
        model = MODELS[table.name]
        lists = [getattr(model, column.attribute) for (name, _), column in LISTS.items() if name == table.name]
        rows = session.scalars(select(model).options(*map(selectinload, lists)))
        found[table.name] = {key_of(table, values_of(table, row)): row for row in rows}
    return found


def values_of(table: Table, row: Any) -> dict[str, Any]:
    """By column: what the row's cells hold."""
    values = {}
    for column in table.columns:
        listed = LISTS.get((table.name, column.name))
        if listed is not None:
            values[column.name] = listed.value(row)
        elif column.refers is not None:
            named = getattr(row, column.name)
            values[column.name] = None if named is None else named.code
        else:
            values[column.name] = getattr(row, column.name)
    return values


def put(session: Session, table: Table, row: Any, values: Mapping[str, Any], find: Find) -> bool:
    """Make a row what the file says; tells whether anything had to change."""
    before = values_of(table, row)
    changed = [c for c in table.columns if c.kind.write(before[c.name]) != c.kind.write(values[c.name])]
    for column in changed:
        _set(session, table, row, column.name, column.refers, values[column.name], find)
    return bool(changed)


def make(session: Session, table: Table, values: Mapping[str, Any], find: Find) -> Any:
    """A new row as the file says it."""
    row = MODELS[table.name]()
    with session.no_autoflush:
        for column in table.columns:
            _set(session, table, row, column.name, column.refers, values[column.name], find)
    session.add(row)
    return row


def _set(session: Session, table: Table, row: Any, column: str, refers: str | None, value: Any, find: Find) -> None:
    listed = LISTS.get((table.name, column))
    if listed is not None:
        rows = listed.rows(row, value, find)
        if getattr(row, listed.attribute):
            setattr(row, listed.attribute, [])
            session.flush()  # the old ones go first: old and new may not stand side by side
        setattr(row, listed.attribute, rows)
    elif refers is not None:
        setattr(row, column, None if value is None else find(refers, value))
    else:
        setattr(row, column, value)
