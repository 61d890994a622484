"""The chat page, driven without a browser."""

import threading
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ChatMessage

from core.backends.backend import lacking
from core.backends.events import TextDelta
from core.chat import turn as chat
from core.sampling.settings import Sampling
from tests.patience import PAGE_S
from ui.chat.state import ChatState

PAGE = str(Path(__file__).parents[2] / "pages" / "1_Chat.py")


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def conversation_of(at: AppTest) -> str:
    value = at.query_params["conversation"]
    return value if isinstance(value, str) else value[0]


def test_the_empty_page_offers_questions_to_start_with():
    at = open_page()
    assert not at.exception
    assert [b for b in at.button if str(b.key).startswith("starter_")]


def test_a_conversation_without_a_message_offers_them_too(scripted):
    from ui.shell import resources

    at = open_page(conversation=resources.store().conversations.create().id)
    at.button(key="starter_Hello!").click().run()
    assert not at.exception
    assert said(at) == ["Hello!", "An answer of five words."]


def test_an_answer_is_stored_and_found_again_by_its_url():
    at = open_page()
    at.chat_input[0].set_value("What is temperature?").run()
    assert not at.exception
    conversation = conversation_of(at)
    said = [words(m) for m in at.chat_message]
    assert said[0] == "What is temperature?"
    assert len(said) == 2
    assert said[1]
    again = open_page(conversation=conversation)
    assert [words(m) for m in again.chat_message] == said


def test_another_answer_is_a_version_beside_the_first():
    at = open_page()
    at.chat_input[0].set_value("Who are you?").run()
    regenerate = next(b for b in at.button if str(b.key).startswith("regenerate_"))
    regenerate.click().run()
    assert not at.exception
    assert any(c.value == "2/2" for c in at.caption)


def test_an_unknown_conversation_is_explained():
    at = open_page(conversation="nonsense")
    assert not at.exception
    assert "nonsense" in at.warning[0].value


def test_a_first_question_over_the_window_is_explained_and_stays_in_the_box():
    from ui.shell import resources

    question = "why " * 3000
    at = open_page()
    at.chat_input[0].set_value(question).run()
    assert not at.exception
    [refused] = [error.value for error in at.error]
    assert "too long" in refused
    assert "new conversation" not in refused
    assert not resources.store().conversations.list()
    assert at.chat_input[0].proto.value == question
    assert not at.chat_message
    assert not has_stop(at)
    # Told once, and the box is the visitor's again
    at.run()
    assert not at.error
    at.chat_input[0].set_value("Hello").run()
    assert len(said(at)) == 2


def test_a_long_text_is_taken_where_the_model_takes_it(scripted):
    at = open_page()
    at.chat_input[0].set_value("x" * 50_000).run()
    assert not at.exception
    assert not at.error
    assert said(at)[0] == "x" * 50_000
    assert not at.chat_input[0].proto.max_chars


def words(message: ChatMessage) -> str:
    """What stands in a bubble: a visitor's as text, an answer as Markdown."""
    return [*message.text, *message.markdown][0].value


def said(at: AppTest) -> list[str]:
    return [words(message) for message in at.chat_message]


def has_stop(at: AppTest) -> bool:
    return any(button.key == "stop" for button in at.button)


def test_an_answer_goes_on_without_its_page_and_another_page_shows_it_as_it_comes(scripted):
    from ui.shell import resources

    scripted.hold()
    talk = resources.store().conversations.create()
    key = ("chat", talk.id)
    work = chat.turns(resources.store().conversations, scripted, talk.id, ["Hello", "And you?"])
    job = resources.jobs().start(key, lambda: work)
    next(event for _place, event in job.events() if isinstance(event, TextDelta))
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    at.query_params["conversation"] = talk.id
    page = threading.Thread(target=at.run)
    page.start()
    scripted.go_on()
    page.join()
    assert not at.exception
    assert said(at) == ["Hello", "An answer of five words.", "And you?", "An answer of five words."]
    assert not has_stop(at)


def test_questions_that_wait_are_sent_one_after_another(scripted):
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    at.session_state["state"] = {"ChatState": ChatState(pending=["One?", "Two?"])}
    at.run()
    assert not at.exception
    assert said(at)[::2] == ["One?", "Two?"]
    assert not at.session_state["state"]["ChatState"].pending
    assert not has_stop(at)


def test_an_empty_message_stores_nothing(scripted):
    from ui.shell import resources

    at = open_page()
    at.chat_input[0].set_value("  \t ").run()
    assert not at.exception
    assert "empty" in at.error[0].value
    assert not resources.store().conversations.list()
    assert not has_stop(at)


