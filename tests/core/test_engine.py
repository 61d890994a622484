"""The engine on the embedded model: equal texts whatever else runs, cancelling, recovering."""

from collections.abc import Iterator

import pytest

from core.engine.engine import Engine
from core.engine.reply import parse_reply, reply_text
from core.engine.requests import Request
from core.engine.scoring import score, score_many
from core.errors import InvalidInput, PromptTooLong
from core.events import Finished, PromptRead, Queued, TextDelta
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import load
from core.sampling import Sampling

QUESTIONS = ("Who are you?", "What is temperature?", "Tell me a story about a fox.", "你好！")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(load(EMBEDDED_FOLDER, "embedded"))
    yield engine
    engine.close()


def request(engine: Engine, text: str, tag: object = None, **settings: object) -> Request:
    ids = engine.tokenizer.prompt_ids([Message("user", text)])
    sampling = Sampling(**{"max_new_tokens": 40, **settings})  # type: ignore[arg-type]
    return Request(tuple(ids), sampling, tag=tag)  # type: ignore[arg-type]


def test_batched_equals_alone_at_temperature_0(engine: Engine) -> None:
    alone = [engine.submit(request(engine, q, temperature=0)).result() for q in QUESTIONS]
    batch = engine.submit_many(
        [request(engine, q, i, temperature=0) for i, q in enumerate(QUESTIONS)]
    )
    together = batch.results()
    assert [together[i].token_ids for i in range(len(QUESTIONS))] == [e.token_ids for e in alone]


def test_the_same_seed_gives_the_same_text_among_others(engine: Engine) -> None:
    wanted = engine.submit(request(engine, QUESTIONS[2], seed=7, temperature=1.0)).result()
    crowd = [request(engine, QUESTIONS[i % 4], i, seed=i, temperature=1.2) for i in range(12)]
    crowd.append(request(engine, QUESTIONS[2], "same", seed=7, temperature=1.0))
    crowd.append(request(engine, QUESTIONS[2], "other", seed=8, temperature=1.0))
    results = engine.submit_many(crowd).results()
    assert results["same"].token_ids == wanted.token_ids
    assert results["other"].token_ids != wanted.token_ids


def test_a_stream_equals_its_whole_and_comes_in_order(engine: Engine) -> None:
    events = [e for e in engine.submit(request(engine, QUESTIONS[1], seed=1)) if e is not None]
    kinds = [type(e) for e in events if isinstance(e, Queued | PromptRead | TextDelta | Finished)]
    assert kinds[0] is Queued
    assert kinds.index(PromptRead) < kinds.index(TextDelta)
    end = events[-1]
    assert isinstance(end, Finished)
    deltas = [e for e in events if isinstance(e, TextDelta)]
    assert "".join(e.text for e in deltas) == end.text
    assert sum((e.token_ids for e in deltas), ()) == end.token_ids
    assert end.text == reply_text(parse_reply(engine.tokenizer, end.token_ids))


def test_greedy_equals_plain_generate(engine: Engine) -> None:
    import torch

    wanted = request(engine, QUESTIONS[1], temperature=0)
    ours = engine.submit(wanted).result()
    with engine.exclusive() as loaded:
        out = loaded.model.generate(
            torch.tensor([wanted.prompt_ids]),
            do_sample=False,
            max_new_tokens=40,
            eos_token_id=sorted(loaded.tokenizer.stop_ids),
            pad_token_id=0,
        )
    assert tuple(out[0].tolist()[len(wanted.prompt_ids) :]) == ours.token_ids


def test_cancel_and_leaving_early_free_the_slot(engine: Engine) -> None:
    long = request(engine, QUESTIONS[2], max_new_tokens=800, temperature=2.0, top_p=1.0, seed=3)
    for event in engine.submit(long):
        if isinstance(event, TextDelta):
            break
    assert engine.status().running + engine.status().waiting == 0
    stream = engine.submit(long)
    assert stream.cancel().reason == "cancelled"
    assert engine.status().running + engine.status().waiting == 0


def test_a_dead_engine_thread_fails_its_request_and_starts_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = engine.submit(request(engine, QUESTIONS[0], seed=4)).result()

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(engine.loaded.model, "forward", broken)
        failed = engine.submit(request(engine, QUESTIONS[0], seed=4)).result()
    assert failed.reason == "error"
    assert "broken on purpose" in (failed.error or "")
    assert engine.submit(request(engine, QUESTIONS[0], seed=4)).result().text == wanted.text
    assert engine.status().restarts == 1


def test_what_cannot_run_is_refused_before_it_harms_the_batch(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        engine.submit(Request((), Sampling()))
    with pytest.raises(InvalidInput, match="999999"):
        engine.submit(Request((5, 999999), Sampling()))
    with pytest.raises(PromptTooLong, match=str(engine.window)):
        engine.submit(Request((5,) * engine.window, Sampling()))
    with pytest.raises(PromptTooLong, match="max_length"):
        engine.submit(Request((5,) * 20, Sampling(max_length=10)))


def test_scores_in_a_batch_equal_scores_alone(engine: Engine) -> None:
    texts = [engine.tokenizer.encode(q) for q in QUESTIONS]
    together = score_many(engine, texts, top=3)
    for ids, row in zip(texts, together, strict=True):
        alone = score(engine, ids, top=3)
        assert row[0].logprob is None
        for a, b in zip(alone[1:], row[1:], strict=True):
            assert a.rank == b.rank
            assert a.logprob == pytest.approx(b.logprob, abs=1e-4)
            assert (a.rank == 1) == (a.top[0].id == a.id)
