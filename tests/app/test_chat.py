"""The chat page, driven without a browser."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

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


def test_an_answer_is_stored_and_found_again_by_its_url():
    at = open_page()
    at.chat_input[0].set_value("What is temperature?").run()
    assert not at.exception
    conversation = conversation_of(at)
    said = [m.markdown[0].value for m in at.chat_message]
    assert said[0] == "What is temperature?"
    assert len(said) == 2
    assert said[1]
    again = open_page(conversation=conversation)
    assert [m.markdown[0].value for m in again.chat_message] == said


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
    assert again.chat_message[0].markdown[0].value.startswith("why why")
