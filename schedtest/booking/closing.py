"""What is not to be had for a while: a road is repaired, a device breaks, a crew is ill."""

from dataclasses import dataclass
from datetime import datetime

from schedtest.booking.access import Actor, NotFound, Refused, allowed
from schedtest.models.base import Base
from schedtest.models.closure import Closure
from schedtest.models.crew import Crew
from schedtest.models.database import Sessions, writing
from schedtest.models.device import Device
from schedtest.models.event import Event
from schedtest.models.segment import Segment
from schedtest.models.site import Site

CLOSABLE: dict[str, type[Base]] = {"segment": Segment, "site": Site, "crew": Crew, "device": Device}


@dataclass(frozen=True, slots=True)
class Lifted:
    """A closure that is no more."""

    kind: str
    thing_id: int
    starts: datetime
    ends: datetime
    reason: str


@allowed("manager", "administrator")
def close(
    sessions: Sessions,
    actor: Actor,
    kind: str,
    thing_id: int,
    *,
    starts: datetime,
    ends: datetime,
    reason: str,
    now: datetime,
) -> int:
    """Close one thing, of a kind in CLOSABLE, from an instant until another; the closure's id is returned.

    Bookings that it hits stay as they are until the next plan is published. Raises Refused at the field that makes no
    sense, NotFound for a thing that is not there.
    """
    if not reason.strip():
        raise Refused("Write why, so that everybody who waits for it understands.", field="reason")
    if ends <= starts:
        raise Refused("It opens again after it closes. Give a later end.", field="ends")
    if ends <= now:
        raise Refused("This is over already. Give a later end.", field="ends")
    with writing(sessions) as session:
        if kind not in CLOSABLE or session.get(CLOSABLE[kind], thing_id) is None:
            raise NotFound(f"{kind} {thing_id}")
        closure = Closure(
            **{f"{kind}_id": thing_id},
            starts=starts,
            ends=ends,
            reason=reason.strip(),
            entered_by_id=actor.user_id,
            entered_at=now,
        )
        session.add(closure)
        session.flush()
        session.add(Event.of(actor, "closure.entered", closure, at=now, after=_entry(closure), reason=closure.reason))
        return closure.id


@allowed("manager", "administrator")
def lift(sessions: Sessions, actor: Actor, closure_id: int, *, now: datetime) -> Lifted:
    """Take a closure back: the thing is to be had again from now on. What it was is returned, to close it again.

    Raises NotFound when it has been taken back already.
    """
    with writing(sessions) as session:
        closure = session.get(Closure, closure_id)
        if closure is None:
            raise NotFound(f"closure {closure_id}")
        lifted = Lifted(*closed_by(closure), closure.starts, closure.ends, closure.reason)
        session.add(Event.of(actor, "closure.lifted", closure, at=now, before=_entry(closure), reason=closure.reason))
        session.delete(closure)
        return lifted


def closed_by(closure: Closure) -> tuple[str, int]:
    """The kind and id of what it closes."""
    return next((kind, number) for kind in CLOSABLE if (number := getattr(closure, f"{kind}_id")) is not None)


def _entry(closure: Closure) -> dict[str, object]:
    kind, number = closed_by(closure)
    return {"kind": kind, "id": number, "starts": closure.starts.isoformat(), "ends": closure.ends.isoformat()}
