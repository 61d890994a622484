"""Several models at once: who is loaded, who waits, who leaves, and what the streams are told."""

import gc
import logging
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedConfig
from transformers.generation.continuous_batching.cache import PagedAttentionCache

from benchmarks.switching import tensors_alive
from core.backends.backend import Backend
from core.backends.request import Request
from core.engine.host import ModelHost
from core.engine.residents import Bounds, Loading, ModelChoice, NoRoom
from core.errors import EngineError, InvalidInput
from core.models import loading, machine
from core.models.catalogue import EMBEDDED_FOLDER, CatalogueEntry
from core.models.plan import plan
from core.models.preparing import Prepared
from core.sampling.settings import Sampling

EMBEDDED = ModelChoice(CatalogueEntry("embedded", EMBEDDED_FOLDER), "cpu")
BF16 = replace(EMBEDDED, precision="bf16")
INT8 = replace(EMBEDDED, precision="int8")


@pytest.fixture
def small(small_checkpoint: Path) -> ModelChoice:
    return ModelChoice(CatalogueEntry("small", small_checkpoint), "cpu", "bf16")


@pytest.fixture
def opened() -> Iterator[Callable[..., ModelHost]]:
    hosts = []

    def open_(choice: ModelChoice | None = EMBEDDED, **bounds: Any) -> ModelHost:
        hosts.append(ModelHost(choice, bounds=Bounds(**bounds)))
        return hosts[-1]

    yield open_
    for host in hosts:
        host.close()


@pytest.fixture
def host(opened: Callable[..., ModelHost]) -> ModelHost:
    return opened()


def _request(backend: Backend, tokens: int) -> Request:
    ids = tuple(backend.tokenizer.encode("What is top_p?"))  # type: ignore[attr-defined]
    return Request(ids, Sampling(temperature=0, max_new_tokens=tokens))


def _names(host: ModelHost) -> list[str]:
    """The loaded models, the last used first."""
    return [resident.value for resident in host.status().residents]


