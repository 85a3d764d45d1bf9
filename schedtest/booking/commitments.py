"""What of the published plan stands: tests that have begun or are frozen, cut at the edges of the horizon."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedtest.booking.slots import Slots
from schedtest.booking.ways import Way
from schedtest.models.booking import Booking
from schedtest.models.closure import Closure
from schedtest.models.plan import Part

FROZEN_FOR = timedelta(hours=48)

Bookings = Mapping[Part, Booking]
Ways = Mapping[str, Way]


def decided_of(bookings: Bookings, ways: Mapping[Part, Ways], closures: Sequence[Closure], now: datetime) -> Bookings:
    """The parts of a test that are not to be moved: it has begun, or begins too soon for that.

    What has not begun is free again when a closure hits it, and the whole test when the catalogue no longer has its
    way. A preparation that has begun stands though its test has to move.
    """
    if not bookings or any(booking.mode not in ways[part] for part, booking in bookings.items()):
        return {}
    if min(booking.starts for booking in bookings.values()) >= now + FROZEN_FOR:
        return {}
    begun = {part: booking for part, booking in bookings.items() if booking.started_at is not None}
    hit = {
        part
        for part, booking in bookings.items()
        if part not in begun and any(hits(booking, ways[part][booking.mode], closures))
    }
    return bookings if not hit else begun


def hits(booking: Booking, way: Way, closures: Sequence[Closure]) -> Iterator[Closure]:
    """The closures of its roads, its site and its devices while the booking lasts."""
    segments = {segment.id for route in way.routes for segment in route.segments}
    devices = {hold.device_id for hold in booking.device_holds}
    for closure in closures:
        of_its_own = (
            closure.segment_id in segments
            or closure.device_id in devices
            or (closure.site_id is not None and closure.site_id == booking.site_id)
        )
        if of_its_own and closure.starts < booking.ends and booking.starts < closure.ends:
            yield closure


@dataclass(frozen=True, slots=True)
class Rest:
    """The work of a decided booking that lies within the horizon, in slots [start, end), `duration` of them worked."""

    start: int
    end: int
    duration: int


def rest_of(
    booking: Booking, way: Way, *, interruptible: bool, closures: Sequence[Closure], slots: Slots
) -> Rest | None:
    """None for no work. A closure that hits work under way ends it there."""
    ends = min([booking.ends, *(closure.starts for closure in hits(booking, way, closures))])
    start, end = max(0, slots.floor(booking.starts)), min(slots.ceiling(ends), slots.horizon)
    windows = slots.within(way.windows) if interruptible else ((start, end),)
    worked = [(max(start, opens), min(end, shuts)) for opens, shuts in windows]
    worked = [(opens, shuts) for opens, shuts in worked if opens < shuts]
    if not worked:
        return None
    return Rest(worked[0][0], worked[-1][1], sum(shuts - opens for opens, shuts in worked))
