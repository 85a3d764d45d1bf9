"""When a manufacturer's vehicles are at the institute, and which those are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import g, render_template, request
from flask_babel import get_locale

from schedtest.booking import overview
from schedtest.models.booking import Booking
from schedtest.web.dates import clock, local
from schedtest.web.listing import Paging
from schedtest.web.manufacturer import manufacturer
from schedtest.web.permission import permitted


@dataclass(frozen=True, slots=True)
class Span:
    """The days shown, both included, and the first days of the spans before and after."""

    kind: str
    first: date
    last: date
    earlier: date
    later: date

    @classmethod
    def of(cls, kind: str, day: date) -> "Span":
        if kind == "week":
            first = day - timedelta(days=(day.weekday() - _first_weekday()) % 7)
            return cls("week", first, first + timedelta(days=6), first - timedelta(days=7), first + timedelta(days=7))
        first = day.replace(day=1)
        later = (first + timedelta(days=32)).replace(day=1)
        return cls("month", first, later - timedelta(days=1), (first - timedelta(days=1)).replace(day=1), later)

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


@manufacturer.get("/calendar")
@permitted("manufacturer")
def calendar() -> str:
    today = local(g.now).date()
    span = Span.of("week" if request.args.get("by") == "week" else "month", _day(request.args.get("from"), today))
    bookings = overview.booked_between(g.sessions, g.actor, span.first, span.last)
    ahead = None if bookings else overview.booked_after(g.sessions, g.actor, span.last)
    return render_template(
        "manufacturer/calendar.html",
        span=span,
        today=today,
        by_day=_by_day(span, bookings),
        count=len({row.request_id for row in bookings}),
        ahead=local(ahead).date() if ahead else None,
        span_time=_clock_on,
        places_of_modes=overview.place_names(g.sessions, g.actor, [row.mode for row in bookings]),
    )


@manufacturer.get("/vehicles")
@permitted("manufacturer")
def articles() -> str:
    paging = Paging.from_address("newest")
    search = request.args.get("q", "")[:100]
    found, total = overview.articles(g.sessions, g.actor, search=search, page=paging.page, size=paging.size)
    return render_template("manufacturer/articles.html", articles=found, total=total, paging=paging, search=search)


def _by_day(span: Span, bookings: list[Booking]) -> list[tuple[date, list[Booking]]]:
    """Each booking on every day that it touches; only days with any."""
    days = {day: [row for row in bookings if _touches(row, day)] for day in span}
    return [(day, rows) for day, rows in days.items() if rows]


def _touches(row: Booking, day: date) -> bool:
    return local(row.starts).date() <= day <= local(row.ends - timedelta(microseconds=1)).date()


def _clock_on(row: Booking, day: date) -> str:
    """'08:00 – 12:00', or how far into and out of the day it goes."""
    starts = clock(row.starts) if local(row.starts).date() == day else "…"
    ends = clock(row.ends) if local(row.ends).date() == day else "…"
    return f"{starts} – {ends}"


def _day(text: str | None, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2100 else otherwise


def _first_weekday() -> int:
    locale = get_locale()
    return locale.first_week_day if locale else 0
