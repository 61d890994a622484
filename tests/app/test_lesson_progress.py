"""What a browser has learned: kept, brought together, and forgotten for good."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.patience import PAGE_S


def page() -> None:
    """The part of the lessons page that keeps the progress, with what the browser is told."""
    import streamlit as st

    from ui.lessons import progress

    told = st.session_state.setdefault("told", [])
    progress._component = lambda data, **_rest: told.append(data)
    st.button("forget", on_click=progress.forget)
    st.button("finish", on_click=progress.finish, args=("roles",))
    st.button("said", on_click=progress._take)
    st.button("forgot", on_click=progress._forgotten)
    progress.keep()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    from ui.lessons import progress

    monkeypatch.setattr(progress, "_component", None)
    return AppTest.from_function(page, default_timeout=PAGE_S).run()


def click(at: AppTest, label: str) -> dict[str, object]:
    """Click, and see what the browser is told then."""
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    return at.session_state["told"][-1]


def test_a_wish_to_forget_holds_until_the_browser_says_that_it_did(at: AppTest) -> None:
    """The page was drawn again before the browser got there, and the progress came back."""
    assert click(at, "finish")["done"] == ["roles"]
    wish = click(at, "forget")
    assert wish["forget"]
    assert wish["done"] == []
    at.run()
    assert at.session_state["told"][-1] == wish
    # Said before the wish, heard after it
    at.session_state["lesson_progress"] = {"done": ["roles"]}
    assert click(at, "said") == wish
    at.session_state["lesson_progress"] = {"done": [], "forgotten": wish["forget"]}
    assert not click(at, "forgot")["forget"]
    at.session_state["lesson_progress"] = {"done": ["top-k"], "forgotten": wish["forget"]}
    assert click(at, "said")["done"] == ["top-k"]
    assert click(at, "forget")["forget"] != wish["forget"]


@pytest.mark.parametrize("odd", [{"done": "roles"}, {"done": [1, None]}, "roles", {}])
def test_anything_may_stand_in_a_browser(at: AppTest, odd: object) -> None:
    at.session_state["lesson_progress"] = odd
    assert click(at, "said")["done"] == []
