"""The inspector under a chat answer, and the playground's views Inspect and Branches."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend

PAGES = Path(__file__).parents[2] / "pages"


def open_page(name: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(PAGES / name), default_timeout=PAGE_S)
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def stored():
    from ui.shell import resources

    return resources.store()


def shown(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.main.markdown, *at.main.caption])


def pick(at: AppTest, key: str, position: int) -> AppTest:
    """What a click on a token leaves behind; the strip itself needs a browser."""
    at.session_state[f"{key}_strip_token"] = position
    return at.run()


def take_another(at: AppTest, key: str) -> AppTest:
    """Click the likeliest alternative that was not taken."""
    buttons = [b for b in at.button if (b.key or "").startswith(f"{key}_take_")]
    assert 2 <= len(buttons) <= 21
    return next(b for b in buttons if not b.label.startswith("◆")).click().run()


@pytest.fixture
def answered() -> tuple[str, str]:
    """A conversation with one answer: its id, and the answer's."""
    at = open_page("1_Chat.py")
    at.chat_input(key="chat_input").set_value("What is temperature?").run()
    assert not at.exception
    conversation = stored().conversations.list()[0].id
    return conversation, stored().conversations.path(conversation)[1].id


def test_an_answer_is_inspected_and_branched_from_in_the_chat(answered) -> None:
    conversation, answer = answered
    at = open_page("1_Chat.py", conversation=conversation)
    at.button(key=f"inspect_{answer}").click().run()
    assert not at.exception
    message = stored().conversations.path(conversation)[1]
    assert f"{len(message.token_ids)} tokens · mean log-probability" in shown(at)
    key = f"inspector_{answer}"
    pick(at, key, 4)
    assert "Token 5" in shown(at)
    assert "Temperature 0.8, top_p 0.8 and top_k off keep" in shown(at)
    take_another(at, key)
    assert not at.exception
    assert not at.error
    tree = stored().branches.list()[0]
    assert tree.origin.id == answer
    root, branch = stored().branches.of(tree.id)
    assert root.token_ids == message.token_ids
    assert branch.token_ids[:4] == message.token_ids[:4]
    assert branch.token_ids[4] != message.token_ids[4]
    assert branch.finish_reason in ("stop", "length")
    assert "Branch at token 5" in shown(at)
    # The same button closes the inspector
    at.button(key=f"inspect_{answer}").click().run()
    assert "Branch at token 5" not in shown(at)


def test_a_click_right_after_a_change_branches_with_the_changed_settings(answered) -> None:
    """Both come to the server at once: the settings from before were taken."""
    conversation, answer = answered
    at = open_page("1_Chat.py", conversation=conversation)
    at.button(key=f"inspect_{answer}").click().run()
    key = f"inspector_{answer}"
    pick(at, key, 4)
    at.slider(key=f"{key}_branch_t").set_value(0.35)
    take_another(at, key)
    assert not at.exception
    _, branch = stored().branches.of(stored().branches.list()[0].id)
    assert branch.sampling.temperature == 0.35


def test_an_answer_of_another_model_is_read_in_the_tokens_of_the_loaded_one(answered) -> None:
    from core.backends.events import Usage
    from core.messages import Message
    from core.sampling.settings import Sampling

    store = stored()
    conversation = store.conversations.create()
    question = store.conversations.add_message(conversation.id, None, Message("user", "Hello"))
    other = store.conversations.begin_answer(
        conversation.id, question.id, Sampling(), "chatglm3-6b"
    )
    store.conversations.finish_answer(
        other.id, "Hi there.", "", "stop", Usage(1, 2, 0.1, 1.0), (64_000, 64_001), 1
    )
    at = open_page("1_Chat.py", conversation=conversation.id, inspect=other.id)
    assert not at.exception
    assert not at.error
    assert "ChatGLM3 6B wrote this answer" in at.info[0].value
    assert "mean log-probability" in shown(at)


