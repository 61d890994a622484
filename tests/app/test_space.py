"""Without sign-in each browser has a space of its own; what is deleted can be taken back."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.store import Store
from tests.patience import PAGE_S
from ui.shell import resources, undo
from ui.shell.space import Space

ROOT = Path(__file__).parents[2]
PAGE = str(ROOT / "pages" / "7_Space.py")
CHAT = str(ROOT / "pages" / "1_Chat.py")


@pytest.fixture
def own_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTLAB_SPACES", "browser")


def visit(page: str = PAGE, **query: str) -> AppTest:
    at = AppTest.from_file(page, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def key(at: AppTest) -> str:
    found: str = at.session_state["state"][Space.__name__].key
    return found


def own(at: AppTest) -> Store:
    return resources.store().of(key(at))


def texts(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.markdown, *at.caption, *at.code))


def test_every_browser_gets_a_key_that_nobody_guesses(own_spaces: None) -> None:
    keys = {key(visit()) for _visitor in range(5)}
    assert len(keys) == 5
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in keys)


def test_two_visitors_do_not_see_each_others_conversations(own_spaces: None, scripted) -> None:
    one, other = visit(CHAT), visit(CHAT)
    one.chat_input[0].set_value("my secret question").run()
    (talk,) = own(one).conversations.list()
    assert own(other).conversations.list() == []
    # Nor by its address
    looked = visit(CHAT, conversation=talk.id)
    assert "somebody else" in looked.warning[0].value
    assert "secret" not in texts(looked)
    # Until it is shared on purpose
    own(one).conversations.share(talk.id, True)
    assert "secret" in str(visit(CHAT, conversation=talk.id))


def test_a_link_opens_a_space_once_its_visitor_agrees(own_spaces: None) -> None:
    owner = visit()
    own(owner).conversations.create("kept here")
    (link,) = [code.value for code in owner.code]
    assert link.endswith(f"?space={key(owner)}")
    guest = visit(space=key(owner))
    assert key(guest) != key(owner)
    guest.button(key="space_stay").click().run()
    assert key(guest) != key(owner)
    assert "space" not in guest.query_params
    guest = visit(space=key(owner))
    guest.button(key="space_take").click().run()
    assert key(guest) == key(owner)
    assert "space" not in guest.query_params


@pytest.mark.parametrize("wrong", ["", "x" * 32, "<script>", "../..", "A" * 32])
def test_a_wrong_key_is_no_space(own_spaces: None, wrong: str) -> None:
    at = visit(space=wrong)
    assert not [one for one in at.button if one.key == "space_take"]
    assert re.fullmatch(r"[0-9a-f]{32}", key(at))


def test_a_common_space_has_no_key_to_tell() -> None:
    at = visit()
    assert not at.code
    assert "space=" not in texts(at)


def test_the_bin_gives_back_and_removes_for_good() -> None:
    store = resources.store()
    for name in ("one *bold*", "two"):
        store.personas.delete(store.personas.create(name, "", "x").id)
    at = visit()
    one, two = sorted(store.binned(), key=lambda binned: binned.title)
    at.button(key=f"restore_persona_{one.id}").click().run()
    at.button(key=f"erase_persona_{two.id}").click().run()
    assert [persona.name for persona in store.personas.list()] == ["one *bold*"]
    assert store.binned() == []
    assert "The bin is empty." in texts(at)


def test_the_bin_is_emptied_whatever_belongs_to_what() -> None:
    store = resources.store()
    at = visit()
    talk = store.conversations.create("gone").id
    store.conversations.delete(talk)
    store.personas.delete(store.personas.create("x", "", "x").id)
    at.run()
    at.button(key="bin_empty").click().run()
    assert not at.exception
    assert store.binned() == []


def test_what_was_done_is_taken_back_for_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    store = resources.store()
    talk = store.conversations.create("back").id
    store.conversations.delete(talk)
    moment = [100.0]
    monkeypatch.setattr(undo.time, "monotonic", lambda: moment[0])

    def offered(at: AppTest) -> bool:
        return any(button.key == "undo" for button in at.button)

    at = visit()
    assert not offered(at)
    last = at.session_state["state"].setdefault(undo.Undoable.__name__, undo.Undoable())
    last.text, last.until = "Deleted", moment[0] + undo.STANDS_S
    last.undo = lambda: store.conversations.restore(talk)
    at.run()
    assert offered(at)
    at.button(key="undo").click().run()
    assert not offered(at)
    assert [one.id for one in store.conversations.list()] == [talk]
    # Its time is over, or another window was quicker
    last.undo = lambda: store.conversations.restore(talk)
    at.run()
    at.button(key="undo").click().run()
    assert "no conversation" in at.toast[0].value
    last.undo = lambda: None
    moment[0] += undo.STANDS_S + 1
    at.run()
    assert not offered(at)
