from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, event


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A plain engine with none of the application's care, but that SQLite looks at foreign keys."""
    engine = create_engine(database_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    yield engine
    engine.dispose()
