"""The persona page and the home page, driven without a browser."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.backends.backend import lacking
from core.backends.events import TextDelta
from core.chat.records import Draft
from core.personas.edits import Edits
from core.personas.text import PersonaEntry
from core.personas.trials import Comparison, Trials, Tried
from core.store import Store
from tests.patience import PAGE_S
from ui.personas.state import PersonaState

ROOT = Path(__file__).parents[2]
PAGE = str(ROOT / "pages" / "2_Personas.py")
KOTLIN = "You are a Kotlin expert."


@pytest.fixture(autouse=True)
def own_spaces(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is opened in a browser of its own, as visitors have it."""
    monkeypatch.setenv("PROMPTLAB_SPACES", "browser")


def open_page(space: Store | None = None, **query: str) -> AppTest:
    """The page in a browser of its own, or in that of a space."""
    from ui.shell.space import Space

    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    if space:
        at.session_state["state"] = {"Space": Space(space.space)}
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def store_of(at: AppTest) -> Store:
    """What the visitor keeps."""
    from ui.shell import resources

    return resources.store().of(at.session_state["state"]["Space"].key)


def chosen(at: AppTest) -> str:
    value = at.query_params["persona"]
    return value if isinstance(value, str) else value[0]


def entry(at: AppTest, persona_id: str) -> PersonaEntry:
    from core.personas.book import PersonaBook

    return PersonaBook(store_of(at).personas).get(persona_id)


def own_persona(at: AppTest) -> str:
    """A copy of the one on the page, which can be changed."""
    at.button(key="save_copy").click().run()
    assert not at.exception
    return chosen(at)


def previewed(at: AppTest, persona_id: str = "java-expert") -> Sequence[Tried]:
    return Trials(store_of(at).drafts).preview(persona_id)


def compared(at: AppTest, persona_id: str = "java-expert") -> Comparison:
    found = Trials(store_of(at).drafts).comparison(persona_id)
    assert found
    return found


def ask_example(at: AppTest, number: int = 0) -> AppTest:
    return at.button(key=f"example_java-expert_{number}").click().run()


def keys(at: AppTest) -> list[str]:
    return [str(button.key) for button in at.button]


def labels(at: AppTest, start: str) -> list[str]:
    return [button.label for button in at.button if str(button.key).startswith(start)]


# --- the editor ---------------------------------------------------------------------------


def test_the_page_opens_on_a_persona():
    at = open_page(persona="java-expert")
    assert not at.exception
    assert "Java" in at.text_area(key="system_java-expert").value


def test_a_copy_can_be_changed_and_the_change_survives():
    at = open_page(persona="java-expert")
    own = own_persona(at)
    at.text_area(key=f"system_{own}").set_value(KOTLIN).run()
    at.button(key="save").click().run()
    assert not at.exception
    again = open_page(store_of(at), persona=own)
    assert again.text_area(key=f"system_{own}").value == KOTLIN
    assert "discard" not in keys(again)


def test_an_unsaved_change_survives_another_persona_another_tab_and_a_reload():
    at = open_page(persona="java-expert")
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    assert "discard" in keys(at)
    at.button(key="choose_python-tutor").click().run()
    assert "discard" not in keys(at)
    assert labels(at, "choose_java-expert")[:1] == [":orange[●] Java expert"]
    at.button(key="choose_java-expert").click().run()
    assert at.text_area(key="system_java-expert").value == KOTLIN
    again = open_page(store_of(at), persona="java-expert")
    assert again.text_area(key="system_java-expert").value == KOTLIN
    assert entry(at, "java-expert").text.system != KOTLIN


def test_what_is_typed_in_one_tab_shows_in_the_other_and_takes_nothing_from_it():
    one = open_page(persona="java-expert")
    other = open_page(store_of(one), persona="java-expert")
    one.text_area(key="system_java-expert").set_value(KOTLIN).run()
    other.text_input(key="description_java-expert").set_value("Talks about Kotlin.").run()
    assert other.text_area(key="system_java-expert").value == KOTLIN
    one.run()
    assert one.text_input(key="description_java-expert").value == "Talks about Kotlin."


def test_nobody_else_sees_an_unsaved_change():
    at = open_page(persona="java-expert")
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    assert open_page(persona="java-expert").text_area(key="system_java-expert").value != KOTLIN


def test_discarding_can_be_undone():
    at = open_page(persona="java-expert")
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    at.button(key="discard").click().run()
    assert at.text_area(key="system_java-expert").value != KOTLIN
    assert "discard" not in keys(at)
    at.button(key="undo").click().run()
    assert at.text_area(key="system_java-expert").value == KOTLIN


