"""Windows worked out by hand. Moscow is UTC+3 all year; Berlin puts its clock forward on 29 March 2026 at 02:00 and
back on 25 October 2026 at 03:00."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from schedtest.booking.opening import (
    Opening,
    daylight_windows,
    in_season,
    intersection,
    merged,
    season_windows,
    working_windows,
)
from schedtest.models import (
    WEEKDAYS,
    Calendar,
    CalendarWindow,
    Daylight,
    Facility,
    Holiday,
    HolidayKind,
    Procedure,
    Route,
    Season,
    Site,
)

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")


def utc(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def a_calendar(*shifts, weekdays=WEEKDAYS[:5], code="day", season=None, **flags) -> Calendar:
    windows = [
        CalendarWindow(
            weekdays=weekdays, starts=time.fromisoformat(starts), ends=time.fromisoformat(ends), season=season
        )
        for starts, ends in shifts
    ]
    return Calendar(code=code, windows=windows, **{"keeps_holidays": True, "shortened": True, **flags})


def a_season(opens: str, closes: str, code="season") -> Season:
    return Season(code=code, opens=opens, closes=closes)


def hours(windows) -> list[float]:
    return [(ends - starts).total_seconds() / 3600 for starts, ends in windows]


DAY = a_calendar(("08:00", "17:00"))
SHIFTS = a_calendar(("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00"), code="shifts")


def test_a_working_day_in_moscow_is_three_hours_earlier_in_utc():
    # 6 to 8 March 2026 are Friday to Sunday
    assert working_windows(DAY, {}, date(2026, 3, 6), date(2026, 3, 8), MOSCOW) == ((utc(3, 6, 5), utc(3, 6, 14)),)


def test_touching_shifts_are_one_window_through_the_week():
    week = working_windows(SHIFTS, {}, date(2026, 3, 2), date(2026, 3, 8), MOSCOW)
    assert week == ((utc(3, 2, 3), utc(3, 7, 3)),)  # Monday 06:00 to Saturday 06:00


def test_a_night_shift_has_its_length_and_counts_from_midnight_on_the_first_day():
    night = a_calendar(("22:00", "06:00"))
    windows = working_windows(night, {}, date(2026, 3, 3), date(2026, 3, 3), MOSCOW)
    assert windows == ((utc(3, 2, 21), utc(3, 3, 3)), (utc(3, 3, 19), utc(3, 3, 21)))
    assert hours(windows) == [6, 2]


def test_a_window_from_midnight_to_midnight_is_always():
    always = a_calendar(("00:00", "00:00"), weekdays=WEEKDAYS, keeps_holidays=False)
    windows = working_windows(
        always, {date(2026, 1, 1): HolidayKind.CLOSED}, date(2025, 12, 31), date(2026, 1, 1), MOSCOW
    )
    assert windows == ((utc(12, 30, 21, year=2025), utc(1, 1, 21)),)


def test_nothing_begins_on_a_holiday_but_the_night_shift_before_it_ends():
    holidays = {date(2026, 6, 12): HolidayKind.CLOSED}  # a Friday
    windows = working_windows(SHIFTS, holidays, date(2026, 6, 11), date(2026, 6, 12), MOSCOW)
    assert windows == ((utc(6, 10, 21), utc(6, 12, 3)),)


def test_a_calendar_that_keeps_no_holidays_works_through_them():
    through = a_calendar(("08:00", "17:00"), keeps_holidays=False)
    day = date(2026, 6, 12)
    assert working_windows(through, {day: HolidayKind.CLOSED}, day, day, MOSCOW) == ((utc(6, 12, 5), utc(6, 12, 14)),)


def test_the_last_window_of_a_short_day_ends_an_hour_earlier():
    office = a_calendar(("08:00", "12:00"), ("13:00", "17:00"))
    day = date(2026, 6, 11)
    windows = working_windows(office, {day: HolidayKind.SHORT}, day, day, MOSCOW)
    assert windows == ((utc(6, 11, 5), utc(6, 11, 9)), (utc(6, 11, 10), utc(6, 11, 13)))


def test_a_shift_calendar_is_not_shortened():
    shifts = a_calendar(("06:00", "14:00"), shortened=False)
    day = date(2026, 6, 11)
    assert hours(working_windows(shifts, {day: HolidayKind.SHORT}, day, day, MOSCOW)) == [8]


def test_a_saturday_made_a_working_day_is_worked_like_a_friday():
    saturday = date(2027, 2, 20)
    windows = working_windows(DAY, {saturday: HolidayKind.WORKING}, saturday, saturday, MOSCOW)
    assert windows == ((utc(2, 20, 5, year=2027), utc(2, 20, 14, year=2027)),)


def test_a_window_of_a_season_opens_only_in_it():
    summer = a_season("05-01", "09-30")
    long_days = a_calendar(("06:00", "22:00"), season=summer)
    windows = working_windows(long_days, {}, date(2026, 9, 30), date(2026, 10, 1), MOSCOW)
    assert windows == ((utc(9, 30, 3), utc(9, 30, 19)),)


def test_a_night_shift_over_the_change_of_the_clock_has_its_real_length():
    night = a_calendar(("22:00", "06:00"), weekdays=("sat",))
    spring = working_windows(night, {}, date(2026, 3, 28), date(2026, 3, 29), BERLIN)
    autumn = working_windows(night, {}, date(2026, 10, 24), date(2026, 10, 25), BERLIN)
    assert spring == ((utc(3, 28, 21), utc(3, 29, 4)),)
    assert autumn == ((utc(10, 24, 20), utc(10, 25, 5)),)
    assert hours(spring) == [7]
    assert hours(autumn) == [9]


def test_a_window_that_the_clock_leaves_out_is_no_window():
    small_hours = a_calendar(("02:15", "03:15"), weekdays=("sun",))
    assert working_windows(small_hours, {}, date(2026, 3, 29), date(2026, 3, 29), BERLIN) == ()


def test_the_day_of_the_change_has_23_or_25_hours():
    year_round = a_season("01-01", "12-31")
    assert hours(season_windows(year_round, date(2026, 3, 29), date(2026, 3, 29), BERLIN)) == [23]
    assert hours(season_windows(year_round, date(2026, 10, 25), date(2026, 10, 25), BERLIN)) == [25]


def test_a_season_holds_both_its_days():
    grip = a_season("04-16", "10-31")
    assert season_windows(grip, date(2026, 10, 30), date(2026, 11, 30), MOSCOW) == ((utc(10, 29, 21), utc(10, 31, 21)),)


@pytest.mark.parametrize(
    ("day", "inside"),
    [(date(2026, 3, 19), True), (date(2026, 3, 20), False), (date(2026, 4, 25), False), (date(2026, 4, 26), True),
     (date(2026, 12, 31), True), (date(2028, 2, 29), True)],
)  # fmt: skip
def test_a_season_may_pass_the_end_of_the_year(day, inside):
    assert in_season(a_season("04-26", "03-19"), day) is inside


def test_light_lasts_from_sunrise_until_the_margin_before_sunset():
    table = [
        Daylight(from_day="06-16", sunrise=time(3, 44), sunset=time(21, 19)),
        Daylight(from_day="01-01", sunrise=time(8, 55), sunset=time(16, 11)),
    ]
    windows = daylight_windows(table, date(2026, 6, 15), date(2026, 6, 16), MOSCOW, dusk_margin_min=30)
    assert windows == ((utc(6, 15, 5, 55), utc(6, 15, 12, 41)), (utc(6, 16, 0, 44), utc(6, 16, 17, 49)))


def test_before_the_first_day_of_the_table_the_last_row_holds():
    table = [
        Daylight(from_day="02-01", sunrise=time(8, 0), sunset=time(17, 0)),
        Daylight(from_day="12-16", sunrise=time(9, 0), sunset=time(16, 0)),
    ]
    assert daylight_windows(table, date(2026, 1, 10), date(2026, 1, 10), MOSCOW, 0) == (
        (utc(1, 10, 6), utc(1, 10, 13)),
    )


def test_windows_that_overlap_or_touch_are_joined_and_empty_ones_go():
    nine, ten, noon, one = (utc(6, 1, hour) for hour in (9, 10, 12, 13))
    assert merged([(noon, one), (nine, noon), (ten, noon), (one, one)]) == ((nine, one),)


def test_an_intersection_is_the_time_in_all_windows():
    a, b, c, d, e = (utc(6, 1, hour) for hour in (1, 2, 3, 4, 5))
    assert intersection(((a, c), (d, e)), ((b, e),)) == ((b, c), (d, e))
    assert intersection(((a, b),), ((b, c),)) == ()


def test_a_test_is_worked_on_while_its_calendar_its_road_its_season_and_the_light_allow():
    grip = a_season("04-16", "10-31", code="grip")
    two_shifts = a_calendar(("06:00", "22:00"), code="two-shift")
    road = Route(calendar=two_shifts, season=grip, daylight=True)
    procedure = Procedure(calendar=a_calendar(("05:00", "20:00"), code="staff"), season=None, daylight=False)
    opening = Opening(
        facility=Facility(timezone="Europe/Moscow", dusk_margin_min=30),
        holidays=[Holiday(day=date(2026, 4, 17), kind=HolidayKind.CLOSED)],
        daylight=[Daylight(from_day="01-01", sunrise=time(5, 30), sunset=time(19, 30))],
        first=date(2026, 4, 15),  # a Wednesday, the season's eve; Friday is a holiday
        last=date(2026, 4, 19),
    )
    assert opening.of_test(procedure, [road]) == ((utc(4, 16, 3), utc(4, 16, 16)),)
    hall = Site(calendar=a_calendar(("08:00", "20:00"), code="hall"))
    assert hours(opening.of_test(procedure, site=hall)) == [12, 12]
