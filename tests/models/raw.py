"""Statements that go round the application: plain SQL on a plain connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, CursorResult, Engine, bindparam, text
from sqlalchemy.exc import IntegrityError

from schedtest.models import UTCDateTime


def execute(connection: Connection, statement: str, **values: Any) -> CursorResult[Any]:
    """Instants go in as the database stores them."""
    instants = [bindparam(name, type_=UTCDateTime) for name, value in values.items() if isinstance(value, datetime)]
    return connection.execute(text(statement).bindparams(*instants), values)


def insert(connection: Connection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    execute(
        connection, f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(f":{name}" for name in values)})', **values
    )


@contextmanager
def refused(engine: Engine, rule: str) -> Iterator[Connection]:
    """What is done on the connection breaks the rule that is named so, and is undone."""
    with pytest.raises(IntegrityError, match=rule), engine.begin() as connection:
        yield connection
