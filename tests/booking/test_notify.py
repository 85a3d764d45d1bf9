"""Who is told what, in whose words."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from schedtest.booking import notify
from schedtest.booking.notify import Letter, Said
from schedtest.models import Facility, Mail, Role
from schedtest.models.database import Sessions, writing
from tests import rows
from tests.rows import MONDAY as NOW

SLOT = (datetime(2026, 7, 14, 5, tzinfo=UTC), datetime(2026, 7, 14, 9, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _facility(sessions: Sessions) -> None:
    with writing(sessions) as session:
        session.add(
            Facility(
                code="PG", name="Proving ground", timezone="Europe/Moscow", country="RU", latitude=Decimal(56),
                longitude=Decimal(37), slot_min=30, currency="RUB",
            )
        )  # fmt: skip


def told(session: Session) -> list[str]:
    return [mail.to_user.name for mail in session.scalars(select(Mail).order_by(Mail.id))]


def test_an_organisation_s_people_of_today_are_told_and_nobody_else(sessions: Sessions) -> None:
    with writing(sessions) as session:
        ours, theirs = rows.an_organisation(session), rows.an_organisation(session)
        rows.a_user(session, name="Leila", role=Role.MANUFACTURER, organisation=ours)
        rows.a_user(session, name="Gone", role=Role.MANUFACTURER, organisation=ours, active=False)
        rows.a_user(session, name="Reza", role=Role.MANUFACTURER, organisation=theirs)
        rows.a_user(session, name="Maryam")
        notify.tell_organisation(session, ours.id, Letter("Hello", "You"), now=NOW)
        assert told(session) == ["Leila"]


def test_managers_are_told_what_waits_for_them(sessions: Sessions) -> None:
    with writing(sessions) as session:
        rows.a_user(session, name="Maryam")
        rows.a_user(session, name="Omid", role=Role.ADMINISTRATOR)
        rows.a_user(session, name="Left", active=False)
        notify.tell_managers(session, Letter("Hello", "You"), now=NOW)
        assert told(session) == ["Maryam"]


def test_a_letter_says_days_times_and_lists_as_people_do(sessions: Sessions) -> None:
    with writing(sessions) as session:
        rows.a_user(session)
        letter = Letter("%(count)s tests", "By %(day)s.\n%(lines)s")
        lines = [Said("%(name)s: %(slot)s", {"name": "Tara 2", "slot": SLOT}), "the rest"]
        [mail] = notify.tell_managers(session, letter, now=NOW, count=2, day=date(2026, 8, 3), lines=lines)
        assert mail.subject == "2 tests"
        assert mail.body == ("By Monday 3 August 2026.\n· Tara 2: Tuesday 14 July 2026, 08:00 – 12:00\n· the rest")


def test_a_percent_sign_in_a_name_is_only_that(sessions: Sessions) -> None:
    with writing(sessions) as session:
        rows.a_user(session)
        [mail] = notify.tell_managers(session, Letter("%(name)s", "-"), now=NOW, name="100 %(x)s")
        assert mail.subject == "100 %(x)s"


def test_what_is_taken_back_before_it_was_sent_is_told_to_nobody(sessions: Sessions) -> None:
    with writing(sessions) as session:
        organisation = rows.an_organisation(session)
        rows.a_user(session, role=Role.MANUFACTURER, organisation=organisation)
        notify.tell_organisation(session, organisation.id, Letter("Earlier", "-"), now=rows.hours(-1))
        notify.tell_organisation(session, organisation.id, Letter("Now", "-"), now=NOW)
        session.flush()
        notify.take_back(session, organisation.id, written_at=NOW)
        assert list(session.scalars(select(Mail.subject))) == ["Earlier"]
