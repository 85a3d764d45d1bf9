"""The catalogue's way into the database and out again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schedtest.booking.access import Actor, allowed
from schedtest.booking.catalogue_rows import (
    MODELS,
    PARTS,
    Key,
    choice_numbers,
    key_of,
    make,
    put,
    rows_by_key,
    values_of,
)
from schedtest.catalogue.faults import Fault, Faulty
from schedtest.catalogue.files import Catalogue, read, write
from schedtest.catalogue.tables import TABLES
from schedtest.models import Base, Event, Facility, RequestRoute, TestRequest
from schedtest.models.database import Sessions, writing

__all__ = ["Faulty", "Loaded", "export", "load", "read"]

OWN_TABLES = frozenset(model.__tablename__ for model in (*MODELS.values(), *PARTS))

Found = Mapping[str, dict[Key, Any]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows the catalogue has, and how many of them were added, changed, and are gone."""

    rows: int
    added: int
    changed: int
    removed: int


@allowed("administrator")
def load(sessions: Sessions, actor: Actor, folder: Path, now: datetime) -> Loaded:
    """Make the catalogue what the files say. What keeps its code keeps all that refers to it.

    Raises Faulty with every fault, and then nothing has changed. That something in use is missing is a fault.
    """
    catalogue = read(folder)
    with writing(sessions) as session:
        found = rows_by_key(session)
        gone = _gone(catalogue, found)
        faults = [*_faults_of_gone(session, gone), *_faults_of_choices(session, catalogue, found)]
        if faults:
            raise Faulty(faults)
        _free_unique_values(session, catalogue, found, gone)
        added, changed = _put_all(session, catalogue, found)
        _remove(session, gone)
        facility = session.scalars(select(Facility)).one()
        counts = {table: len(rows) for table, rows in catalogue.tables.items()}
        session.add(Event.of(actor, "catalogue.loaded", facility, at=now, after=counts))
    return Loaded(sum(counts.values()), added, changed, sum(map(len, gone.values())))


@allowed("administrator")
def export(sessions: Sessions, actor: Actor, folder: Path) -> None:
    """Write the files that would load as what there is. Raises OSError where they can't be written."""
    with sessions.begin() as session:
        found = rows_by_key(session)
        tables = {table.name: [values_of(table, row) for row in found[table.name].values()] for table in TABLES}
    write(folder, tables)


def _gone(catalogue: Catalogue, found: Found) -> dict[str, dict[Key, Any]]:
    """By table: the rows that are no longer in the file."""
    gone = {}
    for table in TABLES:
        wanted = {key_of(table, values) for values in catalogue.values(table.name)}
        gone[table.name] = {key: row for key, row in found[table.name].items() if key not in wanted}
    return gone


def _free_unique_values(
    session: Session, catalogue: Catalogue, found: Found, gone: Mapping[str, Mapping[Key, Any]]
) -> None:
    """Serial numbers may pass from one row to another: who changes one or is gone gives it up beforehand."""
    for table in TABLES:
        for column in table.alone:
            wanted = {key_of(table, values): values[column] for values in catalogue.values(table.name)}
            for key, row in found[table.name].items():
                if key in gone[table.name] or getattr(row, column) != wanted[key]:
                    setattr(row, column, f"~{row.id}")
    session.flush()


def _put_all(session: Session, catalogue: Catalogue, found: Found) -> tuple[int, int]:
    """How many rows were added, and how many changed. Tables come before those that name them."""
    added = changed = 0

    def find(table: str, code: str) -> Any:
        return found[table][(code,)]

    for table in TABLES:
        for values in catalogue.values(table.name):
            key = key_of(table, values)
            if key in found[table.name]:
                changed += put(session, table, found[table.name][key], values, find)
            else:
                found[table.name][key] = make(session, table, values, find)
                added += 1
        session.flush()
    return added, changed


def _remove(session: Session, gone: Mapping[str, Mapping[Key, Any]]) -> None:
    for table in reversed(TABLES):
        for row in gone[table.name].values():
            session.delete(row)
        session.flush()


def _faults_of_gone(session: Session, gone: Mapping[str, Mapping[Key, Any]]) -> Iterator[Fault]:
    """What is gone from a file must not be in use outside the catalogue."""
    for table in TABLES:
        if not gone[table.name]:
            continue
        keys = {row.id: key for key, row in gone[table.name].items() if hasattr(row, "id")}
        for column in _columns_that_refer_to(MODELS[table.name].__tablename__):
            used = select(column, func.count()).where(column.in_(keys)).group_by(column)
            for row_id, count in session.execute(used):
                expected = f"a row for {' '.join(keys[row_id])}, which {count} of {column.table.name} refer to"
                yield Fault(table.file, None, table.key[0], expected, "none")


def _columns_that_refer_to(table: str) -> list[Any]:
    return [
        key.parent
        for other in Base.metadata.sorted_tables
        if other.name not in OWN_TABLES
        for key in sorted(other.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table.name == table
    ]


def _faults_of_choices(session: Session, catalogue: Catalogue, found: Found) -> Iterator[Fault]:
    """A choice of routes that requests name must stay."""
    named = select(TestRequest.procedure_id, RequestRoute.choice).join_from(RequestRoute, TestRequest).distinct()
    in_use = {(procedure_id, choice) for procedure_id, choice in session.execute(named)}
    for row in catalogue.tables["procedures"]:
        procedure = found["procedures"].get((row.values["code"],))
        if procedure is None:
            continue
        kept = {frozenset(choice) for choice in row.values["routes"]}
        for routes, number in choice_numbers(procedure).items():
            if routes not in kept and (procedure.id, number) in in_use:
                expected = f"the choice {'+'.join(sorted(routes))}, which requests name"
                yield Fault("procedures.csv", row.line, "routes", expected, "none")
