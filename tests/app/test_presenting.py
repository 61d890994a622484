"""Pages before a class, driven without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.patience import PAGE_S

PAGES = Path(__file__).parents[2] / "pages"


def opened(page: str = "3_Playground.py", **query: str) -> AppTest:
    at = AppTest.from_file(str(PAGES / page), default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def click(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def parameter(at: AppTest, name: str) -> str:
    value = at.query_params.get(name, [""])
    return value if isinstance(value, str) else value[0]


def test_the_lab_shows_no_probability_before_it_is_revealed():
    at = opened(view="lab", lab_begun="Once")
    assert at.get("plotly_chart")
    click(at, "present")
    assert not at.get("plotly_chart")
    assert not at.metric
    assert not any("%" in element.value for element in [*at.caption, *at.markdown])
    click(at, "present_next")
    assert at.get("plotly_chart")
    click(at, "present_back")
    assert not at.get("plotly_chart")
    assert at.button(key="present_back").disabled
    click(at, "present_leave")
    assert at.get("plotly_chart")
    assert "present" not in at.query_params
    assert parameter(at, "lab_begun") == "Once"


def test_every_stage_of_the_lab_is_found_again_and_a_made_up_one_is_the_first():
    for stage, nothing_further in (("bars", False), ("heat", False), ("draws", True)):
        at = opened(view="lab", present="1", reveal=stage)
        assert at.get("plotly_chart")
        assert at.button(key="present_next").disabled == nothing_further
    assert not opened(view="lab", present="1", reveal="nonsense").get("plotly_chart")


def test_steps_are_guessed_revealed_taken_and_taken_back():
    at = opened(view="steps", present="1", lab_begun="Once")
    assert not at.get("plotly_chart")
    click(at, "present_next")
    assert at.get("plotly_chart")
    click(at, "present_next")
    taken = parameter(at, "path")
    assert taken.isdecimal()
    assert not at.get("plotly_chart")
    click(at, "present_back")
    assert parameter(at, "path") == ""
    assert at.get("plotly_chart")
    click(at, "present_back")
    assert at.button(key="present_back").disabled
    # Another reader of the link sees the same
    again = opened(view="steps", present="1", lab_begun="Once", path=taken, reveal="1")
    assert again.get("plotly_chart")


def test_settings_and_prompt_outlive_a_presentation():
    query = {"lab_temperature": "1.3", "lab_seed": "5", "lab_prompt": "Who are you?"}
    at = opened(view="steps", present="1", **query)
    click(at, "present_next")
    click(at, "present_leave")
    assert at.slider(key="lab_temperature").value == 1.3
    assert at.number_input(key="lab_seed").value == 5
    assert at.text_area(key="lab_prompt").value == "Who are you?"


@pytest.mark.long
def test_a_lesson_needs_no_prediction_of_its_own_and_ends_with_the_answer():
    at = opened("5_Lessons.py", lesson="temperature", present="1")
    for step in ("experiment", "experiment", "why", "check"):
        click(at, "present_next")
        assert parameter(at, "step") == step
    answer = at.radio(key="lesson_answer_temperature_en")
    assert answer.value is None
    click(at, "present_next")
    assert at.radio(key="lesson_answer_temperature_en").value is not None
    assert at.success
    click(at, "present_next")
    assert parameter(at, "lesson") != "temperature"
    assert parameter(at, "present") == "1"


def test_a_prompt_goes_from_the_lab_to_the_grid():
    at = opened(view="lab", lab_prompt="Who are you?", lab_system="Be brief.")
    click(at, "lab_grid")
    assert parameter(at, "view") == "grid"
    assert at.text_area(key="grid_prompt").value == "Who are you?"
    assert at.text_area(key="grid_system").value == "Be brief."


def test_a_link_fills_the_inspector_once():
    at = opened(view="inspect", inspect_prompt="Hi", inspect_answer="Hello there")
    assert at.text_area(key="inspect_answer").value == "Hello there"
    assert at.text_area(key="inspect_prompt").value == "Hi"
    assert "inspect_answer" not in at.query_params
    at = opened(view="inspect", inspect_kind="text", inspect_text="A fox")
    assert at.text_area(key="inspect_text").value == "A fox"


def test_examples_are_in_the_languages_of_the_model():
    from dataclasses import replace

    from core.config import Settings
    from core.models import catalogue
    from ui.lab.prefix_form import examples

    both = set(examples(catalogue.find(catalogue.EMBEDDED, Settings.from_environment())))
    starter = catalogue.find(catalogue.STARTER, Settings.from_environment())
    assert starter.languages == ("en",)
    english = set(examples(starter))
    # No larger model has only two ways to say who it is
    assert english == {key for key in both if not key.startswith("chinese")} - {"two"}
    assert set(examples(None)) == both - {"two"}
    assert starter.published
    chinese = replace(starter, published=replace(starter.published, languages=("zh",)))
    assert set(examples(chinese)) == {key for key in both if key.startswith("chinese")}


@pytest.mark.parametrize("view", ["grid", "inspect", "branches"])
def test_what_has_no_steps_can_be_left_all_the_same(view: str):
    at = opened(view=view, present="1")
    assert at.button(key="present_next").disabled
    click(at, "present_leave")
    assert "present" not in at.query_params
    assert "present_leave" not in [button.key for button in at.button]


@pytest.mark.parametrize(
    ("guess", "said"), [("upon", "choice number 1."), ("UPON a", "**·upon**"), ("🦊", "hardly")]
)
def test_the_guess_of_a_class_is_compared_with_what_the_model_would_write(guess: str, said: str):
    at = opened(view="lab", lab_begun="Once", present="1")
    at.text_input(key="lab_reveal_guess").set_value(guess).run()
    click(at, "present_next")
    assert any(said in caption.value for caption in at.caption)
    # It is in the link until the presentation is left
    assert parameter(at, "guessed") == guess
    click(at, "present_leave")
    assert "guessed" not in at.query_params


def test_every_step_has_a_guess_of_its_own():
    at = opened(view="steps", lab_begun="Once", present="1")
    at.text_input(key="steps_reveal_guess").set_value("upon").run()
    click(at, "present_next")
    assert any("choice number 1." in caption.value for caption in at.caption)
    click(at, "present_next")
    assert "guessed" not in at.query_params
    assert at.text_input(key="steps_reveal_guess").value == ""
