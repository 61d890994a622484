"""Texts depend on prompt, settings and seed alone; requests end cleanly whatever happens."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from core.backends.events import Finished, PromptRead, Queued, TextDelta
from core.backends.reply import parse_reply, reply_text
from core.backends.request import Request
from core.engine.engine import Engine
from core.errors import EngineError, InvalidInput, PromptTooLong
from core.messages import Message
from core.models.loading import LoadedModel, load
from core.sampling.settings import Sampling

TEXTS = ("Hello!", "What does temperature do?", "你好，你是谁？", "Write a list of three fruits.")


def _prompt(engine: Engine, text: str = "Tell me a story.") -> tuple[int, ...]:
    return tuple(engine.tokenizer.prompt_ids([Message("user", text)]))


def _request(engine: Engine, text: str = "Tell me a story.", **settings: Any) -> Request:
    values = {"temperature": 1.2, "top_p": 1.0, "max_new_tokens": 24, "seed": 5} | settings
    return Request(_prompt(engine, text), Sampling(**values), tag=text)


def _endless(engine: Engine) -> Request:
    """A request that is still running when a test wants to end it."""
    # At temperature 2 without a cut an end token is one of thousands
    return _request(engine, temperature=2.0, max_new_tokens=engine.window // 2)


def _assert_freed(engine: Engine, request_ids: set[str]) -> None:
    """That these requests hold nothing, neither here nor in the scheduler."""
    # The generation thread drops cancelled requests between two tokens of another one
    engine.submit(_request(engine, max_new_tokens=4)).result()
    scheduler = engine._manager.batch_processor.scheduler
    assert not request_ids & {*scheduler.active_requests, *scheduler.waiting_requests}
    status = engine.status()
    assert status.running == status.waiting == 0


# --- the same text, however it is computed --------------------------------------------------


def test_batched_equals_alone_when_greedy(engine: Engine) -> None:
    requests = [_request(engine, text, temperature=0) for text in TEXTS]
    batched = engine.submit_many(requests).results()
    for request in requests:
        alone = engine.submit(request).result()
        assert batched[request.tag].token_ids == alone.token_ids


@pytest.mark.parametrize("text", TEXTS)
def test_greedy_equals_generate(engine: Engine, loaded: LoadedModel, text: str) -> None:
    request = _request(engine, text, temperature=0)
    with torch.inference_mode():
        ids = torch.tensor([request.prompt])
        whole = loaded.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=24,
            eos_token_id=sorted(engine.tokenizer.stop_ids),
            pad_token_id=0,
        )
    expected = tuple(whole[0, ids.shape[1] :].tolist())
    assert engine.submit(request).result().token_ids == expected


@pytest.mark.parametrize("settings", [{}, {"top_k": 5}, {"top_p": 0.5}, {"temperature": 2.0}])
def test_same_seed_same_text_among_others(engine: Engine, settings: dict[str, Any]) -> None:
    wanted = _request(engine, **settings)
    alone = engine.submit(wanted).result()
    others = [
        Request(
            _prompt(engine, TEXTS[n % 4]),
            Sampling(temperature=n / 6, seed=n, max_new_tokens=16),
            tag=n,
        )
        for n in range(12)
    ]
    among = engine.submit_many([*others[:7], wanted, *others[7:]]).results()
    assert among[wanted.tag].token_ids == alone.token_ids
    assert among[wanted.tag].seed == 5


def test_another_seed_another_text(engine: Engine) -> None:
    texts = {
        engine.submit(_request(engine, seed=seed, temperature=1.5)).result().token_ids
        for seed in range(4)
    }
    assert len(texts) == 4


def test_a_fresh_seed_is_told_and_replays(engine: Engine) -> None:
    first = engine.submit(_request(engine, seed=None)).result()
    again = engine.submit(_request(engine, seed=first.seed)).result()
    assert again.token_ids == first.token_ids


# --- streams ----------------------------------------------------------------------------------


@pytest.mark.parametrize("chat", [True, False])
def test_a_stream_equals_its_whole(engine: Engine, chat: bool) -> None:
    request = Request(_prompt(engine), Sampling(temperature=1.5, seed=3, max_new_tokens=40), chat)
    events = list(engine.submit(request))
    finished = events[-1]
    assert isinstance(finished, Finished)
    deltas = [event for event in events if isinstance(event, TextDelta)]
    assert "".join(delta.text for delta in deltas) == finished.text
    assert tuple(i for delta in deltas for i in delta.token_ids) == finished.token_ids
    assert engine.submit(request).result().text == finished.text
    if chat:
        assert finished.text == reply_text(parse_reply(engine.tokenizer, finished.token_ids))
    assert finished.raw == engine.tokenizer.decode(finished.token_ids)
    assert finished.usage.prompt_tokens == len(request.prompt)
    assert finished.usage.new_tokens == len(finished.token_ids)


def test_events_come_in_order(engine: Engine) -> None:
    rank = {Queued: 0, PromptRead: 1, TextDelta: 2, Finished: 3}
    events = [e for e in engine.submit(_request(engine)) if type(e) in rank]
    ranks = [rank[type(event)] for event in events]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0
    assert ranks.count(1) == ranks.count(3) == 1


def test_the_end_says_why(engine: Engine) -> None:
    cut = engine.submit(_request(engine, temperature=0, max_new_tokens=1)).result()
    assert (cut.reason, len(cut.token_ids)) == ("length", 1)
    ended = engine.submit(_request(engine, "Hello!", temperature=0, max_new_tokens=200)).result()
    last_stops = ended.token_ids[-1] in engine.tokenizer.stop_ids
    assert ended.reason == ("stop" if last_stops else "length")


# --- cancelled and failed requests ------------------------------------------------------------


def test_cancel_frees_the_slot(engine: Engine) -> None:
    stream = engine.submit(_endless(engine))
    events = iter(stream)
    while not isinstance(next(events), TextDelta):
        pass
    request_ids = set(engine._tracks)
    assert len(request_ids) == engine.status().running == 1
    finished = stream.cancel()
    assert finished.reason == "cancelled"
    _assert_freed(engine, request_ids)


def test_leaving_a_stream_early_frees_the_slot(engine: Engine) -> None:
    for event in engine.submit(_endless(engine)):
        if isinstance(event, TextDelta):
            request_ids = set(engine._tracks)
            break
    _assert_freed(engine, request_ids)


def test_closing_one_stream_leaves_the_others(engine: Engine) -> None:
    kept = _request(engine, TEXTS[1])
    alone = engine.submit(kept).result()
    doomed = engine.submit(_endless(engine))
    stream = engine.submit(kept)
    doomed.close()
    doomed.close()
    assert stream.result().token_ids == alone.token_ids


def test_a_dead_thread_is_replaced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    request = _request(engine)
    before = engine.submit(request).result()
    restarts = engine.status().restarts

    def fail(*_args: object, **_named: object) -> None:
        raise RuntimeError("broken on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(engine._model().model, "forward", fail)
        failed = engine.submit(request).result()
    assert failed.reason == "error"
    assert failed.error is not None
    assert "broken on purpose" in failed.error
    assert "try again" in failed.error
    again = engine.submit(request).result()
    assert (again.reason, again.text) == (before.reason, before.text)
    assert again.token_ids == before.token_ids
    assert engine.status().restarts in (restarts, restarts + 1)
    assert engine.status().alive


# --- limits -----------------------------------------------------------------------------------


def test_an_empty_prompt_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        engine.submit(Request((), Sampling()))


@pytest.mark.parametrize("foreign", [-1, 10**6])
def test_foreign_ids_are_refused(engine: Engine, foreign: int) -> None:
    with pytest.raises(InvalidInput, match=str(foreign)):
        engine.submit(Request((*_prompt(engine), foreign), Sampling()))


def test_a_prompt_over_the_window_is_refused(engine: Engine) -> None:
    with pytest.raises(PromptTooLong, match=str(engine.window)):
        engine.submit(Request((5,) * engine.window, Sampling()))


def test_a_prompt_over_max_length_is_refused(engine: Engine) -> None:
    prompt = _prompt(engine)
    with pytest.raises(PromptTooLong, match="max_length"):
        engine.submit(Request(prompt, Sampling(max_length=len(prompt))))


def test_max_length_counts_the_prompt(engine: Engine) -> None:
    prompt = _prompt(engine)
    sampling = Sampling(temperature=2.0, top_p=1.0, max_length=len(prompt) + 3, seed=1)
    assert len(engine.submit(Request(prompt, sampling)).result().token_ids) <= 3


def test_one_bad_request_starts_none(engine: Engine) -> None:
    with pytest.raises(InvalidInput):
        engine.submit_many([_request(engine), Request((), Sampling())])
    assert engine.status().running == engine.status().waiting == 0


def test_the_last_token_of_the_window(engine: Engine) -> None:
    prompt = (_prompt(engine) * engine.window)[: engine.window - 1]
    finished = engine.submit(Request(prompt, Sampling(temperature=0))).result()
    assert len(finished.token_ids) == 1


def test_a_closed_engine_says_so(engine: Engine, loaded: LoadedModel) -> None:
    other = Engine(loaded)
    stream = other.submit(_endless(other))
    other.close()
    other.close()
    assert stream.result().reason == "cancelled"
    with pytest.raises(EngineError, match="unloaded"):
        other.submit(_request(other))


def test_a_closed_engine_lets_model_and_cache_go_without_a_collection(
    small_checkpoint: Path,
) -> None:
    """What closing left to the next collection would be in memory while another model is read."""
    small = load(small_checkpoint, device="cpu")
    engine = Engine(small)
    engine.submit(Request((1, 2, 3), Sampling(max_new_tokens=2))).result()
    processor = engine._manager.batch_processor
    assert processor is not None
    held = [weakref.ref(small.model), weakref.ref(processor.cache.cache_tensor)]
    del processor, small
    gc.disable()
    try:
        # A page may still hold the engine
        engine.close()
        assert [thing() for thing in held] == [None, None]
    finally:
        gc.enable()


def test_the_measured_cache_is_known_before_the_generation_thread_runs(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page said "0 MB" where it was drawn before that thread had made the cache."""
    from transformers.generation.continuous_batching import ContinuousBatchingManager

    monkeypatch.setattr(ContinuousBatchingManager, "_run_generation_loop", lambda self: None)
    engine = Engine(loaded)
    try:
        assert engine.status().cache_bytes == pytest.approx(loaded.facts.plan.cache, rel=0.01)
    finally:
        engine.close()
