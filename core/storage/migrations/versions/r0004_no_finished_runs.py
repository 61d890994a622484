"""A run no longer notes that it is finished: its cells tell, and nothing asked the run."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # In place: a table made anew would drop its rows' cells with it
    op.drop_column("runs", "finished")
