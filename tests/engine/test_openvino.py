"""On OpenVINO's kernels a model says what it says on torch's, and where it cannot, torch runs
it."""

import gc
import json
import logging
import os
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from core.backends.request import Request
from core.config import Settings
from core.engine.engine import Engine
from core.engine.host import ModelHost
from core.engine.opening import open_model
from core.engine.residents import Bounds, ModelChoice
from core.errors import InvalidInput
from core.messages import Message
from core.models import catalogue, machine, preparing
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import LoadedModel, load_prepared
from core.models.machine import DeviceMemory
from core.models.plan import OPENVINO_PAGE_TOKENS, called, openvino_plan
from core.models.preparing import OPENVINO, TORCH, Prepared, prepare
from core.models.sizes import Sizes
from core.models.weight_cache import WeightCache
from core.openvino import check, conversion, opening
from core.openvino.conversion import NotConvertible
from core.openvino.paged_model import PagedModel, ReadText, _Pages
from core.sampling.settings import Sampling

# As torch's kernels are held to it
PARITY = 2e-5
TEXTS = ("Tell me a story.", "你好，你是谁？", "Write a list of three fruits.")


@pytest.fixture(scope="module")
def torchs(loaded: LoadedModel) -> Iterator[Engine]:
    running = Engine(loaded)
    yield running
    running.close()


@pytest.fixture(scope="module")
def openvinos(converted: LoadedModel) -> Iterator[Engine]:
    running = Engine(converted)
    yield running
    running.close()


def _requests(engine: Engine, seeds: range, **settings: Any) -> list[Request]:
    values = {"temperature": 0.9, "top_p": 0.95, "max_new_tokens": 40} | settings
    return [
        Request(
            tuple(engine.tokenizer.prompt_ids([Message("user", TEXTS[seed % len(TEXTS)])])),
            Sampling(**values, seed=seed),
            tag=seed,
        )
        for seed in seeds
    ]


def test_the_texts_of_many_seeds_are_those_of_torch(torchs: Engine, openvinos: Engine) -> None:
    requests = _requests(torchs, range(24))
    wanted = torchs.submit_many(requests).results()
    found = openvinos.submit_many(requests).results()
    assert [found[r.tag].token_ids for r in requests] == [wanted[r.tag].token_ids for r in requests]
    # And alone as among others
    alone = openvinos.submit(requests[7]).result()
    assert alone.token_ids == found[7].token_ids


def test_greedy_answers_are_those_of_torch(torchs: Engine, openvinos: Engine) -> None:
    for request in _requests(torchs, range(2), temperature=0.0):
        wanted = torchs.submit(request).result()
        assert openvinos.submit(request).result().token_ids == wanted.token_ids


def test_scores_and_logits_are_those_of_torch(torchs: Engine, openvinos: Engine) -> None:
    ids = torchs.tokenizer.encode("What is temperature? It is a number. " * 60)[:700]
    for wanted, found in zip(
        torchs.score_many([ids])[0], openvinos.score_many([ids])[0], strict=True
    ):
        assert (found.id, found.rank) == (wanted.id, wanted.rank)
        assert found.logprob == pytest.approx(wanted.logprob, abs=1e-3)
    assert np.abs(openvinos.next_logits(ids) - torchs.next_logits(ids)).max() < 1e-3
    assert np.abs(openvinos.going_on_logits(ids) - torchs.next_logits(ids)).max() < 1e-3


def test_what_prompts_share_is_read_once(openvinos: Engine) -> None:
    """Whole pages of a prompt that was read before are not read again."""
    prompt = tuple(openvinos.tokenizer.encode("Three ships sailed over the sea. " * 30)[:300])
    request = Request(prompt, Sampling(temperature=0, max_new_tokens=3))
    first = openvinos.submit(request).result()
    model = openvinos._model().model
    read: list[int] = []
    step = model._step

    def noted(pages: Any, ids: Any, *rest: Any) -> Any:
        read.append(len(ids))
        return step(pages, ids, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "_step", noted)
        again = openvinos.submit(request).result()
    assert again.token_ids == first.token_ids
    assert read[0] <= 2 * OPENVINO_PAGE_TOKENS < len(prompt)


def test_the_cache_has_no_memory_beside_the_managers(openvinos: Engine) -> None:
    plan = openvinos.model_facts.plan
    memory = openvinos._manager.batch_processor.cache.cache_tensor
    assert memory.nbytes == pytest.approx(plan.cache, rel=0.01)
    start, end = memory.data_ptr(), memory.data_ptr() + memory.nbytes
    for part in openvinos._model().model._pages.parts.values():
        assert start <= part.ctypes.data < end


