"""Runs of the sampling playground and their cells."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.backends.events import Usage
from core.errors import NotFound
from core.grid.axes import Axis
from core.grid.records import Cell, LoadedAs, Run
from core.grid.spec import GridSpec
from core.i18n import _
from core.sampling.settings import Sampling
from core.storage.database import Database
from core.storage.ids import new_id, now
from core.storage.schema import CellRow, RunRow


class Runs:
    """Keep runs; each cell is saved as it finishes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, spec: GridSpec, model: str, precision: str = "", title: str = "") -> Run:
        """A new run without cells."""
        with self._database.writing() as session:
            row = RunRow(
                id=new_id(),
                title=title,
                prompt=spec.prompt,
                system=spec.system,
                model=model,
                precision=precision,
                rows=asdict(spec.rows),
                columns=asdict(spec.columns),
                samples=spec.samples,
                fixed=spec.fixed.to_dict(),
                created_at=now(),
            )
            session.add(row)
            return _run(row)

    def get(self, run_id: str) -> Run:
        """The run of that id; raises `NotFound`."""
        with self._database.reading() as session:
            return _run(_row(session, run_id))

    def list(self, limit: int = 50) -> list[Run]:
        """The newest runs first."""
        with self._database.reading() as session:
            rows = session.scalars(select(RunRow).order_by(RunRow.created_at.desc()).limit(limit))
            return [_run(row) for row in rows]

    def save_cell(self, run_id: str, cell: Cell) -> None:
        """Keep a cell, in place of an earlier state of it; raises `NotFound`."""
        with self._database.writing() as session:
            _row(session, run_id)
            session.merge(CellRow(run_id=run_id, **asdict(cell)))

    def cells(self, run_id: str) -> Sequence[Cell]:
        """The cells that were saved, in the order of the grid; raises `NotFound`."""
        with self._database.reading() as session:
            _row(session, run_id)
            query = select(CellRow).where(CellRow.run_id == run_id).order_by(CellRow.index)
            return [_cell(row) for row in session.scalars(query)]

    def rename(self, run_id: str, title: str) -> None:
        """Give a run a title."""
        with self._database.writing() as session:
            _row(session, run_id).title = title

    def delete(self, run_id: str) -> None:
        """Remove a run and its cells; raises `NotFound`."""
        with self._database.writing() as session:
            session.delete(_row(session, run_id))


def _row(session: Session, run_id: str) -> RunRow:
    row = session.get(RunRow, run_id)
    if row is None:
        raise NotFound(_("There is no run {id!r}; it may have been deleted.").format(id=run_id))
    return row


def _run(row: RunRow) -> Run:
    return Run(
        id=row.id,
        title=row.title,
        spec=GridSpec(
            row.prompt,
            _axis(row.rows),
            _axis(row.columns),
            row.system,
            row.samples,
            Sampling.from_dict(row.fixed),
        ),
        model=row.model,
        precision=row.precision,
        created_at=row.created_at,
    )


def _axis(stored: dict[str, Any]) -> Axis:
    return Axis(stored["name"], tuple(stored["values"]), tuple(stored["labels"]))


def _cell(row: CellRow) -> Cell:
    return Cell(
        index=row.index,
        row=row.row,
        column=row.column,
        sample=row.sample,
        seed=row.seed,
        text=row.text,
        token_ids=tuple(row.token_ids),
        finish_reason=row.finish_reason,  # type: ignore[arg-type]
        error=row.error,
        mean_logprob=row.mean_logprob,
        entropies=tuple(row.entropies),
        greedy_prefix=row.greedy_prefix,
        loaded_as=LoadedAs(**row.loaded_as) if row.loaded_as else None,
        usage=Usage(**row.usage) if row.usage else None,
    )