def test_a_field_that_is_typed_back_is_unchanged():
    at = open_page(persona="java-expert")
    before = at.text_area(key="system_java-expert").value
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    at.text_area(key="system_java-expert").set_value(before).run()
    assert not Edits(store_of(at).drafts).changed(entry(at, "java-expert"))
    assert "discard" not in keys(at)


def test_a_built_in_persona_is_saved_as_a_copy_with_what_was_changed_in_it():
    at = open_page(persona="java-expert")
    at.text_area(key="system_java-expert").set_value(KOTLIN)
    at.text_input(key="name_java-expert").set_value("Kotlin expert")
    own = own_persona(at)
    assert entry(at, own).text.system == KOTLIN
    assert entry(at, own).text.name == "Kotlin expert"
    assert not Edits(store_of(at).drafts).changed(entry(at, "java-expert"))


def test_a_deleted_persona_comes_back():
    at = open_page(persona="java-expert")
    own = own_persona(at)
    at.button(key="delete").click().run()
    assert not at.exception
    assert f"current_{own}" not in keys(at)
    at.button(key="undo").click().run()
    assert not at.exception
    assert f"current_{own}" in keys(at)


def test_a_shared_persona_is_read_by_others_and_changed_as_a_copy():
    at = open_page(persona="java-expert")
    own = own_persona(at)
    assert f"choose_{own}" not in keys(open_page())
    at.toggle(key=f"share_{own}").set_value(True).run()
    other = open_page()
    assert f"choose_{own}" in keys(other)
    other.button(key=f"choose_{own}").click().run()
    assert "save" not in keys(other)
    assert "delete" not in keys(other)
    other.text_area(key=f"system_{own}").set_value(KOTLIN)
    copy = own_persona(other)
    assert entry(other, copy).text.system == KOTLIN
    assert entry(at, own).text.system != KOTLIN
    at.toggle(key=f"share_{own}").set_value(False).run()
    assert f"choose_{own}" not in keys(other.run())


def test_the_list_tells_own_shared_and_built_in_apart():
    at = open_page(persona="java-expert")
    own_persona(at)
    at.toggle(key=f"share_{chosen(at)}").set_value(True).run()
    said = [note.value for note in at.sidebar.caption]
    assert said.index("Yours") < said.index("Built in")
    assert "Shared with you" in [note.value for note in open_page().sidebar.caption]


def test_chat_begins_with_the_text_of_the_editor():
    at = open_page(persona="java-expert")
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    at.button(key="persona_chat").click().run()
    next_one = Draft.from_dict(store_of(at).drafts.get("conversation", "new") or {})
    assert (next_one.system, next_one.persona_id) == (KOTLIN, "java-expert")


# --- the preview --------------------------------------------------------------------------


def test_an_example_gets_an_answer_in_the_preview():
    at = ask_example(open_page(persona="java-expert"))
    assert not at.exception
    assert len(at.chat_message) == 2


def test_a_rerun_does_not_answer_the_same_question_again():
    at = ask_example(open_page(persona="java-expert"))
    said = previewed(at)
    at.run()
    assert previewed(at) == said


def test_a_preview_survives_a_reload_and_another_persona(scripted):
    at = ask_example(open_page(persona="java-expert"))
    at.button(key="choose_python-tutor").click().run()
    assert not at.chat_message
    again = open_page(store_of(at), persona="java-expert")
    assert len(again.chat_message) == 2
    again.button(key="clear_preview").click().run()
    assert not again.chat_message
    assert not previewed(again)


def test_each_question_is_asked_alone_or_as_a_follow_up(scripted):
    at = ask_example(open_page(persona="java-expert"))
    ask_example(at, 1)
    assert [len(request.messages) for request in scripted.asked] == [2, 2]
    assert "asked afresh: the model sees none" in " ".join(n.value for n in at.caption)
    at.segmented_control(key="preview_asking").set_value("on").run()
    assert "reads the 2 answers below" in " ".join(n.value for n in at.caption)
    ask_example(at, 2)
    assert not at.exception
    assert len(scripted.asked[-1].messages) == 6
    assert [one.follows for one in previewed(at)] == [0, 0, 2]


def test_an_answer_says_when_it_was_asked_with_another_wording(scripted):
    at = ask_example(open_page(persona="java-expert"))
    assert not [n for n in at.caption if "earlier wording" in n.value]
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    assert len([n for n in at.caption if "earlier wording" in n.value]) == 1


def test_an_answer_says_that_it_reached_the_limit():
    at = open_page(persona="java-expert")
    at.number_input(key="trial_max_new_tokens").set_value(2).run()
    ask_example(at)
    assert not at.exception
    assert [n for n in at.caption if "**reached the length limit** · 2 tokens" in n.value]
    at = open_page(store_of(at), persona="java-expert", **{"try": "compare"})
    at.button(key="compare").click().run()
    assert len([n for n in at.caption if "**reached the length limit**" in n.value]) == 2


