"""What is closed now and to come, what could be closed, and the booked tests that a closure hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from schedtest.booking.access import Actor, NotFound, allowed
from schedtest.booking.closing import CLOSABLE, closed_by
from schedtest.booking.standing import Standing, hit_by
from schedtest.models.closure import Closure
from schedtest.models.crew import Crew
from schedtest.models.database import Sessions
from schedtest.models.device import Device, DeviceType
from schedtest.models.segment import Segment
from schedtest.models.site import Site

SUGGESTED = 12


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be closed.   kind: of CLOSABLE."""

    kind: str
    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure, what it closes, and the booked tests that stand on it."""

    closure: Closure
    thing: Thing
    hits: Sequence[Standing]


@allowed("manager", "administrator")
def closures(
    sessions: Sessions,
    actor: Actor,
    *,
    kind: str = "",
    search: str = "",
    sort: str = "starts",
    descending: bool = False,
    page: int = 1,
    size: int = 50,
    now: datetime,
) -> tuple[list[Closed], int]:
    """One page of the closures that are not over, and how many there are.

    kind: of CLOSABLE, or '' for all.   search: words of a code, name or reason.   sort: starts, ends or thing.
    """
    code = func.coalesce(Segment.code, Site.code, Crew.code, Device.code)
    name = func.coalesce(Segment.name, Site.name, Crew.name, DeviceType.name)
    found = _joined(select(Closure, code, name)).where(Closure.ends > now)
    if kind in CLOSABLE:
        found = found.where(getattr(Closure, f"{kind}_id").is_not(None))
    for word in search.split():
        found = found.where(or_(*(part.icontains(word, autoescape=True) for part in (code, name, Closure.reason))))
    keys: dict[str, Any] = {"starts": Closure.starts, "ends": Closure.ends, "thing": code}
    key = keys.get(sort, Closure.starts)
    with sessions.begin() as session:
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        ordered = found.order_by(key.desc() if descending else key, Closure.id)
        rows = session.execute(ordered.limit(size).offset((page - 1) * size)).all()
        hits = hit_by(session, [closure for closure, _, _ in rows], now)
        return [
            Closed(closure, Thing(*closed_by(closure), thing_code, thing_name), hit)
            for (closure, thing_code, thing_name), hit in zip(rows, hits, strict=True)
        ], total


@allowed("manager", "administrator")
def hits(
    sessions: Sessions, actor: Actor, kind: str, thing_id: int, *, starts: datetime, ends: datetime, now: datetime
) -> list[Standing]:
    """The booked tests that closing this would cut into; nothing is stored. Raises NotFound for an unknown kind."""
    if kind not in CLOSABLE:
        raise NotFound(kind)
    with sessions.begin() as session:
        return hit_by(session, [Closure(**{f"{kind}_id": thing_id}, starts=starts, ends=ends)], now)[0]


@allowed("manager", "administrator")
def find(sessions: Sessions, actor: Actor, kind: str, text: str) -> Thing:
    """The one thing of a kind that has this code, or serial, or whose name is this. Raises NotFound."""
    wanted = text.strip().lower()
    exact = [func.lower(column) == wanted for column in _called(kind)]
    with sessions.begin() as session:
        rows = session.execute(_things(kind).where(or_(*exact)).limit(2)).all()
    if len(rows) != 1:
        raise NotFound(f"{kind} {text}")
    return Thing(kind, *rows[0])


@allowed("manager", "administrator")
def suggestions(sessions: Sessions, actor: Actor, kind: str, text: str) -> list[Thing]:
    """The first few things of a kind that have these words in a code, serial or name."""
    found = _things(kind)
    for word in text.split():
        found = found.where(or_(*(column.icontains(word, autoescape=True) for column in _called(kind))))
    with sessions.begin() as session:
        return [Thing(kind, *row) for row in session.execute(found.limit(SUGGESTED))]


def _joined(asked: Any) -> Any:
    return (
        asked.select_from(Closure)
        .outerjoin(Segment, Segment.id == Closure.segment_id)
        .outerjoin(Site, Site.id == Closure.site_id)
        .outerjoin(Crew, Crew.id == Closure.crew_id)
        .outerjoin(Device, Device.id == Closure.device_id)
        .outerjoin(DeviceType, DeviceType.id == Device.type_id)
    )


def _things(kind: str) -> Any:
    """Id, code and name; a device goes by the name of its type."""
    if kind not in CLOSABLE:
        raise NotFound(kind)
    if kind == "device":
        return select(Device.id, Device.code, DeviceType.name).join(Device.type).order_by(Device.code)
    model: Any = CLOSABLE[kind]
    return select(model.id, model.code, model.name).order_by(model.code)


def _called(kind: str) -> list[Any]:
    if kind not in CLOSABLE:
        raise NotFound(kind)
    model: Any = CLOSABLE[kind]
    return [Device.code, Device.serial, DeviceType.name] if kind == "device" else [model.code, model.name]
