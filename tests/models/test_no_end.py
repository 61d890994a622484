"""A model that names no token for the beginning or the end of a text: an answer ends at its
limit."""

import json
from pathlib import Path

import pytest

from core.backends.request import Request
from core.engine.engine import Engine
from core.errors import InvalidInput
from core.messages import Message
from core.models.checkpoint import inspect
from core.models.loading import load
from core.models.preparing import LLAMA, TORCH, runner_of
from core.sampling.settings import Sampling
from tests.families import KINDS, make
from tests.gguf_files import write_gguf

PLAIN = "{% for m in messages %}{{ m.content }} {% endfor %}"
UNNAMED = {f"tokenizer.ggml.{name}_token_id": None for name in ("bos", "eos", "eot", "padding")}


@pytest.fixture(params=["qwen2", "llama", "mistral"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = make(tmp_path / request.param, KINDS[request.param])
    for file in made.glob("*.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        kept = {n: v for n, v in content.items() if not n.endswith(("_token", "_token_id"))}
        file.write_text(json.dumps(kept | {"post_processor": None}), encoding="utf-8")
    return made


@pytest.mark.parametrize("template", ["", PLAIN])
def test_an_answer_ends_at_its_limit(folder: Path, template: str) -> None:
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    engine = Engine(load(folder, device="cpu"))
    try:
        assert engine.tokenizer.stop_ids == frozenset()
        request = Request((Message("user", "Hello"),), Sampling(temperature=1.5, max_new_tokens=30))
        end = engine.submit(request).result()
        assert (end.reason, len(end.token_ids)) == ("length", 30)
        start = engine.tokenizer.text_start()
        assert start
        assert engine.next_logits(start).shape == (engine.tokenizer.vocab_size,)
        assert engine.score_many([[*start, *engine.tokenizer.encode("Hello")]])
    finally:
        engine.close()


def test_llama_cpp_is_not_asked_to_guess_the_end(tmp_path: Path) -> None:
    """It takes token 11 for it, which is a comma or the like."""
    checkpoint = inspect(write_gguf(tmp_path / "a.gguf", "qwen2", changes=UNNAMED))
    assert runner_of(checkpoint, "cpu") == TORCH
    with pytest.raises(InvalidInput, match="names no token that ends an answer"):
        runner_of(checkpoint, "cpu", runner=LLAMA)
    named = inspect(write_gguf(tmp_path / "b.gguf", "qwen2"))
    assert runner_of(named, "cpu") == LLAMA