@pytest.mark.parametrize("kind", ["answer", "text"])
def test_any_text_is_inspected(kind: str) -> None:
    at = open_page("3_Playground.py", view="inspect")
    assert not at.exception
    at.segmented_control(key="inspect_kind").set_value(kind).run()
    at.text_area(key=f"inspect_{kind}").set_value("The fox 狐狸 ran 🦊.").run()
    assert not at.exception
    assert not at.error
    pick(at, "typed", 3)
    assert "Token 4" in shown(at)
    take_another(at, "typed")
    assert not at.exception
    tree = stored().branches.list()[0]
    assert tree.origin.chat == (kind == "answer")
    assert len(stored().branches.of(tree.id)) == 2


def test_an_example_is_inspected_on_click_under_every_measure() -> None:
    at = open_page("3_Playground.py", view="inspect")
    at.button(key="inspect_example_1").click().run()
    for measure in ("rank", "entropy", "surprise", "probability"):
        at.segmented_control(key="typed_measure").set_value(measure).run()
        assert not at.exception
    assert "mean entropy" in shown(at)


def test_a_text_that_is_too_long_is_explained_and_kept() -> None:
    at = open_page("3_Playground.py", view="inspect")
    text = "why " * 4000
    at.text_area(key="inspect_answer").set_value(text).run()
    assert not at.exception
    assert "tokens" in at.error[0].value
    assert at.text_area(key="inspect_answer").value == text


@pytest.fixture
def tree() -> str:
    """A stored tree of one answer and one branch."""
    at = open_page("3_Playground.py", view="inspect")
    at.button(key="inspect_example_0").click().run()
    pick(at, "typed", 3)
    take_another(at, "typed")
    return stored().branches.list()[0].id


def test_no_branches_yet_leads_to_the_inspector() -> None:
    at = open_page("3_Playground.py", view="branches")
    assert not at.exception
    at.button(key="branches_example").click().run()
    assert not at.exception
    assert "mean log-probability" in shown(at)


def test_a_tree_is_opened_by_its_url_named_compared_and_left_again(tree: str) -> None:
    at = open_page("3_Playground.py", view="branches", tree=tree)
    assert not at.exception
    root, branch = stored().branches.of(tree)
    at.text_input(key=f"tree_name_{tree}").set_value("Heat").run()
    assert stored().branches.tree(tree).name == "Heat"
    at.text_input(key=f"branch_name_{branch.id}").set_value("Cold").run()
    assert stored().branches.get(branch.id).name == "Cold"
    assert "% of the characters are shared" in shown(at)
    key = f"branch_{branch.id}"
    pick(at, key, len(branch.token_ids) - 2)
    take_another(at, key)
    assert not at.exception
    assert not at.error
    below = stored().branches.of(tree)[2]
    assert below.parent_id == branch.id
    assert below.token_ids[:-1][: len(branch.token_ids) - 2] == branch.token_ids[:-2]
    at.button(key=f"fold_{root.id}").click().run()
    assert not [b for b in at.button if b.key == f"read_{branch.id}"]


def test_a_stopped_branch_goes_on_and_a_branch_and_a_tree_are_deleted(tree: str) -> None:
    branch = stored().branches.of(tree)[1]
    stored().branches.finish(branch.id, "half", branch.token_ids[:6], "cancelled")
    at = open_page("3_Playground.py", view="branches", tree=tree)
    at.button(key=f"go_on_{branch.id}").click().run()
    assert not at.exception
    assert stored().branches.get(branch.id).token_ids == branch.token_ids
    at.button(key=f"delete_branch_{branch.id}").click().run()
    assert not at.exception
    assert len(stored().branches.of(tree)) == 1
    at.button(key=f"delete_tree_{tree}").click().run()
    assert not at.exception
    assert stored().branches.list() == []


def held(branch_id: str):
    """A job that writes a branch until it is stopped."""
    from core.backends.events import Idle, TextDelta

    def work():
        yield branch_id, TextDelta("so far")
        while True:
            yield None, Idle()

    from ui.shell import resources

    return resources.jobs().start(("branch", branch_id), work)


