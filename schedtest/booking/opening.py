"""When work can be done: from weekdays, clock times, holidays, seasons and sun to instants.

Windows are pairs of aware UTC instants [starts, ends), sorted, disjoint, and touching ones joined. Clock times become
instants here and nowhere else: a shift over midnight or over a change of the clock has the length that it really has.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property, reduce

from schedtest.models.calendar import WEEKDAYS, Calendar, CalendarWindow, Daylight, Holiday, HolidayKind, Season
from schedtest.models.facility import Facility
from schedtest.models.procedure import Procedure
from schedtest.models.route import Route
from schedtest.models.site import Site

Window = tuple[datetime, datetime]
Windows = tuple[Window, ...]

DAY = timedelta(days=1)
SHORTENED_BY = timedelta(hours=1)


def instant(day: date, clock: time, zone: tzinfo) -> datetime:
    """The instant of a clock time. One that the clock leaves out in spring counts as if it had not been put forward."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    for number in range((last - first).days + 1):
        yield first + number * DAY


def merged(windows: Iterable[Window]) -> Windows:
    """The same time in order: sorted, overlapping and touching windows joined, empty ones gone."""
    joined: list[Window] = []
    for starts, ends in sorted(windows):
        if starts >= ends:
            continue
        if joined and starts <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((starts, ends))
    return tuple(joined)


def intersection(*several: Windows) -> Windows:
    """The time that lies in all of them. Raises TypeError for none at all."""
    return reduce(_both, several)


def _both(one: Windows, other: Windows) -> Windows:
    common: list[Window] = []
    i = j = 0
    while i < len(one) and j < len(other):
        starts, ends = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if starts < ends:
            common.append((starts, ends))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def whole_days(first: date, last: date, zone: tzinfo) -> Windows:
    """All the time from the first midnight of `first` to the last of `last`."""
    return ((instant(first, time(), zone), instant(last + DAY, time(), zone)),)


def in_season(season: Season, day: date) -> bool:
    this = f"{day:%m-%d}"
    if season.opens <= season.closes:
        return season.opens <= this <= season.closes
    return this >= season.opens or this <= season.closes


def season_windows(season: Season, first: date, last: date, zone: tzinfo) -> Windows:
    """The whole days of the season between two days, both included."""
    return merged(
        window for day in days_between(first, last) if in_season(season, day) for window in whole_days(day, day, zone)
    )


def daylight_windows(
    daylight: Sequence[Daylight], first: date, last: date, zone: tzinfo, dusk_margin_min: int
) -> Windows:
    """From sunrise until the margin before sunset, on every day between two days, both included.

    daylight: at least one row, in any order.   Raises ValueError if there is none.
    """
    if not daylight:
        raise ValueError("no table of daylight")
    rows = sorted(daylight, key=lambda row: row.from_day)

    def light(day: date) -> Window:
        this = f"{day:%m-%d}"
        row = next((row for row in reversed(rows) if row.from_day <= this), rows[-1])
        return instant(day, row.sunrise, zone), instant(day, row.sunset, zone) - timedelta(minutes=dusk_margin_min)

    return merged(light(day) for day in days_between(first, last))


def working_windows(
    calendar: Calendar, holidays: Mapping[date, HolidayKind], first: date, last: date, zone: tzinfo
) -> Windows:
    """The calendar's working time between two days, both included; what began the night before counts from midnight."""
    windows = (
        window
        for day in days_between(first - DAY, last)
        for window in _shifts_of(calendar, holidays.get(day), day, zone)
    )
    return intersection(merged(windows), whole_days(first, last, zone))


def _shifts_of(calendar: Calendar, holiday: HolidayKind | None, day: date, zone: tzinfo) -> list[Window]:
    """The windows that begin on this day, in order."""
    weekday = WEEKDAYS[day.weekday()]
    if calendar.keeps_holidays:
        if holiday == HolidayKind.CLOSED:
            return []
        if holiday == HolidayKind.WORKING:
            weekday = "fri"
    shifts = sorted(
        _shift(window, day, zone)
        for window in calendar.windows
        if weekday in window.weekdays and (window.season is None or in_season(window.season, day))
    )
    if shifts and holiday == HolidayKind.SHORT and calendar.shortened:
        starts, ends = shifts[-1]
        shifts[-1] = (starts, ends - SHORTENED_BY)
    return shifts


def _shift(window: CalendarWindow, day: date, zone: tzinfo) -> Window:
    passes_midnight = window.ends <= window.starts
    return instant(day, window.starts, zone), instant(day + DAY if passes_midnight else day, window.ends, zone)


@dataclass(frozen=True)
class Opening:
    """All working time between two days, both included; each calendar's and season's is worked out once.

    daylight: may be empty where nothing asks for light.
    """

    facility: Facility
    holidays: Sequence[Holiday]
    daylight: Sequence[Daylight]
    first: date
    last: date

    @cached_property
    def light(self) -> Windows:
        margin = self.facility.dusk_margin_min
        return daylight_windows(self.daylight, self.first, self.last, self.facility.zone, margin)

    def of_calendar(self, calendar: Calendar) -> Windows:
        if calendar.code not in self._of_calendars:
            windows = working_windows(calendar, self._kinds, self.first, self.last, self.facility.zone)
            self._of_calendars[calendar.code] = windows
        return self._of_calendars[calendar.code]

    def of_season(self, season: Season) -> Windows:
        if season.code not in self._of_seasons:
            windows = season_windows(season, self.first, self.last, self.facility.zone)
            self._of_seasons[season.code] = windows
        return self._of_seasons[season.code]

    def of_test(self, procedure: Procedure, routes: Sequence[Route] = (), site: Site | None = None) -> Windows:
        """When a test may be worked on, on these routes together and at this site: everything that it needs is open."""
        places: list[Route | Site] = [*routes] if site is None else [*routes, site]
        calendars = {
            calendar.code: calendar for calendar in (procedure.calendar, *(place.calendar for place in places))
        }
        wanted = (procedure.season, *(route.season for route in routes))
        seasons = {season.code: season for season in wanted if season is not None}
        light = procedure.daylight or any(route.daylight for route in routes)
        asked = frozenset(calendars), frozenset(seasons), light
        if asked not in self._of_tests:
            open_times = [*map(self.of_calendar, calendars.values()), *map(self.of_season, seasons.values())]
            self._of_tests[asked] = intersection(*open_times, *([self.light] if light else []))
        return self._of_tests[asked]

    @cached_property
    def _kinds(self) -> dict[date, HolidayKind]:
        return {holiday.day: holiday.kind for holiday in self.holidays}

    @cached_property
    def _of_calendars(self) -> dict[str, Windows]:
        return {}

    @cached_property
    def _of_seasons(self) -> dict[str, Windows]:
        return {}

    @cached_property
    def _of_tests(self) -> dict[tuple[frozenset[str], frozenset[str], bool], Windows]:
        return {}
