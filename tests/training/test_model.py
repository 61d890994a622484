"""Start, loss, export and evaluation checks on a tiny untrained model."""

import json
import random
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from core.backends.events import Finished, FinishReason, Part, TextPart, ToolCall, Usage
from core.models.chatglm import ChatGLMForCausalLM
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from training import corpus, evaluate, model_init
from training.dialogue import Dialogue, Expect, assistant, user
from training.encoding import encode_all
from training.evaluate import Fluency, repeats
from training.export import export
from training.tokenizer import train_tokenizer
from training.train import Plan, answer_loss, copying_batch, train

SHAPE = model_init.config(600, hidden=64, layers=2, ffn=64)


@pytest.fixture(scope="module")
def model() -> ChatGLMForCausalLM:
    return model_init.build(SHAPE, seed=1).eval()


def test_heads_look_back_one_and_more_tokens() -> None:
    shape = model_init.config(600, hidden=192, layers=2, ffn=64)
    model = model_init.build(shape, seed=1).eval()
    model.set_attn_implementation("eager")
    ids = torch.randint(5, 600, (1, 40), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        attention = model(input_ids=ids, output_attentions=True).attentions[0][0]
    for head in range(3):
        assert attention[head, 30, 30 - head - 1] > 0.8


@pytest.mark.parametrize(
    "compiler",
    [pytest.param(True, marks=pytest.mark.long, id="compiled"), pytest.param(False, id="plain")],
)
def test_a_few_steps_lower_the_loss_and_are_repeatable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: bool
) -> None:
    if not compiler:
        monkeypatch.setattr("training.train.shutil.which", lambda name: None)
    texts = [m.content for d in corpus.conversations(1, 300) for m in d.messages]
    train_tokenizer(texts, tmp_path / "tokenizer.model", 1, pieces=1800, plain=1400)
    tokenizer = ChatGLMTokenizer(tmp_path / "tokenizer.model")
    items = encode_all(tokenizer, corpus.conversations(1, 60), 200)
    plan = Plan(tokens=6000, copy_steps=1, batch=512, report_every=4, save_every=100)
    losses = []
    for run in ("a", "b"):
        model = model_init.build(model_init.config(tokenizer.vocab_size, 64, 2, 64), seed=1)
        losses.append([row["loss"] for row in train(model, items, items[:4], plan, tmp_path / run)])
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]


def test_loss_looks_at_learned_tokens_only(model: ChatGLMForCausalLM) -> None:
    ids, learn = copying_batch(random.Random(1), 600, 400)
    changed = ids.clone()
    changed[:, -1] = 7
    learn[:, -1] = False
    with torch.no_grad():
        assert answer_loss(model, ids, learn) == answer_loss(model, changed, learn)


def test_exported_checkpoint_computes_the_same(model: ChatGLMForCausalLM, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(b"")
    export(model, tmp_path / "tokenizer.model", tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    rounded = model_init.build(SHAPE, seed=1).half().float().eval()
    ids = torch.arange(5, 45)[None]
    with torch.no_grad():
        assert torch.allclose(again(ids).logits, rounded(ids).logits, atol=1e-4)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["model_type"] == "chatglm"
    assert {"padded_vocab_size", "kv_channels", "multi_query_group_num"} <= set(written)
    assert "auto_map" not in written


@pytest.mark.parametrize(
    ("expect", "good", "bad"),
    [
        (Expect(all_of=("Zor",)), "Hello zor", "Hello"),
        (Expect(any_of=("a", "b")), "xb", "xy"),
        (Expect(none_of=("secret",)), "no", "the Secret"),
        (Expect(begins="Well"), "Well: yes", "Yes, well"),
        (Expect(ends="Amen"), "Yes. Amen", "Amen. Yes"),
        (Expect(sentences=1), "One only.", "One. Two."),
        (Expect(bullets=True), "- One\n- Two", "- One\nTwo"),
        (Expect(upper=True), "LOUD", "Loud"),
        (Expect(none_of=("art",)), "A start", "An art"),
        (Expect(none_of=("词",), chinese=True), "你好呀", "选词呀"),
        (Expect(items=2), "1. A\n2. B", "1. A\n2. B\n3. C"),
        (Expect(chinese=True), "你好！", "Hello!"),
        (Expect(), "Hello!", "你好！"),
        (
            Expect(like=("The kettle boils water.",)),
            "Kettle and water",
            "Horses love apples",
        ),
    ],
)
def test_expectations_catch_planted_faults(expect: Expect, good: str, bad: str) -> None:
    assert expect.faults_in(good) == []
    assert len(expect.faults_in(bad)) == 1


def said(text: str, reason: FinishReason = "stop", tool: str = "") -> Finished:
    """What a model answered."""
    part: Part = ToolCall(tool, text) if tool else TextPart(text)
    return Finished(reason, text, text, (part,), (), Usage(1, 1, 0.0, 1.0), seed=1)


def test_wrong_tool_is_a_fault() -> None:
    assert Expect(tool="get_price").faults(said("x", tool="get_price")) == []
    assert Expect(tool="get_price").faults(said("x", tool="get_weather"))
    assert Expect(tool="get_price").faults(said("x"))
    assert Expect().faults(said("x", tool="get_weather"))


def test_fluency_catches_loops_missing_ends_and_invented_words() -> None:
    fluency = Fluency(frozenset(("a", "good", "day")))
    check = fluency.after(Dialogue("x", (user("Hello Zorblim"), assistant(""))))
    assert check.faults(said("A good day, Zorblim")) == []
    assert check.faults(said("a good day", "length"))
    assert check.faults(said("a god day"))
    assert fluency.faults(said("A good day, Zorblim"))
    assert repeats("on the way home and " * 3)
    assert not repeats("on the way home and on the way out")


def test_rows_count_each_question_once() -> None:
    result = {
        "rows": evaluate._rows(
            [
                {"name": "tool call", "n": 30, "greedy": 1.0, "sampled": 0.5},
                {"name": "explain", "n": 10, "greedy": 1.0, "sampled": 1.0},
                {"name": "settings", "n": 30, "greedy": 0.6, "sampled": 0.2},
            ],
            {"greedy": [True, False], "sampled": [True, True]},
        ),
        "abilities": [],
        "curve": [],
    }
    rates = {row["name"]: (row["greedy"], row["sampled"]) for row in result["rows"]}
    assert rates["questions in English"] == (0.7, 0.4)
    assert rates["fluent form"] == (0.5, 1.0)
    text = evaluate.table(result)
    assert "| tool call | 100% | 95% | 50% (missed) | 90% | 30 |" in text