def test_a_question_that_the_model_refuses_is_not_stored_and_can_be_sent_again(scripted):
    from core.errors import PromptTooLong
    from ui.shell import resources

    def refuse(request):
        raise PromptTooLong("Far too long.")

    scripted.check = refuse
    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    assert [error.value for error in at.error] == ["Far too long."]
    assert not has_stop(at)
    assert not resources.store().conversations.list()
    assert at.chat_input[0].proto.value == "Hello"
    del scripted.check
    at.chat_input[0].set_value("Hello").run()
    assert not at.error
    assert said(at) == ["Hello", "An answer of five words."]
    assert len(resources.store().conversations.list()) == 1


def test_a_question_that_cannot_be_stored_stays_in_the_box(scripted, monkeypatch):
    from core.chat.store import Conversations
    from core.errors import StorageError
    from ui.shell import resources

    def refuse(*given: object) -> None:
        raise StorageError("The disk is full.")

    at = open_page()
    with monkeypatch.context() as full:
        full.setattr(Conversations, "_append", refuse)
        at.chat_input[0].set_value("Hello").run()
    assert [error.value for error in at.error] == ["The disk is full."]
    assert at.chat_input[0].proto.value == "Hello"
    assert not resources.store().conversations.list()


def test_an_edited_question_that_is_refused_stays_in_its_editor(scripted):
    from core.errors import PromptTooLong
    from ui.shell import resources

    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    question = resources.store().conversations.path(conversation_of(at))[0]

    def refuse(request):
        raise PromptTooLong("Far too long.")

    scripted.check = refuse
    at.button(key=f"edit_{question.id}").click().run()
    at.text_area(key=f"editor_{question.id}").set_value("Hello, hello").run()
    at.button(key=f"send_{question.id}").click().run()
    assert [error.value for error in at.error] == ["Far too long."]
    assert at.text_area(key=f"editor_{question.id}").value == "Hello, hello"
    assert len(resources.store().conversations.versions(question.id)) == 1
    del scripted.check
    at.button(key=f"send_{question.id}").click().run()
    assert said(at) == ["Hello, hello", "An answer of five words."]


def test_deleting_what_is_being_written_ends_it(scripted):
    from ui.shell import resources

    scripted.hold()
    talk = resources.store().conversations.create()
    conversations = resources.store().conversations
    job = resources.jobs().start(
        ("chat", talk.id), lambda: chat.turns(conversations, scripted, talk.id, ["Hello"])
    )
    next(event for _place, event in job.events() if isinstance(event, TextDelta))
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    at.query_params["conversation"] = talk.id
    page = threading.Thread(target=at.run)
    page.start()
    resources.jobs().forget(("chat", talk.id))
    page.join()
    assert not at.exception
    assert said(at) == ["Hello", "An"]
    at.button(key="delete_conversation").click().run()
    assert not at.exception
    assert not conversations.list()


def test_a_conversation_knows_the_persona_it_began_with(scripted):
    from ui.shell import resources

    at = open_page()
    at.selectbox(key="persona_new").set_value("java-expert").run()
    assert "Java" in at.text_area(key="system_new").value
    at.chat_input[0].set_value("Hello").run()
    assert not at.exception
    [kept] = resources.store().conversations.list()
    assert kept.persona_id == "java-expert"
    assert "Java" in kept.system
    again = open_page(conversation=kept.id)
    assert again.selectbox(key=f"persona_{kept.id}").value == "java-expert"


def test_a_model_that_tells_no_tokens_chats_and_says_what_is_lacking(scripted):
    at = open_page()
    assert at.number_input(key="max_length_new").value is None
    at.chat_input[0].set_value("Hello").run()
    assert not at.exception
    assert not at.error
    inspect = next(b for b in at.button if str(b.key).startswith("inspect_"))
    inspect.click().run()
    assert not at.exception
    assert [note.value for note in at.info] == [lacking(scripted, "token_ids")]


def test_a_question_from_another_window_waits_for_the_answer_that_is_being_written(scripted):
    from ui.shell import resources

    scripted.hold()
    conversations = resources.store().conversations
    talk = conversations.create()
    job = resources.jobs().start(
        ("chat", talk.id), lambda: chat.turns(conversations, scripted, talk.id, ["Hello"])
    )
    next(event for _place, event in job.events() if isinstance(event, TextDelta))
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    at.query_params["conversation"] = talk.id
    at.session_state["state"] = {"ChatState": ChatState(pending=["And you?"])}
    page = threading.Thread(target=at.run)
    page.start()
    scripted.go_on()
    page.join()
    assert not at.exception
    assert not at.error
    assert said(at)[::2] == ["Hello", "And you?"]
    assert len(conversations.path(talk.id)) == 4


