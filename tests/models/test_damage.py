"""Damaged and hostile checkpoints: refused by the name of the fault, before anything is loaded.

The folder is a small checkpoint in three shards, of random weights.
"""

import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.backends.request import Request
from core.errors import CheckpointError
from core.models import tensors
from core.models.checkpoint import inspect
from core.models.loading import load
from core.sampling.settings import Sampling

INDEX = "model.safetensors.index.json"
SHARDS = [f"model-{i:05d}-of-00003.safetensors" for i in (1, 2, 3)]


@pytest.fixture
def folder(small_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(small_checkpoint, tmp_path / "model"))


def _json(name: str, **changes: Any) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        value = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps(value | changes), encoding="utf-8")

    return damage


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


def _remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _truncate(name: str, keep: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * keep)])

    return damage


def _header(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """Change the header of the second shard, its length kept true."""

    def damage(folder: Path) -> None:
        content = (folder / SHARDS[1]).read_bytes()
        [length] = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        change(header)
        raw = json.dumps(header).encode()
        (folder / SHARDS[1]).write_bytes(struct.pack("<Q", len(raw)) + raw + content[8 + length :])

    return damage


def _past_the_end(header: dict[str, Any]) -> None:
    last = max((entry for name, entry in header.items() if name != "__metadata__"),
               key=lambda entry: entry["data_offsets"][1])  # fmt: skip
    last["data_offsets"][1] += 4096
    last["shape"][0] += 1024 // (last["shape"] + [1])[1]


def _tensors(change: Callable[[dict[str, torch.Tensor]], None], shard: int = 1) -> Any:
    def damage(folder: Path) -> None:
        tensors = load_file(folder / SHARDS[shard])
        change(tensors)
        save_file(
            {name: value.contiguous() for name, value in tensors.items()}, folder / SHARDS[shard]
        )

    return damage


def _first(tensors: dict[str, torch.Tensor], kind: int = 2) -> str:
    return next(name for name, value in sorted(tensors.items()) if value.ndim == kind)


def _spoil(value: float) -> Callable[[dict[str, torch.Tensor]], None]:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors[_first(tensors)].view(-1)[7] = value

    return change


def _narrow(tensors: dict[str, torch.Tensor]) -> None:
    name = _first(tensors)
    tensors[name] = tensors[name][:-1]


def _whole_numbers(tensors: dict[str, torch.Tensor]) -> None:
    name = _first(tensors)
    tensors[name] = tensors[name].to(torch.int8)


def _link_out(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).rename(folder.parent / name)
        (folder / name).symlink_to(folder.parent / name)

    return damage


def _renamed_in_index(target: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        text = (folder / INDEX).read_text(encoding="utf-8")
        (folder / INDEX).write_text(text.replace(SHARDS[2], target), encoding="utf-8")

    return damage


def _pickled(write: Callable[[object, Path], object]) -> Callable[[Path], None]:
    """One .bin file that makes a file called "ran" when its code is run."""

    def damage(folder: Path) -> None:
        for file in (*SHARDS, INDEX):
            (folder / file).unlink()

        class Payload:
            def __reduce__(self) -> tuple[object, tuple[str]]:
                return os.system, (f"touch '{folder.parent / 'ran'}'",)

        write({"w": Payload(), "rest": bytes(20_000_000)}, folder / "pytorch_model.bin")

    return damage


def _remote_code(folder: Path) -> None:
    """A type of its own whose code makes a file called "ran"."""
    code = f"open({str(folder.parent / 'ran')!r}, 'w').close()\nclass C: ...\n"
    (folder / "configuration_evil.py").write_text(code, encoding="utf-8")
    (folder / "modeling_evil.py").write_text(code, encoding="utf-8")
    auto_map = {"AutoConfig": "configuration_evil.C", "AutoModelForCausalLM": "modeling_evil.C"}
    _json("config.json", model_type="evil", auto_map=auto_map)(folder)


def _plain_pickle(value: object, file: Path) -> None:
    file.write_bytes(pickle.dumps(value, protocol=2))


DAMAGE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a shard cut off": (_truncate(SHARDS[1], 0.7), SHARDS[1]),
    "a shard cut off in its header": (_truncate(SHARDS[1], 0.001), SHARDS[1]),
    "an empty shard": (_write(SHARDS[2], b""), SHARDS[2]),
    "a shard that is missing": (_remove(SHARDS[1]), f"is missing 1 of 3 shards: {SHARDS[1]}"),
    "a shard that is no such file": (_write(SHARDS[0], b"<html>" * 500_000), SHARDS[0]),
    "an absurd length of the header": (
        lambda folder: _write(SHARDS[0], struct.pack("<Q", 2**62) + bytes(3_000_000))(folder),
        SHARDS[0],
    ),
    "a header that is no JSON": (
        _write(SHARDS[0], struct.pack("<Q", 64) + b"{" * 64 + bytes(3_000_000)),
        SHARDS[0],
    ),
    "a tensor past the end of its file": (_header(_past_the_end), SHARDS[1]),
    "an absurd size in the header": (
        _header(lambda header: header[_matrix(header)].update(shape=[2**40, 2**20])),
        SHARDS[1],
    ),
    "tensors that overlap": (
        _header(lambda header: header[_matrix(header)].update(data_offsets=[0, 4])),
        SHARDS[1],
    ),
    "an unknown number format": (
        _header(lambda header: header[_matrix(header)].update(dtype="Q3")),
        SHARDS[1],
    ),
    "a tensor of another shape": (_tensors(_narrow), "has the shape"),
    "a tensor that is missing": (
        _tensors(lambda tensors: tensors.pop(_first(tensors)) is None),
        "1 tensors are missing, the first is transformer.",
    ),
    "a tensor too many": (
        _tensors(lambda tensors: tensors.update(stranger=torch.zeros(2))),
        "do not belong to this model, the first is stranger",
    ),
    "a tensor in two shards": (
        _tensors(
            lambda t: t.update({"transformer.encoder.final_layernorm.weight": torch.ones(128)}), 2
        ),
        "is in two shards",
    ),
    "whole numbers for weights": (_tensors(_whole_numbers), "numbers of type I8"),
    "a weight that is NaN": (_tensors(_spoil(float("nan"))), "NaN or infinite"),
    "a weight that is infinite": (_tensors(_spoil(float("inf"))), "NaN or infinite"),
    "fewer layers in config.json": (
        _json("config.json", num_layers=1),
        "do not belong to this model",
    ),
    "more layers in config.json": (_json("config.json", num_layers=3), "are missing"),
    "an absurd size in config.json": (_json("config.json", hidden_size=2**40), "hidden_size"),
    "a size far above the weights": (
        _json("config.json", num_layers=1000),
        "do not belong together",
    ),
    "another vocabulary in config.json": (
        _json("config.json", padded_vocab_size=8256),
        "has the shape",
    ),
    "another kind of model": (_json("config.json", model_type="mamba"), "mamba"),
    "remote code": (_remote_code, "evil"),
    "weights quantised elsewhere": (
        _json("config.json", quantization_config={"quant_method": "awq"}),
        "quantization_config",
    ),
    "config.json that is no JSON": (_write("config.json", b"{"), "config.json is not readable"),
    "config.json that is endless": (
        _write("config.json", b" " * (33 * 2**20)),
        "config.json is not readable",
    ),
    "config.json nested without end": (_write("config.json", b"[" * 200_000), "config.json is not"),
    "config.json that is missing": (_remove("config.json"), "has no config.json"),
    "config.json that is a link out of the folder": (
        _link_out("config.json"),
        "is a link to",
    ),
    "a shard that is a link out of the folder": (_link_out(SHARDS[0]), "is a link to"),
    "an index that leads out of the folder": (
        _renamed_in_index("../../etc/passwd"),
        "names a shard outside its folder",
    ),
    "an index with an absolute path": (
        _renamed_in_index("/etc/passwd"),
        "names a shard outside its folder",
    ),
    "an index without a map": (_write(INDEX, b'{"metadata": {}}'), "has no weight_map"),
    "an index without the rest": (
        lambda folder: _write(INDEX, json.dumps({"weight_map": {"a": SHARDS[0]}}).encode())(folder),
        "has no metadata",
    ),
    "an index that is no JSON": (_write(INDEX, b"\xff\xfe"), "is not readable JSON"),
    "no weights": (
        lambda folder: [(folder / file).unlink() for file in (*SHARDS, INDEX)],
        "has no weights",
    ),
    "a tokenizer that is missing": (_remove("tokenizer.model"), "has no tokenizer.model"),
    "a tokenizer that is none": (_write("tokenizer.model", b"nothing"), "tokenizer.model"),
    "a tokenizer that is empty": (_write("tokenizer.model", b""), "tokenizer.model"),
    "pickled code": (_pickled(torch.save), "pytorch_model.bin cannot be read"),
    "pickled code in the old form": (_pickled(_plain_pickle), "pytorch_model.bin cannot be read"),
    "a .bin file that is none": (
        lambda folder: [
            *((folder / file).unlink() for file in (*SHARDS, INDEX)),
            (folder / "pytorch_model.bin").write_bytes(os.urandom(20_000_000)),
        ],
        "pytorch_model.bin cannot be read",
    ),
}


def _matrix(header: dict[str, Any]) -> str:
    return next(n for n, e in header.items() if n != "__metadata__" and len(e["shape"]) == 2)


def test_the_sound_checkpoint_loads(small_checkpoint: Path) -> None:
    assert tensors.check(inspect(small_checkpoint)).faults == ()
    assert load(small_checkpoint, device="cpu").facts.window == 256


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_refused_by_name_and_the_loaded_model_answers_as_before(
    kind: str, folder: Path, engine: Any
) -> None:
    ids = tuple(engine.tokenizer.encode("What is top_p?"))
    request = Request(ids, Sampling(temperature=0, max_new_tokens=8))
    before = engine.submit(request).result().token_ids
    damage, said = DAMAGE[kind]
    damage(folder)
    with pytest.raises(CheckpointError) as error:
        load(folder, device="cpu")
    message = str(error.value)
    assert said in message
    assert "\n" not in message
    assert len(message) < 700
    assert not (folder.parent / "ran").exists()
    assert engine.submit(request).result().token_ids == before


def test_the_hubs_own_cache_may_link_to_its_blobs(small_checkpoint: Path, tmp_path: Path) -> None:
    cache = tmp_path / "models--x--y"
    snapshot = cache / "snapshots" / "abc"
    (cache / "blobs").mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for number, file in enumerate(sorted(small_checkpoint.iterdir())):
        shutil.copyfile(file, cache / "blobs" / str(number))
        (snapshot / file.name).symlink_to(Path("../../blobs") / str(number))
    assert load(snapshot, device="cpu").facts.window == 256


def test_code_beside_a_sound_checkpoint_is_not_run(folder: Path) -> None:
    _remote_code(folder)
    _json("config.json", model_type="chatglm")(folder)
    assert load(folder, device="cpu").facts.window == 256
    assert not (folder.parent / "ran").exists()
