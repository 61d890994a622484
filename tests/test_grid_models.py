"""A grid over models: side by side where they fit, each cell stored, and nobody else's model
goes."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.backends.events import Finished, TextDelta
from core.config import Settings
from core.engine.choices import choice_of
from core.engine.host import ModelHost
from core.engine.residents import Bounds, ModelChoice, NoRoom
from core.errors import CheckpointError, EngineError, NotFound
from core.grid import over_models
from core.grid.axes import Axis
from core.grid.over_models import (
    Arriving,
    check_over_models,
    complete_over_models,
    offered_models,
    replay_over_models,
)
from core.grid.records import Run, unfinished
from core.grid.run import Events
from core.grid.spec import GridSpec
from core.grid.stored_run import create_run
from core.jobs import Job
from core.models import loading
from core.models.catalogue import EMBEDDED_FOLDER, CatalogueEntry, Published
from core.models.checkpoint import CONFIG_FILE, read_json
from core.models.preparing import Prepared
from core.sampling.settings import Sampling
from core.servers.listed import Server
from core.store import Store
from tests.bad_server import Handler, saying, serving
from tests.families import KINDS, make

EMBEDDED = ModelChoice(CatalogueEntry("embedded", EMBEDDED_FOLDER), "cpu")


@pytest.fixture
def settings(tmp_path: Path, small_checkpoint: Path) -> Settings:
    shutil.copytree(small_checkpoint, tmp_path / "models" / "small")
    return Settings.from_environment({"PROMPTLAB_DATA": str(tmp_path), "PROMPTLAB_DEVICE": "cpu"})


@pytest.fixture
def host() -> Iterator[ModelHost]:
    opened = ModelHost(EMBEDDED)
    opened.backend()
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db")


def _loaded(host: ModelHost) -> set[str]:
    return {resident.value for resident in host.status().residents}


def run_over(
    store: Store, host: ModelHost, *models: str, temperature: float = 0.0, tokens: int = 4
) -> Run:
    fixed = Sampling(max_new_tokens=tokens, top_p=1.0, seed=0)
    axes = (Axis("model", models), Axis("temperature", (temperature,)))
    return create_run(store.runs, host.backend(), GridSpec("Who are you?", *axes, fixed=fixed))


def test_every_model_writes_its_own_cells_beside_the_others(
    store: Store, host: ModelHost, settings: Settings
) -> None:
    run = run_over(store, host, "small/bf16", "embedded/fp32", "embedded/int8")
    events = list(complete_over_models(store.runs, host, settings, run))
    arrived = {event.value for _tag, event in events if isinstance(event, Arriving)}
    assert arrived <= {"small/bf16", "embedded/int8"}
    cells = store.runs.cells(run.id)
    made_by = [(c.loaded_as.model, c.loaded_as.precision) for c in cells if c.loaded_as]
    assert made_by == [("small", "bf16"), ("embedded", "fp32"), ("embedded", "int8")]
    assert all(cell.mean_logprob is not None and cell.entropies for cell in cells)
    assert unfinished(run.spec, cells) == []
    assert _loaded(host) == {"small/bf16", "embedded/fp32", "embedded/int8"}
    replay = Job("replay", lambda: replay_over_models(host, settings, run.spec, cells), 60)
    replay.wait()
    found = replay.result
    assert found[1].same
    assert found[1].promised
    assert not found[0].promised


def test_two_models_write_at_the_same_time(
    store: Store, host: ModelHost, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits for the other's first word: one after another would never end."""
    met = threading.Barrier(2, timeout=600)
    run = run_over(store, host, "embedded/fp32", "embedded/bf16", tokens=8)
    real = over_models.fill_cells

    def fill(*given: Any) -> Events:
        for number, told in enumerate(real(*given)):
            if number == 0:
                met.wait()
            yield told

    monkeypatch.setattr(over_models, "fill_cells", fill)
    list(complete_over_models(store.runs, host, settings, run))
    assert unfinished(run.spec, store.runs.cells(run.id)) == []


def test_where_there_is_room_for_one_they_come_one_after_another(
    store: Store, settings: Settings
) -> None:
    host = ModelHost(EMBEDDED, bounds=Bounds(models=1))
    try:
        run = run_over(store, host, "embedded/fp32", "small/bf16", "embedded/bf16")
        list(complete_over_models(store.runs, host, settings, run))
        assert unfinished(run.spec, store.runs.cells(run.id)) == []
        with host.hold(choice_of("embedded/fp32", settings)):
            other = run_over(store, host, "embedded/bf16", "embedded/fp32")
            with pytest.raises(NoRoom, match="cannot be unloaded"):
                list(complete_over_models(store.runs, host, settings, other))
        assert [cell.column for cell in store.runs.cells(other.id)] == [0]
        assert [cell.row for cell in store.runs.cells(other.id)] == [1]
    finally:
        host.close()


