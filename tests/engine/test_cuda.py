"""The embedded model on a CUDA device; skipped where there is none."""

import gc
from collections.abc import Iterator

import pytest
import torch

from core.backends.request import Request
from core.backends.scores import mean_logprob
from core.engine.engine import Engine
from core.engine.host import ModelHost
from core.engine.residents import Bounds, ModelChoice
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER, CatalogueEntry
from core.models.loading import load
from core.models.preparing import choose
from core.sampling.settings import Sampling

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
QUESTIONS = ("What is top_p?", "Who are you?", "什么是温度？", "Name three fruits.")


@pytest.fixture(scope="module")
def exact() -> Iterator[Engine]:
    """The embedded model in fp32 on the device."""
    running = Engine(load(EMBEDDED_FOLDER, device="cuda", precision="fp32"))
    yield running
    running.close()


def _requests(engine: Engine, tokens: int = 24) -> list[Request]:
    prompts = [engine.tokenizer.prompt_ids([Message("user", text)]) for text in QUESTIONS]
    greedy = [
        Request(tuple(ids), Sampling(temperature=0, max_new_tokens=tokens)) for ids in prompts
    ]
    drawn = [
        Request(tuple(ids), Sampling(temperature=1.2, top_p=0.9, seed=seed, max_new_tokens=tokens))
        for seed, ids in enumerate(prompts)
    ]
    return greedy + drawn


def _alone(engine: Engine) -> list[tuple[int, ...]]:
    return [tuple(engine.submit(r).result().token_ids) for r in _requests(engine)]


def test_the_device_is_chosen_where_there_is_one() -> None:
    from core.models.checkpoint import inspect

    assert choose(inspect(EMBEDDED_FOLDER)).place.device == "cuda:0"


def test_an_answer_on_the_device_is_held_to_valid_calls(exact: Engine) -> None:
    tool = {"name": "add", "parameters": {"properties": {"n": {"type": "integer"}}}}
    asked = [
        Request(
            (Message("user", f"Add {n}"),),
            Sampling(temperature=1.6, top_p=1, seed=n, max_new_tokens=40),
            tools=(tool,),
            valid_calls=True,
            tag=n,
        )
        for n in range(8)
    ]
    ends = exact.submit_many(asked).results().values()
    calls = [
        p for end in ends if end.reason == "stop" for p in end.parts if hasattr(p, "arguments")
    ]
    assert calls
    assert all(call.name == "add" and call.arguments is not None for call in calls)


def test_a_batch_on_the_device_says_what_each_says_alone(exact: Engine) -> None:
    alone = _alone(exact)
    requests = [Request(r.prompt, r.sampling, tag=i) for i, r in enumerate(_requests(exact))]
    together = exact.submit_many(requests).results()
    assert [tuple(together[i].token_ids) for i in range(len(requests))] == alone


def test_the_device_says_what_the_processor_says(exact: Engine, engine: Engine) -> None:
    assert _alone(exact) == _alone(engine)


@pytest.mark.parametrize(("precision", "most"), [("fp16", 0.01), ("int8", 0.05), ("nf4", 0.3)])
def test_a_precision_loads_on_the_device_and_stays_near_the_exact_one(
    exact: Engine, precision: str, most: float
) -> None:
    loaded = load(EMBEDDED_FOLDER, device="cuda", precision=precision)  # type: ignore[arg-type]
    assert loaded.facts.device == "cuda:0"
    assert loaded.facts.weight_bytes == pytest.approx(loaded.facts.plan.weights, rel=0.02)
    running = Engine(loaded)
    try:
        ends = running.submit_many(_requests(running)).results().values()
        assert all(end.error is None and end.token_ids for end in ends)
        for request in _requests(exact)[: len(QUESTIONS)]:
            answer = exact.submit(request).result().token_ids
            ids, start = [*request.prompt_ids, *answer], len(request.prompt_ids)
            given, expected = (
                mean_logprob(e.score_many([ids])[0], start) for e in (running, exact)
            )
            assert given == pytest.approx(expected, abs=most)
    finally:
        running.close()


def test_switching_models_leaves_nothing_on_the_device() -> None:
    choices = [
        ModelChoice(CatalogueEntry("embedded", EMBEDDED_FOLDER), "cuda", precision)
        for precision in ("fp16", "fp32")
    ]
    host = ModelHost(choices[0], bounds=Bounds(models=1))
    held: dict[str, list[int]] = {"fp16": [], "fp32": []}
    for turn in range(6):
        backend = host.backend(choices[turn % 2])
        backend.submit(_requests(backend)[0]).result()
        gc.collect()
        held[choices[turn % 2].precision].append(torch.cuda.memory_allocated())
    host.close()
    for sizes in held.values():
        assert max(sizes[1:]) - min(sizes[1:]) < 2**20
