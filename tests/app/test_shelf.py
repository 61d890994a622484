"""The shelf of prompts: what is kept is a version; any two are compared, any can be taken again,
and each names what used it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.prompt import origin_of
from core.experiments.spec import ExperimentSpec, Row, Variant
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

    def tokenizer():
        return st.session_state.get("tokenizer")

    prompt_shelf("v", st.session_state["now"], use, tokenizer)


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


def three(at: AppTest, *systems: str) -> str:
    """Versions of one prompt, whose history is open then."""
    for number, system in enumerate(systems):
        at.session_state["now"] = {"system": system}
        keep(at.run(), "Greeting", f"note {number + 1}")
    (prompt,) = store().prompts.list()
    at.button(key="shelf_history_v").click().run()
    assert not at.exception
    return prompt.id


def words(at: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*at.markdown, *at.caption))


def choice(at: AppTest, id: str) -> tuple[int, int]:
    before = at.selectbox(key=f"history_before_prompt_{id}").value
    return before, at.selectbox(key=f"history_after_prompt_{id}").value


def keys(at: AppTest) -> set[str]:
    return {str(one.key) for one in (*at.button, *at.button_group, *at.selectbox)}


class Letters:
    """A tokenizer with one token a letter."""

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def piece(self, id: int) -> str:
        return chr(id)


def test_an_earlier_version_is_taken_with_its_origin_and_none_is_lost() -> None:
    at = keep(opened(system="one", follow_ups="And then?"), "Greeting")
    id = three(at, "two")
    at.button(key=f"restore_prompt_{id}_1").click().run()
    assert not at.exception
    now = at.session_state["now"]
    assert (now["system"], now["follow_ups"]) == ("one", "And then?")
    assert now["origin"] == f"prompt {id} 1"
    assert len(store().prompts.versions(id)) == 2
    assert f"history_after_prompt_{id}" not in keys(at)  # what was taken is seen in the variant


def test_any_two_versions_are_compared_by_words() -> None:
    at = opened()
    id = three(at, "one", "two", "three")
    assert choice(at, id) == (2, 3)
    assert "**System message**" in words(at)
    assert "**Question template**" not in words(at)
    assert "note 2" in words(at)
    assert "history_how" not in keys(at)  # no model is loaded
    at.selectbox(key=f"history_before_prompt_{id}").set_value(1).run()
    assert choice(at, id) == (1, 3)
    at.selectbox(key=f"history_after_prompt_{id}").set_value(1).run()
    at.selectbox(key=f"history_before_prompt_{id}").set_value(1).run()
    assert "These two are the same." in words(at)


def test_versions_are_compared_by_tokens_of_the_model_that_reads_them() -> None:
    at = opened()
    at.session_state["tokenizer"] = Letters()
    three(at, "one", "ones!")
    assert "Tokens: " not in words(at)
    at.button_group(key="history_how").set_value("tokens").run()
    assert not at.exception
    assert "Tokens: 3 → 5 · 0 removed, 2 added" in words(at)


def test_what_the_variant_says_is_compared_with_what_is_kept() -> None:
    at = keep(opened(system="one"), "Greeting")
    at.session_state["now"] = {"system": "something else"}
    at.run().button(key="shelf_history_v").click().run()
    (prompt,) = store().prompts.list()
    assert choice(at, prompt.id) == (1, 0)


def test_a_version_names_the_experiments_that_used_it_and_another_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    went: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(
        "streamlit.switch_page", lambda page, query_params: went.append((page, query_params))
    )
    at = opened()
    id = three(at, "one", "two")
    spec = ExperimentSpec(
        (Variant("A", "one", origin=origin_of(id, 1)),), (Row("1", (("input", "Hello"),)),)
    )
    made = store().experiments.create(spec, "m", "Which is shorter?")
    at.run()
    link = at.button(key=f"made_prompt_{id}_1_0")
    assert link.label == "Which is shorter?"
    assert f"made_prompt_{id}_2_0" not in keys(at)
    link.click().run()
    assert went == [("pages/8_Experiments.py", {"experiment": made.id})]
    assert f"history_after_prompt_{id}" not in keys(at.run())  # nothing lies over it there


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
    assert "shelf_delete_v" not in keys(at)
    at.button(key="shelf_history_v").click().run()
    assert choice(at, made.id) == (2, 0)
    assert "Earlier versions are for the one who shares" in words(at)
    assert f"restore_prompt_{made.id}_1" not in keys(at)
    at.button(key="shelf_use_v").click().run()
    assert at.session_state["now"]["system"] == "shared"
    assert "These two are the same." in words(at)
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