def test_a_tree_attaches_to_a_branch_that_is_being_written(tree: str, monkeypatch) -> None:
    from ui.inspect import branching
    from ui.shell.stream import draw

    branch = stored().branches.of(tree)[1]
    stored().branches.finish(branch.id, "half", branch.token_ids[:6], "cancelled")
    job, seen = held(branch.id), []

    def drawn_until_a_click_on_stop(attached, place):
        seen.append(attached)
        attached.stop()
        return draw(attached, place)

    monkeypatch.setattr(branching, "draw", drawn_until_a_click_on_stop)
    at = open_page("3_Playground.py", view="branches", tree=tree)
    assert not at.exception
    assert seen == [job]
    # It can be continued once it is not being written any more
    assert at.button(key=f"go_on_{branch.id}")


def test_a_branch_that_is_being_written_is_read_meanwhile(tree: str, monkeypatch) -> None:
    import streamlit as st

    from ui.inspect import branching

    monkeypatch.setattr(branching, "draw", lambda _job, _place: st.stop())
    branch = stored().branches.of(tree)[1]
    stored().branches.finish(branch.id, "half of it", branch.token_ids[:6], "cancelled")
    job = held(branch.id)
    at = open_page("3_Playground.py", view="branches", tree=tree)
    assert "half of it" in shown(at)
    assert "Generating the branch…" in shown(at)
    assert not [b for b in at.button if b.key == f"go_on_{branch.id}"]
    assert at.button(key="stop")
    at.button(key=f"delete_branch_{branch.id}").click().run()
    assert not job.running
    assert len(stored().branches.of(tree)) == 1


def test_a_deleted_tree_writes_no_more(tree: str, monkeypatch) -> None:
    import streamlit as st

    from ui.inspect import branching

    monkeypatch.setattr(branching, "draw", lambda _job, _place: st.stop())
    job = held(stored().branches.of(tree)[1].id)
    at = open_page("3_Playground.py", view="branches", tree=tree)
    at.button(key=f"delete_tree_{tree}").click().run()
    assert not at.exception
    assert not job.running
    assert stored().branches.list() == []


def test_a_branch_of_another_model_is_not_continued(tree: str) -> None:
    from core.branches.records import Origin
    from core.sampling.settings import Sampling

    elsewhere = stored().branches.plant(
        Origin("typed", text="Hi"), (5,), (6, 7), Sampling(), "elsewhere", "cancelled"
    )
    at = open_page("3_Playground.py", view="branches", tree=elsewhere.tree_id)
    at.button(key=f"go_on_{elsewhere.id}").click().run()
    assert not at.exception
    assert "Choose elsewhere to continue it" in at.error[0].value
    assert not at.run().error


def test_a_model_without_tokens_says_so_where_there_are_none_to_show(
    scripted: ScriptedBackend,
) -> None:
    at = open_page("3_Playground.py", view="inspect")
    assert not at.exception
    assert "scripted does not report its tokens" in at.info[0].value
    assert not at.main.text_area


def test_a_tree_is_read_and_compared_without_a_model_that_knows_tokens(
    scripted: ScriptedBackend,
) -> None:
    from core.branches.records import Origin
    from core.sampling.settings import Sampling

    branches = stored().branches
    origin = Origin("typed", title="Who are you?", text="I am a fox.")
    root = branches.plant(origin, (5,), (6, 7), Sampling(), "elsewhere", "cancelled")
    branches.begin(root.id, 1, 8, "▁hare", Sampling(), "I am a hare.")
    at = open_page("3_Playground.py", view="branches", tree=root.tree_id)
    assert not at.exception
    assert "I am a hare." in shown(at)
    assert "% of the characters are shared" in shown(at)
    assert "scripted does not report its tokens" in at.info[0].value
    at.button(key=f"read_{root.id}").click().run()
    assert at.button(key=f"go_on_{root.id}").disabled


def test_an_unknown_tree_is_explained() -> None:
    at = open_page("3_Playground.py", view="branches", tree="nonsense")
    assert not at.exception
    assert "nonsense" in at.warning[0].value
