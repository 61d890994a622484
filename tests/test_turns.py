"""Turns of a conversation: what is said is stored as it comes, whatever ends it."""

from pathlib import Path

import pytest

from core.backends.events import TextDelta, TextPart, ToolCall
from core.chat import turn as chat
from core.chat.window import fit
from core.errors import InvalidInput, PromptTooLong
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store
from tests.scripted import ScriptedBackend


@pytest.fixture
def conversations(tmp_path: Path):
    return Store.open(tmp_path / "lab.db").conversations


def texts(conversations, conversation_id: str) -> list[str]:
    return [message.content for message in conversations.path(conversation_id)]


def test_a_stream_equals_what_is_stored(conversations):
    backend, talk = ScriptedBackend("Hello to you."), conversations.create()
    told = list(chat.turns(conversations, backend, talk.id, ["Hello"]))
    assert "".join(e.text for _p, e in told if isinstance(e, TextDelta)) == "Hello to you."
    assert texts(conversations, talk.id) == ["Hello", "Hello to you."]
    answer = conversations.path(talk.id)[-1]
    assert (answer.model, answer.finish_reason, answer.token_ids) == ("scripted", "stop", ())


def test_an_answer_that_has_text_and_no_token_ids_is_in_the_next_prompt(conversations):
    backend, talk = ScriptedBackend("Ann.", "You said so."), conversations.create(system="Be kind.")
    list(chat.turns(conversations, backend, talk.id, ["Who?", "Really?"]))
    assert backend.asked[-1].messages == (
        Message("system", "Be kind."),
        Message("user", "Who?"),
        Message("assistant", "Ann."),
        Message("user", "Really?"),
    )


def test_each_turn_says_its_stored_question_first(conversations):
    backend, talk = ScriptedBackend("One.", "Two."), conversations.create()
    told = list(chat.turns(conversations, backend, talk.id, ["a", "b"]))
    asked = [(place, e.question.content) for place, e in told if isinstance(e, chat.Asked)]
    assert asked == [(0, "a"), (1, "b")]
    ids = [message.id for message in conversations.path(talk.id)]
    assert [e.question.id for _p, e in told if isinstance(e, chat.Asked)] == ids[::2]


def test_a_turn_that_is_broken_off_keeps_its_text_and_ends_those_that_follow(conversations):
    backend, talk = ScriptedBackend("One two."), conversations.create()
    backend.hold()
    running = chat.turns(conversations, backend, talk.id, ["a", "b"])
    next(event for _place, event in running if isinstance(event, TextDelta))
    running.close()
    assert texts(conversations, talk.id) == ["a", "One"]
    assert conversations.path(talk.id)[-1].finish_reason == "cancelled"


def test_the_last_question_is_answered_again_beside_the_first_answer(conversations):
    backend, talk = ScriptedBackend("One.", "Two."), conversations.create()
    list(chat.turns(conversations, backend, talk.id, ["a"]))
    chat.ask_again(conversations, conversations.path(talk.id)[-1])
    list(chat.turns(conversations, backend, talk.id, [None]))
    assert texts(conversations, talk.id) == ["a", "Two."]
    assert conversations.path(talk.id)[-1].versions == 2


def test_the_name_of_a_tool_that_is_asked_for_is_stored(conversations):
    call = ToolCall("get_weather", "tool_call(city='Oslo')", {"city": "Oslo"})
    backend = ScriptedBackend([TextPart("Let me see."), call])
    talk = conversations.create()
    list(chat.turns(conversations, backend, talk.id, ["Rain?"]))
    answer = conversations.path(talk.id)[-1]
    assert (answer.content, answer.metadata) == ("Let me see.", "get_weather")


def test_there_must_be_something_to_answer(conversations):
    backend, talk = ScriptedBackend(), conversations.create()
    with pytest.raises(InvalidInput, match="no question"):
        list(chat.turns(conversations, backend, talk.id, [None]))
    with pytest.raises(InvalidInput, match="empty"):
        list(chat.turns(conversations, backend, talk.id, ["  "]))
    assert not texts(conversations, talk.id)
    assert not backend.asked


def test_old_turns_leave_the_prompt_as_a_whole_and_stay_in_the_conversation(conversations, engine):
    talk = conversations.create(sampling=Sampling(max_length=200, max_new_tokens=4, temperature=0))
    for _turn in range(2):
        list(chat.turns(conversations, engine, talk.id, ["why " * 90]))
    path = conversations.path(talk.id)
    fitted = fit(engine, conversations.get(talk.id), [m.message for m in path[:3]])
    assert fitted.messages == (path[2].message,)
    assert fitted.left_out == 2
    assert len(path) == 4


def test_a_conversation_that_is_to_stop_says_that_it_is_full(conversations, engine):
    settings = Sampling(max_length=200, max_new_tokens=4, temperature=0)
    talk = conversations.create(sampling=settings, when_full="stop")
    with pytest.raises(PromptTooLong, match="200"):
        list(chat.turns(conversations, engine, talk.id, ["why " * 90, "why " * 90]))
    assert [m.role for m in conversations.path(talk.id)] == ["user", "assistant", "user"]


def test_a_failed_turn_says_why_and_ends_those_that_follow(conversations):
    backend, talk = ScriptedBackend("One.", fails="broken"), conversations.create()
    list(chat.turns(conversations, backend, talk.id, ["a", "b"]))
    path = conversations.path(talk.id)
    assert [m.content for m in path] == ["a", "One."]
    assert (path[-1].finish_reason, path[-1].error) == ("error", "broken")
