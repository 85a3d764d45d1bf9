"""The clock's own deed: what stands in the published plan begins and is over when its time has come."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from schedtest.booking.access import SYSTEM, internal
from schedtest.models.booking import Booking
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.plan import Part
from schedtest.models.request import State, TestRequest


@internal
def advance(sessions: Sessions, now: datetime) -> int:
    """Start and finish bookings by the clock, and move their tests: under way with the first part, done with the test.

    Returns how many tests moved.
    """
    begins = (Booking.starts <= now) & Booking.started_at.is_(None)
    is_over = (Booking.ends <= now) & Booking.finished_at.is_(None)
    due = (
        select(Booking)
        .where(or_(begins, is_over))
        .order_by(Booking.starts)
        .options(joinedload(Booking.request).joinedload(TestRequest.campaign))
    )
    with sessions.begin() as session:
        if session.scalars(due.limit(1)).first() is None:
            return 0
    moved = set()
    with writing(sessions) as session:
        for booking in session.scalars(due).all():
            request = booking.request
            if booking.started_at is None:
                booking.started_at = booking.starts
            if request.state == State.BOOKED:
                request.move(State.UNDER_WAY, booking.starts)
                session.add(Event.of(SYSTEM, "request.under_way", request, at=booking.starts))
                moved.add(request.id)
            if booking.ends <= now:
                booking.finished_at = booking.ends
                if booking.part == Part.TEST and request.state == State.UNDER_WAY:
                    request.move(State.DONE, booking.ends)
                    session.add(Event.of(SYSTEM, "request.done", request, at=booking.ends))
                    moved.add(request.id)
    return len(moved)
