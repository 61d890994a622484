"""Tools that a conversation offers, steps of calls, and tools that users define without code."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("tools", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("messages", sa.Column("tools", sa.JSON))
    op.add_column("messages", sa.Column("step", sa.JSON))
    op.create_table(
        "tools",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("space", sa.String(64), nullable=False, server_default=""),
        sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.text("0")),
        sa.Column("deleted_at", sa.DateTime),
    )
