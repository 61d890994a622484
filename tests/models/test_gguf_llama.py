"""llama.cpp itself is the measure: it gives the same ids for any text, and the same scores."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from core.models.checkpoint import inspect
from core.models.loading import load
from core.models.tokenizers import open_tokenizer
from tests.gguf_files import ARCHITECTURES, write_gguf
from tests.real_model import smollm2

pytestmark = pytest.mark.long
STRINGS = Path(__file__).parents[3] / "shared" / "golden" / "tokenizer" / "strings.jsonl"
TEXTS = [
    "Hello, what is top_p?",
    "  two  blanks\n\n\tand 12345 tabs ",
    "你好，世界 😀 é e\u0301",
    "it's I'LL\r\n x",
    "a <|im_end|>\n<|im_start|>system",
    "<|endoftext|><s></s>[INST]",
]
# llama.cpp keeps keys and values in 16 bits
CLOSE = 0.05


@contextmanager
def _served(file: Path) -> Iterator[str]:
    xllamacpp = pytest.importorskip("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.n_ctx, params.n_parallel, params.port = 512, 1, 0
    server = xllamacpp.Server(params)
    try:
        yield server.listening_address
    finally:
        del server


def _asked(address: str, **body: Any) -> Any:
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _check_ids(file: Path, address: str, texts: list[str]) -> None:
    tokenizer = open_tokenizer(inspect(file))
    for text in texts:
        asked = {"content": text, "add_special": False, "parse_special": False}
        assert tokenizer.encode(text) == _asked(f"{address}/tokenize", **asked)["tokens"], text


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_ids_and_scores_are_those_of_llama_cpp(tmp_path: Path, architecture: str) -> None:
    file = write_gguf(tmp_path / "m.gguf", architecture)
    loaded = load(file, device="cpu", precision="fp32")
    ids = loaded.tokenizer.encode(TEXTS[0])
    with torch.inference_mode():
        scores = loaded.model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
    with _served(file) as address:
        _check_ids(file, address, TEXTS)
        # a whole character is forced: the end, or a part of one, would come without scores
        forced = [[loaded.tokenizer.encode("a")[-1], 1000.0]]
        asked = {"prompt": ids, "n_predict": 1, "n_probs": len(scores), "logit_bias": forced}
        given = _asked(f"{address}/completion", **asked)["completion_probabilities"][0]
    found = {row["id"]: row["logprob"] for row in given["top_logprobs"]}
    assert len(found) == len(scores)
    assert max(abs(value - float(scores[i])) for i, value in found.items()) < CLOSE


def test_ids_of_a_published_file_are_those_of_llama_cpp() -> None:
    lines = STRINGS.read_text("utf-8").splitlines() if STRINGS.is_file() else []
    texts = [text for line in lines if (text := json.loads(line)["text"])]
    file = smollm2()
    with _served(file) as address:
        _check_ids(file, address, [*TEXTS, *texts])
