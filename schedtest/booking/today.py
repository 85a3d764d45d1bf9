"""What goes on at the institute on one day, from the published plan as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from schedtest.booking.access import Actor, allowed
from schedtest.booking.opening import instant
from schedtest.booking.standing import Standing, Window, hit_by, read_standing
from schedtest.models.booking import Booking
from schedtest.models.closure import Closure
from schedtest.models.database import Sessions
from schedtest.models.facility import Facility


@dataclass(frozen=True, slots=True)
class Work:
    """What is done of one booking on the day.   hours: when.   closed: whether something it stands on is closed."""

    standing: Standing
    hours: Sequence[Window]
    closed: bool


@allowed("manager", "administrator")
def day(sessions: Sessions, actor: Actor, on: date, *, now: datetime) -> list[Work]:
    """Every booking that is worked on between the day's two midnights, in the order of its hours."""
    with sessions.begin() as session:
        zone = session.scalars(select(Facility)).one().zone
        opens, shuts = instant(on, time(), zone), instant(on + timedelta(days=1), time(), zone)
        rows = read_standing(session, Booking.starts < shuts, Booking.ends > opens)
        closures = session.scalars(
            select(Closure).where(Closure.starts < shuts, Closure.ends > opens, Closure.crew_id.is_(None))
        ).all()
        hit = {one.booking_id for hits in hit_by(session, closures, now) for one in hits}
    work = []
    for row in rows:
        hours = [(max(start, opens), min(end, shuts)) for start, end in row.pieces if start < shuts and opens < end]
        if hours:
            work.append(Work(row, hours, row.booking_id in hit))
    return sorted(work, key=lambda one: (one.hours[0], one.standing.booking_id))
