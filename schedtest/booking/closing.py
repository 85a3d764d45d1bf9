"""What is not to be had for a while: a road is repaired, a device breaks, a crew is ill."""

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
        entry = {"kind": kind, "id": thing_id, "starts": starts.isoformat(), "ends": ends.isoformat()}
        session.add(Event.of(actor, "closure.entered", closure, at=now, after=entry, reason=reason.strip()))
        return closure.id