def test_a_text_that_was_read_leaves_no_pages_in_memory(openvinos: Engine) -> None:
    """Neither the library nor the model holds them until the next step."""
    ids = openvinos.tokenizer.encode("Three ships sailed over the sea. " * 30)[:200]
    with openvinos.exclusive() as loaded:
        assert isinstance(loaded.model, PagedModel)
        text = ReadText()
        text.last(loaded.model, ids)
        assert text._pages is not None
        parts = [weakref.ref(part) for part in text._pages.parts.values()]
        del text
    gc.collect()
    assert [one() for one in parts if one() is not None] == []


def test_a_text_that_outgrows_its_pages_goes_on(openvinos: Engine) -> None:
    ids = openvinos.tokenizer.encode("Three ships sailed over the sea. " * 60)[:700]
    with openvinos.exclusive() as loaded:
        model = loaded.model
        assert isinstance(model, PagedModel)
        text = ReadText()
        for end in (20, 400, 699, 700):
            found = text.last(model, ids[:end])
            assert np.abs(found - ReadText().last(model, ids[:end])).max() < 1e-4


def test_pages_grow_without_room_for_all_of_them_twice(converted: LoadedModel) -> None:
    assert isinstance(converted.model, PagedModel)
    tracemalloc.start()
    try:
        pages = _Pages.of(converted.model.layers, 64)
        for part in pages.parts.values():
            part[:] = 3
        tracemalloc.reset_peak()
        pages.grow(128)
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1.1 * held
    assert pages.count == 128
    assert all((part[:64] == 3).all() for part in pages.parts.values())


@pytest.mark.usefixtures("on_openvino")
def test_what_was_converted_is_kept_and_read_without_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = WeightCache(tmp_path)
    prepared = prepare(EMBEDDED_FOLDER, runner=OPENVINO)
    read: list[weakref.ref[Any]] = []

    def noted(*given: Any) -> LoadedModel:
        found = load_prepared(*given)
        read.append(weakref.ref(found.model))
        return found

    monkeypatch.setattr(opening, "load_prepared", noted)
    assert not opening.open_converted(prepared, None, cache).facts.cached
    gc.collect()
    assert [one() for one in read] == [None]  # torch's memory was given back

    def refuse(*_given: object) -> None:
        raise AssertionError("torch read the weights")

    monkeypatch.setattr(opening, "load_prepared", refuse)
    again = opening.open_converted(prepared, None, cache).facts
    assert (again.cached, again.runner) == (True, OPENVINO)
    assert [kept.precision for kept in cache.manifests()] == ["openvino-fp32"]

    # Damaged, it is made again
    monkeypatch.undo()
    (file,) = tmp_path.glob("*/layers.json")
    layers = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps([layer | {"scale": 9.0} for layer in layers]), encoding="utf-8")
    anew = opening.open_converted(prepared, None, cache).facts
    assert (anew.cached, anew.runner) == (False, OPENVINO)


@pytest.mark.usefixtures("on_openvino")
def test_torch_runs_a_model_whose_probabilities_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(check, "TOLERANCE", 0.0)
    cache = WeightCache(tmp_path)
    with caplog.at_level(logging.WARNING):
        running = open_model(prepare(EMBEDDED_FOLDER, runner=OPENVINO), None, cache)
    try:
        facts = running.model_facts
        assert facts.runner == TORCH
        assert facts.instead is not None
        assert "probabilities" in facts.instead
        assert facts.instead in caplog.text
        request = _requests(running, range(1), max_new_tokens=3)[0]
        assert running.submit(request).result().reason in ("length", "stop")
    finally:
        running.close()
    assert not cache.manifests()


@pytest.mark.usefixtures("on_openvino")
def test_in_8_bits_it_is_a_quarter_as_large_and_says_how_often_it_agrees(tmp_path: Path) -> None:
    cache = WeightCache(tmp_path)
    prepared = prepare(EMBEDDED_FOLDER, precision="int8-openvino")
    running = open_model(prepared, None, cache)
    try:
        facts = running.model_facts
        assert (facts.runner, facts.instead) == (OPENVINO, None)
        # The embedding stays as it is
        assert facts.weight_bytes < 0.5 * prepared.plan.weights
        assert facts.agrees is not None
        same, places = facts.agrees
        assert check.AGREES * places <= same <= places
        assert [kept.precision for kept in cache.manifests()] == ["openvino-int8"]
        # A seed gives one text, alone and among others
        requests = _requests(running, range(4), max_new_tokens=12)
        found = running.submit_many(requests).results()
        assert running.submit(requests[2]).result().token_ids == found[2].token_ids
    finally:
        running.close()


