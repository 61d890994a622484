"""Servers to talk to: llama.cpp's own around a small model, and a stand-in for vLLM."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backends.tokenizer import Tokenizer
from core.llama.process import LlamaProcess
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.checkpoint import inspect
from core.models.tokenizers import open_tokenizer
from core.servers.entries import Key
from core.servers.listed import Server
from tests.gguf_files import write_gguf


@pytest.fixture(scope="session")
def small_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF file of random weights, with a chat format."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "small.gguf", "qwen2", window=512)


@pytest.fixture(scope="session")
def llama(small_gguf: Path) -> Iterator[Server]:
    """llama.cpp's server around the small model, as an operator would list it."""
    process = LlamaProcess(small_gguf, {"slots": 3, "window": 256, "wide": True})
    url = f"http://127.0.0.1:{process.port}/v1"
    yield Server("llama", url, key=Key(process.key), tokenizer=str(small_gguf))
    process.end()


@pytest.fixture(scope="session")
def chatglm() -> Tokenizer:
    """The tokenizer of the embedded model."""
    return open_tokenizer(inspect(EMBEDDED_FOLDER))
