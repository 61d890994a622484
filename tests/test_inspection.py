"""What the inspector says of an answer agrees with the scores and with the engine's own cuts."""

import pytest

from core.backends.request import Request
from core.engine.engine import Engine
from core.errors import InvalidInput, PromptTooLong
from core.messages import Message
from core.sampling.settings import Sampling
from core.tokens.inspection import MEASURES, Inspection, encoded_answer, inspect

SAMPLING = Sampling(temperature=1.2, top_p=0.7, top_k=40, seed=11, max_new_tokens=60)


@pytest.fixture(scope="module")
def prompt(engine: Engine) -> tuple[int, ...]:
    return tuple(engine.tokenizer.prompt_ids([Message("user", "Tell me a story about a fox.")]))


@pytest.fixture(scope="module")
def answer(engine: Engine, prompt: tuple[int, ...]) -> tuple[int, ...]:
    return engine.submit(Request(prompt, SAMPLING)).result().token_ids


@pytest.fixture(scope="module")
def seen(engine: Engine, prompt: tuple[int, ...], answer: tuple[int, ...]) -> Inspection:
    return inspect(engine, prompt, answer, SAMPLING)


def test_it_agrees_with_the_scores(engine, prompt, answer, seen) -> None:
    scores = engine.score_many([[*prompt, *answer]], top=20)[0][len(prompt) :]
    assert [token.own.id for token in seen.tokens] == list(answer)
    assert [token.rank for token in seen.tokens] == [entry.rank for entry in scores]
    assert [token.own.logprob for token in seen.tokens] == pytest.approx(
        [entry.logprob for entry in scores], abs=1e-4
    )
    for token, entry in zip(seen.tokens, scores, strict=True):
        assert [a.logprob for a in token.top] == pytest.approx(
            [a.logprob for a in entry.top], abs=1e-4
        )
    assert seen.mean_logprob == pytest.approx(
        sum(e.logprob for e in scores) / len(scores), abs=1e-4
    )


def test_what_was_drawn_was_kept_and_what_was_cut_cannot_be_drawn(seen) -> None:
    for token in seen.tokens:
        assert token.own.kept
        assert token.own.drawn >= token.own.tempered
        assert 1 <= token.kept_count <= SAMPLING.top_k
        assert 0 < token.kept_mass <= 1
        assert [a.raw for a in token.top] == sorted((a.raw for a in token.top), reverse=True)
        assert all((a.drawn > 0) == a.kept for a in token.top)
        assert all(a.in_top_k for a in token.top if a.kept)
        assert sum(a.raw for a in token.top) + token.rest == pytest.approx(1)


def test_a_greedy_answer_has_rank_one_and_nothing_else_left(engine, prompt) -> None:
    greedy = Sampling(temperature=0, max_new_tokens=12)
    ids = engine.submit(Request(prompt, greedy)).result().token_ids
    for token in inspect(engine, prompt, ids, greedy).tokens:
        assert (token.rank, token.kept_count, token.own.drawn) == (1, 1, 1.0)


def test_every_measure_is_a_number(seen) -> None:
    for token in seen.tokens:
        values = {measure: token.value(measure) for measure in MEASURES}
        assert 0 < values["probability"] <= 1
        assert values["rank"] >= 1
        assert values["entropy"] >= 0
        assert values["surprise"] >= 0


def test_a_text_of_its_own_is_inspected_byte_pieces_and_all(engine) -> None:
    ids = engine.tokenizer.encode("A 🦊 says é.\n你好")
    seen = inspect(engine, engine.tokenizer.text_start(), ids, Sampling())
    texts = [character.text for character in seen.characters]
    assert "🦊" in texts
    assert "\n" in texts
    fox = seen.characters[texts.index("🦊")]
    assert fox.end - fox.start == 4
    assert "".join(texts).strip() == "A 🦊 says é.\n你好"


def test_an_answer_without_ids_is_encoded_as_it_would_have_been_read(engine) -> None:
    ids = encoded_answer(engine.tokenizer, "Yes.")
    message = engine.tokenizer.message_ids(Message("assistant", "Yes."))
    assert list(ids) == message[1:]
    assert list(encoded_answer(engine.tokenizer, "Yes.", chat=False)) == engine.tokenizer.encode(
        "Yes."
    )


def test_what_cannot_be_inspected_is_refused(engine, prompt) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        inspect(engine, [], [5], SAMPLING)
    with pytest.raises(InvalidInput, match="999999"):
        inspect(engine, prompt, [999_999], SAMPLING)
    # A padding row of the output layer is no token
    with pytest.raises(InvalidInput, match="vocabulary"):
        inspect(engine, prompt, [engine.tokenizer.vocab_size], SAMPLING)
    with pytest.raises(PromptTooLong):
        inspect(engine, prompt, [5] * engine.window, SAMPLING)
    assert inspect(engine, prompt, [], SAMPLING).tokens == ()
