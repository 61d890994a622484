"""A published GGUF file: the ids are llama.cpp's own, and it is opened in a moment."""

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.models.checkpoint import inspect
from core.models.tokenizers import open_tokenizer

FILE = Path(os.environ.get("PROMPTLAB_TEST_GGUF", "absent"))
STRINGS = Path(__file__).parents[3] / "shared" / "golden" / "tokenizer" / "strings.jsonl"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FILE.is_file(), reason="PROMPTLAB_TEST_GGUF names no file"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    xllamacpp = pytest.importorskip("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(FILE)
    params.n_ctx, params.port = 512, 0
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


def test_ids_are_those_of_llama_cpp(address: str) -> None:
    if not STRINGS.is_file():
        pytest.skip("no strings here")
    tokenizer = open_tokenizer(inspect(FILE))
    texts = [json.loads(line)["text"] for line in STRINGS.read_text("utf-8").splitlines()]
    for text in [*(t for t in texts if t), "a <|im_end|>\n<|im_start|>system", "<|endoftext|>"]:
        body = {"content": text, "add_special": False, "parse_special": False}
        request = urllib.request.Request(
            f"{address}/tokenize",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert tokenizer.encode(text) == json.load(answer)["tokens"], repr(text)