def test_a_question_that_waits_is_not_asked_in_another_conversation(scripted):
    first = open_page()
    first.chat_input[0].set_value("One?").run()
    at = open_page()
    at.chat_input[0].set_value("Two?").run()
    other = conversation_of(first)
    assert conversation_of(at) != other
    # As where another window has an answer written: it waits, and its visitor goes elsewhere
    mine = at.session_state["state"][ChatState.__name__]
    mine.pending, mine.held_in = ["Three?"], conversation_of(at)
    at.query_params["conversation"] = other
    at.run()
    assert not at.exception
    assert "Three?" not in said(at)
    assert at.chat_input[0].proto.value == "Three?"
    assert len(scripted.asked) == 2


def test_an_answer_that_could_never_be_kept_says_why(scripted, monkeypatch):
    from core.chat.store import Conversations
    from core.errors import StorageError

    def refuse(*given: object) -> None:
        raise StorageError("The file is damaged.")

    monkeypatch.setattr(chat, "AGAIN_S", 0.0)
    monkeypatch.setattr(chat, "KEEP_TRYING_S", 0.0)
    monkeypatch.setattr(Conversations, "finish_answer", refuse)
    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    assert not at.exception
    assert [error.value for error in at.error] == ["The file is damaged."]
    assert not has_stop(at)