@pytest.mark.usefixtures("on_openvino")
def test_torch_runs_it_in_float32_where_8_bits_agree_too_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "AGREES", 1.1)
    running = open_model(prepare(EMBEDDED_FOLDER, precision="int8-openvino"))
    try:
        facts = running.model_facts
        assert (facts.runner, facts.precision, facts.agrees) == (TORCH, "fp32", None)
        assert facts.instead is not None
        assert "likeliest token" in facts.instead
    finally:
        running.close()


def test_positions_that_follow_the_length_are_not_converted(loaded: LoadedModel) -> None:
    config = loaded.model.config
    before = config.rope_parameters
    config.rope_parameters = {**(before or {}), "rope_type": "dynamic"}
    try:
        with pytest.raises(NotConvertible, match="dynamic"):
            conversion.export(loaded.model)
    finally:
        config.rope_parameters = before


# --- who runs it ------------------------------------------------------------------------------


def _runner(**given: Any) -> tuple[str, str]:
    found: Prepared = prepare(EMBEDDED_FOLDER, **given)
    assert found.plan.openvino == (found.runner == OPENVINO)
    return found.runner, found.plan.precision


def test_it_runs_what_it_is_asked_to_and_by_itself_what_suits_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preparing, "openvino_runs", lambda: True)
    monkeypatch.setattr(preparing.machine, "may_have_accelerator", lambda: False)
    assert _runner() == (TORCH, "fp32")
    assert _runner(runner=OPENVINO) == (OPENVINO, "fp32")
    assert _runner(openvino=True) == (OPENVINO, "fp32")
    assert _runner(openvino=True, runner=TORCH) == (TORCH, "fp32")
    assert _runner(openvino=True, precision="bf16") == (TORCH, "bf16")
    monkeypatch.setattr(preparing, "OPENVINO_SMALL", 10**6)
    assert _runner(openvino=True) == (TORCH, "fp32")
    with pytest.raises(InvalidInput, match="bf16"):
        _runner(runner=OPENVINO, precision="bf16")
    monkeypatch.setattr(preparing, "openvino_runs", lambda: False)
    assert _runner(openvino=True) == (TORCH, "fp32")
    with pytest.raises(InvalidInput, match="not installed"):
        _runner(runner=OPENVINO)


def test_fewer_bits_are_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "openvino_runs", lambda: True)
    monkeypatch.setattr(preparing.machine, "has_bf16", lambda: False)
    assert _runner(precision="int8-openvino") == (OPENVINO, "int8-openvino")
    assert _runner(openvino=True, precision="int8") == (TORCH, "int8")
    with pytest.raises(InvalidInput, match="bf16-openvino"):
        _runner(precision="bf16-openvino")
    monkeypatch.setattr(preparing.machine, "has_bf16", lambda: True)
    assert _runner(precision="bf16-openvino") == (OPENVINO, "bf16-openvino")
    with pytest.raises(InvalidInput, match="cuda"):
        _runner(precision="int8-openvino", device="cuda")
    monkeypatch.setattr(preparing, "openvino_runs", lambda: False)
    with pytest.raises(InvalidInput, match="not installed"):
        _runner(precision="int8-openvino")