def test_an_answer_of_the_preview_goes_on_and_is_there_on_return(scripted):
    from ui.shell import resources
    from ui.shell.space import Space

    scripted.hold()
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    at.query_params["persona"] = "java-expert"
    now = PersonaState(to_ask={"java-expert": "Who are you?"})
    at.session_state["state"] = {"PersonaState": now, "Space": Space("a" * 32)}
    page = threading.Thread(target=at.run)
    page.start()
    scripted.began.wait()
    assert resources.jobs().running(("preview", "a" * 32, "java-expert"))
    said = Trials(resources.store().of("a" * 32).drafts).preview("java-expert")
    assert [one.question for one in said] == ["Who are you?"]
    scripted.go_on()
    page.join()
    assert not at.exception
    said = previewed(at)
    assert [(one.text, one.reason) for one in said] == [("An answer of five words.", "stop")]
    assert [[*m.text, *m.markdown][0].value for m in at.chat_message] == [
        "Who are you?",
        said[0].text,
    ]
    assert "stop" not in keys(at)


def test_a_stop_keeps_what_the_preview_said_by_then(scripted):
    from ui.personas.preview import _ask
    from ui.shell import resources

    scripted.hold()
    trials = Trials(resources.store().drafts)
    # Outside of any page the space is the common one
    _ask(scripted, trials, "java-expert", "You are.", "Who?", follows=False)
    job = resources.jobs().get(("preview", "", "java-expert"))
    assert job
    next(event for _tag, event in job.events() if isinstance(event, TextDelta))
    job.stop()
    said = trials.preview("java-expert")
    assert [(one.text, one.reason) for one in said] == [("An", "cancelled")]


def test_a_question_that_is_refused_is_kept_in_the_box_and_nowhere_else(scripted):
    at = open_page(persona="java-expert")
    at.chat_input[0].set_value("  \t ").run()
    assert not at.exception
    assert "empty" in at.error[0].value
    assert not previewed(at)
    assert "stop" not in keys(at)


def test_a_question_too_long_goes_back_into_the_box():
    at = open_page(persona="java-expert")
    long = "why " * 3000
    at.chat_input[0].set_value(long).run()
    assert not at.exception
    assert "tokens" in at.error[0].value
    assert not at.chat_message
    assert at.chat_input[0].proto.value == long


def test_the_preview_goes_on_as_a_stored_conversation(scripted):
    at = ask_example(open_page(persona="java-expert"))
    ask_example(at, 1)
    at.segmented_control(key="preview_asking").set_value("on").run()
    ask_example(at, 2)
    at.button(key="preview_chat").click().run()
    conversations = store_of(at).conversations
    [made] = conversations.list()
    said = [message.content for message in conversations.path(made.id)]
    assert said == [text for one in previewed(at) for text in (one.question, one.text)]
    assert made.system == entry(at, "java-expert").text.system
    assert made.persona_id == "java-expert"


def test_a_model_that_gives_no_tokens_says_so_in_place_of_the_prompt(scripted):
    at = open_page(persona="java-expert", **{"try": "prompt"})
    assert not at.exception
    assert [note.value for note in at.info] == [lacking(scripted, "token_ids")]


def test_the_way_of_trying_stays_when_the_language_is_switched():
    at = open_page(persona="java-expert")
    at.segmented_control(key="try").set_value("compare").run()
    at.get_by_key("language_switch").set_value("zh").run()
    assert not at.exception
    assert at.segmented_control(key="try").value == "compare"
    assert "compare" in keys(at)


# --- files --------------------------------------------------------------------------------


def test_a_bad_file_is_explained():
    at = open_page(persona="java-expert")
    at.file_uploader(key="persona_file").set_value(("p.yaml", b"format: other", "text/yaml")).run()
    at.button(key="import_personas").click().run()
    assert not at.exception
    assert "promptlab-personas" in at.toast[0].value


def test_one_save_shows_everywhere_and_keeps_a_question_of_several_lines():
    at = open_page(persona="java-expert")
    own = own_persona(at)
    at.text_input(key=f"name_{own}").set_value("Reviewer")
    at.text_area(key=f"examples_{own}").set_value("Review this:↵x = 1↵y = 2\n\nWho are you?")
    at.button(key="save").click().run()
    assert not at.exception
    assert at.button(key=f"current_{own}").label == "Reviewer"
    asked = labels(at, "example_")
    assert len(asked) == 2
    at.button(key="save").click().run()
    kept = store_of(at).personas.get(own)
    assert kept.examples == ("Review this:\nx = 1\ny = 2", "Who are you?")


def test_a_name_that_is_taken_is_not_saved_and_stays_in_the_editor():
    at = open_page(persona="java-expert")
    own = own_persona(at)
    taken = at.text_input(key=f"name_{own}").value
    own = own_persona(at)
    at.text_input(key=f"name_{own}").set_value(taken)
    at.button(key="save").click().run()
    assert "already" in at.toast[0].value
    assert at.text_input(key=f"name_{own}").value == taken


