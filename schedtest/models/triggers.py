"""What a constraint cannot say, said by triggers, with the same effect on both databases.

They are no part of the metadata. `install_triggers` makes all of them anew after every migration, because SQLite drops
a table's triggers without a word whenever Alembic rebuilds it. Each raises IntegrityError with the name of the rule.
"""

from sqlalchemy import Connection, text

HOLDS = {"device_hold": "device_id", "road_hold": "segment_id", "article_hold": "article_id"}

OTHER_CAMPAIGN = (
    "(SELECT campaign_id FROM test_request WHERE id = NEW.before_id)"
    " <> (SELECT campaign_id FROM test_request WHERE id = NEW.after_id)"
)

# Overlapping holds are left to exclusion constraints, which the migrations make.
POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE integrity_constraint_violation USING MESSAGE = TG_NAME; END $$""",
    f"""CREATE OR REPLACE FUNCTION refuse_other_campaign() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
             IF {OTHER_CAMPAIGN} THEN RAISE integrity_constraint_violation USING MESSAGE = TG_NAME; END IF;
             RETURN NEW;
           END $$""",
    """CREATE OR REPLACE TRIGGER dependency_one_campaign BEFORE INSERT OR UPDATE ON dependency
       FOR EACH ROW EXECUTE FUNCTION refuse_other_campaign()""",
    """CREATE OR REPLACE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
       FOR EACH ROW EXECUTE FUNCTION refuse()""",
    """CREATE OR REPLACE TRIGGER event_never_emptied BEFORE TRUNCATE ON event
       FOR EACH STATEMENT EXECUTE FUNCTION refuse()""",
)


def install_triggers(connection: Connection) -> None:
    """Make every trigger, in place of any of the same name."""
    if connection.dialect.name == "postgresql":
        for statement in POSTGRESQL:
            connection.execute(text(statement))
        return
    for table, kept in HOLDS.items():
        _refuse(connection, table, "INSERT", f"{table}_once", when=_overlap(table, kept))
        _refuse(connection, table, "UPDATE", f"{table}_once", when=_overlap(table, kept, " AND other.id <> OLD.id"))
    for act in ("INSERT", "UPDATE"):
        _refuse(connection, "dependency", act, "dependency_one_campaign", when=OTHER_CAMPAIGN)
    for act in ("UPDATE", "DELETE"):
        _refuse(connection, "event", act, "event_append_only", when="TRUE")
    # INSERT OR REPLACE deletes without asking the trigger on DELETE.
    replaces = "EXISTS (SELECT 1 FROM event WHERE id = NEW.id)"
    _refuse(connection, "event", "INSERT", "event_append_only", when=replaces)


def _overlap(table: str, kept: str, besides: str = "") -> str:
    return (
        f"EXISTS (SELECT 1 FROM {table} AS other WHERE other.{kept} = NEW.{kept}"  # noqa: S608, names of ours
        f" AND other.starts < NEW.ends AND NEW.starts < other.ends{besides})"
    )


def _refuse(connection: Connection, table: str, act: str, rule: str, *, when: str) -> None:
    name = f"{rule}_on_{act.lower()}"
    connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
    connection.execute(
        text(f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{rule}'); END")
    )
