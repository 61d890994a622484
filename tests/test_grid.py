"""The sampling grid: stopped, interrupted and filled runs lose nothing; exports are safe and
exact."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from core.backends.events import Finished, TextDelta, Usage
from core.backends.reply import parse_reply, reply_text
from core.engine.engine import Engine
from core.errors import InvalidInput, PromptTooLong
from core.grid.axes import Axis
from core.grid.export import export_csv, export_json, export_markdown, table
from core.grid.measures import MEASURES
from core.grid.records import Cell, LoadedAs, Run, cells_of, filled, unfinished, unscored
from core.grid.run import (
    Scoring,
    check_grid,
    replay_cells,
    run_grid,
    score_cells,
)
from core.grid.spec import GridSpec
from core.grid.stored_run import (
    complete_run,
    create_run,
    fill_run,
    score_run,
)
from core.jobs import Jobs
from core.sampling.settings import Sampling
from core.store import Store
from tests.scripted import ScriptedBackend

Result = TypeVar("Result")
# At temperature 2 without a cut an end token is one of thousands
WILD = (Axis("temperature", (2.0,)), Axis("top_p", (1.0,)))
LONG = GridSpec("Tell me a story.", *WILD, samples=4, fixed=Sampling(max_new_tokens=500, seed=0))
SHORT = GridSpec(
    "Who are you?",
    Axis("temperature", (0.0, 1.5)),
    Axis("top_p", (0.5, 1.0)),
    fixed=Sampling(max_new_tokens=12, seed=0),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db")


@pytest.fixture(scope="module")
def texts(engine: Engine) -> list[Cell]:
    """The cells of `SHORT`, generated in one go."""
    return whole(engine, SHORT)


def whole(engine: Engine, spec: GridSpec) -> list[Cell]:
    ends = {index: event for index, event in run_grid(engine, spec) if isinstance(event, Finished)}
    return [filled(cell, ends[cell.index]) for cell in cells_of(spec)]


def stored_run(store: Store, **values: str) -> Run:
    """A run of `SHORT` without cells."""
    return store.runs.create(SHORT, **{"model": "embedded", **values})


def tokens(cells: list[Cell]) -> list[tuple[int, ...]]:
    return [cell.token_ids for cell in cells]


def returned(work: Generator[Any, None, Result]) -> Result:
    """What a generator gives at its end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def stop_at_text(store: Store, engine: Engine, run: Run) -> None:
    """Fill a run until every cell has a text, then leave."""
    begun = set()
    events = fill_run(store.runs, engine, run)
    for index, event in events:
        # Before its text an answer has tokens that say which part of a reply begins
        if isinstance(event, TextDelta) and event.text:
            begun.add(index)
        if len(begun) == len(cells_of(run.spec)):
            break
    events.close()


def test_a_stopped_run_keeps_the_texts_that_were_on_their_way(store: Store, engine: Engine) -> None:
    run = create_run(store.runs, engine, LONG)
    stop_at_text(store, engine, run)
    cells = list(store.runs.cells(run.id))
    assert [cell.finish_reason for cell in cells] == ["cancelled"] * 4
    assert all(cell.token_ids and cell.usage for cell in cells)
    assert [cell.text for cell in cells] == [
        reply_text(parse_reply(engine.tokenizer, cell.token_ids)) for cell in cells
    ]
    assert len(unfinished(LONG, cells)) == 4
    assert engine.status().running == engine.status().waiting == 0


def test_filling_a_stopped_run_gives_what_an_undisturbed_one_gives(
    store: Store, engine: Engine
) -> None:
    fixed = Sampling(max_new_tokens=60, seed=0)
    spec = GridSpec("Tell me a story.", *WILD, samples=3, fixed=fixed)
    run = create_run(store.runs, engine, spec)
    stop_at_text(store, engine, run)
    stopped = tokens(list(store.runs.cells(run.id)))
    list(fill_run(store.runs, engine, run))
    cells = list(store.runs.cells(run.id))
    assert tokens(cells) == tokens(whole(engine, spec))
    assert [ids[: len(part)] for ids, part in zip(tokens(cells), stopped, strict=True)] == stopped
    assert unfinished(spec, cells) == []


