"""A run keeps the ids of its prompts: what is done with it later reads what was read at first."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from transformers.utils import chat_template_utils

from core.engine.engine import Engine
from core.grid.axes import Axis
from core.grid.prompts import KeptPrompt, prompt_ids
from core.grid.records import Run
from core.grid.run import replay_cells
from core.grid.spec import GridSpec
from core.grid.stored_run import complete_run, create_run, score_run
from core.models.loading import load
from core.sampling.settings import Sampling
from core.store import Store
from tests.families import CHATML, KINDS, make
from tests.scripted import ScriptedBackend

SPEC = GridSpec(
    "Who are you?",
    Axis("temperature", (0.0, 1.5)),
    Axis("persona", ("", "You are Chef Anna.")),
    fixed=Sampling(max_new_tokens=6, seed=3),
)
DATED = "{{- '<|im_start|>system\\nToday is ' + strftime_now('%d %B %Y') + '.<|im_end|>\\n' }}"
UNSCORED = {"mean_logprob": None, "entropies": (), "greedy_prefix": None}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db")


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A model whose chat template writes today's date into every prompt."""
    kind = replace(KINDS["qwen2"], template=DATED + CHATML)
    folder = make(tmp_path_factory.mktemp("dated") / "model", kind)
    engine = Engine(load(folder, name="dated", device="cpu", precision="fp32"))
    yield engine
    engine.close()


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes it this day of January for the templates."""

    def on(day: int) -> None:
        clock = type("Clock", (), {"now": staticmethod(lambda: datetime(2031, 1, day))})
        monkeypatch.setattr(chat_template_utils, "datetime", clock)

    return on


def begun(store: Store, engine: Engine) -> Run:
    """A run that is complete and scored."""
    run = create_run(store.runs, engine, SPEC)
    list(complete_run(store.runs, engine, run))
    return store.runs.get(run.id)


def returned(work: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_a_replay_reads_the_date_of_the_run(
    store: Store, dated: Engine, on_day: Callable[[int], None]
) -> None:
    on_day(1)
    run = begun(store, dated)
    on_day(2)
    today = dated.tokenizer.prompt_ids(SPEC.messages((0, 0)))
    assert prompt_ids(dated, SPEC, (0, 0), run.prompts) != tuple(today)
    cells = store.runs.cells(run.id)
    found = returned(replay_cells(dated, SPEC, cells, run.prompts))
    assert len(found) == len(cells) == 4
    assert all(one.same for one in found.values())
    anew = returned(replay_cells(dated, SPEC, cells))
    assert not all(one.same for one in anew.values())


def test_what_is_filled_and_scored_later_is_as_if_it_had_been_at_first(
    store: Store, dated: Engine, on_day: Callable[[int], None]
) -> None:
    on_day(1)
    whole = begun(store, dated)
    cells = store.runs.cells(whole.id)
    part = create_run(store.runs, dated, SPEC)
    store.runs.keep_prompts(part.id, whole.prompts)
    store.runs.save_cell(part.id, cells[0].filled(**UNSCORED))
    on_day(2)
    list(complete_run(store.runs, dated, part))
    after = store.runs.cells(part.id)
    assert [cell.token_ids for cell in after] == [cell.token_ids for cell in cells]
    scores = [cell.mean_logprob for cell in after]
    assert scores == pytest.approx([cell.mean_logprob for cell in cells], abs=1e-4)


def test_there_is_one_prompt_for_each_persona_and_it_is_kept_once(
    store: Store, dated: Engine, on_day: Callable[[int], None]
) -> None:
    on_day(1)
    run = begun(store, dated)
    assert [(one.model, one.system) for one in run.prompts] == [
        ("dated", ""),
        ("dated", "You are Chef Anna."),
    ]
    on_day(2)
    list(score_run(store.runs, dated, run))
    changed = tuple(replace(one, ids=(1, 2)) for one in run.prompts)
    assert store.runs.keep_prompts(run.id, changed) == run.prompts
    assert store.runs.get(run.id).prompts == run.prompts


def test_the_ids_of_another_model_are_not_read(store: Store, dated: Engine) -> None:
    foreign = (KeptPrompt("another", "", (1, 2, 3)),)
    own = tuple(dated.tokenizer.prompt_ids(SPEC.messages((0, 0))))
    assert prompt_ids(dated, SPEC, (0, 0), foreign) == own


def test_a_model_without_token_ids_reads_the_messages(store: Store) -> None:
    backend = ScriptedBackend()
    run = begun(store, backend)  # type: ignore[arg-type]
    assert run.prompts == ()
    kept = (KeptPrompt(backend.facts.name, "", (1, 2, 3)),)
    backend.asked.clear()
    returned(replay_cells(backend, SPEC, store.runs.cells(run.id), kept))
    assert len(backend.asked) == 4
    assert all(request.messages for request in backend.asked)
