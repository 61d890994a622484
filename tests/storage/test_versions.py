"""Versions: every save is one, none is overwritten, and earlier ones are their owner's alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import NotFound
from core.storage import ownership
from core.storage.schema import VersionRow
from core.store import Store

ANOTHERS = "a" * 32


@pytest.fixture(params=["personas", "prompts", "suites"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _make(store: Store, kind: str, text: str, note: str = "", name: str = "Chef") -> str:
    shelf: Any = getattr(store, kind)
    if kind == "personas":
        return str(shelf.create(name, "", text, note=note).id)
    return str(shelf.create(name, {"system": text}, note).id)


def _save(store: Store, kind: str, id: str, text: str, note: str = "") -> None:
    shelf: Any = getattr(store, kind)
    if kind == "personas":
        shelf.update(id, "Chef", "", text, note=note)
    else:
        shelf.save(id, "Chef", {"system": text}, note)


def _said(store: Store, kind: str, id: str) -> list[tuple[int, str, str]]:
    found = getattr(store, kind).versions(id)
    return [(one.number, one.content["system"], one.note) for one in found]


def test_every_save_is_a_version_and_saving_an_earlier_text_is_a_new_one(
    store: Store, kind: str
) -> None:
    id = _make(store, kind, "one", "first")
    _save(store, kind, id, "two", "second")
    _save(store, kind, id, "one", "back again")
    assert _said(store, kind, id) == [
        (3, "one", "back again"),
        (2, "two", "second"),
        (1, "one", "first"),
    ]


def test_a_save_that_changes_nothing_is_no_version(store: Store, kind: str) -> None:
    id = _make(store, kind, "one")
    _save(store, kind, id, "one", "said later")
    assert _said(store, kind, id) == [(1, "one", "said later")]


def test_of_what_is_shared_others_read_what_it_is_now_and_no_note(store: Store, kind: str) -> None:
    owner = store.of("b" * 32)
    id = _make(owner, kind, "a secret draft", "for the boss")
    _save(owner, kind, id, "what is offered", "without the secret")
    getattr(owner, kind).share(id, True)
    assert _said(store.of(ANOTHERS), kind, id) == [(2, "what is offered", "")]
    assert len(_said(owner, kind, id)) == 2


def test_versions_of_what_is_not_shared_are_not_there_for_others(store: Store, kind: str) -> None:
    id = _make(store.of("b" * 32), kind, "mine")
    with pytest.raises(NotFound):
        getattr(store.of(ANOTHERS), kind).versions(id)


@pytest.mark.parametrize("kind", ["prompts", "suites"])
def test_an_earlier_version_of_a_shared_document_cannot_be_asked_for(
    store: Store, kind: str
) -> None:
    owner = store.of("b" * 32)
    id = _make(owner, kind, "a secret draft")
    _save(owner, kind, id, "what is offered")
    getattr(owner, kind).share(id, True)
    shelf: Any = getattr(store.of(ANOTHERS), kind)
    assert shelf.version(id, 2).content["system"] == "what is offered"
    with pytest.raises(NotFound, match="no version 1"):
        shelf.version(id, 1)


def _kept_versions(store: Store, kind: str) -> int:
    with store._database.reading() as session:
        query = select(VersionRow).where(VersionRow.kind == kind.rstrip("s"))
        return len(list(session.scalars(query)))


def test_what_is_removed_for_good_leaves_no_version_behind(store: Store, kind: str) -> None:
    id = _make(store, kind, "a secret draft")
    _save(store, kind, id, "two")
    other = _make(store.of(ANOTHERS), kind, "of somebody else", name="Cook")
    shelf: Any = getattr(store, kind)
    shelf.delete(id)
    assert _kept_versions(store, kind) == 3
    shelf.restore(id)
    assert len(_said(store, kind, id)) == 2
    shelf.delete(id)
    shelf.erase(id)
    assert _kept_versions(store, kind) == 1
    assert _said(store.of(ANOTHERS), kind, other) == [(1, "of somebody else", "")]


def test_versions_go_with_what_has_been_in_the_bin_for_too_long(
    store: Store, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = _make(store, kind, "old")
    kept = _make(store.of(ANOTHERS), kind, "kept", name="Cook")
    getattr(store, kind).delete(id)
    store.sweep()
    assert _kept_versions(store, kind) == 2
    monkeypatch.setattr(ownership, "KEPT", timedelta(seconds=-1))
    store.sweep()
    assert _kept_versions(store, kind) == 1
    assert _said(store.of(ANOTHERS), kind, kept)
