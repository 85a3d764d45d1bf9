"""When the institute works, as its people say it: weekdays and clock times, holidays, seasons, sun.

Instants come from them in booking/opening.py.
"""

import enum
from datetime import date, time

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schedtest.models.base import Base
from schedtest.models.words import Words

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class HolidayKind(enum.StrEnum):
    """A day without work, a working day that ends early, or a day of the weekend that is worked like a Friday."""

    CLOSED = "closed"
    SHORT = "short"
    WORKING = "working"


class Season(Base):
    """A stretch of every year, both days within it; it may pass the end of the year. opens, closes: MM-DD."""

    __tablename__ = "season"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    opens: Mapped[str] = mapped_column(String(5))
    closes: Mapped[str] = mapped_column(String(5))


class Calendar(Base):
    """Working hours of people, roads and sites.

    keeps_holidays: closed on holidays.   shortened: ends an hour early on short days (the last window of the day).
    """

    __tablename__ = "calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    keeps_holidays: Mapped[bool] = mapped_column(default=True)
    shortened: Mapped[bool] = mapped_column(default=True)

    windows: Mapped[list["CalendarWindow"]] = relationship(
        cascade="all, delete-orphan", order_by="(CalendarWindow.starts, CalendarWindow.id)", back_populates="calendar"
    )


class CalendarWindow(Base):
    """Weekdays and clock times in the facility's zone; only in the season, if there is one. weekdays: of WEEKDAYS.

    A window that ends at or before its start ends on the next day.
    """

    __tablename__ = "calendar_window"
    __table_args__ = (UniqueConstraint("calendar_id", "weekdays", "starts", "season_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id", ondelete="CASCADE"))
    weekdays: Mapped[tuple[str, ...]] = mapped_column(Words)
    starts: Mapped[time]
    ends: Mapped[time]
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id"))

    calendar: Mapped[Calendar] = relationship(back_populates="windows")
    season: Mapped[Season | None] = relationship()


class Holiday(Base):
    """A day on which the weekday does not tell how long is worked. One row a day."""

    __tablename__ = "holiday"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[HolidayKind]


class Daylight(Base):
    """Sunrise and sunset on the facility's clock, from this day of every year (MM-DD) to the next such day."""

    __tablename__ = "daylight"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_day: Mapped[str] = mapped_column(String(5), unique=True)
    sunrise: Mapped[time]
    sunset: Mapped[time]
