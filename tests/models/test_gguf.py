"""A GGUF file is a checkpoint like a folder: the same ids, the same scores, refused when
damaged."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from core.config import Settings
from core.errors import CheckpointError, InvalidInput, NotEnoughMemory
from core.messages import Message
from core.models import catalogue, machine, tensors
from core.models.checkpoint import inspect
from core.models.loading import load
from core.models.machine import DeviceMemory
from core.models.plan import LLAMA_CACHE_BYTES
from core.models.preparing import plans_of, prepare
from core.models.tokenizers import open_tokenizer
from core.models.weight_cache import WeightCache
from tests.families import KINDS
from tests.gguf_files import ARCHITECTURES, QUANTISATIONS, write_gguf

TEXTS = [
    "Hello, what is top_p?",
    "  two  blanks\n\n\tand 12345 tabs ",
    "你好，世界 😀",
    "it's I'LL",
    "",
]
IDS = torch.tensor([[5, 300, 77, 12, 450, 9, 33, 210]])
EACH = pytest.mark.parametrize("architecture", ARCHITECTURES)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gguf")
    for name in ARCHITECTURES:
        write_gguf(folder / f"{name}.gguf", name, reference=folder / name)
    return folder


@EACH
def test_a_file_says_what_the_folder_says(shelf: Path, architecture: str) -> None:
    file, folder = inspect(shelf / f"{architecture}.gguf"), inspect(shelf / architecture)
    assert file.gguf == shelf / f"{architecture}.gguf"
    assert file.quantisation == "F32"
    assert (file.sizes, file.window, file.chat) == (folder.sizes, folder.window, True)
    assert tensors.check(file).faults == ()


@EACH
def test_ids_and_ends_are_those_of_the_folder(shelf: Path, architecture: str) -> None:
    file = open_tokenizer(inspect(shelf / f"{architecture}.gguf"))
    folder = open_tokenizer(inspect(shelf / architecture))
    for text in TEXTS:
        assert file.encode(text) == folder.encode(text)
        assert file.decode(file.encode(text)) == folder.decode(folder.encode(text))
        talk = [Message("user", text)]
        assert file.prompt_ids(talk) == folder.prompt_ids(talk)
    assert file.text_start() == folder.text_start()
    end = KINDS[ARCHITECTURES[architecture][1]].end
    assert end in {file.piece(i) for i in file.stop_ids}


@EACH
def test_typed_control_tokens_stay_text(shelf: Path, architecture: str) -> None:
    tokenizer = open_tokenizer(inspect(shelf / f"{architecture}.gguf"))
    kind = KINDS[ARCHITECTURES[architecture][1]]
    for name in (*kind.special, *kind.tags):
        assert not any(tokenizer.is_control(i) for i in tokenizer.encode(f"a {name} b"))


@EACH
def test_scores_are_those_of_the_same_weights(shelf: Path, architecture: str) -> None:
    assert torch.equal(*_scores(shelf / f"{architecture}.gguf", shelf / architecture))


@pytest.mark.parametrize("quantisation", QUANTISATIONS[1:])
def test_scores_of_quantised_weights_are_those_of_the_same_weights(
    tmp_path: Path, quantisation: str
) -> None:
    file = write_gguf(tmp_path / "m.gguf", "llama", quantisation, reference=tmp_path / "m")
    assert inspect(file).quantisation == quantisation
    assert torch.equal(*_scores(file, tmp_path / "m"))


LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def test_a_stretched_rotary_embedding_is_recognised(tmp_path: Path) -> None:
    file = write_gguf(
        tmp_path / "m.gguf", reference=tmp_path / "m", rope_parameters=LLAMA3, rope_theta=None
    )
    assert inspect(file).config["rope_scaling"]["factor"] == 8
    assert torch.equal(*_scores(file, tmp_path / "m"))


def test_another_stretching_is_refused(tmp_path: Path) -> None:
    other = LLAMA3 | {"high_freq_factor": 2.0}
    file = write_gguf(tmp_path / "m.gguf", rope_parameters=other, rope_theta=None)
    with pytest.raises(CheckpointError, match=r"rope_freqs\.weight"):
        inspect(file)


def test_what_was_unpacked_once_is_read_again_with_the_same_scores(tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "m.gguf", "qwen3", "Q4_1")
    cache = WeightCache(tmp_path / "cache")
    found = []
    for cached in (False, True):
        loaded = load(file, device="cpu", precision="fp32", cache=cache)
        assert loaded.facts.cached is cached
        with torch.inference_mode():
            found.append(loaded.model(IDS).logits)
    assert torch.equal(*found)
    assert [(m.name, m.precision) for m in cache.manifests()] == [("m.gguf", "fp32")]
    write_gguf(file, "qwen3", "Q4_1", seed=6)
    assert not load(file, device="cpu", precision="fp32", cache=cache).facts.cached


@pytest.mark.parametrize("precision", ["bf16", "int8", "nf4"])
def test_every_precision_loads_from_a_file(tmp_path: Path, precision: str) -> None:
    file = write_gguf(tmp_path / "m.gguf", "llama", "Q8_0")
    loaded = load(file, device="cpu", precision=precision)  # type: ignore[arg-type]
    assert loaded.facts.precision == precision
    assert loaded.facts.weight_bytes <= loaded.facts.plan.weights * 1.05


GIB = 2**30


@pytest.mark.parametrize("free", [GIB // 4, GIB, 64 * GIB])
def test_the_plan_of_llama_cpp_says_what_it_takes(shelf: Path, free: int) -> None:
    checkpoint = inspect(shelf / "llama.gguf")
    found = plans_of(checkpoint, [DeviceMemory("cpu", "CPU", 64 * GIB, free)])[0]
    assert found.precision == "F32"
    assert found.weights == (shelf / "llama.gguf").stat().st_size
    assert found.cache_per_token == 2 * 2 * 3 * 4 * 16  # keys and values, bytes, layers, heads
    assert found.cache_tokens >= checkpoint.window
    assert found.cache <= LLAMA_CACHE_BYTES
    assert found.fits
    assert found.freed == {"cpu": found.cache}


def test_a_plan_that_does_not_fit_is_refused_with_its_parts(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = DeviceMemory("cpu", "CPU", GIB, 1000)
    monkeypatch.setattr(machine, "processor", lambda: none)
    with pytest.raises(NotEnoughMemory, match="In F32 this model needs"):
        prepare(shelf / "llama.gguf", device="cpu")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"runner": "llama.cpp", "device": "cuda"}, "not on cuda"),
        ({"runner": "llama.cpp", "precision": "int8"}, "in F32, as it is"),
        ({"runner": "other"}, "Unknown runner 'other'"),
        ({"runner": "torch", "precision": "q9"}, "Unknown precision 'q9'"),
    ],
)
def test_what_a_runner_cannot_is_said(shelf: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as error:
        prepare(shelf / "llama.gguf", **given)
    assert said in str(error.value)


def test_llama_cpp_runs_no_folder(shelf: Path) -> None:
    with pytest.raises(InvalidInput, match="GGUF files only"):
        prepare(shelf / "llama", runner="llama.cpp")


def test_a_file_is_named_by_its_path_and_offered_from_the_models_folder(shelf: Path) -> None:
    settings = replace(
        Settings.from_environment({}), model_dir=shelf, model_path=shelf / "qwen2.gguf"
    )
    named = catalogue.find(str(shelf / "qwen3.gguf"), settings)
    assert (named.name, named.on_disk, named.chat) == ("qwen3.gguf", True, True)
    offered = {entry.folder for entry in catalogue.entries(settings)}
    assert {shelf / f"{name}.gguf" for name in ARCHITECTURES} <= offered


@pytest.mark.long
@pytest.mark.parametrize("quantisation", QUANTISATIONS[1:])
@EACH
def test_every_family_in_every_quantisation(
    tmp_path: Path, architecture: str, quantisation: str
) -> None:
    file = write_gguf(tmp_path / "m.gguf", architecture, quantisation, 7, reference=tmp_path / "m")
    assert torch.equal(*_scores(file, tmp_path / "m"))


def _scores(*paths: Path) -> list[torch.Tensor]:
    found = []
    for path in paths:
        model = load(path, device="cpu", precision="fp32").model
        with torch.inference_mode():
            found.append(model(IDS.to(model.device)).logits.log_softmax(-1))
    return found


def test_the_processor_runs_it_in_llama_cpp_and_torch_stays_away(shelf: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.models.preparing import prepare;"
        "from core.models import machine; machine.may_have_accelerator = lambda: False;"
        f"found = prepare(Path({str(shelf / 'qwen3.gguf')!r}));"
        "print(found.runner, found.plan.precision, found.name, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["llama.cpp", "F32", "qwen3", "False"]


def test_an_asked_precision_or_runner_is_obeyed(shelf: Path) -> None:
    file = shelf / "qwen2.gguf"
    assert prepare(file, device="cpu").runner == "llama.cpp"
    assert prepare(file, device="cpu", precision="bf16").runner == "torch"
    assert prepare(file, device="cpu", runner="torch").plan.precision == "fp32"
    assert prepare(shelf / "qwen2", device="cpu").runner == "torch"
