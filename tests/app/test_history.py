"""The history of a persona: what changed, going back, what was made with a version."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.personas.book import PersonaBook
from core.store import Store
from tests.app.test_personas import keys, open_page

ONE, TWO = "You are a chef.", "You are a <b>cook</b> :smile:"


@pytest.fixture(autouse=True)
def own_spaces(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTLAB_SPACES", "browser")


def chef(space: Store, *systems: str) -> str:
    made = space.personas.create("Chef", "", systems[0], note="first try")
    for system in systems[1:]:
        space.personas.update(made.id, "Chef", "", system, note="warmer *words*")
    return made.id


@pytest.fixture
def space() -> Store:
    from ui.shell import resources

    return resources.store().of("a" * 32)


def opened(space: Store, persona: str, **query: str) -> AppTest:
    at = open_page(space, persona=persona, **{"try": "history"} | query)
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*at.markdown, *at.caption, *at.info, *at.warning))


def choice(at: AppTest, persona: str) -> tuple[int, int]:
    before = at.selectbox(key=f"history_before_{persona}").value
    after = at.selectbox(key=f"history_after_{persona}").value
    return before, after


def test_the_newest_is_compared_with_the_one_before(space: Store) -> None:
    id = chef(space, ONE, TWO, "Three")
    at = opened(space, id)
    assert choice(at, id) == (2, 3)
    assert "**System message**" in words(at)
    assert "**Description**" not in words(at)
    assert "warmer \\*words\\*" in words(at)


def test_unsaved_words_are_compared_with_what_is_saved(space: Store) -> None:
    id = chef(space, ONE, TWO)
    at = opened(space, id)
    at.text_area(key=f"system_{id}").set_value("Something else").run()
    assert choice(at, id) == (2, 0)


def test_any_two_are_compared_and_the_link_has_the_later_one(space: Store) -> None:
    id = chef(space, ONE, TWO, "Three")
    at = opened(space, id)
    at.selectbox(key=f"history_after_{id}").set_value(2).run()
    assert choice(at, id) == (1, 2)
    assert at.query_params["version"] in ("2", ["2"])
    at.selectbox(key=f"history_before_{id}").set_value(2).run()
    assert "These two are the same." in words(at)


def test_a_link_opens_a_version(space: Store) -> None:
    id = chef(space, ONE, TWO, "Three")
    at = open_page(space, persona=id, version="2")
    assert not at.exception
    assert choice(at, id) == (1, 2)


@pytest.mark.parametrize("wrong", ["9", "-1", "٣", "two", "1" * 5000])
def test_a_link_to_a_version_that_is_not_there_says_so(space: Store, wrong: str) -> None:
    id = chef(space, ONE, TWO)
    at = open_page(space, persona=id, version=wrong)
    assert not at.exception
    assert "There is no version" in words(at)
    assert choice(at, id) == (1, 2)


def test_a_version_comes_back_into_the_editor_and_is_a_new_one_when_saved(space: Store) -> None:
    id = chef(space, ONE, TWO)
    at = opened(space, id)
    at.button(key=f"restore_{id}_1").click().run()
    assert at.text_area(key=f"system_{id}").value == ONE
    assert space.personas.get(id).system == TWO
    at.button(key="save").click().run()
    assert not at.exception
    found = space.personas.versions(id)
    assert [(one.number, one.content["system"]) for one in found] == [(3, ONE), (2, TWO), (1, ONE)]
    assert found[0].note == "Version 1 restored"


def test_what_a_restored_version_replaces_can_be_had_back(space: Store) -> None:
    id = chef(space, ONE, TWO)
    at = opened(space, id)
    at.text_area(key=f"system_{id}").set_value("Half a thought").run()
    at.button(key=f"restore_{id}_1").click().run()
    assert at.text_area(key=f"system_{id}").value == ONE
    at.button(key="undo").click().run()
    assert not at.exception
    assert at.text_area(key=f"system_{id}").value == "Half a thought"


def test_a_note_is_saved_with_its_version_and_not_with_the_next(space: Store) -> None:
    id = chef(space, ONE)
    at = opened(space, id)
    at.text_area(key=f"system_{id}").set_value(TWO).run()
    at.text_input(key=f"note_{id}").set_value("warmer").run()
    at.button(key="save").click().run()
    at.text_area(key=f"system_{id}").set_value("Three").run()
    assert at.text_input(key=f"note_{id}").value == ""
    at.button(key="save").click().run()
    assert [one.note for one in space.personas.versions(id)] == ["", "warmer", "first try"]


def test_changes_are_shown_by_tokens(space: Store) -> None:
    id = chef(space, ONE, TWO)
    at = opened(space, id)
    at.button_group(key="history_how").set_value("tokens").run()
    assert not at.exception
    assert "Tokens: " in words(at)


def test_a_version_names_what_was_made_with_it(space: Store) -> None:
    id = chef(space, ONE, TWO)
    space.conversations.create("Dinner", system=ONE, persona_id=id)
    at = opened(space, id)
    assert at.button(key=f"made_{id}_1_0").label == "Dinner"
    assert f"made_{id}_2_0" not in keys(at)


def test_what_is_built_in_or_shared_by_others_has_no_history_here(space: Store) -> None:
    assert "do not change" in words(opened(space, "java-expert"))
    owner = space.of("b" * 32)
    id = chef(owner, "a secret draft", TWO)
    owner.personas.share(id, True)
    at = opened(space, id)
    assert "Earlier versions are for the one who shares" in words(at)
    assert "secret" not in words(at)


def test_a_first_version_says_that_it_is_the_only_one(space: Store) -> None:
    at = opened(space, chef(space, ONE))
    assert "the only version so far" in words(at)


def test_a_persona_from_before_versions_has_the_one_of_today(own_data: Path, space: Store) -> None:
    id = PersonaBook(space.personas).add(PersonaBook(space.personas).get("java-expert").text).id
    assert "Version" in words(opened(space, id))
