"""How migrations run: by `schedtest.models.database.upgrade` or, to write a new one, by alembic's own command."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from schedtest.models import Base
from schedtest.models.database import migrating
from schedtest.models.triggers import install_triggers


def storage(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Write our own types into migrations as what the database stores: a migration outlives the models."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        render_item=storage,
    )
    context.run_migrations()
    if connection.dialect.has_table(connection, "event"):
        install_triggers(connection)


if "connection" in context.config.attributes:
    migrate(context.config.attributes["connection"])
else:
    with migrating(context.get_x_argument(as_dictionary=True)["url"]) as connection:
        migrate(connection)
