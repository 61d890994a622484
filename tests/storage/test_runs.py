"""Runs of the playground and their cells."""

from core.storage import Store
from core.storage.records import Cell


def test_a_cell_is_replaced_by_its_later_state(store: Store) -> None:
    run = store.runs.create(
        prompt="p",
        system="",
        model="m",
        temperatures=(0.0, 1.0),
        top_ps=(1.0,),
        samples=1,
        base_seed=0,
        top_k=0,
        max_new_tokens=5,
    )
    cell = Cell(0, 0.0, 1.0, 0, 0, "text", (1, 2), "stop")
    store.runs.save_cell(run.id, cell)
    store.runs.save_cell(run.id, cell.filled(mean_logprob=-1.5))
    assert list(store.runs.cells(run.id)) == [cell.filled(mean_logprob=-1.5)]
    assert store.runs.get(run.id) == run
