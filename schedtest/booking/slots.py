"""Instants and slots: the one place where the facility's time is cut into the core's integers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from schedtest.booking.opening import Windows, instant
from schedtest.models.facility import Facility


@dataclass(frozen=True, slots=True)
class Slots:
    """Slots of equal length from an origin in UTC. `horizon` of them are planned, in the facility's zone."""

    origin: datetime
    length: timedelta
    horizon: int
    zone: tzinfo

    @classmethod
    def of(cls, facility: Facility, starts_on: date, weeks: int) -> "Slots":
        """From the first midnight of `starts_on` in the facility's zone, over so many weeks of its calendar."""
        origin = instant(starts_on, time(), facility.zone)
        ends = instant(starts_on + timedelta(weeks=weeks), time(), facility.zone)
        length = timedelta(minutes=facility.slot_min)
        return cls(origin, length, (ends - origin) // length, facility.zone)

    @property
    def ends(self) -> datetime:
        return self.instant(self.horizon)

    def instant(self, slot: int) -> datetime:
        return self.origin + slot * self.length

    def day(self, slot: int) -> date:
        """The day at the facility on which the slot begins."""
        return self.instant(slot).astimezone(self.zone).date()

    def floor(self, when: datetime) -> int:
        """The slot that holds the instant."""
        return (when.astimezone(UTC) - self.origin) // self.length

    def ceiling(self, when: datetime) -> int:
        """The first slot that starts at the instant or after it."""
        return -((self.origin - when.astimezone(UTC)) // self.length)

    def count(self, minutes: int) -> int:
        """Slots that so many minutes take."""
        return -(-timedelta(minutes=minutes) // self.length)

    def within(self, windows: Windows) -> tuple[tuple[int, int], ...]:
        """The whole slots of the horizon that lie in the windows, for work; those that touch are joined."""
        return self._clipped((self.ceiling(starts), self.floor(ends)) for starts, ends in windows)

    def touched(self, starts: datetime, ends: datetime) -> tuple[tuple[int, int], ...]:
        """The slots of the horizon that the interval touches, for closures: none or one pair."""
        return self._clipped([(self.floor(starts), self.ceiling(ends))])

    def _clipped(self, intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        joined: list[tuple[int, int]] = []
        for start, end in intervals:
            start, end = max(start, 0), min(end, self.horizon)
            if start >= end:
                continue
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return tuple(joined)
