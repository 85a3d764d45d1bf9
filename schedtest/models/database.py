"""The one way to the database: engines, and transactions that read or write."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SQLiteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]

# SQLite has one writer. A transaction that reads first and writes later fails when another has written between the two,
# whatever its patience, so a writer says so at its start and nobody else can write.
WRITES = {"writes": True, "postgresql_readonly": False}


def connect(url: str) -> Engine:
    """An engine whose transactions only read, unless opened by `writing`; the database refuses a write in them."""
    engine = create_engine(url, execution_options={"postgresql_readonly": True})
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def open_sessions(url: str) -> Sessions:
    return sessions_on(connect(url))


def sessions_on(engine: Engine) -> Sessions:
    """Sessions whose objects can still be read after their transaction has ended."""
    return Sessions(engine, expire_on_commit=False)


@contextmanager
def writing(sessions: Sessions) -> Iterator[Session]:
    """One transaction that may write: committed at the end, rolled back when an exception leaves it.

    To read only, use `sessions.begin()`.
    """
    with sessions.begin() as session:
        session.connection(execution_options=WRITES)
        yield session


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours: the driver's own comes too late for DDL and savepoints
    for pragma in ("busy_timeout = 10000", "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
