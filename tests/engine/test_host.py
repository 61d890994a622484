"""One model at a time: switching, failing, cancelling, and what the streams are told."""

import gc
import logging
import shutil
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedConfig
from transformers.generation.continuous_batching.cache import PagedAttentionCache

from benchmarks.switching import tensors_alive
from core.backends.request import Request
from core.engine.host import Loading, ModelChoice, ModelHost
from core.errors import EngineError
from core.models import loading
from core.models.catalogue import EMBEDDED_FOLDER, CatalogueEntry
from core.models.preparing import Prepared
from core.sampling.settings import Sampling

EMBEDDED = ModelChoice(CatalogueEntry("embedded", EMBEDDED_FOLDER), "cpu")


@pytest.fixture
def small(small_checkpoint: Path) -> ModelChoice:
    return ModelChoice(CatalogueEntry("small", small_checkpoint), "cpu", "bf16")


@pytest.fixture
def host() -> Iterator[ModelHost]:
    opened = ModelHost(EMBEDDED)
    yield opened
    opened.close()


def _request(host: ModelHost, tokens: int) -> Request:
    ids = tuple(host.backend().tokenizer.encode("What is top_p?"))
    return Request(ids, Sampling(temperature=0, max_new_tokens=tokens))


def test_another_model_takes_the_place_of_the_first(host: ModelHost, small: ModelChoice) -> None:
    assert host.backend().facts.name == "embedded"
    host.switch(small)
    host.wait()
    state = host.status()
    assert (state.loaded, state.loading, state.error) == (small, None, None)
    facts = host.backend().facts
    assert (facts.name, facts.precision) == ("small", "bf16")
    end = host.backend().submit(_request(host, 4)).result()
    assert end.error is None
    assert len(end.token_ids) <= 4


def test_streams_in_flight_end_with_the_reason(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = host.backend()
    # The stream must still be in flight when the model goes: nothing is delivered to it
    monkeypatch.setattr(engine, "_deliver", lambda output: None)
    stream = engine.submit(_request(host, 900))
    host.switch(small)
    host.wait()
    assert stream.result().error == "embedded was unloaded for another model. Ask again."
    with pytest.raises(EngineError, match="unloaded"):
        engine.submit(_request(host, 4))


def test_a_damaged_model_leaves_the_loaded_one_alone(
    host: ModelHost, small_checkpoint: Path, tmp_path: Path
) -> None:
    engine = host.backend()
    folder = shutil.copytree(small_checkpoint, tmp_path / "damaged")
    (folder / "model-00002-of-00003.safetensors").unlink()
    host.switch(ModelChoice(CatalogueEntry("damaged", folder), "cpu"))
    host.wait()
    assert host.backend() is engine
    assert host.status().loaded == EMBEDDED
    assert "is missing 1 of 3 shards" in (host.status().error or "")


def test_a_model_that_fails_while_it_is_read_brings_the_old_one_back(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = host.backend().submit(_request(host, 8)).result().token_ids
    real = loading.load_prepared

    def load(prepared: Prepared, *rest: object) -> object:
        if prepared.name == "small":
            raise MemoryError("out of everything")
        return real(prepared, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load_prepared", load)
    host.switch(small)
    host.wait()
    assert host.status().loaded == EMBEDDED
    assert "out of everything" in (host.status().error or "")
    assert host.backend().submit(_request(host, 8)).result().token_ids == before


def test_no_memory_for_the_cache_brings_the_old_model_back(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.wait()
    real = PagedAttentionCache.__init__

    def make(self: PagedAttentionCache, config: PreTrainedConfig, *rest: Any, **named: Any) -> None:
        if config.num_hidden_layers == 2:
            raise RuntimeError("cannot allocate memory")
        real(self, config, *rest, **named)

    monkeypatch.setattr(PagedAttentionCache, "__init__", make)
    host.switch(small)
    host.wait()
    assert host.status().loaded == EMBEDDED
    assert "cannot allocate memory" in (host.status().error or "")
    assert host.backend().status().alive


def test_cancelling_brings_the_old_model_back(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.backend()
    reached, go_on = threading.Event(), threading.Event()
    real = loading.load_prepared

    def load(prepared: Prepared, *rest: object) -> object:
        if prepared.name == "small":
            reached.set()
            assert go_on.wait(60)
        return real(prepared, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load_prepared", load)
    host.switch(small)
    assert reached.wait(60)
    assert host.status().loading is not None
    assert not host.ready()
    with pytest.raises(EngineError, match="small is being loaded"):
        host.switch(EMBEDDED)
    host.cancel()
    go_on.set()
    host.wait()
    assert host.status().loaded == EMBEDDED
    assert host.status().error == "Loading was cancelled."


def test_without_any_model_the_reason_is_told(tmp_path: Path) -> None:
    host = ModelHost(ModelChoice(CatalogueEntry("nothing", tmp_path / "nothing"), "cpu"))
    with pytest.raises(EngineError, match="no model folder"):
        host.backend()
    assert host.ready()
    host.switch(EMBEDDED)
    assert host.backend().facts.name == "embedded"
    host.close()
    host.close()


def test_the_time_left_follows_from_the_time_so_far() -> None:
    assert Loading(EMBEDDED, 0.0, 1.0).seconds_left is None
    assert Loading(EMBEDDED, 0.25, 10.0).seconds_left == 30.0


@pytest.mark.parametrize("times", [6, pytest.param(20, marks=pytest.mark.long)])
def test_switching_many_times_keeps_no_model(
    host: ModelHost, small: ModelChoice, caplog: pytest.LogCaptureFixture, times: int
) -> None:
    # A record that pytest keeps would hold an exception, and its frames the first nf4 model
    caplog.set_level(logging.ERROR, logger="bitsandbytes.backends.cpu.ops")
    models, threads, alive = [weakref.ref(host.backend()._loaded.model)], [], []
    packed = replace(small, precision="nf4")
    for turn in range(times):
        host.switch(EMBEDDED if turn % 2 else packed if turn % 4 else small)
        host.wait()
        assert host.status().error is None
        models.append(weakref.ref(host.backend()._loaded.model))
        if turn % 2:
            alive.append(tensors_alive())
            threads.append(threading.active_count())
    gc.collect()
    assert [model() is None for model in models] == [True] * times + [False]
    # The same model is loaded each time, so the same tensors and threads are there, give or take
    # the few that a thread is about to let go of; a model has more than fifty
    counts, held = zip(*alive[1:], strict=True)
    assert max(counts) - counts[0] < 10
    assert max(held) < 1.1 * held[0]
    assert max(threads[2:]) <= threads[1]
