from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from schedtest.models import Base
from schedtest.models.database import downgrade, upgrade


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_migrations_make_the_tables_of_the_models(connection: Connection) -> None:
    assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_migrations_make_the_constraints_of_the_models(connection: Connection) -> None:
    migrated = rules(connection)
    Base.metadata.drop_all(connection)
    Base.metadata.create_all(connection)
    assert migrated == rules(connection)
    assert len(migrated) > 40


def test_migrations_go_down_to_nothing_and_up_again(database_url: str) -> None:
    engine = create_engine(database_url)
    tables, made_by_triggers = set(inspect(engine).get_table_names()), triggers(engine)
    assert tables == {*Base.metadata.tables, "alembic_version"}

    downgrade(database_url, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert triggers(engine) == set()

    upgrade(database_url)
    assert set(inspect(engine).get_table_names()) == tables
    assert triggers(engine) == made_by_triggers
    engine.dispose()


def test_upgrading_what_is_at_the_newest_revision_changes_nothing(database_url: str) -> None:
    engine = create_engine(database_url)
    before = triggers(engine)
    upgrade(database_url)
    assert triggers(engine) == before
    engine.dispose()


def test_triggers_lost_when_a_table_is_rebuilt_are_back_after_the_next_upgrade(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    expected = triggers(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER device_hold_once_on_insert"))
    upgrade(sqlite_url)
    assert triggers(engine) == expected
    engine.dispose()


def test_the_rules_kept_by_triggers_are_these(sqlite_url: str, postgresql_url: str) -> None:
    on_sqlite, on_postgresql = create_engine(sqlite_url), create_engine(postgresql_url)
    assert triggers(on_sqlite) == {
        f"{rule}_on_{act}"
        for rule, acts in {
            "device_hold_once": ("insert", "update"),
            "road_hold_once": ("insert", "update"),
            "article_hold_once": ("insert", "update"),
            "dependency_one_campaign": ("insert", "update"),
            "event_append_only": ("insert", "update", "delete"),
        }.items()
        for act in acts
    }
    assert triggers(on_postgresql) == {"dependency_one_campaign", "event_append_only", "event_never_emptied"}
    on_sqlite.dispose()
    on_postgresql.dispose()


def test_a_migration_that_leaves_orphans_is_undone(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO request_route (request_id, choice) VALUES (1, 1)"))
    with pytest.raises(RuntimeError, match="refer to nothing"):
        upgrade(sqlite_url)
    engine.dispose()


def rules(connection: Connection) -> set[tuple[str, str]]:
    """The checks, and on PostgreSQL the exclusions, by name and text."""
    inspector = inspect(connection)
    found = {
        (str(check["name"]), check["sqltext"])
        for table in Base.metadata.tables
        for check in inspector.get_check_constraints(table)
    }
    if connection.dialect.name == "postgresql":
        exclusions = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'x'"
        found |= {(name, rule) for name, rule in connection.execute(text(exclusions))}
    return found


def triggers(engine: Engine) -> set[str]:
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with engine.connect() as connection:
        return set(connection.scalars(text(names[engine.dialect.name])))
