"""Whatever is made with a persona keeps the version that it was made with."""

from pathlib import Path

import pytest

from core.experiments.spec import ExperimentSpec, Row, Variant
from core.grid.axes import Axis
from core.grid.spec import GridSpec
from core.personas.book import PersonaBook
from core.personas.edits import Edits
from core.personas.text import PersonaText, Scope
from core.store import Store

ONE, TWO = "You are a chef.", "You are a cook."


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db").of("a" * 32)


def chef(store: Store, *systems: str) -> str:
    made = store.personas.create("Chef", "", systems[0])
    for system in systems[1:]:
        store.personas.update(made.id, "Chef", "", system)
    return made.id


def used(store: Store, id: str) -> dict[str, int]:
    return {use.id: use.version for use in store.uses.of(id)}


def test_a_conversation_keeps_the_version_it_began_with(store: Store) -> None:
    id = chef(store, ONE)
    first = store.conversations.create("a", system=ONE, persona_id=id)
    store.personas.update(id, "Chef", "", TWO)
    second = store.conversations.create("b", system=TWO, persona_id=id)
    own = store.conversations.create("c", system="You are a baker.", persona_id=id)
    assert used(store, id) == {first.id: 1, second.id: 2, own.id: 0}


def test_of_versions_with_one_text_it_is_the_newest_that_was_there(store: Store) -> None:
    id = chef(store, ONE, TWO)
    talk = store.conversations.create("a", system=TWO, persona_id=id)
    store.personas.update(id, "Chef", "", ONE)
    store.personas.update(id, "Chef", "", TWO)
    later = store.conversations.create("b", system=TWO, persona_id=id)
    assert used(store, id) == {talk.id: 2, later.id: 4}


def test_a_run_names_every_version_on_its_axis(store: Store) -> None:
    id = chef(store, ONE, TWO)
    axes = Axis("persona", ("", ONE, TWO)), Axis("seed", (0,))
    run = store.runs.create(GridSpec("What now?", *axes), "m")
    store.runs.create(GridSpec("What now?", Axis("persona", ("",)), Axis("seed", (0,))), "m")
    found = store.uses.of(id)
    assert {(use.id, use.version, use.title) for use in found} == {
        (run.id, 1, "What now?"),
        (run.id, 2, "What now?"),
    }


def test_an_experiment_names_the_version_that_its_variant_came_from(store: Store) -> None:
    id = chef(store, ONE, TWO)
    variants = (
        Variant("A", system=ONE, origin=f"persona {id} 1"),
        Variant("B", system="reworded here", origin=f"persona {id} 2"),
    )
    spec = ExperimentSpec(variants, (Row("1", (("input", "Hello"),)),))
    made = store.experiments.create(spec, "m", "two chefs")
    assert [(use.id, use.title) for use in store.uses.of(id)] == [(made.id, "two chefs")] * 2
    assert {use.version for use in store.uses.of(id)} == {1, 2}


def test_what_another_space_makes_is_not_told(store: Store) -> None:
    id = chef(store, ONE)
    store.personas.share(id, True)
    other = store.of("b" * 32)
    other.conversations.create("a secret", system=ONE, persona_id=id)
    assert used(store, id) == {}
    assert other.uses.of(id) == []


def test_answers_are_noted_with_the_version_in_force(store: Store) -> None:
    book, id = PersonaBook(store.personas), chef(store, ONE, TWO)
    assert book.called(id, ONE) == "Chef, version 1"
    assert book.called(id, TWO) == "Chef, version 2"
    assert book.called(id, "You are a baker.") == "Chef, changed"
    assert book.called("java-expert", "You are a baker.") == "Java expert, changed"


def test_all_of_an_earlier_version_comes_back_into_the_editor(store: Store) -> None:
    book, edits = PersonaBook(store.personas), Edits(store.drafts)
    full = PersonaText("Chef", ONE, "Cooks.", ("Why\nsalt?",), (), Scope(("Salt?",), ("Java?",)))
    made = book.create(full)
    now = book.update(made.id, PersonaText("Cook", TWO))
    edits.restore(now, full)
    assert edits.persona(now) == full
    assert edits.is_changed(now)
    assert edits.unsaved([now]) == {made.id}
    saved = book.update(made.id, edits.persona(now), "back")
    edits.discard(made.id)
    assert saved.text == full
    assert [(v.number, v.note) for v, _text in book.versions(made.id)] == [
        (3, "back"),
        (2, ""),
        (1, ""),
    ]


def test_a_note_waits_with_the_changes_and_goes_with_them(store: Store) -> None:
    book, edits = PersonaBook(store.personas), Edits(store.drafts)
    now = book.get(chef(store, ONE))
    edits.change(now, "system", TWO)
    edits.set_note(now.id, "warmer")
    edits.change(now, "name", "Cook")
    assert edits.note(now.id) == "warmer"
    before = edits.discard(now.id)
    assert (edits.note(now.id), edits.is_changed(now)) == ("", False)
    edits.put_back(now.id, before)
    assert (edits.note(now.id), edits.now(now)["system"]) == ("warmer", TWO)
