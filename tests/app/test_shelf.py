"""The shelf of prompts: what is kept is a version, and any version can be taken again."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.store import Store
from tests.patience import PAGE_S

SPACE = "a" * 32


@pytest.fixture(autouse=True)
def own_spaces(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTLAB_SPACES", "browser")


def page() -> None:
    import streamlit as st

    from ui.prompts.shelf import prompt_shelf

    def use(prompt: dict) -> None:
        st.session_state["now"] = prompt

    prompt_shelf("v", st.session_state["now"], use)


def opened(**now: str) -> AppTest:
    from ui.shell.space import Space

    at = AppTest.from_function(page, default_timeout=PAGE_S)
    at.session_state["state"] = {"Space": Space(SPACE)}
    at.session_state["now"] = now
    return at.run()


def store() -> Store:
    from ui.shell import resources

    return resources.store().of(SPACE)


def keep(at: AppTest, name: str, note: str = "") -> AppTest:
    at.text_input(key="shelf_name_v").set_value(name).run()
    at.text_input(key="shelf_note_v").set_value(note).run()
    at.button(key="shelf_keep_v").click().run()
    assert not at.exception
    return at


def test_what_a_variant_says_is_kept_and_kept_again_as_a_version() -> None:
    at = keep(opened(system="one", template="{{ input }}?"), "Greeting", "first")
    at.session_state["now"] = {"system": "two"}
    keep(at.run(), "greeting", "shorter")
    (prompt,) = store().prompts.list()
    assert (prompt.name, prompt.version) == ("Greeting", 2)
    found = store().prompts.versions(prompt.id)
    assert [(v.content["system"], v.note) for v in found] == [("two", "shorter"), ("one", "first")]


def test_an_earlier_version_is_taken_with_its_origin_and_none_is_lost() -> None:
    at = keep(opened(system="one", follow_ups="And then?"), "Greeting")
    at.session_state["now"] = {"system": "two"}
    keep(at.run(), "Greeting")
    at.selectbox(key="shelf_version_v").set_value(1).run()
    at.button(key="shelf_use_v").click().run()
    (prompt,) = store().prompts.list()
    now = at.session_state["now"]
    assert (now["system"], now["follow_ups"]) == ("one", "And then?")
    assert now["origin"] == f"prompt {prompt.id} 1"
    assert len(store().prompts.versions(prompt.id)) == 2


def test_what_is_there_already_is_not_offered_to_be_taken() -> None:
    at = keep(opened(system="one"), "Greeting")
    assert at.button(key="shelf_use_v").disabled


@pytest.mark.parametrize("name", ["", "   "])
def test_a_prompt_without_a_name_is_refused_and_what_was_typed_stays(name: str) -> None:
    at = keep(opened(system="one"), name, "a note")
    assert store().prompts.list() == []
    assert "1 to 80 characters" in at.toast[0].value
    assert at.text_input(key="shelf_note_v").value == "a note"


def test_a_prompt_that_says_nothing_is_not_kept() -> None:
    assert opened().button(key="shelf_keep_v").disabled


def test_a_shared_prompt_of_others_is_taken_and_not_changed() -> None:
    from ui.shell import resources

    other = resources.store().of("b" * 32)
    made = other.prompts.create("Theirs", {"system": "a draft"})
    other.prompts.save(made.id, "Theirs", {"system": "shared"})
    other.prompts.share(made.id, True)
    at = opened(system="mine")
    assert not at.exception
    assert not [one for one in at.button if one.key == "shelf_delete_v"]
    at.button(key="shelf_use_v").click().run()
    assert at.session_state["now"]["system"] == "shared"
    keep(at, "Theirs")
    assert "taken" in at.toast[0].value


def test_a_deleted_prompt_goes_into_the_bin() -> None:
    at = keep(opened(system="one"), "Greeting")
    at.button(key="shelf_delete_v").click().run()
    assert not at.exception
    assert store().prompts.list() == []
    assert [one.title for one in store().prompts.binned()] == ["Greeting"]


def test_a_prompt_of_another_version_of_the_app_is_read_as_far_as_it_can_be() -> None:
    from core.experiments.prompt import Prompt, taken_from

    assert Prompt.from_dict({"system": 7, "template": "{{ x }}", "new": 1}) == Prompt(
        template="{{ x }}"
    )
    for origin in ("", "persona abc 1", "prompt abc", "prompt abc ²", "prompt  1"):
        assert taken_from(origin) is None
    assert taken_from("prompt abc 12") == ("abc", 12)
