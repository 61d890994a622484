"""Turns of a conversation: what is said is stored as it comes, whatever ends it."""

from pathlib import Path

import pytest

from core.backends.events import TextDelta, TextPart, ToolCall
from core.chat import turn as chat
from core.chat.window import fit
from core.errors import InvalidInput, PromptTooLong, StorageError
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
    said, call_made = conversations.path(talk.id)[-2:]
    assert (said.content, said.metadata) == ("Let me see.", "")
    assert (call_made.content, call_made.metadata) == (call.raw, "get_weather")


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
    assert [m.role for m in conversations.path(talk.id)] == ["user", "assistant"]


def test_a_failed_turn_says_why_and_ends_those_that_follow(conversations):
    backend, talk = ScriptedBackend("One.", fails="broken"), conversations.create()
    list(chat.turns(conversations, backend, talk.id, ["a", "b"]))
    path = conversations.path(talk.id)
    assert [m.content for m in path] == ["a", "One."]
    assert (path[-1].finish_reason, path[-1].error) == ("error", "broken")


def test_a_question_that_is_refused_is_not_stored_and_the_advice_fits(conversations, engine):
    talk = conversations.create(sampling=Sampling(max_new_tokens=4, temperature=0))
    with pytest.raises(PromptTooLong, match="too long") as alone:
        list(chat.turns(conversations, engine, talk.id, ["why " * 3000]))
    assert "new conversation" not in str(alone.value)
    assert "character" in str(alone.value)
    assert not conversations.path(talk.id)
    bounded = conversations.create(sampling=Sampling(max_length=100))
    with pytest.raises(PromptTooLong, match="Raise max_length"):
        list(chat.turns(conversations, engine, bounded.id, ["why " * 200]))


def test_the_advice_to_shorten_by_so_many_characters_is_enough(conversations, engine):
    import re

    talk, text = conversations.create(sampling=Sampling(max_new_tokens=4)), "why " * 1500
    with pytest.raises(PromptTooLong) as refused:
        chat.check_turn(engine, talk, [], text)
    [fewer] = re.findall(r"at least ([\d,]+) character", str(refused.value))
    chat.check_turn(engine, talk, [], text[: -int(fewer.replace(",", "")) - 4])


def test_an_end_that_cannot_be_stored_is_tried_until_it_holds(conversations, monkeypatch):
    """Another connection holds the database until the visitor has been told."""
    import sqlite3

    monkeypatch.setattr(chat, "AGAIN_S", 0.0)
    backend, talk = ScriptedBackend("One two three."), conversations.create()
    other = sqlite3.connect(conversations._database.file, isolation_level=None)
    for _place, event in chat.turns(conversations, backend, talk.id, ["a"]):
        if isinstance(event, TextDelta) and not other.in_transaction:
            other.execute("BEGIN IMMEDIATE")
        if isinstance(event, chat.NotKept) and other.in_transaction:
            assert "locked" in event.reason
            other.execute("ROLLBACK")
    answer = conversations.path(talk.id)[-1]
    assert (answer.content, answer.finish_reason) == ("One two three.", "stop")


def test_an_answer_that_is_stopped_while_nothing_can_be_stored_is_kept(conversations, monkeypatch):
    monkeypatch.setattr(chat, "AGAIN_S", 0.0)
    backend, talk = ScriptedBackend("One two."), conversations.create()
    backend.hold()
    running = chat.turns(conversations, backend, talk.id, ["a"])
    next(event for _place, event in running if isinstance(event, TextDelta))
    finish, failures = type(conversations).finish_answer, iter([StorageError("full")] * 3)

    def fails_thrice(*given: object) -> None:
        for failure in failures:
            raise failure
        finish(*given)

    monkeypatch.setattr(type(conversations), "finish_answer", fails_thrice)
    running.close()
    answer = conversations.path(talk.id)[-1]
    assert (answer.content, answer.finish_reason) == ("One", "cancelled")


def test_what_can_never_be_stored_is_given_up_and_said(conversations, monkeypatch):
    monkeypatch.setattr(chat, "AGAIN_S", 0.0)
    monkeypatch.setattr(chat, "KEEP_TRYING_S", 0.0)

    def never(*_given: object) -> None:
        raise StorageError("The file is damaged.")

    monkeypatch.setattr(type(conversations), "finish_answer", never)
    talk = conversations.create()
    with pytest.raises(StorageError, match="damaged"):
        list(chat.turns(conversations, ScriptedBackend(), talk.id, ["a"]))
