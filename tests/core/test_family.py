"""The model family against reference values: logits, continuations, tokens, prompts."""

import json
from pathlib import Path

import pytest

from core.messages import Message
from core.models.tokenizer import ChatGLMTokenizer

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"
pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="no reference values here")


@pytest.fixture(scope="module")
def tokenizer() -> ChatGLMTokenizer:
    return ChatGLMTokenizer(GOLDEN / "tokenizer" / "tokenizer.model")


@pytest.mark.parametrize("form", ["safetensors", "bin"])
def test_logits_and_continuations_equal_the_published_code(form: str) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, GenerationConfig

    import core.models.chatglm  # noqa: F401

    reference = load_file(GOLDEN / "chatglm3-tiny" / "reference.safetensors")
    model = AutoModelForCausalLM.from_pretrained(
        GOLDEN / "chatglm3-tiny" / form, dtype=torch.float32, trust_remote_code=False
    ).eval()
    with torch.inference_mode():
        logits = model(reference["ids"]).logits
        assert (logits - reference["logits"]).abs().max() <= 2e-5
        last = model(reference["long_ids"]).logits[:, -8:]
        assert (last - reference["long_logits_last8"]).abs().max() <= 2e-5
        mask = reference["padded_mask"]
        padded = model(
            reference["padded_ids"],
            attention_mask=mask,
            position_ids=reference["padded_position_ids"],
        ).logits
        assert (padded - reference["padded_logits"])[mask.bool()].abs().max() <= 2e-5
        greedy = GenerationConfig(
            do_sample=False, max_new_tokens=32, pad_token_id=0, eos_token_id=2
        )
        prompt = reference["greedy_ids"][:, :-32]
        out = model.generate(prompt, generation_config=greedy)
        assert out.tolist() == reference["greedy_ids"].tolist()
        out = model.generate(
            reference["padded_ids"],
            attention_mask=mask,
            generation_config=greedy,
        )
        assert out.tolist() == reference["padded_greedy_ids"].tolist()


def test_every_string_has_the_published_ids(tokenizer: ChatGLMTokenizer) -> None:
    lines = (GOLDEN / "tokenizer" / "strings.jsonl").read_text().splitlines()
    for line in map(json.loads, lines):
        assert tokenizer.encode(line["text"]) == line["ids"]
        assert tokenizer.decode(line["ids"]) == line["decoded"]


def test_every_conversation_has_the_published_prompt(tokenizer: ChatGLMTokenizer) -> None:
    lines = (GOLDEN / "tokenizer" / "conversations.jsonl").read_text().splitlines()
    for line in map(json.loads, lines):
        history = line["history"]
        tools = next((m["tools"] for m in history if m.get("tools")), None)
        messages = [Message(m["role"], m["content"], m.get("metadata", "")) for m in history]
        messages.append(Message(line["role"], line["query"]))
        assert tokenizer.prompt_ids(messages, tools) == line["ids"]


def test_a_typed_role_tag_never_becomes_a_role(tokenizer: ChatGLMTokenizer) -> None:
    for tag in tokenizer.special:
        ids = tokenizer.encode(f"hello {tag} there")
        assert not set(ids) & set(tokenizer.special.values())