def test_filling_runs_the_missing_cells_alone(
    store: Store, engine: Engine, texts: list[Cell]
) -> None:
    run = create_run(store.runs, engine, SHORT)
    kept = texts[1].filled(text="not what the seed gives")
    store.runs.save_cell(run.id, kept)
    ran = {index for index, _event in fill_run(store.runs, engine, run) if index is not None}
    assert ran == {0, 2, 3}
    assert store.runs.cells(run.id)[1] == kept
    assert tokens(list(store.runs.cells(run.id))) == tokens(texts)


def test_stopping_again_earlier_keeps_the_longer_text(store: Store, engine: Engine) -> None:
    run = create_run(store.runs, engine, LONG)
    before = [
        cell.filled(text="long " * 400, token_ids=tuple(range(400)), finish_reason="cancelled")
        for cell in cells_of(LONG)
    ]
    for cell in before:
        store.runs.save_cell(run.id, cell)
    stop_at_text(store, engine, run)
    assert list(store.runs.cells(run.id)) == before


def test_a_failed_cell_counts_as_a_gap(texts: list[Cell]) -> None:
    failed = texts[2].filled(finish_reason="error", error="broken")
    assert [c.index for c in unfinished(SHORT, [*texts[:2], failed])] == [2, 3]


def test_a_run_that_was_deleted_meanwhile_is_left_quietly(store: Store, engine: Engine) -> None:
    run = create_run(store.runs, engine, LONG)
    events = fill_run(store.runs, engine, run)
    while not isinstance(next(events)[1], TextDelta):
        pass
    store.runs.delete(run.id)
    events.close()
    assert store.runs.list() == []
    assert engine.status().running == engine.status().waiting == 0


