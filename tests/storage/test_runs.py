"""Runs of the playground and their cells: what is stored comes back; old runs stay."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import core.storage
from core.grid.axes import Axis
from core.grid.records import Cell, LoadedAs, cells_of
from core.grid.spec import GridSpec
from core.sampling.settings import Sampling
from core.store import Store

ROWS = Axis("persona", ("", "Be brief."), ("nobody", "Brief"))


def test_a_cell_is_replaced_by_its_later_state(store: Store) -> None:
    fixed = Sampling(max_new_tokens=5, seed=3)
    spec = GridSpec("p", ROWS, Axis("seed", (0, 7)), samples=2, fixed=fixed)
    run = store.runs.create(spec, "m", "fp32")
    cell = Cell(3, 0, 1, 1, 8, "text", (1, 2), "stop")
    store.runs.save_cell(run.id, cell)
    scored = cell.filled(
        mean_logprob=-1.5,
        entropies=(0.5, 2.0),
        greedy_prefix=1,
        loaded_as=LoadedAs("m", "fp32", "cpu"),
    )
    store.runs.save_cell(run.id, scored)
    assert list(store.runs.cells(run.id)) == [scored]
    assert store.runs.get(run.id) == run
    assert run.spec == spec


def _database_of_the_first_schema(file: Path) -> None:
    """A file as the first version left it, with a run of 2 x 3 settings and 2 samples."""
    folder = Path(core.storage.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    with create_engine(f"sqlite:///{file}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with sqlite3.connect(file) as database:
        database.execute(
            "INSERT INTO runs (id, title, prompt, system, model, temperatures, top_ps, samples, "
            "base_seed, top_k, max_new_tokens, created_at, finished) VALUES "
            "('r1', 'old', 'p', 's', 'embedded', '[0.2, 1.5]', '[0.3, 0.5, 1.0]', 2, 7, 40, 9, "
            "'2025-01-02 03:04:05.000000', 1)"
        )
        index = 0
        for temperature in (0.2, 1.5):
            for top_p in (0.3, 0.5, 1.0):
                for sample in range(2):
                    database.execute(
                        "INSERT INTO cells VALUES "
                        "('r1', ?, ?, ?, ?, ?, ?, '[5, 6]', 'stop', NULL, -0.5, NULL)",
                        (index, temperature, top_p, sample, 7 + sample, f"{temperature} {top_p}"),
                    )
                    index += 1


def test_runs_of_the_first_schema_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    _database_of_the_first_schema(file)
    store = Store.open(file)
    (run,) = store.runs.list()
    assert (run.spec.rows, run.spec.columns) == (
        Axis("temperature", (0.2, 1.5)),
        Axis("top_p", (0.3, 0.5, 1.0)),
    )
    spec, cells = run.spec, store.runs.cells("r1")
    assert (run.spec.fixed.top_k, run.spec.fixed.max_new_tokens, run.spec.fixed.seed) == (40, 9, 7)
    for cell, empty in zip(cells, cells_of(spec), strict=True):
        sampling = spec.sampling(cell.place, cell.sample)
        assert cell.text == f"{sampling.temperature:g} {sampling.top_p}"
        assert (cell.index, cell.place, cell.sample, cell.seed) == (
            empty.index,
            empty.place,
            empty.sample,
            empty.seed,
        )
        assert (cell.token_ids, cell.mean_logprob, cell.loaded_as) == ((5, 6), -0.5, None)
