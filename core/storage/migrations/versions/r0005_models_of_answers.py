"""The model of each conversation, and the precision of each model that wrote something."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for table in ("messages", "branch_trees", "branches"):
        op.add_column(table, sa.Column("precision", sa.Text, nullable=False, server_default=""))
    for name in ("model", "precision"):
        op.add_column("conversations", sa.Column(name, sa.Text, nullable=False, server_default=""))
    # A conversation goes on with the model that answered last on its visible path, or at all
    op.execute(
        "UPDATE conversations SET model = coalesce("
        "(SELECT model FROM messages WHERE messages.id = conversations.head_id), "
        "(SELECT model FROM messages WHERE conversation_id = conversations.id "
        "AND model IS NOT NULL ORDER BY number DESC LIMIT 1), '')"
    )
