from datetime import UTC, datetime
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from schedtest.models import Mail, Organisation, User
from schedtest.models.database import Sessions, open_sessions, writing
from tests import rows
from tests.rows import MONDAY


def test_a_transaction_that_did_not_say_so_does_not_write(sessions: Sessions) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), sessions.begin() as session:
        session.add(Organisation(name="Maker", country="IR"))
    with writing(sessions) as session:
        session.add(Organisation(name="Maker", country="IR"))
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), sessions.begin() as session:
        session.scalars(select(Organisation)).one().name = "Other"


def test_what_an_exception_leaves_is_undone(sessions: Sessions) -> None:
    def fail() -> None:
        with writing(sessions) as session:
            rows.an_organisation(session)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with sessions.begin() as session:
        assert session.scalar(select(func.count(Organisation.id))) == 0


def test_rows_are_read_after_their_transaction_has_ended(sessions: Sessions) -> None:
    with writing(sessions) as session:
        organisation = rows.an_organisation(session, name="Maker")
    assert organisation.name == "Maker"


def test_nobody_waits_to_read_while_somebody_writes(sessions: Sessions) -> None:
    with writing(sessions) as writer:
        rows.an_organisation(writer)
        with sessions.begin() as reader:
            assert reader.scalar(select(func.count(Organisation.id))) == 0
    with sessions.begin() as reader:
        assert reader.scalar(select(func.count(Organisation.id))) == 1


def test_nobody_writes_while_somebody_must_be_alone(sessions: Sessions) -> None:
    written: list[str] = []

    def write() -> None:
        with writing(sessions) as session:
            rows.an_organisation(session)
        written.append("another")

    other = Thread(target=write)
    with writing(sessions, alone=True) as session:
        other.start()
        if session.get_bind().dialect.name == "postgresql":
            waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            while not session.scalar(waits):
                assert other.is_alive()
        assert session.scalar(select(func.count(Organisation.id))) == 0
        written.append("the one alone")
    other.join()
    assert written == ["the one alone", "another"]


def test_a_reader_sees_one_state_throughout(sessions: Sessions) -> None:
    with sessions.begin() as reader:
        assert reader.scalar(select(func.count(Organisation.id))) == 0
        with writing(sessions) as writer:
            rows.an_organisation(writer)
        assert reader.scalar(select(func.count(Organisation.id))) == 0


def test_of_many_who_read_and_then_write_nobody_loses_a_write(sqlite_url: str) -> None:
    sessions = open_sessions(sqlite_url)
    with writing(sessions) as session:
        mail = Mail(to_user=rows.a_user(session), subject="", body="", created_at=MONDAY)
        session.add(mail)

    def count() -> None:
        for _ in range(25):
            with writing(sessions) as session:
                session.get_one(Mail, mail.id).attempts += 1

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions.begin() as session:
        assert session.get_one(Mail, mail.id).attempts == 100


def test_an_instant_comes_back_as_the_same_instant_in_utc(sessions: Sessions) -> None:
    in_tehran = datetime(2026, 7, 14, 3, 15, 0, 123456, tzinfo=ZoneInfo("Asia/Tehran"))
    with writing(sessions) as session:
        user = rows.a_user(session, created_at=in_tehran)
    with sessions.begin() as session:
        read = session.get_one(User, user.id).created_at
        assert read == in_tehran
        assert read.tzinfo is UTC
        assert session.scalar(select(User).where(User.created_at <= in_tehran)) is not None


def test_an_instant_without_a_zone_is_refused(sessions: Sessions) -> None:
    with pytest.raises(StatementError, match="needs its zone"), writing(sessions) as session:
        rows.a_user(session, created_at=datetime(2026, 7, 14, 8))  # noqa: DTZ001
