"""Messages form a tree: whatever is said stays, and one path of it is visible."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.chat.records import StoredMessage
from core.errors import InvalidInput, NotFound
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


def say(store: Store, conversation: str, parent: str | None, text: str) -> StoredMessage:
    return store.conversations.add_message(conversation, parent, Message("user", text))


def shown(store: Store, conversation: str) -> list[str]:
    return [message.content for message in store.conversations.path(conversation)]


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(title=TEXT, content=TEXT, token_ids=st.lists(st.integers(0, 2**31)))
def test_any_text_is_reloaded_as_it_was(
    store: Store, title: str, content: str, token_ids: list[int]
) -> None:
    conversation = store.conversations.create(title)
    answer = store.conversations.begin_answer(conversation.id, None, Sampling(), "m")
    store.conversations.save_partial(answer.id, content, token_ids)
    (reloaded,) = store.conversations.path(conversation.id)
    assert (reloaded.content, reloaded.token_ids) == (content, tuple(token_ids))
    assert store.conversations.get(conversation.id).title == title


def test_an_edited_question_keeps_the_old_one_with_its_answer(store: Store) -> None:
    talk = store.conversations.create().id
    first = say(store, talk, None, "question")
    say(store, talk, first.id, "answer")
    edited = say(store, talk, None, "better question")
    assert shown(store, talk) == ["better question"]
    assert (edited.version, edited.versions) == (2, 2)
    assert store.conversations.versions(first.id) == [first.id, edited.id]
    store.conversations.select_version(first.id)
    assert shown(store, talk) == ["question", "answer"]


def test_another_answer_stands_beside_the_first(store: Store) -> None:
    conversation = store.conversations.create()
    question = store.conversations.add_message(conversation.id, None, Message("user", "q"))
    first = store.conversations.begin_answer(conversation.id, question.id, Sampling(), "m")
    second = store.conversations.begin_answer(conversation.id, question.id, Sampling(), "m")
    assert store.conversations.path(conversation.id)[-1].id == second.id
    store.conversations.select_version(first.id)
    shown = store.conversations.path(conversation.id)[-1]
    assert (shown.id, shown.version, shown.versions) == (first.id, 1, 2)
    store.conversations.delete_message(first.id)
    assert store.conversations.path(conversation.id)[-1].id == second.id


def test_deleting_the_only_version_ends_the_path_before_it(store: Store) -> None:
    talk = store.conversations.create().id
    first = say(store, talk, None, "a")
    second = say(store, talk, first.id, "b")
    say(store, talk, second.id, "c")
    store.conversations.delete_message(second.id)
    assert shown(store, talk) == ["a"]
    store.conversations.delete_message(first.id)
    assert shown(store, talk) == []
    assert store.conversations.get(talk).head_id is None


def test_a_parent_must_be_of_the_same_conversation(store: Store) -> None:
    elsewhere = say(store, store.conversations.create().id, None, "a")
    with pytest.raises(InvalidInput, match=elsewhere.id):
        say(store, store.conversations.create().id, elsewhere.id, "b")


def test_what_is_missing_is_not_found(store: Store) -> None:
    for call in (
        store.conversations.get,
        store.conversations.path,
        store.conversations.delete,
        store.conversations.versions,
        store.conversations.select_version,
        store.personas.get,
        store.runs.get,
        store.runs.cells,
    ):
        with pytest.raises(NotFound, match="nowhere"):
            call("nowhere")


def test_names_of_personas_are_unique_whatever_the_case(store: Store) -> None:
    store.personas.create("Straße", "", "")
    with pytest.raises(InvalidInput, match="already"):
        store.personas.create("STRASSE", "", "")
