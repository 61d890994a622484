"""Who waits for whom: readers for nobody, writers for each other, and nothing is lost meanwhile."""

import inspect
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from core.branches.records import Origin
from core.chat.records import Draft, Step
from core.checks.judge import Judge, Verdict
from core.errors import StorageError
from core.experiments.opinions import Judging, Opinion
from core.experiments.prompt import Prompt
from core.experiments.records import Answer, Place
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.grid.axes import Axis
from core.grid.records import Cell
from core.grid.spec import GridSpec
from core.messages import Message
from core.sampling.settings import Sampling
from core.storage import database
from core.storage.database import Database
from core.storage.documents import Documents
from core.store import Store

# Longer than any test runs: who has to wait then waits
LONG_MS = 600_000
ORIGIN = Origin("message", "m1", "What is 温度?", "embedded", "It is heat.")


class Filled:
    """A store with one of everything, and a call of every method there is, by its name."""

    def __init__(self, file: Path) -> None:
        self.store = store = Store.open(file)
        talk = store.conversations.create("talk")
        question = store.conversations.add_message(talk.id, None, Message("user", "你好"))
        persona = store.personas.create("Pirate", "", "You are a pirate.")
        spec = GridSpec("p", Axis("temperature", (0.0,)), Axis("seed", (0,)))
        run = store.runs.create(spec, "m")
        store.runs.save_cell(run.id, Cell(0, 0, 0, 0, 7, "text", (1, 2), "stop"))
        root = store.branches.plant(ORIGIN, (1, 2), (5, 6, 7), Sampling(), "embedded")
        talks, personas, runs, trees = (
            store.conversations,
            store.personas,
            store.runs,
            store.branches,
        )
        message = Message("user", "more")
        gone, lost, old, past = (
            talks.create("gone"),
            personas.create("Gone", "", "x"),
            runs.create(spec, "m"),
            trees.plant(Origin("message", "m2", "?"), (1,), (5,), Sampling(), "embedded"),
        )
        said = talks.add_message(talk.id, question.id, Message("assistant", "!"))
        left = trees.begin(root.id, 1, 8, "o", Sampling(), "o")
        talks.put_file(talk.id, "a.csv", b"1")
        talks.delete(gone.id)
        personas.delete(lost.id)
        runs.delete(old.id)
        trees.delete(past.tree_id)
        talks.delete_message(said.id)
        trees.delete_branch(left.id)
        store.drafts.put("persona", "p", {"name": "Q"})
        tried = ExperimentSpec((Variant("a"),), (Row("1", (("input", "?"),)),), tries=1)
        experiments = store.experiments
        made, out = experiments.create(tried, "m"), experiments.create(tried, "m")
        answer = Answer(Place(0, 0, 0), 1, ("yes",), "stop")
        experiments.save_answer(made, answer)
        judging = Judging(Judge(), "m")
        opinion = Opinion(answer.place, Verdict(True, None, "PASS"))
        experiments.save_opinion(made, answer, judging, opinion)
        experiments.delete(out.id)
        asked = store.prompts.create("Asked", Prompt("", "{{ input }}").to_dict())
        self.reads: dict[str, Callable[[], Any]] = {
            "conversations.get": lambda: talks.get(talk.id),
            "conversations.list": lambda: talks.list("你"),
            "conversations.count": lambda: talks.count("你"),
            "conversations.path": lambda: talks.path(talk.id),
            "conversations.speeds": talks.speeds,
            "conversations.usages": lambda: talks.usages(talk.id),
            "conversations.shown": lambda: talks.shown(talk.id),
            "conversations.files": lambda: talks.files(talk.id),
            "conversations.file": lambda: talks.file(talk.id, "a.csv"),
            "conversations.versions": lambda: talks.versions(question.id),
            "personas.get": lambda: personas.get(persona.id),
            "personas.list": personas.list,
            "runs.get": lambda: runs.get(run.id),
            "runs.list": runs.list,
            "runs.cells": lambda: runs.cells(run.id),
            "branches.get": lambda: trees.get(root.id),
            "branches.list": trees.list,
            "branches.tree": lambda: trees.tree(root.tree_id),
            "branches.of": lambda: trees.of(root.tree_id),
            "conversations.binned": talks.binned,
            "conversations.binned_messages": talks.binned_messages,
            "personas.binned": personas.binned,
            "runs.binned": runs.binned,
            "branches.binned": trees.binned,
            "branches.binned_branches": trees.binned_branches,
            "drafts.get": lambda: store.drafts.get("persona", "p"),
            "drafts.changed": lambda: store.drafts.changed("persona", "p"),
            "drafts.about": lambda: store.drafts.about("persona"),
            "personas.versions": lambda: personas.versions(persona.id),
            "experiments.get": lambda: experiments.get(made.id),
            "experiments.list": experiments.list,
            "experiments.answer": lambda: experiments.answer(made, answer.place),
            "experiments.answers": lambda: experiments.answers(made),
            "experiments.stamp": lambda: experiments.stamp(made),
            "experiments.binned": experiments.binned,
            "experiments.opinions": lambda: experiments.opinions(made, judging),
            "experiments.judges": lambda: experiments.judges(made),
            "uses.of": lambda: store.uses.of(persona.id),
            "prompt_uses.of": lambda: store.prompt_uses.of(asked.id),
        }
        self.writes: dict[str, Callable[[], Any]] = {
            "conversations.create": talks.create,
            "conversations.begin": lambda: talks.begin(Draft(), message, "t"),
            "conversations.name_first": lambda: talks.name_first(talk.id, "t"),
            "conversations.rename": lambda: talks.rename(talk.id, "b"),
            "conversations.change": lambda: talks.change(talk.id, {"system": "c"}),
            "conversations.delete": lambda: talks.delete(talk.id),
            "conversations.recover": talks.recover,
            "conversations.add_message": lambda: talks.add_message(talk.id, None, message),
            "conversations.begin_answer": lambda: talks.begin_answer(
                talk.id, question.id, Sampling(), "m"
            ),
            "conversations.save_partial": lambda: talks.save_partial(question.id, "d", ()),
            "conversations.finish_answer": lambda: talks.finish_answer(
                question.id, "e", "", "stop", None, (), None
            ),
            "conversations.add_observation": lambda: talks.add_observation(
                talk.id, question.id, "6", Step("calculator", "{}")
            ),
            "conversations.add_call": lambda: talks.add_call(question, message),
            "conversations.put_file": lambda: talks.put_file(talk.id, "b.csv", b"2"),
            "conversations.remove_file": lambda: talks.remove_file(talk.id, "b.csv"),
            "conversations.set_head": lambda: talks.set_head(talk.id, None),
            "conversations.select_version": lambda: talks.select_version(question.id),
            "conversations.delete_message": lambda: talks.delete_message(question.id),
            "personas.create": lambda: personas.create("Chef", "", "f"),
            "personas.update": lambda: personas.update(persona.id, "Pirate", "g", "h"),
            "personas.delete": lambda: personas.delete(persona.id),
            "runs.create": lambda: runs.create(spec, "m"),
            "runs.save_cell": lambda: runs.save_cell(run.id, Cell(0, 0, 0, 0, 7)),
            "runs.rename": lambda: runs.rename(run.id, "i"),
            "runs.delete": lambda: runs.delete(run.id),
            "branches.plant": lambda: trees.plant(ORIGIN, (1,), (5,), Sampling(), "embedded"),
            "branches.rename_tree": lambda: trees.rename_tree(root.tree_id, "j"),
            "branches.begin": lambda: trees.begin(root.id, 1, 9, "k", Sampling(), "k"),
            "branches.save_partial": lambda: trees.save_partial(root.id, "l", ()),
            "branches.finish": lambda: trees.finish(root.id, "m", (), "stop"),
            "branches.rename": lambda: trees.rename(root.id, "n"),
            "branches.delete_branch": lambda: trees.delete_branch(root.id),
            "branches.restore_branch": lambda: trees.restore_branch(left.id),
            "branches.erase_branch": lambda: trees.erase_branch(left.id),
            "branches.delete": lambda: trees.delete(root.tree_id),
            "branches.share": lambda: trees.share(root.tree_id, True),
            "branches.restore": lambda: trees.restore(past.tree_id),
            "branches.erase": lambda: trees.erase(past.tree_id),
            "conversations.share": lambda: talks.share(talk.id, True),
            "conversations.restore": lambda: talks.restore(gone.id),
            "conversations.erase": lambda: talks.erase(gone.id),
            "conversations.restore_message": lambda: talks.restore_message(said.id),
            "conversations.erase_message": lambda: talks.erase_message(said.id),
            "personas.share": lambda: personas.share(persona.id, True),
            "personas.restore": lambda: personas.restore(lost.id),
            "personas.erase": lambda: personas.erase(lost.id),
            "runs.mark": lambda: runs.mark(run.id, 0, starred=True),
            "runs.keep_prompts": lambda: runs.keep_prompts(run.id, ()),
            "runs.share": lambda: runs.share(run.id, True),
            "runs.restore": lambda: runs.restore(old.id),
            "runs.erase": lambda: runs.erase(old.id),
            "drafts.put": lambda: store.drafts.put("persona", "q", {}),
            "drafts.drop": lambda: store.drafts.drop("persona", "p"),
            "branches.recover": trees.recover,
            "experiments.create": lambda: experiments.create(tried, "m"),
            "experiments.update": lambda: experiments.update(made.id, tried),
            "experiments.rename": lambda: experiments.rename(made.id, "t"),
            "experiments.save_opinion": lambda: experiments.save_opinion(
                made, answer, judging, opinion
            ),
            "experiments.save_answer": lambda: experiments.save_answer(made, answer),
            "experiments.rate": lambda: experiments.rate(made, answer.place, rating="pass"),
            "experiments.share": lambda: experiments.share(made.id, True),
            "experiments.delete": lambda: experiments.delete(made.id),
            "experiments.restore": lambda: experiments.restore(out.id),
            "experiments.erase": lambda: experiments.erase(out.id),
        }
        for name, shelf in (
            *(("prompts", store.prompts), ("suites", store.suites)),
            ("tools", store.tools),
        ):
            self._documents(name, shelf)

    def _documents(self, name: str, shelf: Documents) -> None:
        one, gone = shelf.create("One", {}), shelf.create("Gone", {})
        shelf.delete(gone.id)
        self.reads |= {
            f"{name}.get": lambda: shelf.get(one.id),
            f"{name}.list": shelf.list,
            f"{name}.binned": shelf.binned,
            f"{name}.versions": lambda: shelf.versions(one.id),
            f"{name}.version": lambda: shelf.version(one.id, 1),
        }
        self.writes |= {
            f"{name}.create": lambda: shelf.create("New", {}),
            f"{name}.save": lambda: shelf.save(one.id, "One", {"a": 1}),
            f"{name}.share": lambda: shelf.share(one.id, True),
            f"{name}.delete": lambda: shelf.delete(one.id),
            f"{name}.restore": lambda: shelf.restore(gone.id),
            f"{name}.erase": lambda: shelf.erase(gone.id),
        }


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds the write lock, with something written that is not there yet."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE conversations SET title = 'not yet'")
        yield
        other.execute("ROLLBACK")


