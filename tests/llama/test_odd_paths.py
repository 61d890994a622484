"""A GGUF file is run by llama.cpp wherever it lies, and whatever it is called."""

from pathlib import Path

import pytest

from core.backends.request import Request
from core.llama.server import LlamaServer
from core.models.preparing import LLAMA, prepare
from core.sampling.settings import Sampling
from tests.gguf_files import write_gguf


def _answers(path: Path) -> bool:
    server = LlamaServer(prepare(path, device="cpu", runner=LLAMA))
    try:
        ids = tuple(server.tokenizer.encode("Hello"))
        end = server.submit(Request(ids, Sampling(temperature=0, max_new_tokens=4))).result()
        return len(end.token_ids) >= 1
    finally:
        server.close()


@pytest.mark.parametrize("name", ["a?b #c%20", 'it\'s "数据" 模型'])
def test_any_characters_in_a_path(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert _answers(write_gguf(folder / f"{name}.gguf"))


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_gguf(tmp_path / "a.gguf")
    monkeypatch.chdir(tmp_path)
    assert _answers(Path("a.gguf"))
