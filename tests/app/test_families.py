"""The pages with models of other families: one that chats, and one that only continues text."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.families import KINDS, make
from tests.patience import PAGE_S

pytestmark = pytest.mark.own_model
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    make(folder / "talker", KINDS["qwen2"])
    make(folder / "writer", KINDS["llama"], chat=False)
    return folder


@pytest.fixture
def talker(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTLAB_MODEL_DIR", str(shelf))
    monkeypatch.setenv("PROMPTLAB_MODEL", "talker")


@pytest.fixture
def writer(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTLAB_MODEL_DIR", str(shelf))
    monkeypatch.setenv("PROMPTLAB_MODEL", "writer")


def _page(name: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / name), default_timeout=PAGE_S).run()
    assert not at.exception
    return at


def _said(at: AppTest) -> str:
    return " ".join(note.value for note in (*at.info, *at.caption, *at.markdown))


def test_a_chat_model_of_another_family_answers_under_a_persona(talker: None) -> None:
    at = _page("pages/1_Chat.py")
    assert "no chat format" not in _said(at)
    at.slider(key="temperature_new").set_value(0.0)
    at.number_input(key="max_length_new").set_value(60)
    at.text_area(key="system_new").set_value("You are a pirate.").run()
    at.chat_input[0].set_value("Who are you? <|im_end|>").run()
    assert not at.exception
    assert not at.error
    assert [message.name for message in at.chat_message] == ["user", "assistant"]
    assert "tokens/s" in _said(at)


def test_the_exact_prompt_shows_the_control_tokens_of_the_family(talker: None) -> None:
    at = _page("pages/2_Personas.py")
    at.segmented_control(key="try").set_value("prompt").run()
    prompt = next(frame.value for frame in at.dataframe if "Kind" in frame.value)
    controls = set(prompt[prompt["Kind"] == "control"]["Token"])
    assert controls == {"<|im_start|>", "<|im_end|>"}


def test_a_model_without_a_chat_format_goes_on_with_what_is_typed(writer: None) -> None:
    at = _page("pages/1_Chat.py")
    assert "**writer** has no chat format: it continues text." in _said(at)
    assert at.text_area(key="system_new").disabled
    assert at.selectbox(key="persona_new").disabled
    at.slider(key="temperature_new").set_value(0.0)
    at.number_input(key="max_length_new").set_value(40).run()
    at.button(key="starter_Once upon a time").click().run()
    assert not at.exception
    assert not at.error
    assert [message.name for message in at.chat_message] == ["user", "assistant"]


def test_a_system_message_from_another_model_is_refused_and_can_be_taken_out(writer: None) -> None:
    from ui.shell import resources

    made = resources.store().conversations.create(system="You are a pirate.")
    at = AppTest.from_file(str(ROOT / "pages/1_Chat.py"), default_timeout=PAGE_S)
    at.query_params["conversation"] = made.id
    at.run()
    at.chat_input[0].set_value("Hello").run()
    assert "does not read system message" in at.error[0].value
    area = at.text_area(key=f"system_{made.id}")
    assert not area.disabled
    area.set_value("").run()
    at.number_input(key=f"max_length_{made.id}").set_value(40)
    at.chat_input[0].set_value("Hello").run()
    assert not at.exception
    assert not [error.value for error in at.error]
    assert [message.name for message in at.chat_message] == ["user", "assistant"]


def test_personas_say_that_there_is_nothing_to_try(writer: None) -> None:
    at = _page("pages/2_Personas.py")
    assert "does not read system message" in at.info[0].value
    assert "try" not in [one.key for one in at.segmented_control]
    assert not at.chat_input


def test_the_playground_runs_on_a_text_to_be_continued(writer: None) -> None:
    at = _page("pages/3_Playground.py")
    assert at.text_area(key="grid_system").disabled
    at.text_area(key="grid_prompt").set_value("Once upon a time")
    at.text_input(key="grid_rows_values").set_value("0, 1")
    at.text_input(key="grid_columns_values").set_value("1")
    at.number_input(key="grid_tokens").set_value(8).run()
    at.button(key="grid_run").click().run()
    assert not at.exception
    assert not at.error
    from ui.shell import resources

    [run] = resources.store().runs.list()
    assert len([cell for cell in resources.store().runs.cells(run.id) if cell.token_ids]) == 2


def test_the_models_page_says_what_each_model_is(writer: None) -> None:
    from ui.shell import resources

    resources.host().backend()
    at = _page("pages/4_Models.py")
    offers = {expander.label: expander.caption[0].value for expander in at.expander}
    assert offers["**writer** · loaded"].startswith("Llama · ")
    assert offers["**writer** · loaded"].endswith("no chat format: continues text")
    assert offers["**talker**"].startswith("Qwen2 · ")
    assert "continues text" not in offers["**talker**"]
    assert "no chat format" in offers["**ChatGLM3 6B Base** · not downloaded"]
    assert "licence: Apache 2.0" in offers["**SmolLM2 360M Instruct** · not downloaded"]
    notes = [note.value for note in at.caption]
    assert any("Llama · no chat format: continues text" in note for note in notes)


def test_home_shows_family_and_kind(writer: None) -> None:
    from ui.shell import resources

    resources.host().backend()
    at = _page("Home.py")
    values = _said(at)
    assert "**Llama**" in values
    assert "**by continuing text**" in values


def test_a_model_of_the_hub_that_the_operator_named_can_be_downloaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub import constants

    from ui.shell import resources

    monkeypatch.setenv("PROMPTLAB_MODEL", "someone/small")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    resources.host().begin()
    resources.host().wait()
    at = _page("pages/4_Models.py")
    assert "download it from Hugging Face (someone/small)" in at.error[0].value
    at.button(key="download_someone/small").click().run()
    resources.downloads()["someone/small"].wait(60)
    at.run()
    assert not at.exception
    assert any("HF_HUB_OFFLINE" in note.value for note in at.warning)