def test_every_read_passes_a_held_write_lock_and_every_write_respects_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "promptlab.db"
    filled = Filled(file)
    kept = {name: call() for name, call in filled.reads.items()}
    # Whoever would have to wait fails instead
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 0)
    with locked(file):
        assert {name: call() for name, call in filled.reads.items()} == kept
        for call in filled.writes.values():
            with pytest.raises(StorageError, match="locked"):
                call()
    assert {name: call() for name, call in filled.reads.items()} == kept


def test_every_method_either_reads_or_writes(tmp_path: Path) -> None:
    filled = Filled(tmp_path / "promptlab.db")
    methods = {
        f"{shelf}.{name}"
        for shelf, repository in vars(filled.store).items()
        if not shelf.startswith("_")
        for name, _method in inspect.getmembers(repository, inspect.ismethod)
        if not name.startswith("_")
    }
    assert filled.reads.keys() | filled.writes.keys() == methods
    assert not filled.reads.keys() & filled.writes.keys()


def test_a_read_cannot_turn_into_a_write(store: Store, tmp_path: Path) -> None:
    store.conversations.create("kept")
    reader = Database(tmp_path / "promptlab.db")
    for statement in ("UPDATE conversations SET title = 'lost'", "DELETE FROM conversations"):
        with pytest.raises(StorageError, match="readonly"), reader.reading() as session:
            session.execute(text(statement))
    with reader.writing() as session:
        assert session.scalar(text("SELECT title FROM conversations")) == "kept"
    assert [talk.title for talk in store.conversations.list()] == ["kept"]


