"""How the installation stands, and what its catalogue holds, for administrators."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from schedtest.booking.access import Actor, allowed
from schedtest.models.database import Sessions
from schedtest.models.device import Device
from schedtest.models.procedure import Procedure
from schedtest.models.route import Route
from schedtest.models.segment import Segment
from schedtest.models.site import Site

TABLES = {"segments": Segment, "routes": Route, "devices": Device, "procedures": Procedure, "sites": Site}
PARTS = ("schedtest", "ortools", "numba", "SQLAlchemy", "Flask", "huey")


@dataclass(frozen=True, slots=True)
class Installation:
    """versions: by the part's name.   database: its kind and version."""

    database: str
    versions: dict[str, str]


@allowed("administrator")
def installation(sessions: Sessions, actor: Actor) -> Installation:
    with sessions.begin() as session:
        kind = session.get_bind().dialect.name
        asked = "SELECT sqlite_version()" if kind == "sqlite" else "SHOW server_version"
        number = session.scalar(text(asked))
    versions = {"Python": platform.python_version(), **{part: version(part) for part in PARTS}}
    return Installation({"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(kind, kind) + f" {number}", versions)


@allowed("administrator")
def counts(sessions: Sessions, actor: Actor) -> dict[str, int]:
    """How many rows each table of the catalogue that can be looked through has."""
    with sessions.begin() as session:
        return {name: session.scalar(select(func.count()).select_from(model)) or 0 for name, model in TABLES.items()}


@allowed("administrator")
def rows(
    sessions: Sessions, actor: Actor, table: str, *, search: str = "", page: int = 1, size: int = 50
) -> tuple[Sequence[Any], int]:
    """One page of a table of TABLES by code, and how many rows there are; search: part of a code, name or serial."""
    model: Any = TABLES[table]
    second = model.serial if model is Device else model.name
    found = select(model)
    if search:
        found = found.where(model.code.icontains(search, autoescape=True) | second.icontains(search, autoescape=True))
    with sessions.begin() as session:
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        page_of = found.order_by(model.code).limit(size).offset((page - 1) * size)
        if model is Device:
            page_of = page_of.options(joinedload(Device.type))
        if model is Segment:
            page_of = page_of.options(joinedload(Segment.zone))
        return session.scalars(page_of).unique().all(), total
