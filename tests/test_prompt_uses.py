"""Whatever is asked with a prompt keeps the version that it was asked with."""

from pathlib import Path

import pytest

from core.errors import NotFound
from core.experiments.prompt import Prompt, origin_of
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.store import Store

ONE, TWO = "Answer in one word.", "Answer in two words."


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db").of("a" * 32)


def greeting(store: Store, *systems: str, **more: str) -> str:
    first, *others = (Prompt(system, **more).to_dict() for system in systems)
    made = store.prompts.create("Greeting", first)
    for content in others:
        store.prompts.save(made.id, "Greeting", content)
    return made.id


def asked(store: Store, *variants: Variant, title: str = "") -> str:
    spec = ExperimentSpec(variants, (Row("1", (("input", "Hello"),)),))
    return store.experiments.create(spec, "m", title).id


def used(store: Store, id: str) -> list[tuple[str, int]]:
    return sorted((use.id, use.version) for use in store.prompt_uses.of(id))


def test_an_experiment_names_the_version_that_its_variant_was_taken_from(store: Store) -> None:
    id = greeting(store, ONE, TWO)
    made = asked(store, Variant("A", ONE, origin=origin_of(id, 1)), title="one word")
    both = asked(
        store,
        Variant("A", ONE, origin=origin_of(id, 1)),
        Variant("B", TWO, origin=origin_of(id, 2)),
    )
    assert used(store, id) == sorted([(made, 1), (both, 1), (both, 2)])
    found = {(use.kind, use.id): use.title for use in store.prompt_uses.of(id)}
    assert found == {("experiment", made): "one word", ("experiment", both): "A · B"}


def test_a_variant_that_names_another_prompt_is_not_of_this_one(store: Store) -> None:
    id = greeting(store, ONE)
    other = store.prompts.create("Other", Prompt(ONE).to_dict()).id
    made = asked(store, Variant("A", ONE, origin=origin_of(other, 1)))
    assert used(store, id) == []
    assert used(store, other) == [(made, 1)]


def test_a_variant_that_was_kept_afterwards_is_found_by_what_it_says(store: Store) -> None:
    made = asked(store, Variant("A", ONE, follow_ups=("And then?", "Why?")))
    asked(store, Variant("A", ONE))
    id = greeting(store, TWO, ONE, ONE + TWO, ONE, follow_ups="And then?\n\n Why? ")
    assert used(store, id) == [(made, 2)]


def test_of_versions_that_say_the_same_it_is_the_newest_that_was_there(store: Store) -> None:
    id = greeting(store, ONE, TWO, ONE)
    made = asked(store, Variant("A", ONE))
    store.prompts.save(id, "Greeting", Prompt(TWO).to_dict())
    store.prompts.save(id, "Greeting", Prompt(ONE).to_dict())
    assert used(store, id) == [(made, 3)]


def test_what_another_space_asks_and_what_is_in_the_bin_is_not_told(store: Store) -> None:
    id = greeting(store, ONE)
    store.prompts.share(id, True)
    other = store.of("b" * 32)
    made = asked(other, Variant("A", ONE, origin=origin_of(id, 1)))
    assert used(store, id) == []
    assert used(other, id) == [(made, 1)]
    other.experiments.delete(made)
    assert used(other, id) == []


def test_a_prompt_that_cannot_be_seen_has_no_uses(store: Store) -> None:
    id = greeting(store, ONE)
    with pytest.raises(NotFound):
        store.of("b" * 32).prompt_uses.of(id)
