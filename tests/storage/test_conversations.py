"""Conversations: saved equals reloaded, search, and what a killed process leaves."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.backends.events import Usage
from core.errors import InvalidInput, NotFound
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store


def test_saved_equals_reloaded(store: Store, tmp_path: Path) -> None:
    sampling = Sampling(0.3, 0.7, 5, 60, 500, 9)
    conversation = store.conversations.create("标题 🦊", "Be brief.", None, sampling, "stop")
    question = store.conversations.add_message(conversation.id, None, Message("user", "你好 50%_"))
    answer = store.conversations.begin_answer(conversation.id, question.id, sampling, "embedded")
    usage = Usage(10, 2, 0.1, 20.0)
    store.conversations.finish_answer(answer.id, "Hi", "", "stop", usage, (1, 2), 9)
    before = store.conversations.path(conversation.id)
    again = Store.open(tmp_path / "promptlab.db")
    assert again.conversations.path(conversation.id) == before
    assert again.conversations.get(conversation.id).sampling == sampling
    assert before[1].usage == usage
    assert before[1].token_ids == (1, 2)


def test_search_takes_its_words_as_they_are(store: Store) -> None:
    conversation = store.conversations.create()
    store.conversations.add_message(conversation.id, None, Message("user", "save 50%_ today 你好"))
    assert store.conversations.list("50%_")
    assert store.conversations.list("你好")
    assert not store.conversations.list("5%0")


def test_search_does_not_depend_on_case_in_any_script(store: Store) -> None:
    texts = ["Straße nach Köln", "ПРИВЕТ, мир", "Ωμέγα", "İstanbul Café"]
    for text in texts:
        conversation = store.conversations.create(title=text)
        store.conversations.add_message(conversation.id, None, Message("user", text))
    for wanted in ("strasse", "KÖLN", "привет", "ΩΜΈΓΑ", "CAFÉ"):
        assert len(store.conversations.list(wanted)) == 1


def test_a_killed_process_keeps_every_message_and_the_partial_answer(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    script = f"""
import os, signal
from pathlib import Path
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store
store = Store.open(Path({str(file)!r}))
c = store.conversations.create("talk")
q = store.conversations.add_message(c.id, None, Message("user", "question"))
a = store.conversations.begin_answer(c.id, q.id, Sampling(), "m")
store.conversations.save_partial(a.id, "half an ans", [1, 2, 3])
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == -9
    store = Store.open(file)
    assert store.conversations.recover() == 1
    path = store.conversations.path(store.conversations.list()[0].id)
    assert [m.content for m in path] == ["question", "half an ans"]
    assert path[1].finish_reason == "interrupted"


def test_files_belong_to_their_conversation_and_go_with_it(store: Store) -> None:
    talks = store.conversations
    one, other = talks.create().id, talks.create().id
    talks.put_file(one, "a.csv", b"1\n")
    talks.put_file(one, "b.csv", b"2\n")
    talks.put_file(one, "a.csv", b"one\n")
    # The newest last
    assert [*talks.files(one).items()] == [("b.csv", 2), ("a.csv", 4)]
    assert talks.file(one, "a.csv") == b"one\n"
    assert talks.files(other) == {}
    with pytest.raises(NotFound):
        talks.file(other, "a.csv")
    talks.remove_file(one, "b.csv")
    talks.remove_file(one, "b.csv")
    assert talks.files(one) == {"a.csv": 4}
    talks.delete(one)
    talks.restore(one)
    assert talks.files(one) == {"a.csv": 4}


def test_an_answer_keeps_what_the_model_was_told_of_tools_and_files(store: Store) -> None:
    talks, told = store.conversations, ({"name": "clock"},)
    talk = talks.create().id
    for tools, files in ((told, "a.csv"), (told, ""), ((), "a.csv"), ((), "")):
        begun = talks.begin_answer(talk, None, Sampling(), "m", tools=tools, files=files)
        changed = talks.add_call(begun, Message("assistant", "by hand"))
        for kept in (begun, changed, talks.path(talk)[-1]):
            assert (kept.tools, kept.files) == (tools, files)


def test_files_of_a_conversation_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.chat.store.MOST_FILES", 2)
    monkeypatch.setattr("core.chat.store.MOST_FILE_BYTES", 1 << 20)
    talks = store.conversations
    talk = talks.create().id
    talks.put_file(talk, "a", b"x" * (1 << 19))
    with pytest.raises(InvalidInput, match="1 MB together"):
        talks.put_file(talk, "b", b"x" * (1 << 19) + b"x")
    # One in the place of another counts alone
    talks.put_file(talk, "a", b"x" * (1 << 20))
    talks.put_file(talk, "b", b"")
    with pytest.raises(InvalidInput, match="up to 2 files"):
        talks.put_file(talk, "c", b"")
    assert set(talks.files(talk)) == {"a", "b"}