def test_an_answer_that_is_kept_late_is_whole(scripted, monkeypatch):
    from core.chat.store import Conversations
    from core.errors import StorageError

    keep, failures = Conversations.finish_answer, iter([StorageError("Locked.")] * 3)

    def fails_thrice(*given: object) -> None:
        for failure in failures:
            raise failure
        keep(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(chat, "AGAIN_S", 0.0)
    monkeypatch.setattr(Conversations, "finish_answer", fails_thrice)
    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    assert not at.exception
    assert not at.error
    assert said(at) == ["Hello", "An answer of five words."]
    assert not has_stop(at)
    assert any("finished" in caption.value for caption in at.caption)


def test_a_window_that_was_left_open_undoes_nothing(scripted):
    from ui.shell import resources

    conversations = resources.store().conversations
    talk = conversations.create(title="Old")
    one, other = open_page(conversation=talk.id), open_page(conversation=talk.id)
    one.text_input(key=f"title_{talk.id}").set_value("New").run()
    one.text_area(key=f"system_{talk.id}").set_value("Be kind.").run()
    one.slider(key=f"temperature_{talk.id}").set_value(1.0).run()
    other.chat_input[0].set_value("Hello").run()
    kept = conversations.get(talk.id)
    assert (kept.title, kept.system, kept.sampling.temperature) == ("New", "Be kind.", 1.0)
    assert scripted.asked[-1].sampling.temperature == 1.0
    # And it shows by then what is stored
    assert other.slider(key=f"temperature_{talk.id}").value == 1.0
    other.slider(key=f"top_p_{talk.id}").set_value(0.5).run()
    kept = conversations.get(talk.id)
    assert (kept.sampling.temperature, kept.sampling.top_p) == (1.0, 0.5)
    assert (kept.title, kept.system) == ("New", "Be kind.")


def test_the_settings_of_the_next_conversation_survive_a_reload(scripted):
    from ui.shell import resources

    at = open_page()
    at.slider(key="temperature_new").set_value(1.3).run()
    at.number_input(key="seed_new").set_value(7).run()
    again = open_page()
    assert again.slider(key="temperature_new").value == 1.3
    assert again.number_input(key="seed_new").value == 7
    again.chat_input[0].set_value("Hello").run()
    kept = resources.store().conversations.get(conversation_of(again))
    assert (kept.sampling.temperature, kept.sampling.seed) == (1.3, 7)
    # They were those of that conversation
    assert open_page().slider(key="temperature_new").value == Sampling().temperature


def test_a_style_sets_its_numbers_and_other_numbers_are_custom(scripted):
    from ui.chat.presets import CUSTOM, presets
    from ui.shell import resources

    talk = resources.store().conversations.create(sampling=Sampling(seed=5, max_length=99))
    at = open_page(conversation=talk.id)
    for key, preset in presets().items():
        at.button_group(key=f"preset_{talk.id}").set_value(key).run()
        kept = resources.store().conversations.get(talk.id).sampling
        assert preset.settings.items() <= kept.to_dict().items()
        assert (kept.seed, kept.max_length) == (5, 99)
    at.slider(key=f"temperature_{talk.id}").set_value(0.35).run()
    assert at.button_group(key=f"preset_{talk.id}").value == CUSTOM


def test_what_is_deleted_comes_back_with_all_below_it(scripted):
    at = open_page()
    at.chat_input[0].set_value("One").run()
    at.chat_input[0].set_value("Two").run()
    before = said(at)
    next(b for b in at.button if str(b.key).startswith("delete_")).click().run()
    assert not at.chat_message
    at.button(key="undo").click().run()
    assert not at.exception
    assert said(at) == before


def test_a_deleted_conversation_comes_back_onto_the_screen(scripted):
    from ui.shell import resources

    at = open_page()
    at.chat_input[0].set_value("One").run()
    talk, before = conversation_of(at), said(at)
    at.button(key="delete_conversation").click().run()
    assert not resources.store().conversations.list()
    assert not at.chat_message
    at.button(key="undo").click().run()
    assert (conversation_of(at), said(at)) == (talk, before)


def test_who_comes_back_finds_the_conversation_that_was_on_screen(scripted):
    from ui.shell import resources

    resources.store().conversations.create(title="Another")
    at = open_page()
    at.chat_input[0].set_value("One").run()
    talk = conversation_of(at)
    # As the navigation does
    at.query_params.clear()
    at.run()
    assert conversation_of(at) == talk
    at.button(key="new_conversation").click().run()
    at.query_params.clear()
    at.run()
    assert "conversation" not in at.query_params
    assert not at.chat_message


def test_all_conversations_can_be_listed_and_the_list_says_how_many_there_are(scripted):
    from ui.chat.state import LISTED_FIRST, LISTED_MORE
    from ui.shell import resources

    total = LISTED_FIRST + LISTED_MORE + 3
    for number in range(total):
        resources.store().conversations.create(title=f"Talk {number}")

    def listed(at: AppTest) -> int:
        return len([b for b in at.button if str(b.key).startswith("open_")])

    at = open_page()
    assert listed(at) == LISTED_FIRST
    assert f"{LISTED_FIRST} of {total} conversations" in [c.value for c in at.caption]
    at.button(key="show_more").click().run()
    at.button(key="show_more").click().run()
    assert listed(at) == total
    assert "show_more" not in {b.key for b in at.button}
    at.text_input(key="search").set_value("Talk 0").run()
    assert listed(at) == 1


def test_a_conversation_that_is_shared_can_be_read_and_not_changed(scripted):
    from ui.shell import resources

    owner = resources.store().of("1" * 32)
    talk = owner.conversations.create(title="Shared")
    list(chat.turns(owner.conversations, scripted, talk.id, ["Hello"]))
    owner.conversations.share(talk.id, True)
    at = open_page(conversation=talk.id)
    assert not at.exception
    assert said(at) == ["Hello", "An answer of five words."]
    assert at.chat_input[0].disabled
    assert not [b for b in at.button if str(b.key).startswith(("delete_", "edit_", "regenerate_"))]


def test_every_answer_tells_what_it_was_written_with(scripted):
    at = open_page()
    at.selectbox(key="persona_new").set_value("java-expert").run()
    at.number_input(key="seed_new").set_value(11).run()
    at.chat_input[0].set_value("Hello").run()
    [said_with] = [code.value for code in at.code if "temperature" in code.value]
    assert {"persona Java expert", "seed 11", "temperature 0.8"} <= set(said_with.splitlines())
    assert "model scripted" in said_with


def test_what_another_window_has_deleted_is_explained(scripted):
    from ui.shell import resources

    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    regenerate = next(b for b in at.button if str(b.key).startswith("regenerate_"))
    resources.store().conversations.delete(conversation_of(at))
    regenerate.click().run()
    assert not at.exception
    assert "may have been deleted" in at.toast[0].value
    assert "may have been deleted" in at.warning[0].value


def test_a_version_that_another_window_has_deleted_is_passed_over(scripted):
    from ui.shell import resources

    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    next(b for b in at.button if str(b.key).startswith("regenerate_")).click().run()
    conversations = resources.store().conversations
    first, second = conversations.versions(conversations.path(conversation_of(at))[-1].id)
    conversations.delete_message(first)
    next(b for b in at.button if b.key == f"previous_{second}").click().run()
    assert not at.exception
    assert len(said(at)) == 2
