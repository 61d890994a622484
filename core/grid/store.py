"""Runs of the sampling playground and their cells."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from core.backends.events import Usage
from core.errors import NotFound
from core.grid.axes import Axis
from core.grid.prompts import KeptPrompt, Prompts
from core.grid.records import Cell, LoadedAs, Run
from core.grid.spec import GridSpec
from core.i18n import _
from core.sampling.settings import Sampling
from core.storage.ids import new_id, now
from core.storage.ownership import Shelf, listed
from core.storage.schema import CellRow, RunRow


class Runs(Shelf[RunRow]):
    """The runs of one space; each cell is saved as it finishes."""

    kind = "run"
    row_type = RunRow

    def create(self, spec: GridSpec, model: str, precision: str = "", title: str = "") -> Run:
        """A new run without cells."""
        with self._database.writing() as session:
            row = RunRow(
                id=new_id(),
                space=self._space,
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
            return self._record(row)

    def get(self, run_id: str) -> Run:
        """The run of that id."""
        with self._database.reading() as session:
            return self._record(self._seen(session, run_id))

    def list(self, limit: int = 50) -> list[Run]:
        """The newest runs first."""
        with self._database.reading() as session:
            query = select(RunRow).where(listed(RunRow, self._space))
            rows = session.scalars(query.order_by(RunRow.created_at.desc()).limit(limit))
            return [self._record(row) for row in rows]

    def save_cell(self, run_id: str, cell: Cell) -> None:
        """Keep a cell, in place of an earlier state of it; its star and its note stay."""
        with self._database.writing() as session:
            self._own(session, run_id)
            values = asdict(cell)
            for name in ("starred", "note"):
                del values[name]
            session.merge(CellRow(run_id=run_id, **values))

    def keep_prompts(self, run_id: str, prompts: Prompts) -> Prompts:
        """Keep these prompts beside those that are kept; the first of a model and a system message
        stays. All of them."""
        with self._database.writing() as session:
            row = self._own(session, run_id)
            kept = _prompts(row.prompts)
            known = {(one.model, one.system) for one in kept}
            new = tuple(one for one in prompts if (one.model, one.system) not in known)
            if new:
                row.prompts = [asdict(one) for one in (*kept, *new)]
            return (*kept, *new)

    def mark(
        self, run_id: str, index: int, *, starred: bool | None = None, note: str | None = None
    ) -> None:
        """Star the cell with this index, or write a note on it; what is None stays as it is."""
        with self._database.writing() as session:
            self._own(session, run_id)
            cell = session.get(CellRow, (run_id, index))
            if cell is None:
                raise NotFound(
                    _("Run {id!r} has no text at place {index}.").format(id=run_id, index=index)
                )
            if starred is not None:
                cell.starred = starred
            if note is not None:
                cell.note = note

    def cells(self, run_id: str) -> Sequence[Cell]:
        """The cells that were saved, in the order of the grid."""
        with self._database.reading() as session:
            self._seen(session, run_id)
            query = select(CellRow).where(CellRow.run_id == run_id).order_by(CellRow.index)
            return [_cell(row) for row in session.scalars(query)]

    def rename(self, run_id: str, title: str) -> None:
        """Give a run a title."""
        with self._database.writing() as session:
            self._own(session, run_id).title = title

    def _title(self, row: RunRow) -> str:
        return row.title or row.prompt

    def _missing(self, id: str) -> str:
        return _(
            "There is no run {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)

    def _record(self, row: RunRow) -> Run:
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
            shared=bool(row.shared),
            own=self._owns(row),
            prompts=_prompts(row.prompts),
        )


def _prompts(stored: list[dict[str, Any]] | None) -> Prompts:
    return tuple(KeptPrompt(one["model"], one["system"], tuple(one["ids"])) for one in stored or ())


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
        starred=bool(row.starred),
        note=row.note or "",
    )