@pytest.mark.long
def test_a_stop_keeps_what_was_done(store: Store, host: ModelHost, settings: Settings) -> None:
    # Long enough that the stop comes in the middle
    config = settings.model_dir / "small" / CONFIG_FILE
    config.write_text(config.read_text().replace('"seq_length": 256', '"seq_length": 512'))
    run = run_over(store, host, "embedded/bf16", "small/bf16", tokens=300)
    events = complete_over_models(store.runs, host, settings, run)
    for tag, event in events:
        if tag == 1 and isinstance(event, TextDelta):
            break
    events.close()
    cells = store.runs.cells(run.id)
    assert "small" in {cell.loaded_as.model for cell in cells if cell.loaded_as}
    ends = {cell.index: cell.finish_reason for cell in cells}
    assert ends[1] == "cancelled"
    list(complete_over_models(store.runs, host, settings, run))
    assert unfinished(run.spec, store.runs.cells(run.id)) == []


def test_a_stop_while_a_model_is_loaded_ends_the_loading(
    store: Store, host: ModelHost, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = loading.load_prepared

    def load(prepared: Prepared, *rest: object) -> object:
        if prepared.name == "small":
            begun.set()
            assert go_on.wait(600)
        return real(prepared, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load_prepared", load)
    run = run_over(store, host, "embedded/fp32", "small/bf16")
    events = complete_over_models(store.runs, host, settings, run)
    ended = arriving = False
    for tag, event in events:
        ended |= tag == 0 and isinstance(event, Finished)
        arriving |= isinstance(event, Arriving) and event.value == "small/bf16"
        if ended and arriving:
            break
    assert begun.wait(600)
    events.close()
    go_on.set()
    host.wait()
    assert _loaded(host) == {"embedded/fp32"}
    assert [cell.index for cell in store.runs.cells(run.id)] == [0]


def test_a_model_that_fails_keeps_the_rest(
    store: Store, host: ModelHost, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = loading.load_prepared

    def load(prepared: Prepared, *rest: object) -> object:
        if prepared.name == "small":
            raise MemoryError("out of everything")
        return real(prepared, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load_prepared", load)
    run = run_over(store, host, "small/bf16", "embedded/bf16")
    with pytest.raises(EngineError, match="out of everything"):
        list(complete_over_models(store.runs, host, settings, run))
    assert [cell.index for cell in store.runs.cells(run.id)] == [1]


def test_a_damaged_model_is_refused_before_there_is_a_run(
    store: Store, host: ModelHost, settings: Settings
) -> None:
    backend = host.backend()
    (settings.model_dir / "small" / "model-00002-of-00003.safetensors").unlink()
    run = run_over(store, host, "embedded/fp32", "small/bf16")
    with pytest.raises(CheckpointError, match="is missing 1 of 3 shards"):
        check_over_models(host, settings, run.spec)
    with pytest.raises(EngineError, match="is missing 1 of 3 shards"):
        list(complete_over_models(store.runs, host, settings, run))
    check_over_models(host, settings, run_over(store, host, "embedded/bf16").spec)
    assert host.backend() is backend
    assert [cell.index for cell in store.runs.cells(run.id)] == [0]


def test_a_base_model_is_prepared_as_plain_completion(host: ModelHost, tmp_path: Path) -> None:
    kind = replace(KINDS["qwen2"], template="{{ raise_exception('not for a base model') }}")
    folder = make(tmp_path / "base", kind)
    published = Published("someone/base", "Apache 2.0", {}, 1, read_json(folder / CONFIG_FILE))
    chat = ModelChoice(CatalogueEntry("base", folder, published), "cpu", "fp32")
    with pytest.raises(EngineError, match="not for a base model"):
        host.backend(chat)
    base = replace(chat, entry=replace(chat.entry, published=replace(published, chat=False)))
    assert not base.prepared({}).tokenizer.chat
    assert "chat" not in host.backend(base).can


def test_only_what_the_operator_offers_is_on_the_axis(settings: Settings) -> None:
    offered = offered_models(settings, {})
    assert offered[:2] == ["embedded/fp32", "embedded/bf16"]
    assert "small/int8" in offered
    assert not any(value.startswith("chatglm3-6b") for value in offered)
    assert {choice_of(value, settings).entry.name for value in offered} == {"embedded", "small"}
    for value in ("chatglm3-6b/fp16", str(EMBEDDED_FOLDER), "nowhere/fp32"):
        with pytest.raises(NotFound):
            choice_of(value, settings)


def test_a_model_on_a_server_writes_beside_one_that_is_here(
    store: Store, host: ModelHost, settings: Settings
) -> None:
    with serving(_from_afar) as server:
        there = replace(settings, added_servers=(Server("there", server.url),))
        assert "there" in offered_models(there, host.freed())
        run = run_over(store, host, "there", "embedded/fp32")
        check_over_models(host, there, run.spec)
        list(complete_over_models(store.runs, host, there, run))
        afar, here = store.runs.cells(run.id)
        assert (afar.text, afar.finish_reason) == ("An answer from afar.", "stop")
        assert afar.loaded_as
        assert afar.loaded_as.model == "there"
        # A server tells no scores
        assert (afar.mean_logprob, afar.token_ids) == (None, ())
        assert here.mean_logprob is not None
        assert unfinished(run.spec, [afar, here]) == []
        assert _loaded(host) == {"embedded/fp32"}


def _from_afar(handler: Handler) -> None:
    if handler.path.endswith("/models"):
        handler.whole({"object": "list", "data": [{"id": "big"}]})
    else:
        saying("An answer ", "from afar.")(handler)