def test_an_imported_persona_is_opened_at_once():
    content = (
        b"format: promptlab-personas\nversion: 1\npersonas: [{name: Newcomer, system: Hello.}]"
    )
    at = open_page(persona="java-expert")
    at.file_uploader(key="persona_file").set_value(("p.yaml", content, "text/yaml")).run()
    at.button(key="import_personas").click().run()
    own = chosen(at)
    assert at.button(key=f"current_{own}").label == "Newcomer"
    at.button(key="import_personas").click().run()
    assert "here already" in at.toast[0].value


# --- comparing ----------------------------------------------------------------------------


def comparing(**query: str) -> AppTest:
    return open_page(persona="java-expert", **{"try": "compare"}, **query)


def test_comparing_gives_two_answers_with_one_seed():
    at = comparing()
    at.button(key="compare").click().run()
    assert not at.exception
    found = compared(at)
    shown = [text.value for text in at.markdown]
    assert all(side.text in shown for side in found.sides)
    assert found.sides[0].sampling == found.sides[1].sampling
    assert f"seed {found.sides[0].sampling.seed}" in " ".join(n.value for n in at.caption)
    assert "stop" not in keys(at)


def test_a_comparison_uses_the_settings_on_the_page(scripted):
    at = comparing()
    at.slider(key="trial_temperature").set_value(0.0)
    at.number_input(key="trial_seed").set_value(7).run()
    at.button(key="compare").click().run()
    assert [(r.sampling.temperature, r.sampling.seed) for r in scripted.asked] == [(0, 7)] * 2


def test_the_questions_of_the_persona_are_one_click(scripted):
    at = comparing()
    at.button(key="compare_java-expert_2").click().run()
    assert compared(at).sides[0].question == "Tell me about the weather."
    assert at.text_input(key="compare_question_java-expert").value == "Tell me about the weather."


def test_a_question_typed_in_the_preview_is_offered_in_the_comparison(scripted):
    at = open_page(persona="java-expert")
    at.chat_input[0].set_value("What is a record?").run()
    at.segmented_control(key="try").set_value("compare").run()
    assert "What is a record?" in labels(at, "compare_java-expert_")
    assert at.text_input(key="compare_question_java-expert").value == "What is a record?"


def test_two_wordings_of_one_persona_are_compared_without_saving_either(scripted):
    at = comparing()
    saved = entry(at, "java-expert").text.system
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    at.button(key="compare_java-expert_0").click().run()
    assert [request.messages[0].content for request in scripted.asked] == [KOTLIN, saved]
    assert compared(at).titles == ("Java expert, unsaved", "Java expert, as saved")


def test_a_comparison_is_there_on_return(scripted):
    at = comparing()
    at.button(key="compare").click().run()
    at.segmented_control(key="try").set_value("preview").run()
    again = open_page(store_of(at), persona="java-expert", **{"try": "compare"})
    assert compared(again) == compared(at)
    assert [m.value for m in again.markdown].count("An answer of five words.") == 2


def test_a_side_of_a_comparison_goes_on_in_chat(scripted):
    at = comparing()
    at.text_area(key="system_java-expert").set_value(KOTLIN).run()
    at.button(key="compare").click().run()
    at.button(key="compare_chat_0").click().run()
    store, side = store_of(at), compared(at).sides[0]
    [made] = store.conversations.list()
    question, answer = store.conversations.path(made.id)
    assert (made.system, question.content, answer.content) == (KOTLIN, side.question, side.text)
    assert (answer.seed, answer.finish_reason) == (side.sampling.seed, "stop")
    assert made.sampling.temperature == side.sampling.temperature


def test_why_a_comparison_failed_is_said(scripted):
    scripted.fails = "The model was unloaded."
    at = comparing()
    at.button(key="compare").click().run()
    assert not at.exception
    assert [error.value for error in at.error] == ["The model was unloaded."]


def test_a_comparison_that_is_refused_leaves_the_last_one_alone():
    at = comparing()
    at.button(key="compare").click().run()
    before = compared(at)
    for wrong, said in (("why " * 3000, "tokens"), ("  ", "empty")):
        at.text_input(key="compare_question_java-expert").set_value(wrong).run()
        at.button(key="compare").click().run()
        assert not at.exception
        assert said in at.error[0].value
        assert compared(at) == before
        assert [m.value for m in at.markdown].count(before.sides[0].text) >= 1
        assert "stop" not in keys(at)


def test_home_shows_the_loaded_model():
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PAGE_S).run()
    assert not at.exception
    assert any("Prompt Lab ChatGLM3 (teaching model)" in text.value for text in at.markdown)
