"""What models that judge said of the answers of experiments."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "opinions",
        sa.Column(
            "experiment_id",
            sa.String(32),
            sa.ForeignKey("experiments.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("variant", sa.String(32), primary_key=True),
        sa.Column("row", sa.String(32), primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True),
        sa.Column("judge", sa.String(32), primary_key=True),
        sa.Column("by", sa.JSON, nullable=False),
        sa.Column("judged", sa.String(32), nullable=False),
        sa.Column("passed", sa.Boolean),
        sa.Column("grade", sa.Integer),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
