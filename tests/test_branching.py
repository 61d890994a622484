"""Branches: the same settings and seed at the drawn token are the parent again; all is stored."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.events import Finished
from core.backends.reply import answer_text
from core.backends.request import Request
from core.branches.export import export_json, export_markdown, numbered
from core.branches.growth import below, grow, leave, outline, word_diff
from core.branches.records import Branch, Origin
from core.engine.engine import Engine
from core.errors import InvalidInput, PromptTooLong
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store
from core.tokens.inspection import inspect

SAMPLING = Sampling(temperature=1.0, top_p=0.95, seed=8, max_new_tokens=40)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db")


@pytest.fixture(scope="module")
def prompt(engine: Engine) -> tuple[int, ...]:
    return tuple(engine.tokenizer.prompt_ids([Message("user", "Tell me a story about a fox.")]))


@pytest.fixture(scope="module")
def answer(engine: Engine, prompt: tuple[int, ...]) -> Finished:
    return engine.submit(Request(prompt, SAMPLING)).result()


@pytest.fixture
def root(store: Store, prompt: tuple[int, ...], answer: Finished) -> Branch:
    origin = Origin("message", "m", "Tell me | a *story*", "embedded", answer.text)
    return store.branches.plant(origin, prompt, answer.token_ids, SAMPLING, "embedded")


def grown(store: Store, engine: Engine, branch: Branch) -> Branch:
    for _event in grow(store.branches, engine, branch.id):
        pass
    return store.branches.get(branch.id)


@pytest.mark.parametrize("position", [0, 1, 7, 23])
def test_the_drawn_token_with_the_same_seed_is_the_parent_again(
    store, engine, root, position
) -> None:
    same = leave(store.branches, engine, root.id, position, root.token_ids[position], SAMPLING)
    again = grown(store, engine, same)
    assert again.token_ids == root.token_ids
    assert again.text == root.text
    assert again.finish_reason in ("stop", "length")


def test_another_token_goes_on_from_there_and_can_be_left_again(
    store, engine, prompt, root
) -> None:
    seen = inspect(engine, prompt, root.token_ids, SAMPLING)
    other = next(a.id for a in seen.tokens[5].top if a.id != root.token_ids[5])
    child = grown(store, engine, leave(store.branches, engine, root.id, 5, other, SAMPLING))
    assert child.token_ids[:6] == (*root.token_ids[:5], other)
    assert len(child.token_ids) <= SAMPLING.max_new_tokens
    assert child.text == answer_text(engine.tokenizer, child.token_ids, chat=True)
    greedy = Sampling(temperature=0, max_new_tokens=30)
    below_it = grown(
        store, engine, leave(store.branches, engine, child.id, 9, child.token_ids[9], greedy)
    )
    assert below_it.parent_id == child.id
    assert below_it.token_ids[:10] == child.token_ids[:10]
    places = outline(store.branches.of(root.tree_id))
    assert [(p.branch.id, p.depth, p.children) for p in places] == [
        (root.id, 0, 1),
        (child.id, 1, 1),
        (below_it.id, 2, 0),
    ]
    branches = store.branches.of(root.tree_id)
    assert list(numbered(branches).values()) == ["0", "1", "1.1"]
    assert [b.id for b in below(branches, child.id)] == [child.id, below_it.id]
    assert [b.id for b in below(branches, root.id)] == [root.id, child.id, below_it.id]
    assert below(branches, "unknown") == []


def test_a_stop_keeps_the_branch_and_it_can_be_grown_to_its_end(store, engine, root) -> None:
    branch = leave(store.branches, engine, root.id, 3, root.token_ids[3], SAMPLING)
    events = grow(store.branches, engine, branch.id)
    next(events)
    events.close()
    stopped = store.branches.get(branch.id)
    assert stopped.finish_reason == "cancelled"
    assert stopped.token_ids[:4] == root.token_ids[:4]
    assert grown(store, engine, stopped).token_ids == root.token_ids


def test_a_stop_token_ends_the_answer(store, engine, root) -> None:
    stop = min(engine.tokenizer.stop_ids)
    ended = grown(store, engine, leave(store.branches, engine, root.id, 6, stop, SAMPLING))
    assert ended.token_ids == (*root.token_ids[:6], stop)
    assert ended.finish_reason == "stop"


def test_what_cannot_grow_is_refused_and_not_stored(store, engine, root) -> None:
    short = Sampling(max_new_tokens=4)
    with pytest.raises(PromptTooLong, match="max_new_tokens"):
        leave(store.branches, engine, root.id, 9, root.token_ids[9], short)
    elsewhere = store.branches.plant(Origin("typed"), (5,), (6, 7), SAMPLING, "elsewhere")
    with pytest.raises(InvalidInput, match="elsewhere"):
        leave(store.branches, engine, elsewhere.id, 1, 7, SAMPLING)
    assert len(store.branches.of(root.tree_id)) == 1


def test_a_tree_that_is_deleted_meanwhile_does_no_harm(store, engine, root) -> None:
    branch = leave(store.branches, engine, root.id, 3, root.token_ids[3], SAMPLING)
    events = grow(store.branches, engine, branch.id)
    next(events)
    store.branches.delete(root.tree_id)
    events.close()
    assert store.branches.list() == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_comparison_holds_both_texts(left: str, right: str) -> None:
    spans = word_diff(left, right)
    assert "".join(s.text for s in spans if s.side != "right") == left
    assert "".join(s.text for s in spans if s.side != "left") == right
    assert all(s.text for s in spans)


def test_a_comparison_shows_only_what_differs() -> None:
    spans = word_diff("The red fox ran. 狐狸跑了", "The old fox ran. 狐狸睡了")
    assert [s.text for s in spans if s.side == "left"] == ["red", "跑"]
    assert [s.text for s in spans if s.side == "right"] == ["old", "睡"]
    assert [s.side for s in word_diff("same", "same")] == ["both"]


def test_an_export_says_all_that_is_stored(store, engine, root) -> None:
    child = grown(
        store, engine, leave(store.branches, engine, root.id, 2, root.token_ids[2], SAMPLING)
    )
    store.branches.finish(child.id, "with ```fences```", child.token_ids, "stop")
    tree, branches = store.branches.tree(root.tree_id), store.branches.of(root.tree_id)
    read = json.loads(export_json(tree, branches))
    assert tuple(read["tree"]["prompt_ids"]) == tree.prompt_ids
    assert [tuple(b["token_ids"]) for b in read["branches"]] == [b.token_ids for b in branches]
    assert read["branches"][1]["sampling"]["seed"] == 8
    written = export_markdown(tree, branches)
    assert "````text\nwith ```fences```\n````" in written
    assert r"\| a \*story\*" in written