class Gate:
    """Every loading of a model called `name` waits before its weights are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, fails: str = "") -> None:
        self.reached, self.go_on, self.loads = threading.Event(), threading.Event(), 0
        real = loading.load_prepared

        def load(prepared: Prepared, *rest: object) -> object:
            if prepared.name == name:
                self.loads += 1
                self.reached.set()
                assert self.go_on.wait(600)
                if fails:
                    raise MemoryError(fails)
            return real(prepared, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(loading, "load_prepared", load)


def test_models_answer_side_by_side_as_they_do_alone(host: ModelHost, small: ModelChoice) -> None:
    first = host.backend()
    alone = first.submit(_request(first, 24)).result()
    second = host.backend(small)
    own = second.submit(_request(second, 24)).result()
    assert _names(host) == ["small/bf16", "embedded/fp32"]
    streams = [backend.submit(_request(backend, 24)) for backend in (first, second)]
    together = [stream.result() for stream in streams]
    assert [end.token_ids for end in together] == [alone.token_ids, own.token_ids]
    assert host.backend() is first
    assert host.backend(small) is second


def test_a_choice_of_what_the_plan_chose_is_the_same_model(host: ModelHost) -> None:
    first = host.backend()
    assert host.backend(replace(EMBEDDED, precision="fp32")) is first
    packed = host.backend(BF16)
    assert packed.facts.precision == "bf16"
    assert host.backend(EMBEDDED) is first
    assert host.status().resident(EMBEDDED).backend is first  # type: ignore[union-attr]


def test_what_somebody_loaded_says_nothing_about_an_open_choice(
    opened: Callable[..., ModelHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = opened(BF16)
    host.backend(BF16)
    assert host.backend(EMBEDDED).facts.precision == "fp32"
    anywhere = replace(EMBEDDED, device="auto")
    assert host.status().resident(anywhere) is None
    assert host.backend(anywhere) is host.backend(EMBEDDED)
    # Known from then on, without another look at the files
    monkeypatch.setattr(ModelChoice, "prepared", lambda *given: pytest.fail("looked again"))
    assert host.backend(anywhere) is host.backend(EMBEDDED)
    assert host.status().resident(anywhere) is not None


def test_an_open_and_a_settled_choice_of_one_model_are_loaded_once(
    opened: Callable[..., ModelHost],
) -> None:
    host = opened(None)
    choices = [EMBEDDED, replace(EMBEDDED, precision="fp32"), EMBEDDED]
    with ThreadPoolExecutor() as threads:
        backends = list(threads.map(host.backend, choices))
    assert len(set(map(id, backends))) == 1
    assert _names(host) == ["embedded/fp32"]


def test_an_open_choice_takes_what_is_in_use_rather_than_nothing(
    opened: Callable[..., ModelHost],
) -> None:
    host = opened(BF16, models=1)
    with host.hold(BF16) as backend:
        assert host.backend(EMBEDDED) is backend
        with pytest.raises(NoRoom):
            host.backend(INT8)


def test_several_who_ask_wait_for_the_one_loading(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.backend()
    gate = Gate(monkeypatch, "small")
    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(host.backend, small) for _visitor in range(4)]
        assert gate.reached.wait(600)
        gate.go_on.set()
        assert len({id(one.result()) for one in asked}) == 1
    assert gate.loads == 1


def test_answers_go_on_while_another_model_is_loaded(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = host.backend()
    gate = Gate(monkeypatch, "small")
    host.begin(small)
    assert gate.reached.wait(600)
    assert [loading.choice for loading in host.status().loadings] == [small]
    assert first.submit(_request(first, 8)).result().error is None
    assert host.backend(BF16).facts.precision == "bf16"
    gate.go_on.set()
    host.wait()
    assert len(_names(host)) == 3


def test_the_one_unused_for_longest_leaves(opened: Callable[..., ModelHost]) -> None:
    host = opened(models=2)
    first, second = host.backend(), host.backend(BF16)
    host.backend()
    third = host.backend(INT8)
    assert _names(host) == ["embedded/int8", "embedded/fp32"]
    assert [one.closed for one in (first, second, third)] == [False, True, False]
    with pytest.raises(EngineError, match="unloaded"):
        second.submit(_request(first, 4))


def test_one_that_answers_or_is_held_never_leaves(
    opened: Callable[..., ModelHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = opened(models=1)
    engine: Any = host.backend()
    # In flight until it is cancelled: nothing is delivered to it
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_deliver", lambda output: None)
        stream = engine.submit(_request(engine, 900))
        with pytest.raises(NoRoom, match=r"at most 1 model is .* fp32 cannot"):
            host.backend(BF16)
        with pytest.raises(EngineError, match="is in use"):
            host.unload(engine)
        stream.cancel()
    with host.hold(), pytest.raises(NoRoom, match="cannot be unloaded"):
        host.backend(BF16)
    with host.keep(engine), pytest.raises(NoRoom, match="cannot be unloaded"):
        host.backend(BF16)
    assert not engine.closed
    assert host.status().failure(BF16) is not None
    assert host.backend(BF16).facts.precision == "bf16"
    assert host.status().failure(BF16) is None
    with pytest.raises(EngineError, match="unloaded"), host.keep(engine):
        pass


def test_a_pinned_one_stays_whatever_comes(opened: Callable[..., ModelHost]) -> None:
    host = opened(models=2, pinned=("small", "embedded"))
    first = host.backend()
    with pytest.raises(EngineError, match="pinned"):
        host.unload(first)
    host.backend(BF16)
    with pytest.raises(NoRoom, match="at most 2"):
        host.backend(INT8)
    assert not first.closed


def test_all_models_together_stay_below_the_operators_bound(
    opened: Callable[..., ModelHost],
) -> None:
    two = opened(memory=round(2.5 * EMBEDDED.prepared({}).plan.total))
    two.backend()
    two.backend(BF16)
    assert len(_names(two)) == 2
    nothing_free = replace(machine.processor(), free=0)
    only = opened(memory=plan(EMBEDDED.entry.sizes, "fp32", nothing_free).total + 10**6)
    first = only.backend()
    with only.keep(first), pytest.raises(NoRoom, match="fp32 cannot be unloaded now"):
        only.backend(BF16)
    only.backend(BF16)
    assert _names(only) == ["embedded/bf16"]
    with pytest.raises(EngineError, match="this model needs") as refused:
        opened(memory=10**6).backend()
    assert not isinstance(refused.value, NoRoom)


def test_what_others_have_still_to_take_is_not_free(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine with room for one: the second waits for the first to be idle, or takes its
    place."""
    first = host.backend()
    loaded = host.status().residents[0].plan
    needed = small.prepared({}).plan.total
    real = machine.processor()
    free = needed - 10**6
    monkeypatch.setattr(machine, "processor", lambda: replace(real, free=free))
    with host.keep(first), pytest.raises(NoRoom):
        host.backend(small)
    assert host.freed()["cpu"] == loaded.freed["cpu"]
    with host.keep(first):
        assert host.freed()["cpu"] == loaded.freed["cpu"] - loaded.total
    host.backend(small)
    assert first.closed


