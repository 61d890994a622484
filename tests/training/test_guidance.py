"""Where attention is shown to look on the way from a question to a call."""

import re
from dataclasses import replace
from itertools import islice

import pytest
import torch

from core.models.chatglm import ChatGLMForCausalLM
from core.models.tokenizer import ChatGLMTokenizer
from training import model_init
from training.dialogue import Dialogue
from training.domains import tools
from training.encoding import encode
from training.evaluate import OUT
from training.grammar import Draw
from training.guidance import Guide, Guided, drawn, guided, layers_of


@pytest.fixture(scope="module")
def tokenizer() -> ChatGLMTokenizer:
    return ChatGLMTokenizer(OUT / "tokenizer.model")


@pytest.fixture(scope="module")
def dialogues(tokenizer: ChatGLMTokenizer) -> list[tuple[Dialogue, Guided]]:
    """Some dialogues about several tools, and where to look in them."""
    draw, found = Draw("places"), []
    while len(found) < 12:
        dialogue = tools.call(draw)
        one = guided(tokenizer, dialogue)
        if one and len(dialogue.tools) > 1:
            found.append((dialogue, one))
    return found


def said(tokenizer: ChatGLMTokenizer, one: Guided, places: list[int]) -> str:
    return tokenizer.decode([int(one.encoded.ids[place]) for place in places])


def test_a_call_looks_at_the_question_s_subject_and_that_at_its_tool(
    tokenizer: ChatGLMTokenizer, dialogues: list[tuple[Dialogue, Guided]]
) -> None:
    for dialogue, one in dialogues:
        called = [m.metadata for m in dialogue.messages if m.metadata]
        tool_of = {
            str(t["name"]): s for t, s in zip(dialogue.tools, dialogue.subjects, strict=True)
        }
        in_list, in_question, at_call, _ = one.steps
        assert len(at_call) == len(called)
        name_of = dict(in_list)
        for name, (place, asked) in zip(called, at_call, strict=True):
            assert place + 1 in one.begins
            assert tokenizer.piece(int(one.encoded.ids[place])) == "<|assistant|>"
            assert said(tokenizer, one, asked).strip().lower() == tool_of[name].lower()
            listed = next(targets for start, targets in in_question if start == asked[0])
            starts = {name_of[place][0] for place in listed if place in name_of}
            (start,) = starts
            assert name.startswith(said(tokenizer, one, [start]))


def test_what_a_call_copies_is_looked_at_where_it_stands(
    tokenizer: ChatGLMTokenizer, dialogues: list[tuple[Dialogue, Guided]]
) -> None:
    copied = written = 0
    for dialogue, one in dialogues:
        (*_, copies), ids = one.steps, one.encoded.ids.tolist()
        for place, (target,) in copies:
            assert target < place
            assert ids[target] == ids[place + 1]
        calls = [m for m in dialogue.messages if m.metadata]
        keys = sum(len(re.findall(r"\w+=", m.content)) for m in calls)
        assert len(one.begins) == len(calls) + keys
        copied += len(copies)
        written += sum(len(tokenizer.encode(m.metadata + m.content)) for m in calls)
    # The rest of a call is the fence, the brackets and the first pieces after a blank.
    assert copied * 3 > written


def test_a_dialogue_without_a_call_has_nothing_to_look_at(
    tokenizer: ChatGLMTokenizer, dialogues: list[tuple[Dialogue, Guided]]
) -> None:
    dialogue, _ = dialogues[0]
    talk = tuple(m for m in dialogue.messages if not m.metadata)
    assert guided(tokenizer, replace(dialogue, messages=talk)) is None


def test_what_is_learned_is_the_dialogue_s_own(
    tokenizer: ChatGLMTokenizer, dialogues: list[tuple[Dialogue, Guided]]
) -> None:
    for dialogue, one in dialogues:
        plain = encode(tokenizer, dialogue)
        assert plain.ids.tolist() == one.encoded.ids.tolist()
        assert all(plain.learn[begin] for begin in one.begins)


def test_the_same_seed_draws_the_same_dialogues(tokenizer: ChatGLMTokenizer) -> None:
    first, again = (
        [one.encoded.ids.tolist() for one in islice(drawn(tokenizer, "a"), 3)] for _ in range(2)
    )
    assert first == again


@pytest.mark.parametrize("count", [3, 6, 8, 9, 28])
def test_later_steps_are_taken_in_later_layers(count: int) -> None:
    steps = [layers_of(step, count) for step in range(3)]
    assert all(layer < count for layers in steps for layer in layers)
    assert max(steps[0]) < min(steps[1]) <= max(steps[1]) < min(steps[2])


def test_guidance_pulls_the_chosen_heads_and_leaves_no_trace(tokenizer: ChatGLMTokenizer) -> None:
    shape = model_init.config(tokenizer.vocab_size, 64, 3, 64)
    model: ChatGLMForCausalLM = model_init.build(shape, seed=1)
    guide, other = (Guide(model, tokenizer, seed=1, rank=rank) for rank in range(2))
    assert guide.heads == other.heads
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(8):
        loss = guide.loss(600)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    assert sum(losses[-2:]) < sum(losses[:2])
    assert not any(layer.self_attn._forward_hooks for layer in model.model.layers)
