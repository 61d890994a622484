"""Whose things are, the bin, drafts; stars and notes of cells, the prompts of runs, the persona of
an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _personas()
    for table in ("conversations", "runs", "branch_trees"):
        for column in _owned():
            op.add_column(table, column)
    for table in ("messages", "branches"):
        op.add_column(table, sa.Column("deleted_at", sa.DateTime))
    op.add_column("messages", sa.Column("persona", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("prompts", sa.JSON))
    op.add_column(
        "cells", sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.text("0"))
    )
    op.add_column("cells", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "drafts",
        sa.Column("space", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("about", sa.String(64), primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )


def _owned() -> tuple[sa.Column, ...]:
    return (
        sa.Column("space", sa.String(64), nullable=False, server_default=""),
        sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.text("0")),
        sa.Column("deleted_at", sa.DateTime),
    )


def _personas() -> None:
    """A new table in the place of the old: two spaces may have a persona of one name, and SQLite
    cannot drop what forbade it."""
    names = "id, name, name_key, description, system, examples, created_at, updated_at"
    op.rename_table("personas", "personas_before")
    op.create_table(
        "personas",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("examples", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        *_owned(),
    )
    op.execute(f"INSERT INTO personas ({names}) SELECT {names} FROM personas_before")
    op.drop_table("personas_before")