def test_the_system_tells_whether_the_processor_has_bfloat16(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("flags\t: fpu avx2 avx512_bf16 sse\n")
    assert machine.has_bf16(told)
    told.write_text("flags\t: fpu avx2 sse\nmodel name: bf16 amx\n")
    assert not machine.has_bf16(told)
    assert not machine.has_bf16(tmp_path / "none")


def test_a_precision_is_called_with_whose_kernels_it_is() -> None:
    assert [called(name) for name in ("fp32", "int8", "int8-openvino", "bf16-openvino")] == [
        *("fp32", "int8", "int8 · OpenVINO", "bf16 · OpenVINO")
    ]


def test_by_itself_unless_the_operator_says_no() -> None:
    assert Settings.from_environment({}).openvino
    assert not Settings.from_environment({"PROMPTLAB_OPENVINO": "off"}).openvino


@pytest.mark.usefixtures("on_openvino")
@pytest.mark.parametrize("precision", ["auto", "int8-openvino"])
def test_where_it_fails_at_its_first_step_torch_runs_the_model_and_all_is_told_of_that(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    def fails(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("no such width")

    monkeypatch.setattr(check, "check", fails)
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(data_dir)})
    entry = catalogue.find("embedded", settings)
    choice = ModelChoice(entry, device="cpu", precision=precision)
    host = ModelHost(choice, bounds=Bounds(openvino=True))
    try:
        backend = host.backend()
        facts = backend.model_facts  # type: ignore[attr-defined]
        assert "no such width" in facts.instead
        (resident,) = host.status().residents
        assert (resident.runner, resident.plan.called) == (TORCH, "fp32")
        # What conversations keep is the precision that it has
        assert host.backend(replace(choice, precision="fp32")) is backend
        assert host.backend(choice) is backend
    finally:
        host.close()


@pytest.mark.usefixtures("on_openvino")
def test_a_host_takes_it_by_itself(data_dir: Path) -> None:
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(data_dir)})
    choice = ModelChoice(catalogue.find("embedded", settings), device="cpu")
    host = ModelHost(choice, bounds=Bounds(openvino=True))
    try:
        backend = host.backend()
        assert backend.model_facts.runner == OPENVINO  # type: ignore[attr-defined]
        # Whoever asks for the precision alone has the same one, and no second
        assert host.backend(replace(choice, precision="fp32")) is backend
        (resident,) = host.status().residents
        assert (resident.runner, resident.value) == (OPENVINO, "embedded/fp32")
    finally:
        host.close()


def test_its_plan_takes_what_torchs_does_and_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "openvino_runs", lambda: True)
    torchs, plan = (
        prepare(EMBEDDED_FOLDER, device="cpu", precision="fp32", runner=runner).plan
        for runner in (TORCH, OPENVINO)
    )
    assert plan.cache_tokens % OPENVINO_PAGE_TOKENS == 0
    assert plan.conversation(1024) == torchs.conversation(1024) == 1024
    assert plan.cache + plan.weights <= torchs.cache + torchs.weights
    assert 0 < plan.working - torchs.working < 2 * 10**8


def test_where_openvino_computes_in_more_than_torch_that_is_planned() -> None:
    """A text that is scored has all its pages at once, and attention's matrices are there twice."""
    place = DeviceMemory("cpu", "CPU", 64 * 10**9, 64 * 10**9)
    sizes = Sizes(
        *(576, 30, 49152, 9, 3, 64),
        ffn=1536,
        window=8192,
        tied=True,
        biased=False,
        fused_gate=False,
    )
    attention = 30 * 576 * (576 + 2 * 192 + 576) * 4
    scored = 8192 * sizes.cached * 4
    assert openvino_plan(sizes, place).working > attention + scored + 256 * 49152 * 21


@pytest.mark.usefixtures("on_openvino")
def test_nobody_is_told_that_it_is_used() -> None:
    """Its package that reports on its use is not loaded, whatever is imported and converted."""
    code = (
        "import sys; from core.openvino.library import openvino; openvino();"
        "from openvino.tools.ovc import telemetry_utils as told;"
        "assert told.tm.__name__.endswith('telemetry_stub'), told.tm;"
        "assert not [n for n, m in sys.modules.items() if 'openvino_telemetry' in n and m]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


def test_logits_are_those_of_the_published_code(golden: Path) -> None:
    """Those of a small ChatGLM3 by the code that came with the model, for whole texts and the end
    of a long one; and the text that it goes on with."""
    reference = load_file(golden / "chatglm3-tiny/reference.safetensors")
    torchs = AutoModelForCausalLM.from_pretrained(
        golden / "chatglm3-tiny/safetensors", dtype=torch.float32
    ).eval()
    graph, layers = conversion.export(torchs)
    model = PagedModel(torchs.config, graph, layers, torch.get_num_threads())

    def logits(ids: torch.Tensor, first: int = 0) -> torch.Tensor:
        return torch.from_numpy(np.concatenate(list(ReadText().rows(model, ids.tolist(), first))))

    for ids, wanted in zip(reference["ids"], reference["logits"], strict=True):
        assert (logits(ids) - wanted).abs().max() <= PARITY
    (long,), (end,) = reference["long_ids"], reference["long_logits_last8"]
    assert (logits(long, len(long) - 8) - end).abs().max() <= PARITY
    (whole,) = reference["greedy_ids"]
    text, ids = ReadText(), reference["ids"][0].tolist()
    while len(ids) < len(whole):
        ids.append(int(text.last(model, ids)[0].argmax()))
    assert ids == whole.tolist()
