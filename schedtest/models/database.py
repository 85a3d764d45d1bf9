"""The one way to the database: engines, transactions that read or write, migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SQLiteConnection
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

Sessions = sessionmaker[Session]

# A reader sees one state of the database throughout; SQLite does so by itself.
POSTGRESQL_READS = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
POSTGRESQL_WRITES = {"postgresql_readonly": False, "isolation_level": "READ COMMITTED"}
WRITERS = 1  # the advisory lock that writers share and one who must be alone takes whole

# SQLite has one writer. A transaction that reads first and writes later fails when another has written between the two,
# whatever its patience, so a writer says so at its start and nobody else can write.
SQLITE_WRITES = {"writes": True}


def connect(url: str) -> Engine:
    """An engine whose transactions only read, unless opened by `writing`; the database refuses a write in them."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine.update_execution_options(**POSTGRESQL_READS)
    return engine


def open_sessions(url: str) -> Sessions:
    return sessions_on(connect(url))


def sessions_on(engine: Engine) -> Sessions:
    """Sessions whose objects can still be read after their transaction has ended."""
    return Sessions(engine, expire_on_commit=False)


@contextmanager
def writing(sessions: Sessions, *, alone: bool = False) -> Iterator[Session]:
    """One transaction that may write: committed at the end, rolled back when an exception leaves it.

    alone: nobody else writes anything meanwhile, so that what was checked at the start still holds at the end.
    On SQLite that is so for every writer.   To read only, use `sessions.begin()`.
    """
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.connection(execution_options=SQLITE_WRITES)
        else:
            session.connection(execution_options=POSTGRESQL_WRITES)
            lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
            session.execute(select(lock(WRITERS)))
        yield session


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database's tables up to a revision, all of it or nothing."""
    with migrating(url) as connection:
        command.upgrade(_migrations(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the tables back to a revision, 'base' for none; what only newer ones can hold is lost."""
    with migrating(url) as connection:
        command.downgrade(_migrations(connection), revision)


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """One transaction that may rebuild tables.

    On SQLite foreign keys are off meanwhile and checked at the end: dropping a table to rebuild it would delete what
    refers to it.
    """
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_begin_to_us)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        yield connection
        if engine.dialect.name == "sqlite":
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if orphans:
                raise RuntimeError(f"the migration left rows that refer to nothing: {orphans}")


def _migrations(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "schedtest.migrations:.")
    config.attributes["connection"] = connection
    return config


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    _leave_begin_to_us(connection, _record)
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    if connection.info.get("writes") != writes:
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
        connection.info["writes"] = writes
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _leave_begin_to_us(connection: SQLiteConnection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late for DDL and savepoints
    connection.execute("PRAGMA busy_timeout = 10000")
