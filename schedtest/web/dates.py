"""Dates, times and durations as people say them, in the reader's language and the facility's zone."""

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_skeleton
from flask import g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from schedtest.models.facility import Facility

DAY = {"en": "EEE d MMM y"}
DAY_WITHOUT_YEAR = {"en": "EEE d MMM"}


def facility_zone() -> tzinfo:
    """Where the plan is made; asked of the database once a request, and only by pages that show an instant."""
    if "zone" not in g:
        with g.sessions.begin() as session:
            g.zone = ZoneInfo(session.scalar(select(Facility.timezone)) or "UTC")
    zone: tzinfo = g.zone
    return zone


def local(moment: datetime) -> datetime:
    return moment.astimezone(facility_zone())


def day(when: date | datetime, year: bool = True) -> str:
    """'Tue 14 Jul 2026'. A date is a day of the facility's; an instant is shown as the day it falls on there."""
    return _day(local(when).date() if isinstance(when, datetime) else when, year)


def _day(when: date, year: bool) -> str:
    pattern = (DAY if year else DAY_WITHOUT_YEAR).get(_language())
    if pattern is not None:
        return format_datetime(_noon(when), pattern, locale=get_locale())
    return format_skeleton("yMMMEd" if year else "MMMEd", _noon(when), locale=get_locale())


def clock(moment: datetime) -> str:
    """'08:00'"""
    return format_datetime(local(moment).replace(tzinfo=None), "HH:mm", locale=get_locale())


def moment(when: datetime) -> str:
    """'Tue 14 Jul 2026, 08:00'"""
    return f"{day(when)}, {clock(when)}"


def span(starts: datetime, ends: datetime) -> str:
    """'Tue 14 Jul 2026, 08:00 – 12:00', with the second day where it is another one."""
    if local(starts).date() == local(ends).date():
        return f"{moment(starts)} – {clock(ends)}"
    year = local(starts).year != local(ends).year
    return f"{moment(starts)} – {day(ends, year)}, {clock(ends)}"


def own_span(starts: datetime, ends: datetime) -> str:
    """The same in the reader's own zone, '04:30 – 08:30 your time'; nothing where it is the institute's time."""
    if g.get("actor") is None:
        return ""
    zone = ZoneInfo(current_user.user.timezone)
    own_starts, own_ends = starts.astimezone(zone), ends.astimezone(zone)
    if own_starts.utcoffset() == local(starts).utcoffset():
        return ""
    other_day = own_starts.date() != local(starts).date()
    first = f"{_day(own_starts.date(), False)}, {own_starts:%H:%M}" if other_day else f"{own_starts:%H:%M}"
    return _("%(span)s your time", span=f"{first} – {own_ends:%H:%M}")


def days(first: date, last: date) -> str:
    """'Tue 14 Jul – Fri 7 Aug 2026'"""
    return f"{day(first, first.year != last.year)} – {day(last)}"


def duration(minutes: float) -> str:
    """'45 min', '6 h', '6 h 30 min', '3 days'; whole days only when nothing is left over."""
    whole = round(minutes)
    if whole and whole % (24 * 60) == 0:
        return ngettext("%(num)s day", "%(num)s days", whole // (24 * 60))
    hours, rest = divmod(whole, 60)
    if not hours:
        return _("%(minutes)s min", minutes=rest)
    if not rest:
        return _("%(hours)s h", hours=hours)
    return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)


def away(when: date | datetime) -> str:
    """'today', 'tomorrow', 'in 3 days', '2 days ago': to stand beside a date, never alone."""
    that_day = local(when).date() if isinstance(when, datetime) else when
    distance = (that_day - local(g.now).date()).days
    if distance == 0:
        return _("today")
    if distance == 1:
        return _("tomorrow")
    if distance == -1:
        return _("yesterday")
    if distance > 0:
        return ngettext("in %(num)s day", "in %(num)s days", distance)
    return ngettext("%(num)s day ago", "%(num)s days ago", -distance)


def zone_note() -> str:
    """'Times are those of Tehran (UTC+3:30).': stands once on a page that shows times."""
    zone = facility_zone()
    offset = g.now.astimezone(zone).utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    utc = f"UTC{'-' if offset < timedelta() else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
    name = str(zone)
    if name == "UTC":
        return _("Times are in UTC.")
    return _("Times are those of %(city)s (%(utc)s).", city=name.rpartition("/")[2].replace("_", " "), utc=utc)


FILTERS = (day, clock, moment, duration, away)
GLOBALS = (span, own_span, days, zone_note)


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "en"


def _noon(when: date) -> datetime:
    return datetime(when.year, when.month, when.day, 12)  # noqa: DTZ001, only its day is shown
