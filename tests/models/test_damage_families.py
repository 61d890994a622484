"""Damaged and hostile checkpoints in the layout of the library's own classes: refused by name.

The folder is a small Qwen2 in two shards, of random weights.
"""

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import CheckpointError
from core.models.loading import load
from tests.families import KINDS, make

INDEX = "model.safetensors.index.json"
SHARDS = [f"model-{i:05d}-of-00002.safetensors" for i in (1, 2)]
Damage = Callable[[Path], Any]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make(tmp_path_factory.mktemp("families") / "sound", KINDS["qwen2"])
    assert sorted(file.name for file in folder.glob("*.safetensors")) == SHARDS
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "model"))


def _json(name: str, **changes: Any) -> Damage:
    def damage(folder: Path) -> None:
        value = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps(value | changes), encoding="utf-8")

    return damage


def _without(name: str, field: str) -> Damage:
    def damage(folder: Path) -> None:
        value = json.loads((folder / name).read_text(encoding="utf-8"))
        value.pop(field)
        (folder / name).write_text(json.dumps(value), encoding="utf-8")

    return damage


def _write(name: str, content: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(content)


def _remove(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def _truncate(folder: Path) -> None:
    content = (folder / SHARDS[1]).read_bytes()
    (folder / SHARDS[1]).write_bytes(content[: len(content) * 2 // 3])


def _tensors(change: Callable[[dict[str, torch.Tensor]], Any]) -> Damage:
    def damage(folder: Path) -> None:
        tensors = load_file(folder / SHARDS[1])
        change(tensors)
        save_file({name: value.contiguous() for name, value in tensors.items()}, folder / SHARDS[1])

    return damage


def _matrix(tensors: dict[str, torch.Tensor]) -> str:
    return next(name for name, value in sorted(tensors.items()) if value.ndim == 2)


def _narrow(tensors: dict[str, torch.Tensor]) -> None:
    tensors[_matrix(tensors)] = tensors[_matrix(tensors)][:-1]


def _spoil(tensors: dict[str, torch.Tensor]) -> None:
    tensors[_matrix(tensors)].view(-1)[7] = float("nan")


def _in_index(target: str) -> Damage:
    def damage(folder: Path) -> None:
        text = (folder / INDEX).read_text(encoding="utf-8")
        (folder / INDEX).write_text(text.replace(SHARDS[1], target), encoding="utf-8")

    return damage


def _link_out(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).rename(folder.parent / name)
        (folder / name).symlink_to(folder.parent / name)

    return damage


def _pickled(folder: Path) -> None:
    """One .bin file that makes a file called "ran" when its code is run."""
    for name in (*SHARDS, INDEX):
        (folder / name).unlink()

    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch '{folder.parent / 'ran'}'",)

    torch.save({"w": Payload(), "rest": bytes(2_000_000)}, folder / "pytorch_model.bin")


def _remote_code(folder: Path) -> None:
    """A type of its own whose code makes a file called "ran"."""
    code = f"open({str(folder.parent / 'ran')!r}, 'w').close()\nclass C: ...\n"
    (folder / "modeling_evil.py").write_text(code, encoding="utf-8")
    auto_map = {"AutoConfig": "modeling_evil.C", "AutoModelForCausalLM": "modeling_evil.C"}
    _json("config.json", model_type="evil", auto_map=auto_map)(folder)


def _own_weights(folder: Path) -> None:
    """A configuration that leads the library to weights elsewhere."""
    shutil.copyfile(folder / SHARDS[0], folder.parent / "other.safetensors")
    _json("config.json", transformers_weights="../other.safetensors")(folder)


def _another_vocabulary(folder: Path) -> None:
    """The tokenizer of a larger model."""
    content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = content["model"]["vocab"]
    size = len(vocabulary)
    vocabulary |= {f"more{n}": size + n for n in range(999)}
    for row in content["added_tokens"]:
        row["id"] += 999
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")


def _moved_token(folder: Path) -> None:
    content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    content["added_tokens"][1]["id"] = 7
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")


DAMAGE: dict[str, tuple[Damage, str]] = {
    "a shard cut off": (_truncate, SHARDS[1]),
    "an empty shard": (_write(SHARDS[1], b""), SHARDS[1]),
    "a shard that is missing": (_remove(SHARDS[1]), f"is missing 1 of 2 shards: {SHARDS[1]}"),
    "an absurd length of the header": (
        _write(SHARDS[0], struct.pack("<Q", 2**62) + bytes(800_000)),
        SHARDS[0],
    ),
    "a tensor of another shape": (_tensors(_narrow), "has the shape"),
    "a tensor that is missing": (
        _tensors(lambda tensors: tensors.pop(_matrix(tensors))),
        "1 tensors are missing, the first is model.layers",
    ),
    "a tensor too many": (
        _tensors(lambda tensors: tensors.update(stranger=torch.zeros(2))),
        "do not belong to this model, the first is stranger",
    ),
    "a weight that is NaN": (_tensors(_spoil), "NaN or infinite"),
    "fewer layers in config.json": (_json("config.json", num_hidden_layers=2), "do not belong to"),
    "more layers in config.json": (_json("config.json", num_hidden_layers=4), "are missing"),
    "an absurd size": (_json("config.json", hidden_size=2**40), "hidden_size"),
    "a size far above the weights": (
        _json("config.json", num_hidden_layers=900),
        "do not belong together",
    ),
    "heads that cannot be shared out": (
        _json("config.json", num_key_value_heads=3),
        "cannot be divided evenly among 3 groups (num_key_value_heads)",
    ),
    "a size that is absent": (
        _without("config.json", "intermediate_size"),
        "is missing ffn_hidden_size or intermediate_size",
    ),
    "a family that is not the weights'": (_json("config.json", model_type="qwen3"), "are missing"),
    "a kind of model that is not known": (
        _json("config.json", model_type="mamba"),
        "'mamba'; this version loads these types: chatglm, glm, glm4, llama",
    ),
    "a kind of model that is no text": (_json("config.json", model_type=["qwen2"]), "['qwen2']"),
    "remote code": (_remote_code, "'evil'"),
    "weights of its own": (_own_weights, "transformers_weights"),
    "weights quantised elsewhere": (
        _json("config.json", quantization_config={"quant_method": "gptq"}),
        "quantization_config",
    ),
    "attention that sees a part": (
        _json("config.json", use_sliding_window=True, sliding_window=128),
        "sliding_window = 128",
    ),
    "layers that see a part": (
        _json("config.json", layer_types=["full_attention", "sliding_attention", "x"]),
        "only part of the text",
    ),
    "an activation that is not known": (_json("config.json", hidden_act="evil"), "evil"),
    "a flag that the library refuses": (_json("config.json", use_cache="yes"), "use_cache"),
    "an index that leads out of the folder": (
        _in_index("../../etc/passwd"),
        "names a shard outside its folder",
    ),
    "a shard that is a link out of the folder": (_link_out(SHARDS[0]), "is a link to"),
    "a tokenizer that is a link": (_link_out("tokenizer.json"), "is a link to"),
    "a template that is a link": (_link_out("chat_template.jinja"), "is a link to"),
    "pickled code": (_pickled, "pytorch_model.bin cannot be read"),
    "no tokenizer": (_remove("tokenizer.json"), "has no tokenizer.json"),
    "a tokenizer that is no JSON": (_write("tokenizer.json", b"{"), "tokenizer.json is not"),
    "a tokenizer without a model": (_write("tokenizer.json", b"{}"), "tokenizer.json is not"),
    "a tokenizer of another kind": (
        _json("tokenizer.json", model={"type": "Evil", "vocab": {}}),
        "tokenizer.json is not a readable tokenizer",
    ),
    "added tokens that are none": (
        _json("tokenizer.json", added_tokens=[{"content": 5}]),
        "an added token is {'content': 5}",
    ),
    "added tokens that are a text": (_json("tokenizer.json", added_tokens="x"), "tokenizer.json"),
    "a control token in another place": (_moved_token, "<|im_start|> does not have the id 7"),
    "a tokenizer of a larger model": (_another_vocabulary, "they do not belong together"),
    "a template that is no template": (
        _write("chat_template.jinja", b"{% for x in %}"),
        "chat template in",
    ),
    "a template that is no text": (
        _write("chat_template.jinja", b"\xff\xfe\x00"),
        "chat_template.jinja is not readable text",
    ),
    "a template that reaches for Python": (
        _write("chat_template.jinja", b"{{ ''.__class__.__mro__[1].__subclasses__() }}"),
        "unsafe",
    ),
    "a template that reaches for files": (
        _write("chat_template.jinja", b"{% include '/etc/passwd' %}"),
        "chat template in",
    ),
    "a tokenizer configuration that is no JSON": (
        _write("tokenizer_config.json", b"["),
        "tokenizer_config.json is not readable",
    ),
    "a generation configuration that is no JSON": (
        _write("generation_config.json", b"["),
        "generation_config.json is not readable",
    ),
}


def test_the_sound_checkpoint_loads(sound: Path) -> None:
    assert load(sound, device="cpu").facts.window == 512


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_refused_by_name(kind: str, folder: Path) -> None:
    damage, said = DAMAGE[kind]
    damage(folder)
    with pytest.raises(CheckpointError) as error:
        load(folder, device="cpu")
    message = str(error.value)
    assert said in message
    assert "\n" not in message
    assert len(message) < 700
    assert not (folder.parent / "ran").exists()


def test_an_attention_from_elsewhere_is_not_fetched(folder: Path) -> None:
    _json("config.json", attn_implementation="someone/kernel", _attn_implementation="a/b")(folder)
    assert load(folder, device="cpu").model.config._attn_implementation == "sdpa"
