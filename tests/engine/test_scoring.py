"""Scores are the log-softmax of a plain forward pass, alone or in a batch, while others
generate."""

import math

import pytest
import torch

from core.backends.request import Request
from core.backends.scores import TokenScore, mean_logprob
from core.engine.engine import Engine
from core.errors import InvalidInput, PromptTooLong
from core.models.loading import LoadedModel
from core.models.plan import PREFILL_CHUNK_TOKENS
from core.sampling.settings import Sampling

TEXTS = (
    "Hello, how are you today?",
    "Temperature divides the logits.",
    "你好。",
    "One two three " * 40,
)


def _ids(engine: Engine) -> list[list[int]]:
    return [engine.tokenizer.encode(text) for text in TEXTS]


def _forward(engine: Engine, loaded: LoadedModel, ids: list[int]) -> torch.Tensor:
    """Log-probabilities by torch's plain model, (tokens, vocabulary)."""
    with engine.exclusive():
        logits = loaded.model(torch.tensor([ids])).logits[0]
        return logits[:, : loaded.tokenizer.vocab_size].float().log_softmax(-1)


def test_scores_are_the_log_softmax(engine: Engine, loaded: LoadedModel) -> None:
    for ids in _ids(engine):
        expected = _forward(engine, loaded, ids)
        for position, entry in enumerate(engine.score_many([ids])[0][1:]):
            assert entry.logprob == pytest.approx(
                expected[position, ids[position + 1]].item(), abs=1e-4
            )
            assert entry.top[0].id == expected[position].argmax().item()
            assert (entry.rank == 1) == (entry.id == entry.top[0].id)
            assert [a.logprob for a in entry.top] == sorted(
                (a.logprob for a in entry.top), reverse=True
            )


def test_the_first_token_has_no_score(engine: Engine) -> None:
    ids = _ids(engine)[0]
    scores = engine.score_many([ids])[0]
    assert len(scores) == len(ids)
    assert [entry.id for entry in scores] == ids
    assert (scores[0].logprob, scores[0].rank, scores[0].top) == (None, None, ())


def test_batched_equals_alone(engine: Engine) -> None:
    sequences = _ids(engine)
    for ids, batched in zip(sequences, engine.score_many(sequences), strict=True):
        alone = engine.score_many([ids])[0]
        assert [entry.id for entry in batched] == ids
        assert [entry.rank for entry in batched] == [entry.rank for entry in alone]
        assert [e.logprob for e in batched[1:]] == pytest.approx(
            [e.logprob for e in alone[1:]], abs=1e-4
        )


def test_a_greedy_answer_has_rank_one(engine: Engine) -> None:
    prompt = tuple(_ids(engine)[0])
    answer = engine.submit(Request(prompt, Sampling(temperature=0, max_new_tokens=12))).result()
    scores = engine.score_many([[*prompt, *answer.token_ids]])[0]
    assert [entry.rank for entry in scores[len(prompt) :]] == [1] * len(answer.token_ids)


def test_scoring_while_others_generate(engine: Engine) -> None:
    request = Request(tuple(_ids(engine)[1]), Sampling(temperature=1.5, seed=2, max_new_tokens=40))
    alone = engine.submit(request).result()
    quiet = engine.score_many([_ids(engine)[0]])[0]
    stream = engine.submit(request)
    busy = engine.score_many([_ids(engine)[0]])[0]
    assert [e.logprob for e in busy[1:]] == pytest.approx([e.logprob for e in quiet[1:]], abs=1e-4)
    assert stream.result().token_ids == alone.token_ids


def test_mean_logprob() -> None:
    scores = [TokenScore(1, "a", None, None, ())]
    scores += [TokenScore(1, "a", value, 1, ()) for value in (-1.0, -3.0)]
    assert mean_logprob(scores, 0) == pytest.approx(-2)
    assert mean_logprob(scores, 2) == pytest.approx(-3)
    assert mean_logprob(scores, 3) is None
    assert math.exp(mean_logprob(scores, 1) or 0) < 1


def test_unusable_texts_are_refused(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        engine.score_many([[]])[0]
    with pytest.raises(InvalidInput, match="999999"):
        engine.score_many([[5, 999_999]])[0]
    with pytest.raises(PromptTooLong, match=str(engine.window + 1)):
        engine.score_many([[5] * (engine.window + 1)])[0]
    assert len(engine.score_many([[5] * engine.window])[0]) == engine.window


def test_a_text_longer_than_a_chunk_scores_as_in_one_pass(
    engine: Engine, loaded: LoadedModel
) -> None:
    ids = engine.tokenizer.encode("What is temperature? It is a number. " * 60)[:700]
    assert len(ids) > PREFILL_CHUNK_TOKENS
    forward = _forward(engine, loaded, ids)
    wanted = [forward[place, token].item() for place, token in enumerate(ids[1:])]
    scored = [token.logprob for token in engine.score_many([ids])[0][1:]]
    assert scored == pytest.approx(wanted, abs=1e-4)
