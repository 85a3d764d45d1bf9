from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, g
from sqlalchemy import select

from schedtest.booking.access import Actor
from schedtest.models import User
from schedtest.models.database import Sessions
from schedtest.web import dates
from schedtest.web.identity import SignedIn
from tests.pages import NOW

EIGHT = datetime(2026, 7, 14, 4, 30, tzinfo=UTC)  # 08:00 in Tehran


@pytest.fixture(autouse=True)
def asked(app: Flask):  # type: ignore[no-untyped-def]
    """In a request of somebody who reads English, at an institute in Tehran."""
    with app.test_request_context(headers={"Accept-Language": "en"}):
        app.preprocess_request()
        yield


def test_a_booking_is_told_as_people_say_it() -> None:
    assert dates.span(EIGHT, EIGHT + timedelta(hours=4)) == "Tue 14 Jul 2026, 08:00 – 12:00"


def test_a_night_shift_names_both_days() -> None:
    late = EIGHT + timedelta(hours=14)
    assert dates.span(late, late + timedelta(hours=8)) == "Tue 14 Jul 2026, 22:00 – Wed 15 Jul, 06:00"


def test_over_new_year_both_years_are_named() -> None:
    late = datetime(2026, 12, 31, 18, 30, tzinfo=UTC)
    assert dates.span(late, late + timedelta(hours=8)) == "Thu 31 Dec 2026, 22:00 – Fri 1 Jan 2027, 06:00"


def test_the_reader_s_own_time_stands_beside_it_where_it_is_another(app: Flask, sessions: Sessions) -> None:
    with sessions.begin() as session:
        user = session.scalars(select(User)).first()
    g.actor, g._login_user = Actor.of(user), SignedIn(user)
    user.timezone = "Europe/Moscow"
    assert dates.own_span(EIGHT, EIGHT + timedelta(hours=4)) == "07:30 – 11:30 your time"
    user.timezone = "America/Los_Angeles"
    assert dates.own_span(EIGHT, EIGHT + timedelta(hours=4)) == "Mon 13 Jul, 21:30 – 01:30 your time"
    user.timezone = "Asia/Tehran"
    assert dates.own_span(EIGHT, EIGHT + timedelta(hours=4)) == ""


def test_days_from_and_to() -> None:
    assert dates.days(date(2026, 7, 14), date(2026, 8, 7)) == "Tue 14 Jul – Fri 7 Aug 2026"


def test_the_zone_is_named() -> None:
    assert dates.zone_note() == "Times are those of Tehran (UTC+3:30)."


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (45, "45 min"), (60, "1 h"), (390, "6 h 30 min"), (1440, "1 day"), (4320, "3 days"), (1500, "25 h")],
)
def test_durations(minutes: int, said: str) -> None:
    assert dates.duration(minutes) == said


@pytest.mark.parametrize(
    ("distance", "said"),
    [(0, "today"), (1, "tomorrow"), (-1, "yesterday"), (3, "in 3 days"), (-2, "2 days ago")],
)
def test_how_far_away_a_day_is(distance: int, said: str) -> None:
    assert dates.away(date(2026, 7, 14) + timedelta(days=distance)) == said


def test_an_instant_is_away_by_the_institute_s_days() -> None:
    """At 22:00 in UTC it is tomorrow in Tehran."""
    assert dates.away(NOW.replace(hour=22)) == "tomorrow"
