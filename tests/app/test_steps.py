"""Stepping through an answer, driven without a browser."""

import json
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.patience import PAGE_S
from ui.playground import STEPS_WORDS

PAGE = str(Path(__file__).parents[2] / "pages" / "3_Playground.py")


def open_steps(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in {"view": "steps", **query}.items():
        at.query_params[name] = value
    return at.run()


def path(at: AppTest) -> list[int]:
    value = at.query_params.get("path", [""])
    text = value if isinstance(value, str) else value[0]
    return [int(part) for part in text.split("-") if part]


def text(at: AppTest) -> str:
    # Above it are the words at the page's title, and a link into the glossary
    return at.main.markdown[len(STEPS_WORDS) + 1].value


def click(at: AppTest, *keys: str) -> AppTest:
    for key in keys:
        at.button(key=key).click().run()
        assert not at.exception
    return at


def test_a_fresh_start_shows_what_can_be_taken():
    at = open_steps()
    assert not at.exception
    assert "nothing yet" in text(at)
    assert at.button(key="steps_undo").disabled
    assert at.button(key="steps_drawn").label.startswith("Use sampled: ")


@pytest.mark.parametrize(("seed", "temperature"), [(0, 0.8), (5, 1.3)])
def test_drawn_steps_are_the_answer_of_that_seed(seed: int, temperature: float):
    from core.backends.request import Request
    from core.messages import Message
    from core.sampling.settings import Sampling
    from ui.shell import resources

    at = open_steps(lab_seed=str(seed), lab_temperature=str(temperature), lab_top_p="0.95")
    click(at, "steps_drawn", "steps_drawn", "steps_go")
    engine = resources.host().backend()
    prompt = engine.tokenizer.prompt_ids([Message("user", "Tell me a short story about a fox.")])
    sampling = Sampling(temperature, 0.95, seed=seed, max_new_tokens=14)
    answer = engine.submit(Request(tuple(prompt), sampling)).result().token_ids
    assert engine.tokenizer.decode(answer[:2]) == "\n"
    assert path(at) == list(answer[2:14])


def test_to_the_end_is_the_whole_answer_of_that_seed_and_stepping_back_is_possible():
    from core.backends.request import Request
    from core.messages import Message
    from core.sampling.settings import Sampling
    from ui.shell import resources

    at = click(open_steps(lab_seed="3", lab_prompt="What is 3 + 4?"), "steps_drawn", "steps_end")
    assert "The answer ends here." in at.success[0].value
    engine = resources.host().backend()
    prompt = engine.tokenizer.prompt_ids([Message("user", "What is 3 + 4?")])
    answer = engine.submit(Request(tuple(prompt), Sampling(seed=3))).result().token_ids
    assert path(at) == list(answer[2:])
    click(at, "steps_undo")
    assert path(at) == list(answer[2:-1])


def left_while_writing(monkeypatch: pytest.MonkeyPatch, **query: str):
    """A page that was left as soon as the model began to go on, and the job that does."""
    from ui.lab import path
    from ui.shell import resources

    at = click(open_steps(**query), "steps_drawn")
    with monkeypatch.context() as patch:
        patch.setattr(path, "draw_many", lambda *_given: st.stop())
        click(at, "steps_end")
    return at, resources.jobs().get(("steps", at.session_state["state"]["LabState"].visitor))


def test_the_model_goes_on_while_the_visitor_is_elsewhere(monkeypatch: pytest.MonkeyPatch):
    from core.backends.request import Request
    from core.messages import Message
    from core.sampling.settings import Sampling
    from ui.shell import resources

    at, job = left_while_writing(monkeypatch, lab_seed="3", lab_prompt="What is 3 + 4?")
    assert len(path(at)) == 1
    job.wait(60)
    at.run()
    assert not at.exception
    backend = resources.host().backend()
    prompt = backend.tokenizer.prompt_ids([Message("user", "What is 3 + 4?")])
    answer = backend.submit(Request(tuple(prompt), Sampling(seed=3))).result().token_ids
    assert path(at) == list(answer[2:])
    # It is in the URL now: a step back stays one
    click(at, "steps_undo")
    assert path(at) == list(answer[2:-1])


def test_another_prompt_stops_the_model(monkeypatch: pytest.MonkeyPatch):
    at, job = left_while_writing(monkeypatch)
    at.text_area(key="lab_prompt").set_value("Who are you?").run()
    assert not at.exception
    assert not job.running
    assert path(at) == []


def test_a_branch_is_grown_from_what_was_stepped_through():
    from ui.shell import resources

    at = click(open_steps(), "steps_drawn", "steps_best", "steps_inspect")
    at.session_state["steps_strip_token"] = 3
    at.run()
    others = [b for b in at.button if (b.key or "").startswith("steps_take_")]
    next(b for b in others if not b.label.startswith("◆")).click().run()
    assert not at.exception
    assert not at.error
    branches = resources.store().branches
    _root, branch = branches.of(branches.list()[0].id)
    assert branch.finish_reason in ("stop", "length")
    assert any("Branch at token 4" in element.value for element in at.markdown)


def test_what_was_stepped_through_is_inspected():
    at = click(open_steps(), "steps_drawn", "steps_best", "steps_inspect")
    assert not at.exception
    assert "4 tokens" in next(c.value for c in at.caption if "mean entropy" in c.value)
    click(at, "steps_inspect")
    assert not [c for c in at.caption if "mean entropy" in c.value]


def test_what_was_stepped_through_becomes_a_tree_and_is_written_on():
    from ui.shell import resources

    at = open_steps()
    others = at.selectbox(key="steps_other_0")
    others.select_index(7).run()
    click(at, "steps_drawn", "steps_drawn")
    taken = path(at)
    # The page itself cannot be left here: the tree is there when the switch fails or succeeds
    at.button(key="steps_tree").click().run()
    store = resources.store()
    tree = store.branches.list()[0]
    root = store.branches.of(tree.id)[0]
    assert list(root.token_ids)[-3:] == taken
    assert root.finish_reason == "cancelled"
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    at.query_params["view"], at.query_params["tree"] = "branches", tree.id
    click(at.run(), f"go_on_{root.id}")
    grown = store.branches.get(root.id)
    assert grown.finish_reason == "stop"
    assert grown.token_ids[: len(root.token_ids)] == root.token_ids
    assert len(grown.token_ids) > len(root.token_ids)


def test_the_best_another_and_undo():
    from ui.lab.next_token import token_name
    from ui.shell import resources

    at = click(open_steps(), "steps_best")
    best = path(at)
    others = at.selectbox(key="steps_other_1")
    assert len(others.options) == 50
    wanted = others.options[3].split("  ·  ")[0]
    others.select_index(3).run()
    assert not at.exception
    assert path(at)[:-1] == best
    assert token_name(resources.host().backend().tokenizer, path(at)[-1]) == wanted
    click(at, "steps_undo")
    assert path(at) == best
    click(at, "steps_drawn", "steps_restart")
    assert path(at) == []


def test_a_refresh_keeps_what_was_taken():
    at = click(open_steps(lab_begun="Once upon"), "steps_drawn", "steps_drawn")
    again = open_steps(lab_begun="Once upon", path="-".join(map(str, path(at))))
    assert text(again) == text(at)
    assert again.button(key="steps_drawn").label == at.button(key="steps_drawn").label


def test_the_sum_and_the_surprise_are_those_of_the_scores():
    from core.tokens.prefix import Prefix
    from ui.shell import resources

    at = click(open_steps(), "steps_go")
    engine = resources.host().backend()
    context = Prefix("Tell me a short story about a fox.")
    given = context.prompt_ids(engine.tokenizer) + context.begun_ids(engine.tokenizer)
    scored = [s.logprob for s in engine.score_many([given + path(at)])[0][len(given) :]]
    caption = next(c.value for c in at.caption if "log-probabilities" in c.value)
    assert f"add up to {sum(scored):.2f}, {sum(scored) / 10:.2f} per token" in caption
    click(at, "steps_best", "steps_undo", "steps_undo", "steps_best")
    taken = given + path(at)
    after = [s.logprob for s in engine.score_many([taken])[0][len(given) :]]
    caption = next(c.value for c in at.caption if "log-probabilities" in c.value)
    assert f"add up to {sum(after):.2f}, {sum(after) / 10:.2f} per token" in caption
    scored = after
    line = json.loads(at.get("plotly_chart")[1].proto.spec)["data"][0]
    assert line["y"] == pytest.approx([-s / 0.6931471805599453 for s in scored], abs=1e-3)


def test_the_end_is_shown_and_can_be_undone():
    at = open_steps(lab_prompt="What is 3 + 4?", lab_temperature="0")
    for _round in range(6):
        if any(b.key == "steps_go" for b in at.button):
            click(at, "steps_go")
    assert "The answer ends here." in at.success[0].value
    assert not [b for b in at.button if b.key == "steps_drawn"]
    click(at, "steps_undo")
    assert "(the end)" in at.button(key="steps_drawn").label.replace("\\", "")


def test_another_prompt_starts_anew():
    at = click(open_steps(), "steps_drawn")
    at.text_area(key="lab_prompt").set_value("Who are you?").run()
    assert not at.exception
    assert path(at) == []


@pytest.mark.parametrize(
    ("tampered", "named"),
    [
        ("12-x", "'x'"),
        ("-5", "''"),
        ("65024", "'65024'"),
        ("٣", "not a token id"),
        ("9" * 5000, "not a token id"),
        ("-".join(["5"] * 2000), "2000 tokens"),
        ("2-5", "after the end"),
        ("<script>", "not a token id"),
    ],
)
def test_a_tampered_path_is_explained_and_starts_anew(tampered: str, named: str):
    at = open_steps(path=tampered)
    assert not at.exception
    assert named in at.warning[0].value
    click(at, "steps_drawn")
    assert len(path(at)) == 1
    assert not at.warning


def test_a_full_window_offers_nothing_more():
    from core.tokens.prefix import Prefix
    from ui.shell import resources

    tokenizer = resources.host().backend().tokenizer
    context = Prefix("Hi")
    given = len(context.prompt_ids(tokenizer)) + len(context.begun_ids(tokenizer))
    room = resources.host().backend().facts.window - given
    at = open_steps(path="-".join(["500"] * (room - 1)), lab_prompt="Hi")
    click(at, "steps_drawn")
    assert "1024 tokens is full" in at.info[0].value
    assert not [b for b in at.button if b.key == "steps_drawn"]
    click(at, "steps_undo")
    assert len(path(at)) == room - 1


@pytest.mark.own_model
def test_a_text_is_read_from_its_first_letter_on_by_any_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two tokens were cut off, as ChatGLM puts before a text."""
    from tests.families import KINDS, make

    make(tmp_path / "shelf" / "talker", KINDS["qwen2"])
    monkeypatch.setenv("PROMPTLAB_MODEL_DIR", str(tmp_path / "shelf"))
    monkeypatch.setenv("PROMPTLAB_MODEL", "talker")
    at = open_steps(lab_prompt="system of a fox", lab_plain="true")
    assert not at.exception
    assert text(at) == "system of a fox"
    at = open_steps(lab_prompt="Who are you?")
    assert "nothing yet" in text(at)
