"""Each visitor, conversation and run has its own model; nobody's choice is anybody else's."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.grid.axes import Axis
from core.grid.spec import GridSpec
from core.messages import Message
from core.sampling.settings import Sampling
from tests.families import KINDS, make
from tests.patience import PAGE_S

pytestmark = pytest.mark.own_model
ROOT = Path(__file__).parents[2]
TEACHING = "Prompt Lab ChatGLM3 (teaching model)"
SHORT = Sampling(temperature=0.0, max_length=240)


@pytest.fixture(scope="module")
def talker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("shelf") / "talker", KINDS["qwen2"])


@pytest.fixture(autouse=True)
def shelf(own_data: Path, talker: Path) -> Path:
    """The operator's model directory, with one sound model."""
    shutil.copytree(talker, own_data / "models" / "talker")
    return own_data / "models"


def visit(page: str, **query: str) -> AppTest:
    """A page in a session of its own."""
    at = AppTest.from_file(str(ROOT / "pages" / page), default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def chat(**query: str) -> AppTest:
    return visit("1_Chat.py", **query)


def value(at: AppTest, name: str) -> str | None:
    found = at.query_params.get(name)
    return found[0] if isinstance(found, list) else found


def status(at: AppTest) -> str:
    """The sidebar's line on the model of the page."""
    return next(note.value for note in at.sidebar.caption if "●" in note.value)


def loaded() -> set[str]:
    from ui.shell import resources

    return {resident.value for resident in resources.host().status().residents}


def conversation(model: str = "", precision: str = "") -> str:
    from ui.shell import resources

    talks = resources.store().conversations
    return talks.create(sampling=SHORT, model=model, precision=precision).id


def ask(at: AppTest, question: str) -> None:
    at.chat_input[0].set_value(question).run()
    assert not at.exception
    # An untrained model writes until nothing more fits, and the page says so
    assert [said.name for said in at.chat_message][-2:] == ["user", "assistant"]


def test_two_visitors_talk_to_two_models() -> None:
    from ui.shell import resources

    one, other = chat(conversation=conversation()), chat(conversation=conversation())
    other.selectbox(key=f"model_chat {value(other, 'conversation')}").set_value("talker").run()
    assert value(other, "model") == "talker"
    assert value(one, "model") is None
    for at in (one, other):
        ask(at, "Who are you?")
    one.run()
    assert f"{TEACHING} · ready" in status(one)
    assert "talker · ready" in status(other)
    assert loaded() == {"embedded/fp32", "talker/fp32"}
    talks = resources.store().conversations
    for at, model in ((one, "embedded"), (other, "talker")):
        path = talks.path(value(at, "conversation") or "")
        by = {(m.model, m.precision) for m in path if m.role == "assistant"}
        assert by == {(model, "fp32")}
        assert talks.get(value(at, "conversation") or "").model == model
        called = TEACHING if model == "embedded" else model
        written = [one.proto.popover.label for one in at.main.get("popover")]
        assert any(f"{called} fp32" in label for label in written)


def test_a_stored_conversation_opens_on_its_model_and_looking_changes_nothing() -> None:
    from ui.shell import resources

    talk = conversation("talker", "fp32")
    before = resources.store().conversations.get(talk)
    at = chat(conversation=talk)
    assert "talker · ready" in status(at)
    assert resources.store().conversations.get(talk) == before
    # On another model, with another window
    at = chat(conversation=talk, model="embedded")
    assert f"{TEACHING} · ready" in status(at)
    assert resources.store().conversations.get(talk) == before
    ask(at, "Hello!")
    now = resources.store().conversations.get(talk)
    assert (now.model, now.precision, now.sampling) == ("embedded", "fp32", before.sampling)


def test_the_next_conversation_is_begun_with_the_choice_of_this_visitor() -> None:
    at = chat()
    at.selectbox(key="model_chat").set_value("talker").run()
    # What the first model's window allowed is not asked of the second
    assert at.number_input(key="max_length_new").value is None
    at.number_input(key="max_length_new").set_value(240)
    ask(at, "Hello")
    assert "talker · ready" in status(at)
    other = conversation("embedded", "fp32")
    from ui.shell import resources

    resources.store().conversations.add_message(other, None, Message("user", "Who?"))
    at.run()
    at.button(key=f"open_{other}").click().run()
    assert f"{TEACHING} · ready" in status(at)
    at.button(key="new_conversation").click().run()
    assert "talker · ready" in status(at)


@pytest.mark.parametrize("gone", ["nowhere/fp32", "../secret", "someone/else"])
def test_a_model_that_is_not_on_offer_is_told_of_and_the_others_offered(gone: str) -> None:
    at = chat(model=gone)
    assert f"There is no model {gone!r}"[:20] in at.warning[0].value
    assert f"{TEACHING} · ready" in status(at)
    assert at.selectbox(key="model_chat").options == [TEACHING, "talker · not loaded yet"]
    assert value(at, "model") is None
    at = chat(conversation=conversation("nowhere", "fp32"))
    assert "There is no model 'nowhere'" in at.warning[0].value
    assert f"{TEACHING} · ready" in status(at)


def test_a_model_that_cannot_be_loaded_leaves_the_choice_of_another(shelf: Path) -> None:
    weights = next((shelf / "talker").glob("*.safetensors"))
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    at = chat(model="talker")
    assert "damaged" in at.error[0].value
    assert not at.chat_input
    at.run()
    assert "damaged" in at.error[0].value
    weights.write_bytes(whole)
    at.button(key="model_again").click().run()
    assert "talker · ready" in status(at)
    assert not at.error


def test_two_precisions_of_one_model_are_told_apart() -> None:
    at = chat(model="embedded/bf16")
    assert at.selectbox(key="model_chat").value == "embedded/bf16"
    chat()
    at.run()
    options = at.selectbox(key="model_chat").options
    assert {f"{TEACHING} · bf16 · torch", f"{TEACHING} · fp32 · torch"} <= set(options)


def test_a_run_and_a_tree_open_on_their_model() -> None:
    from core.branches.records import Origin
    from ui.shell import resources

    store = resources.store()
    axes = Axis("temperature", (0.0,)), Axis("seed", (1,))
    run = store.runs.create(GridSpec("Hi", *axes), "talker", "fp32")
    at = visit("3_Playground.py", run=run.id)
    assert "talker · ready" in status(at)
    assert not at.warning
    root = store.branches.plant(
        Origin("typed", text="Hi"), (5,), (6, 7), SHORT, "embedded", precision="bf16"
    )
    at = visit("3_Playground.py", view="branches", tree=root.tree_id)
    assert f"{TEACHING} · ready" in status(at)
    assert {"talker/fp32", "embedded/bf16"} <= loaded()
    at = visit("3_Playground.py", run=run.id, model="embedded")
    assert any("talker" in note.value for note in at.caption)
    assert at.button(key="grid_fill").disabled


def test_a_replay_on_another_model_says_so() -> None:
    from ui.shell import resources

    fixed = Sampling(max_new_tokens=4, seed=1)
    axes = Axis("temperature", (0.0,)), Axis("top_p", (1.0,))
    run = resources.store().runs.create(GridSpec("Hi", *axes, fixed=fixed), "talker", "fp32")
    at = visit("3_Playground.py", run=run.id)
    at.button(key="grid_fill").click().run()
    at = visit("3_Playground.py", run=run.id, model="embedded")
    at.button(key="grid_replay").click().run()
    assert not at.exception
    said = f"These texts were written by talker fp32, and replayed on {TEACHING} fp32 (cpu)."
    assert said in [note.value for note in at.info]


def test_what_was_taken_by_hand_goes_with_its_model() -> None:
    at = visit("3_Playground.py", view="steps", path="6.7", lab_prompt="Hi")
    at.selectbox(key="model_playground").set_value("talker").run()
    assert not at.exception
    assert value(at, "path") is None
    assert value(at, "lab_prompt") == "Hi"


def test_lessons_run_on_the_model_they_were_checked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTLAB_MODEL", "talker")
    assert "talker · ready" in status(chat())
    assert f"{TEACHING} · ready" in status(visit("5_Lessons.py"))
    assert loaded() == {"talker/fp32", "embedded/fp32"}


def test_a_preview_is_of_one_model() -> None:
    at = visit("2_Personas.py")
    at.button(key=_first_example(at)).click().run()
    assert len(at.chat_message) == 2
    at.selectbox(key="model_personas").set_value("talker").run()
    assert not at.exception
    assert not at.chat_message
    at.segmented_control(key="try").set_value("compare").run()
    at.button(key="compare").click().run()
    assert any("Both by talker fp32 with temperature" in note.value for note in at.caption)


def _first_example(at: AppTest) -> str:
    return next(str(button.key) for button in at.button if str(button.key).startswith("example_"))


def test_with_one_model_there_is_nothing_to_choose(shelf: Path) -> None:
    shutil.rmtree(shelf / "talker")
    assert "model_chat" not in [box.key for box in chat().selectbox]


def test_what_was_made_available_is_what_this_visitor_begins_with() -> None:
    at = visit("4_Models.py")
    at.button(key="load_talker").click().run()
    from ui.shell import resources

    resources.host().wait()
    at.switch_page(str(ROOT / "pages" / "1_Chat.py"))
    at.run()
    assert not at.exception
    assert "talker · ready" in status(at)
    assert f"{TEACHING} · ready" in status(chat())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("embedded", TEACHING),
        ("embedded/bf16", f"{TEACHING} bf16"),
        ("talker", "talker"),
        ("gone/Q4_1", "gone Q4_1"),
        ("owner/gone", "owner/gone"),
        ("owner/gone/int8", "owner/gone int8"),
    ],
)
def test_a_model_is_called_by_its_name_whatever_kept_its_value(value: str, said: str) -> None:
    from ui.shell import resources

    assert resources.called(value) == said