def test_a_damaged_model_leaves_the_loaded_ones_alone(
    opened: Callable[..., ModelHost], small_checkpoint: Path, tmp_path: Path
) -> None:
    host = opened(models=1)
    engine = host.backend()
    folder = shutil.copytree(small_checkpoint, tmp_path / "damaged")
    (folder / "model-00002-of-00003.safetensors").unlink()
    damaged = ModelChoice(CatalogueEntry("damaged", folder), "cpu")
    with pytest.raises(EngineError, match="is missing 1 of 3 shards"):
        host.backend(damaged)
    assert host.backend() is engine
    assert "is missing 1 of 3 shards" in (host.status().failure(damaged) or "")


def test_a_model_that_fails_while_it_is_read_leaves_the_others_alone(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = host.backend()
    gate = Gate(monkeypatch, "small", fails="out of everything")
    gate.go_on.set()
    with pytest.raises(EngineError, match="out of everything"):
        host.backend(small)
    assert _names(host) == ["embedded/fp32"]
    assert engine.submit(_request(engine, 4)).result().error is None


def test_no_memory_for_the_cache_is_told(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.wait()
    real = PagedAttentionCache.__init__

    def make(self: PagedAttentionCache, config: PreTrainedConfig, *rest: Any, **named: Any) -> None:
        if config.num_hidden_layers == 2:
            raise RuntimeError("cannot allocate memory")
        real(self, config, *rest, **named)

    monkeypatch.setattr(PagedAttentionCache, "__init__", make)
    with pytest.raises(EngineError, match="cannot allocate memory"):
        host.backend(small)
    assert host.backend().status().alive


def test_a_loading_can_be_stopped_and_begun_again(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.backend()
    gate = Gate(monkeypatch, "small")
    host.begin(small)
    assert gate.reached.wait(600)
    host.cancel(small)
    gate.go_on.set()
    host.wait()
    assert host.status().failure(small) == "Loading small was cancelled."
    assert _names(host) == ["embedded/fp32"]
    assert host.backend(small).facts.name == "small"


def test_whoever_gives_up_takes_the_model_from_nobody(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.backend()
    gate = Gate(monkeypatch, "small")
    looked: list[Loading] = []

    def look(loading: Loading) -> None:
        looked.append(loading)
        host.abandon(small)  # the other one waits
        gate.go_on.set()

    with host.hold(small, look) as backend:
        assert backend.facts.name == "small"
    assert looked[0].choice == small
    host.unload(backend)
    gate.reached.clear()
    gate.go_on.clear()
    host.begin(small)
    assert gate.reached.wait(600)
    host.abandon(small)  # nobody waits
    gate.go_on.set()
    host.wait()
    assert host.status().failure(small) == "Loading small was cancelled."


def test_whoever_waits_for_what_turned_out_to_be_the_same_model_keeps_it_coming(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.backend()
    gate = Gate(monkeypatch, "small")
    fixed, free = (replace(small, precision=precision) for precision in ("fp32", "auto"))
    host.begin(fixed)
    assert gate.reached.wait(600)

    def look(loading: Loading) -> None:
        if loading.choice == fixed:  # by now the same
            host.abandon(fixed)
            gate.go_on.set()

    with host.hold(free, look) as backend:
        assert backend.facts.name == "small"
    assert gate.loads == 1


def test_a_model_whose_loading_was_stopped_is_loaded_anew_for_the_next_who_asks(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.backend()
    gate = Gate(monkeypatch, "small")
    host.begin(small)
    assert gate.reached.wait(600)
    host.cancel(small)
    gate.reached.clear()
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(host.backend, small)
        assert gate.reached.wait(600)
        gate.go_on.set()
        assert asked.result().facts.name == "small"


def test_what_a_visitor_of_the_loading_raises_ends_the_wait_alone(
    host: ModelHost, small: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.backend()
    gate = Gate(monkeypatch, "small")

    def leave(loading: Loading) -> None:
        raise InvalidInput("gone")

    with pytest.raises(InvalidInput), host.hold(small, leave):
        pass
    gate.go_on.set()
    host.wait()
    assert len(_names(host)) == 2


def test_without_any_model_the_reason_is_told(
    opened: Callable[..., ModelHost], tmp_path: Path
) -> None:
    nothing = ModelChoice(CatalogueEntry("nothing", tmp_path / "nothing"), "cpu")
    host = opened(nothing)
    with pytest.raises(EngineError, match="no model folder"):
        host.backend()
    assert host.backend(EMBEDDED).facts.name == "embedded"
    unknown = ModelHost(None, "no such model")
    with pytest.raises(EngineError, match="no such model"):
        unknown.backend()
    host.close()
    host.close()
    with pytest.raises(EngineError):
        host.backend(EMBEDDED)


def test_the_time_left_follows_from_the_time_so_far() -> None:
    assert Loading(EMBEDDED, 0.0, 1.0).seconds_left is None
    assert Loading(EMBEDDED, 0.25, 10.0).seconds_left == 30.0


@pytest.mark.parametrize("times", [6, pytest.param(20, marks=pytest.mark.long)])
def test_what_has_left_many_times_is_not_kept(
    opened: Callable[..., ModelHost],
    small: ModelChoice,
    caplog: pytest.LogCaptureFixture,
    times: int,
) -> None:
    # A record that pytest keeps would hold an exception, and its frames the first nf4 model
    caplog.set_level(logging.ERROR, logger="bitsandbytes.backends.cpu.ops")
    host = opened(models=1)
    models, threads, alive = [weakref.ref(host.backend()._loaded.model)], [], []  # type: ignore[attr-defined]
    packed = replace(small, precision="nf4")
    for turn in range(times):
        backend: Any = host.backend(EMBEDDED if turn % 2 else packed if turn % 4 else small)
        models.append(weakref.ref(backend._loaded.model))
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


def test_a_model_in_use_can_be_sent_away_for_another(
    opened: Callable[..., ModelHost], small: ModelChoice
) -> None:
    host = opened(models=1)
    with host.hold() as backend:
        with pytest.raises(NoRoom):
            host.backend(small)
        (failure,) = host.status().failures
        assert failure.in_use
        (found,) = host.in_the_way(small)
        assert found.backend is backend
        stream = backend.submit(_request(backend, 400))
        host.load_instead(small, [backend])
        end = stream.result()
        assert end.reason == "error"
        assert "to make room for small" in (end.error or "")
    assert host.backend(small).facts.name == "small"
    assert _names(host) == ["small/bf16"]
    assert not host.in_the_way(small)


def test_a_pinned_model_is_not_sent_away(
    opened: Callable[..., ModelHost], small: ModelChoice
) -> None:
    host = opened(models=1, pinned=("embedded",))
    backend = host.backend()
    assert not host.in_the_way(small)
    with pytest.raises(EngineError, match="pinned"):
        host.load_instead(small, [backend])
    assert _names(host) == ["embedded/fp32"]


def test_a_loaded_model_tells_its_title(host: ModelHost) -> None:
    facts = host.backend().facts
    assert (facts.name, facts.called) == ("embedded", EMBEDDED.entry.title)
