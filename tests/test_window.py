"""What of a long conversation goes into the prompt, and at what cost."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.chat.records import Conversation
from core.chat.store import Conversations
from core.chat.window import fit, in_turns
from core.engine.engine import Engine
from core.errors import PromptTooLong
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store

RESERVE = 128
WORDS = [
    "why",
    "what",
    "who",
    "where",
    "tell",
    "me",
    "about",
    "the",
    "model",
    "a",
    "token",
    "temperature",
    "温度",
    "是",
    "什么",
]


def talk(turns: int, seed: int = 0) -> list[Message]:
    """Questions and answers of many lengths, and a last question."""
    drawn = random.Random(seed)
    said = [
        Message(role, " ".join(drawn.choices(WORDS, k=drawn.randint(1, 60))))
        for _turn in range(turns)
        for role in ("user", "assistant")
    ]
    return [*said, Message("user", "And now?")]


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    return Store.open(tmp_path / "window.db").conversations


@pytest.fixture
def conversation(conversations: Conversations) -> Conversation:
    return conversations.create(system="You are a teacher.")


def tokens(engine: Engine, messages: Sequence[Message]) -> int:
    return len(engine.tokenizer.prompt_ids(messages))


@pytest.mark.parametrize("seed", range(5))
def test_as_many_turns_stay_as_fit_and_few_prompts_are_made_to_find_them(
    engine: Engine, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    said = talk(1000, seed)
    asked: list[int] = []
    made = engine.tokenizer.prompt_ids

    def counted(messages: Sequence[Message], tools: None = None) -> list[int]:
        asked.append(len(messages))
        return made(messages, tools)

    with monkeypatch.context() as patched:
        patched.setattr(engine.tokenizer, "prompt_ids", counted)
        fitted = fit(engine, conversation, said)
    system = Message("system", conversation.system)
    assert fitted.messages == (system, *said[fitted.left_out :])
    assert fitted.tokens == tokens(engine, fitted.messages) <= engine.window - RESERVE
    one_turn_more = (system, *said[fitted.left_out - 2 :])
    assert tokens(engine, one_turn_more) > engine.window - RESERVE
    # The last one, the last two, and an estimate that may have to be mended
    assert len(asked) <= 5


def test_a_conversation_that_fits_is_left_whole(engine: Engine, conversation: Conversation) -> None:
    said = talk(3)
    fitted = fit(engine, conversation, said)
    assert fitted.messages[1:] == tuple(said)
    assert fitted.left_out == 0


def test_the_last_question_alone_may_use_the_room_of_the_answer(
    engine: Engine, conversations: Conversations
) -> None:
    small = conversations.create(sampling=Sampling(max_length=200))
    question = Message("user", "why " * 150)
    assert tokens(engine, [question]) + 50 > 200
    fitted = fit(engine, small, [*talk(2)[:-1], question])
    assert fitted.messages == (question,)
    with pytest.raises(PromptTooLong, match="200"):
        fit(engine, small, [Message("user", "why " * 250)])


def test_a_question_without_an_answer_is_asked_with_the_next_one() -> None:
    first, second, answer = (
        Message("user", "One?"),
        Message("user", "Two?"),
        Message("assistant", "."),
    )
    assert in_turns([first, second, answer, first]) == [
        Message("user", "One?\n\nTwo?"),
        answer,
        first,
    ]
    assert in_turns([]) == []
