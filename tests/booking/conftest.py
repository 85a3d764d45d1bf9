import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from schedtest.booking import catalogue
from schedtest.booking.access import SYSTEM, Actor
from schedtest.catalogue import folder
from schedtest.models.database import Sessions, open_sessions, writing
from tests.rows import a_user


@pytest.fixture(scope="session")
def nami_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the packaged institute in it."""
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("nami") / "schedtest.db"))
    sessions = open_sessions(f"sqlite:///{path}")
    catalogue.load(sessions, SYSTEM, folder(), datetime(2026, 1, 1, tzinfo=UTC))
    sessions.kw["bind"].dispose()
    return path


@pytest.fixture
def nami_sessions(nami_template: Path, tmp_path: Path) -> Iterator[Sessions]:
    """The packaged institute in a database of the test's own."""
    path = shutil.copy(nami_template, tmp_path / "schedtest.db")
    sessions = open_sessions(f"sqlite:///{path}")
    yield sessions
    sessions.kw["bind"].dispose()


@pytest.fixture(scope="session")
def nami_postgresql_template(postgresql_server: str, postgresql_template: str) -> str:
    """The name of a database with the packaged institute in it, on PostgreSQL; nobody is connected to it."""
    run_on(postgresql_server, f"CREATE DATABASE nami TEMPLATE {postgresql_template} STRATEGY FILE_COPY")
    sessions = open_sessions(f"{postgresql_server}/nami")
    catalogue.load(sessions, SYSTEM, folder(), datetime(2026, 1, 1, tzinfo=UTC))
    sessions.kw["bind"].dispose()
    return "nami"


@pytest.fixture(params=["sqlite", "postgresql"])
def institute_sessions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    """The packaged institute in a database of the test's own; the test runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("nami_sessions")
        return
    server, template = (request.getfixturevalue(name) for name in ("postgresql_server", "nami_postgresql_template"))
    run_on(server, f"CREATE DATABASE {tmp_path.name} TEMPLATE {template} STRATEGY FILE_COPY")
    sessions = open_sessions(f"{server}/{tmp_path.name}")
    yield sessions
    sessions.kw["bind"].dispose()
    run_on(server, f"DROP DATABASE {tmp_path.name} WITH (FORCE)")


def run_on(server: str, statement: str) -> None:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def manager(sessions: Sessions) -> Actor:
    with writing(sessions) as session:
        return Actor.of(a_user(session, name="Maryam"))
