import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from schedtest.booking import accounts
from schedtest.models.database import Sessions, open_sessions, upgrade
from tests import servers
from tests.browser import browser  # noqa: F401, here alone: a process has one Playwright

_numbers = itertools.count()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two Chromiums at once on two cores are no faster and less steady, so one worker runs them all. What runs on both
    databases runs on SQLite alone in everyday work."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if "postgresql" in [value for value in parameters.values() if isinstance(value, str)]:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Argon2 as ever, with less work: hashing is slow on purpose, and tests make many accounts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a migrated database that nobody is connected to."""
    _on(postgresql_server, "CREATE DATABASE template")
    upgrade(f"{postgresql_server}/template")
    return "template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty database of the test's own, on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "schedtest.db")
    return f"sqlite:///{tmp_path / 'schedtest.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """A migrated, empty database of the test's own, on PostgreSQL."""
    name = f"test_{next(_numbers)}"
    _on(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template} STRATEGY FILE_COPY")
    yield f"{postgresql_server}/{name}"
    _on(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database of the test's own; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    sessions = open_sessions(database_url)
    yield sessions
    sessions.kw["bind"].dispose()


def _on(server: str, statement: str) -> None:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
