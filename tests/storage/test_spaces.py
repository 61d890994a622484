"""Whose things are: nobody sees, finds, changes or deletes what is another's, unless it is shared;
and what is deleted comes back as it was, or is gone after thirty days."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.branches.records import Origin
from core.errors import InvalidInput, NotFound
from core.grid.axes import Axis
from core.grid.records import Cell
from core.grid.spec import GridSpec
from core.messages import Message
from core.sampling.settings import Sampling
from core.storage import ownership
from core.storage.ids import now
from core.store import Store

SPEC = GridSpec("prompt", Axis("temperature", (0.0,)), Axis("seed", (0,)))


class Kind:
    """How one kind of thing is made, listed, read and changed in a store."""

    def __init__(
        self,
        shelf: str,
        make: Callable[[Store], str],
        read: Callable[[Store, str], Any],
        change: Callable[[Store, str], Any],
    ) -> None:
        self.shelf, self.make, self.read, self.change = shelf, make, read, change

    def of(self, store: Store) -> Any:
        return getattr(store, self.shelf)

    def ids(self, store: Store) -> list[str]:
        return [one.id for one in self.of(store).list()]


def _plant(store: Store) -> str:
    root = store.branches.plant(Origin("typed"), (1, 2), (5, 6), Sampling(), "m")
    return root.tree_id


def _talk(store: Store) -> str:
    talk = store.conversations.create("title")
    store.conversations.add_message(talk.id, None, Message("user", "a needle"))
    return talk.id


def _run(store: Store) -> str:
    run = store.runs.create(SPEC, "m")
    store.runs.save_cell(run.id, Cell(0, 0, 0, 0, 7, "text", (1,), "stop"))
    return run.id


KINDS = {
    "conversation": Kind(
        "conversations",
        _talk,
        lambda store, id: (store.conversations.get(id), store.conversations.path(id)),
        lambda store, id: store.conversations.add_message(id, None, Message("user", "more")),
    ),
    "persona": Kind(
        "personas",
        lambda store: store.personas.create("Chef", "", "You cook.").id,
        lambda store, id: store.personas.get(id),
        lambda store, id: store.personas.update(id, "Chef", "", "You burn."),
    ),
    "run": Kind(
        "runs",
        _run,
        lambda store, id: (store.runs.get(id), store.runs.cells(id)),
        lambda store, id: store.runs.mark(id, 0, starred=True),
    ),
    "tree": Kind(
        "branches",
        _plant,
        lambda store, id: (store.branches.tree(id), store.branches.of(id)),
        lambda store, id: store.branches.rename_tree(id, "name"),
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def test_what_is_anothers_is_not_there(store: Store, kind: Kind) -> None:
    mine, other = store.of("a" * 32), store.of("b" * 32)
    made = kind.make(mine)
    assert kind.ids(mine) == [made]
    for stranger in (other, store):
        assert kind.ids(stranger) == []
        for attempt in (
            kind.read,
            kind.change,
            lambda s, id: kind.of(s).delete(id),
            lambda s, id: kind.of(s).share(id, True),
        ):
            with pytest.raises(NotFound):
                attempt(stranger, made)
    kind.of(mine).delete(made)
    for stranger in (other, store):
        assert stranger.binned() == []
        for attempt in (kind.of(stranger).restore, kind.of(stranger).erase):
            with pytest.raises(NotFound):
                attempt(made)
    kind.of(mine).restore(made)
    assert kind.ids(mine) == [made]


def test_what_is_shared_is_read_and_not_changed(store: Store, kind: Kind) -> None:
    mine, other = store.of("a"), store.of("b")
    made = kind.make(mine)
    kind.of(mine).share(made, True)
    before = kind.read(mine, made)
    seen = kind.read(other, made)
    first = seen[0] if isinstance(seen, tuple) else seen
    assert (first.shared, first.own) == (True, False)
    for attempt in (kind.change, lambda s, id: kind.of(s).delete(id)):
        with pytest.raises(InvalidInput, match="somebody else"):
            attempt(other, made)
    assert kind.read(mine, made) == before
    # A persona is offered to all; the rest opens for those who have the link
    assert kind.ids(other) == ([made] if kind.shelf == "personas" else [])
    kind.of(mine).share(made, False)
    with pytest.raises(NotFound):
        kind.read(other, made)


def test_what_is_common_belongs_to_all(store: Store, kind: Kind) -> None:
    made = kind.make(store)
    mine = store.of("a")
    assert kind.ids(mine) == [made]
    kind.change(mine, made)
    kind.of(mine).delete(made)
    assert [one.id for one in store.of("b").binned()] == [made]


def test_what_is_deleted_comes_back_as_it_was(store: Store, kind: Kind) -> None:
    made = kind.make(store)
    before = kind.read(store, made)
    kind.of(store).delete(made)
    assert kind.ids(store) == []
    with pytest.raises(NotFound):
        kind.read(store, made)
    (one,) = store.binned()
    assert one.id == made
    store.restore(one)
    assert kind.read(store, made) == before
    assert store.binned() == []


def test_what_is_erased_is_gone(store: Store, kind: Kind) -> None:
    made = kind.make(store)
    # Only from the bin: nothing is lost by one click
    with pytest.raises(NotFound):
        kind.of(store).erase(made)
    kind.of(store).delete(made)
    (one,) = store.binned()
    store.erase(one)
    assert store.binned() == []
    with pytest.raises(NotFound):
        store.restore(one)


def test_the_bin_keeps_for_thirty_days(
    tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "promptlab.db"
    store = Store.open(file)
    made = kind.make(store)
    kind.of(store).delete(made)
    for days, left in ((29, 1), (31, 0)):
        later = now() + timedelta(days=days)
        monkeypatch.setattr(ownership, "now", lambda later=later: later)
        assert len(Store.open(file).binned()) == left


def test_a_search_finds_nothing_of_others_and_nothing_deleted(store: Store) -> None:
    mine, other = store.of("a"), store.of("b")
    talk = _talk(mine)
    assert other.conversations.list("needle") == []
    (said,) = mine.conversations.path(talk)
    mine.conversations.delete_message(said.id)
    assert mine.conversations.list("needle") == []


def test_two_spaces_may_have_personas_of_one_name(store: Store) -> None:
    mine, other = store.of("a"), store.of("b")
    made = mine.personas.create("Chef", "", "x")
    other.personas.create("chef", "", "y")
    mine.personas.delete(made.id)
    mine.personas.create("CHEF", "", "z")
    with pytest.raises(InvalidInput, match="already"):
        mine.personas.restore(made.id)


# --- messages and branches --------------------------------------------------------------------


def test_a_deleted_message_comes_back_with_what_followed_it(store: Store) -> None:
    talks = store.conversations
    talk = talks.create().id
    first = talks.add_message(talk, None, Message("user", "1"))
    answer = talks.add_message(talk, first.id, Message("assistant", "2"))
    second = talks.add_message(talk, answer.id, Message("user", "3"))
    talks.add_message(talk, second.id, Message("assistant", "4"))
    before = talks.path(talk)
    # What was deleted before stays deleted
    talks.delete_message(second.id)
    talks.delete_message(first.id)
    assert talks.path(talk) == []
    assert [one.title for one in talks.binned_messages()] == ["1", "3"]
    talks.restore_message(first.id)
    assert [said.content for said in talks.path(talk)] == ["1", "2"]
    talks.restore_message(second.id)
    assert talks.path(talk) == before
    assert store.binned() == []


def test_of_two_versions_the_other_is_shown(store: Store) -> None:
    talks = store.conversations
    talk = talks.create().id
    question = talks.add_message(talk, None, Message("user", "q"))
    one, two = (talks.add_message(talk, question.id, Message("assistant", t)) for t in "12")
    talks.delete_message(two.id)
    shown = talks.path(talk)[-1]
    assert (shown.id, shown.version, shown.versions) == (one.id, 1, 1)
    talks.restore_message(two.id)
    shown = talks.path(talk)[-1]
    assert (shown.id, shown.version, shown.versions) == (two.id, 2, 2)


def test_a_message_whose_conversation_is_deleted_is_in_the_bin_with_it(store: Store) -> None:
    talk = _talk(store)
    (said,) = store.conversations.path(talk)
    store.conversations.delete_message(said.id)
    store.conversations.delete(talk)
    assert [one.kind for one in store.binned()] == ["conversation"]
    store.restore(store.binned()[0])
    assert [one.kind for one in store.binned()] == ["message"]


def test_a_deleted_branch_comes_back_with_what_left_it(store: Store) -> None:
    trees = store.branches
    root = trees.plant(Origin("typed"), (1, 2), (5, 6, 7), Sampling(), "m")
    child = trees.begin(root.id, 1, 9, "a", Sampling(), "a")
    trees.begin(child.id, 2, 9, "b", Sampling(), "b")
    before = trees.of(root.tree_id)
    trees.delete_branch(child.id)
    assert trees.of(root.tree_id) == [root]
    (one,) = store.binned()
    store.restore(one)
    assert trees.of(root.tree_id) == before
    trees.delete_branch(root.id)
    assert trees.list() == []
    trees.restore_branch(root.id)
    assert trees.of(root.tree_id) == before


# --- marks and drafts -------------------------------------------------------------------------


def test_a_cell_that_is_written_again_keeps_its_star_and_note(store: Store) -> None:
    run = _run(store)
    store.runs.mark(run, 0, starred=True)
    store.runs.mark(run, 0, note="the best")
    (cell,) = store.runs.cells(run)
    store.runs.save_cell(run, replace(cell, text="other", starred=False, note=""))
    (cell,) = store.runs.cells(run)
    assert (cell.text, cell.starred, cell.note) == ("other", True, "the best")
    with pytest.raises(NotFound, match="place 5"):
        store.runs.mark(run, 5, starred=True)


def test_drafts_are_kept_by_space_kind_and_what_they_are_about(store: Store) -> None:
    places = list(itertools.product(("", "a"), ("persona", "conversation"), ("x", "y")))
    for number, (space, kind, about) in enumerate(places):
        store.of(space).drafts.put(kind, about, {"before": 0})
        store.of(space).drafts.put(kind, about, {"number": number, "text": "你好"})
    for number, (space, kind, about) in enumerate(places):
        drafts = store.of(space).drafts
        assert drafts.get(kind, about) == {"number": number, "text": "你好"}
        assert drafts.about(kind) == {"x", "y"}
    mine = store.of("a").drafts
    mine.drop("persona", "x")
    mine.drop("persona", "x")
    assert mine.get("persona", "x") is None
    assert store.drafts.get("persona", "x") is not None
