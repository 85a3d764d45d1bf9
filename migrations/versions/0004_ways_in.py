"""What would let a test into the plan that leaves it out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("left_out", sa.Column("ways", texts, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("left_out", "ways")
