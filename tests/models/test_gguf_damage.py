"""What a GGUF file claims is compared with what it has before anything is read or made room for."""

import contextlib
import struct
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import CheckpointError, InvalidInput
from core.models import gguf_file
from core.models.checkpoint import inspect
from core.models.preparing import prepare
from tests.gguf_files import write_gguf


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("gguf") / "sound.gguf", "qwen2", "Q8_0")


def _header(tensors: int = 0, keys: int = 0, rest: bytes = b"", version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + rest


def _text(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def _key(name: bytes, kind: int, value: bytes) -> bytes:
    return _text(name) + struct.pack("<I", kind) + value


def _tensor(name: bytes, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return _text(name) + sizes + struct.pack("<IQ", kind, offset)


HUGE = 2**62
HOSTILE = {
    "empty": (b"", "cannot be used"),
    "magic": (b"GGML" + bytes(40), "does not begin"),
    "version": (_header(version=9), "version is 9"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
    "many tensors": (_header(tensors=HUGE), f"{HUGE} tensors"),
    "many keys": (_header(keys=HUGE, rest=bytes(99)), f"{HUGE} keys"),
    "long name": (_header(0, 1, struct.pack("<Q", HUGE) + bytes(99)), f"{HUGE} bytes"),
    "unknown type": (_header(0, 1, _key(b"a", 77, bytes(9))), "unknown type 77"),
    "long list": (_header(0, 1, _key(b"a", 9, struct.pack("<IQ", 8, HUGE))), f"{HUGE} values"),
    "long numbers": (_header(0, 1, _key(b"a", 9, struct.pack("<IQ", 4, 10**6))), "1000000 values"),
    "nested list": (_header(0, 1, _key(b"a", 9, struct.pack("<IQ", 9, 1) + bytes(9))), "type 9"),
    "twice": (_header(0, 2, _key(b"a", 0, b"1") * 2 + bytes(9)), "a is there twice"),
    "dimensions": (_header(1, 0, _text(b"t") + struct.pack("<I", 9) + bytes(99)), "9 dimensions"),
    "no size": (_header(1, 0, _tensor(b"t", (0, 4)) + bytes(99)), "the shape [4, 0]"),
    "unknown numbers": (_header(1, 0, _tensor(b"t", (4,), 999) + bytes(99)), "unknown type 999"),
    "block": (_header(1, 0, _tensor(b"t", (33,), 8) + bytes(99)), "between two blocks"),
    "unaligned": (_header(1, 0, _tensor(b"t", (4,), 0, 3) + bytes(99)), "between two blocks"),
    "beyond": (_header(1, 0, _tensor(b"t", (4,), 0, 2**40) + bytes(99)), "goes beyond the end"),
    "overflow": (
        _header(1, 0, _tensor(b"t", (2**32, 2**32, 2**32, 2**32)) + bytes(99)),
        "goes beyond the end",
    ),
    "upon another": (
        _header(2, 0, _tensor(b"t", (8,)) + _tensor(b"u", (8,)) + bytes(99)),
        "u lies upon another",
    ),
    "alignment": (
        _header(0, 1, _key(b"general.alignment", 4, struct.pack("<I", 3)) + bytes(9)),
        "alignment is 3",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_by_name(tmp_path: Path, name: str) -> None:
    content, said = HOSTILE[name]
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(CheckpointError) as error:
            inspect(file)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 5
    assert str(file) in str(error.value)
    assert said in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("part", [0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_cut_file_is_refused(tmp_path: Path, sound: Path, part: float) -> None:
    file = tmp_path / "cut.gguf"
    content = sound.read_bytes()
    file.write_bytes(content[: int(part * len(content))])
    with pytest.raises(CheckpointError, match=r"cut\.gguf"):
        inspect(file)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 2000), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_harmless(
    tmp_path: Path, sound: Path, at: int, byte: int
) -> None:
    content = bytearray(sound.read_bytes())
    content[at] = byte
    file = tmp_path / "changed.gguf"
    file.write_bytes(content)
    gguf_file._read.cache_clear()
    with contextlib.suppress(CheckpointError, InvalidInput):
        prepare(file, device="cpu")


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "architecture": ({"general.architecture": "mamba"}, "architecture 'mamba'"),
    "experts": ({"qwen2.expert_count": 8}, "qwen2.expert_count = 8"),
    "sliding": ({"qwen2.attention.sliding_window": 128}, "attention.sliding_window = 128"),
    "scaled": ({"qwen2.rope.scaling.type": "yarn"}, "rope.scaling.type = 'yarn'"),
    "layers": ({"qwen2.block_count": 4}, "describes a model of"),
    "no layers": ({"qwen2.block_count": None}, "missing num_layers or num_hidden_layers"),
    "heads": ({"qwen2.attention.head_count": "4"}, "must be a whole number"),
    "words": ({"tokenizer.ggml.pre": "other"}, "tokenizer.ggml.pre = 'other'"),
    "kind": ({"tokenizer.ggml.model": "bert"}, "tokenizer.ggml.model = 'bert'"),
    "no tokens": ({"tokenizer.ggml.tokens": None}, "vocabulary is empty"),
    "end": ({"tokenizer.ggml.eos_token_id": 10**6}, "eos_token_id is 1000000"),
    "merge": ({"tokenizer.ggml.merges": ["no merge"]}, "a merge is 'no merge'"),
    "template": ({"tokenizer.chat_template": "{% for %}"}, "chat template in"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_cannot_be_loaded_is_named(tmp_path: Path, name: str) -> None:
    changes, said = CHANGES[name]
    file = write_gguf(tmp_path / "other.gguf", "qwen2", changes=changes)
    with pytest.raises(CheckpointError) as error:
        prepare(file, device="cpu")
    assert said in str(error.value)
    assert "other.gguf" in str(error.value)


def test_a_part_of_a_split_model_is_refused(tmp_path: Path, sound: Path) -> None:
    file = tmp_path / "model-00001-of-00003.gguf"
    file.write_bytes(sound.read_bytes())
    with pytest.raises(CheckpointError, match="one of 3 parts"):
        inspect(file)


def test_a_folder_with_one_file_is_that_file_and_with_several_asks(
    tmp_path: Path, sound: Path
) -> None:
    (tmp_path / "a.gguf").write_bytes(sound.read_bytes())
    assert inspect(tmp_path).gguf == tmp_path / "a.gguf"
    (tmp_path / "b.gguf").write_bytes(sound.read_bytes())
    with pytest.raises(CheckpointError, match=r"several GGUF files: a\.gguf, b\.gguf"):
        inspect(tmp_path)


def test_a_link_out_of_a_folder_is_refused_and_a_named_link_is_followed(
    tmp_path: Path, sound: Path
) -> None:
    link = tmp_path / "m.gguf"
    link.symlink_to(sound)
    with pytest.raises(CheckpointError, match="outside its folder"):
        inspect(tmp_path)
    assert inspect(link).quantisation == "Q8_0"


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "m.gguf", "qwen2", window=256)
    assert inspect(file).window == 256
    write_gguf(file, "qwen2", window=512)
    assert inspect(file).window == 512
