"""The chat page, driven without a browser."""

import threading
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ChatMessage

from core.backends.backend import lacking
from core.backends.events import TextDelta
from core.chat import turn as chat
from ui.chat.state import ChatState

PAGE = str(Path(__file__).parents[2] / "pages" / "1_Chat.py")


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=120)
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


def test_a_message_over_the_window_is_kept_and_explained():
    at = open_page()
    at.chat_input[0].set_value("why " * 3000).run()
    assert not at.exception
    assert "tokens" in at.error[0].value
    again = open_page(conversation=conversation_of(at))
    assert words(again.chat_message[0]).startswith("why why")


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
    at = AppTest.from_file(PAGE, default_timeout=120)
    at.query_params["conversation"] = talk.id
    page = threading.Thread(target=at.run)
    page.start()
    scripted.go_on()
    page.join()
    assert not at.exception
    assert said(at) == ["Hello", "An answer of five words.", "And you?", "An answer of five words."]
    assert not has_stop(at)


def test_questions_that_wait_are_sent_one_after_another(scripted):
    at = AppTest.from_file(PAGE, default_timeout=120)
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


def test_why_there_is_no_answer_is_said_on_return_too(scripted):
    from core.errors import PromptTooLong
    from ui.shell import resources

    def refuse(request):
        raise PromptTooLong("Far too long.")

    scripted.check = refuse
    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    assert [error.value for error in at.error] == ["Far too long."]
    assert not has_stop(at)
    again = open_page(conversation=conversation_of(at))
    assert [error.value for error in again.error] == ["Far too long."]
    del scripted.check
    again.button(key="answer_last").click().run()
    assert not again.error
    assert said(again) == ["Hello", "An answer of five words."]
    assert len(resources.store().conversations.list()) == 1


def test_deleting_what_is_being_written_ends_it(scripted):
    from ui.shell import resources

    scripted.hold()
    talk = resources.store().conversations.create()
    conversations = resources.store().conversations
    job = resources.jobs().start(
        ("chat", talk.id), lambda: chat.turns(conversations, scripted, talk.id, ["Hello"])
    )
    next(event for _place, event in job.events() if isinstance(event, TextDelta))
    at = AppTest.from_file(PAGE, default_timeout=120)
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
    at = AppTest.from_file(PAGE, default_timeout=120)
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


def test_an_answer_that_could_not_be_kept_says_why(scripted, monkeypatch):
    from core.chat.store import Conversations
    from core.errors import StorageError

    def refuse(*given: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(Conversations, "finish_answer", refuse)
    at = open_page()
    at.chat_input[0].set_value("Hello").run()
    assert not at.exception
    assert [error.value for error in at.error] == ["The disk is full."]
    assert not has_stop(at)


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
