"""A GGUF file is a checkpoint like a folder: the same ids, the same scores, refused when damaged."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.messages import Message
from core.models import tensors
from core.models.checkpoint import inspect
from core.models.loading import load
from core.models.preparing import prepare
from core.models.tokenizers import open_tokenizer
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
