"""Runs over any two axes: what was temperature x top_p becomes an axis each, no text is lost."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Columns are added and dropped in place: a table made anew would drop its rows' cells with it
_OLD_RUN = ("temperatures", "top_ps", "base_seed", "top_k", "max_new_tokens")
_OLD_CELL = ("temperature", "top_p")


def upgrade() -> None:
    for name in ("rows", "columns", "fixed"):
        op.add_column("runs", sa.Column(name, sa.JSON, nullable=False, server_default="{}"))
    op.add_column("runs", sa.Column("precision", sa.String(8), nullable=False, server_default=""))
    for name in ("row", "column"):
        op.add_column("cells", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column("cells", sa.Column("entropies", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("cells", sa.Column("greedy_prefix", sa.Integer))
    op.add_column("cells", sa.Column("loaded_as", sa.JSON))
    _convert(op.get_bind())
    for table, columns in (("runs", _OLD_RUN), ("cells", _OLD_CELL)):
        for name in columns:
            op.drop_column(table, name)


def _convert(connection: sa.Connection) -> None:
    runs = connection.execute(
        sa.text(f"SELECT id, samples, {', '.join(_OLD_RUN)} FROM runs")
    ).mappings()
    for run in runs.all():
        temperatures, top_ps = json.loads(run["temperatures"]), json.loads(run["top_ps"])
        fixed = {
            "max_new_tokens": run["max_new_tokens"],
            "seed": run["base_seed"],
            "top_k": run["top_k"],
        }
        connection.execute(
            sa.text(
                'UPDATE runs SET "rows" = :rows, "columns" = :columns, fixed = :fixed WHERE id = :id'
            ),
            {
                "rows": _axis("temperature", temperatures),
                "columns": _axis("top_p", top_ps),
                "fixed": json.dumps(fixed),
                "id": run["id"],
            },
        )
        # The index counts samples, then columns, then rows
        connection.execute(
            sa.text(
                'UPDATE cells SET "row" = ("index" / :samples) / :width, '
                '"column" = ("index" / :samples) % :width WHERE run_id = :id'
            ),
            {"samples": run["samples"], "width": len(top_ps), "id": run["id"]},
        )


def _axis(name: str, values: list[Any]) -> str:
    return json.dumps({"name": name, "values": values, "labels": []})