def test_a_killed_server_leaves_the_finished_cells(store: Store, tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from core.store import Store
from core.grid.axes import Axis
from core.grid.records import Cell
from core.grid.spec import GridSpec
store = Store.open(Path({str(tmp_path / "promptlab.db")!r}))
spec = GridSpec("p", Axis("temperature", (0.0, 1.0)), Axis("top_p", (1.0,)))
run = store.runs.create(spec, "m")
store.runs.save_cell(run.id, Cell(0, 0, 0, 0, 0, "text", (1, 2), "stop"))
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == -9
    (run,) = store.runs.list()
    cells = store.runs.cells(run.id)
    assert [cell.text for cell in cells] == ["text"]
    assert [cell.index for cell in unfinished(run.spec, cells)] == [1]


def test_scores_come_later_and_are_those_of_all_at_once(
    store: Store, engine: Engine, texts: list[Cell]
) -> None:
    run = create_run(store.runs, engine, SHORT)
    scored = score_cells(engine, SHORT, texts)
    kept = texts[0].filled(mean_logprob=-123.0, greedy_prefix=1)
    for cell in (kept, *texts[1:]):
        store.runs.save_cell(run.id, cell)
    assert [cell.index for cell in unscored(store.runs.cells(run.id))] == [1, 2, 3]
    told = [event for _tag, event in score_run(store.runs, engine, run)]
    assert told == [Scoring()]
    found = [cell.mean_logprob for cell in store.runs.cells(run.id)]
    assert found[0] == -123.0
    assert found[1:] == pytest.approx([c.mean_logprob for c in scored[1:]], abs=1e-5)
    assert unscored(store.runs.cells(run.id)) == []


def test_another_model_neither_fills_nor_scores(store: Store, engine: Engine) -> None:
    run = stored_run(store, model="elsewhere")
    with pytest.raises(InvalidInput, match="elsewhere"):
        list(fill_run(store.runs, engine, run))
    with pytest.raises(InvalidInput, match="elsewhere"):
        list(score_run(store.runs, engine, run))


# --- exports ----------------------------------------------------------------------------------

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
NASTY = [f'{start}HYPERLINK("http://x","y")' for start in STARTS]
PLAIN = ["", "a = b", "'quoted'", 'a "b", c\nd', "你好 🦊", "1-2"]


def cell(index: int, text: str) -> Cell:
    usage = Usage(3, 2, 0.125, 17.3)
    score = -0.1 - index / 3
    by = LoadedAs("embedded", "fp32", "cpu")
    place = (index // 2 % 2, index % 2)
    return Cell(index, *place, 0, 7, text, (1, 2), "stop", None, score, (0.5, 1.25), 1, by, usage)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", NASTY)
def test_no_text_becomes_a_formula_in_csv(text: str) -> None:
    (row,) = rows_of(export_csv(SHORT, [cell(0, text)]))
    assert row["text"] == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay_as_they_are_in_csv(text: str) -> None:
    (row,) = rows_of(export_csv(SHORT, [cell(0, text)]))
    assert row["text"] == text


def test_numbers_stay_numbers_in_csv() -> None:
    rows = rows_of(export_csv(SHORT, [cell(0, "a"), cell(1, "b")]))
    assert [float(row["mean_logprob"]) for row in rows] == [-0.1, -0.1 - 1 / 3]
    assert list(rows[0]) == list(table(SHORT, [cell(0, "a")])[0])


def test_json_has_everything_unchanged(store: Store) -> None:
    run = stored_run(store, model="m", title="=1+1")
    cells = [cell(index, text) for index, text in enumerate([*NASTY, *PLAIN])]
    content = json.loads(export_json(run, cells))
    lists = ("token_ids", "entropies")
    assert [
        Cell(
            **{
                **c,
                **{name: tuple(c[name]) for name in lists},
                "usage": Usage(**c["usage"]),
                "loaded_as": LoadedAs(**c["loaded_as"]),
            }
        )
        for c in content["cells"]
    ] == cells
    assert content["run"]["title"] == "=1+1"
    assert content["run"]["created_at"] == run.created_at.isoformat()
    assert tuple(content["run"]["rows"]["values"]) == run.spec.rows.values


def test_markdown_has_every_text_and_measure(store: Store) -> None:
    run = stored_run(store)
    content = export_markdown(run, [cell(index, text) for index, text in enumerate(PLAIN[1:5])])
    assert all(f"> {line}" in content for text in PLAIN[1:5] for line in text.splitlines())
    assert "| T 0 · p 0.5 | -0.10 | 0.88 | 0.50 | 2 | 0.00 |" in content
    assert content.startswith("# Who are you?\n")


def test_the_best_of_a_run_goes_out_with_every_file(store: Store) -> None:
    run = stored_run(store)
    best = replace(cell(1, "the best text"), starred=True, note="calm, and to the point")
    cells = [cell(0, "another text"), best]
    rows = rows_of(export_csv(SHORT, cells))
    assert [(row["starred"], row["note"]) for row in rows] == [("False", ""), ("True", best.note)]
    kept = json.loads(export_json(run, cells))["cells"][1]
    assert (kept["starred"], kept["note"]) == (True, best.note)
    content = export_markdown(run, cells)
    head, texts = content.split("| cell |")
    assert head.index("## Best of this run") < head.index("★ T 0 · p 1")
    assert "> the best text" in head
    assert best.note in head
    assert "another text" not in head
    assert "> another text" in texts
    assert "Best of this run" not in export_markdown(run, cells[:1])


def test_a_file_can_have_the_title_of_the_model_too(store: Store) -> None:
    content = export_markdown(stored_run(store), [cell(0, "a")], "Small model fp32 (embedded)")
    assert "Small model fp32 (embedded) · " in content


# --- replay -----------------------------------------------------------------------------------


def test_a_replay_in_float32_gives_the_same_tokens_and_says_where_not(
    store: Store, engine: Engine
) -> None:
    run = create_run(store.runs, engine, SHORT)
    list(fill_run(store.runs, engine, run))
    cells = list(store.runs.cells(run.id))
    changed = cells[2].filled(token_ids=(*cells[2].token_ids[:3], 0, 0), loaded_as=None)
    found = returned(replay_cells(engine, SHORT, [*cells[:2], changed]))
    assert [found[i].first_difference for i in range(3)] == [None, None, 4]
    assert all(one.promised for one in found.values())
    elsewhere = cells[0].filled(loaded_as=LoadedAs("embedded", "bf16", "cpu"))
    again = returned(replay_cells(engine, SHORT, [elsewhere]))
    assert not again[0].promised


# --- jobs, and models that give no tokens -------------------------------------------------------


def test_a_grid_goes_on_with_nobody_looking_and_tells_all_of_it_to_who_comes_back(
    store: Store,
) -> None:
    backend = ScriptedBackend("One story.", "Another one.")
    backend.hold()
    run = create_run(store.runs, backend, SHORT)
    job = Jobs(60).start(("run", run.id), lambda: complete_run(store.runs, backend, run))
    with closing(job.events()) as looking:
        assert any(isinstance(event, TextDelta) for _tag, event in looking)
    assert job.running
    backend.go_on()
    job.wait(60)
    cells = store.runs.cells(run.id)
    assert [cell.finish_reason for cell in cells] == ["stop"] * 4
    ends = {tag: event for tag, event in job.events() if isinstance(event, Finished)}
    assert {index: end.text for index, end in ends.items()} == {c.index: c.text for c in cells}


@pytest.mark.parametrize("stopped", [True, False])
def test_a_grid_that_is_stopped_or_forgotten_keeps_what_had_a_text(
    store: Store, stopped: bool
) -> None:
    backend = ScriptedBackend("One story.")
    backend.hold()
    run = create_run(store.runs, backend, SHORT)
    jobs = Jobs(60 if stopped else 0)
    job = jobs.start(("run", run.id), lambda: complete_run(store.runs, backend, run))
    if stopped:
        with closing(job.events()) as looking:
            assert any(isinstance(event, TextDelta) for _tag, event in looking)
        jobs.forget(("run", run.id))
    job.wait(60)
    assert not job.running
    assert {cell.finish_reason for cell in store.runs.cells(run.id)} <= {"cancelled"}
    assert len(unfinished(SHORT, store.runs.cells(run.id))) == 4
    backend.go_on()
    list(complete_run(store.runs, backend, run))
    assert unfinished(SHORT, store.runs.cells(run.id)) == []


def test_a_grid_is_scored_when_its_texts_are_there(store: Store, engine: Engine) -> None:
    run = create_run(store.runs, engine, SHORT)
    told = list(complete_run(store.runs, engine, run))
    assert told[-1] == (None, Scoring())
    assert sum(isinstance(event, Finished) for _tag, event in told) == 4
    assert unscored(store.runs.cells(run.id)) == []
    assert all(cell.greedy_prefix is not None for cell in store.runs.cells(run.id))
    assert list(complete_run(store.runs, engine, run)) == []


def test_what_does_not_fit_is_refused_before_there_is_a_run(engine: Engine) -> None:
    check_grid(engine, SHORT)
    with pytest.raises(PromptTooLong):
        check_grid(engine, replace(SHORT, prompt="why " * 5000))
    short = Axis("max_length", (200, 4))
    with pytest.raises(PromptTooLong):
        check_grid(engine, replace(SHORT, columns=short, fixed=Sampling(seed=0)))


def test_texts_without_token_ids_are_texts_all_the_same(store: Store) -> None:
    texts = ["One fox.", "One fox.", "A hen.", ""]
    run = create_run(store.runs, ScriptedBackend(), SHORT)
    told = list(complete_run(store.runs, ScriptedBackend(*texts), run))
    assert (None, Scoring()) not in told
    cells = store.runs.cells(run.id)
    assert [cell.text for cell in cells] == texts
    assert [cell.written for cell in cells] == [True, True, True, False]
    assert [cell.tokens for cell in cells] == [2, 2, 2, None]
    assert unfinished(SHORT, cells) == unscored(cells) == []
    measured = {name for name, measure in MEASURES.items() if measure.spread(cells)}
    assert measured == {"length", "ended_by_length", "self_bleu"}
    stored = [cells[0].filled(text="One fax."), *cells[1:]]
    found = returned(replay_cells(ScriptedBackend(*texts), SHORT, stored))
    assert [found[i].first_difference for i in range(4)] == [6, None, None, None]
    assert found[0].unit == "character"