@pytest.fixture
def asking() -> Iterator[threading.Event]:
    """Set when SQLite begins to take the write lock for anybody."""
    found = threading.Event()

    def trace(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(
            lambda statement: found.set() if statement == "BEGIN IMMEDIATE" else None
        )

    event.listen(Engine, "connect", trace)
    yield found
    event.remove(Engine, "connect", trace)


def test_a_writer_waits_for_the_lock_while_readers_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asking: threading.Event
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", LONG_MS)
    file = tmp_path / "promptlab.db"
    store = Store.open(file)
    talk = store.conversations.create("before")
    asking.clear()
    with ThreadPoolExecutor(1) as pool:
        with locked(file):
            writing = pool.submit(store.conversations.rename, talk.id, "after")
            asking.wait()
            for _reader in range(20):
                assert store.conversations.get(talk.id).title == "before"
            assert not writing.done()
        writing.result()
    assert store.conversations.get(talk.id).title == "after"


def test_many_readers_and_writers_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", LONG_MS)
    store = Store.open(tmp_path / "promptlab.db")
    talks = [store.conversations.create().id for _writer in range(3)]
    messages = 15
    written = threading.Event()

    def write(talk: str) -> None:
        parent = None
        for number in range(messages):
            parent = store.conversations.add_message(talk, parent, Message("user", str(number))).id

    def read() -> None:
        seen = dict.fromkeys(talks, 0)
        while True:
            last = written.is_set()
            for talk in talks:
                path = [m.content for m in store.conversations.path(talk)]
                # Never a part of a write, and never less than before
                assert path == [str(number) for number in range(len(path))]
                assert len(path) >= seen[talk]
                seen[talk] = len(path)
            if last:
                break
        assert seen == dict.fromkeys(talks, messages)

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _reader in range(3)]
        writers = [pool.submit(write, talk) for talk in talks]
        try:
            for writer in writers:
                writer.result()
        finally:
            written.set()
        for reader in readers:
            reader.result()
