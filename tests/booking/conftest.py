import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schedtest.booking import catalogue
from schedtest.booking.access import SYSTEM
from schedtest.catalogue import folder
from schedtest.models.database import Sessions, open_sessions


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
