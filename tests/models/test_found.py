"""Models of LM Studio and Ollama are found where these programs keep them, and left as they are."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import Settings
from core.models.found import FoundModel, found_models

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    usual = Settings.from_environment({"PROMPTLAB_DATA": str(tmp_path / "data")})
    return replace(usual, lm_studio=(tmp_path / "lm",), ollama=tmp_path / "ollama")


def _model(file: Path, content: bytes = b"GGUF...") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def _manifest(home: Path, name: str, content: str) -> None:
    _model(home / "manifests" / name, content.encode())


def _layers(digest: str) -> str:
    rows = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:1"},
        {"mediaType": "application/vnd.ollama.image.model", "digest": digest},
    ]
    return json.dumps({"schemaVersion": 2, "layers": rows})


def test_models_of_both_programs_are_found_by_name(settings: Settings, tmp_path: Path) -> None:
    lm = _model(tmp_path / "lm" / "lmstudio-community" / "Qwen3-GGUF" / "Qwen3-Q4_K_M.gguf")
    _model(lm.parent / "mmproj-model-f16.gguf")
    _model(lm.parent / "torn.gguf", b"none")
    blob = _model(tmp_path / "ollama" / "blobs" / DIGEST.replace(":", "-"))
    home = tmp_path / "ollama"
    _manifest(home, "registry.ollama.ai/library/smollm2/135m", _layers(DIGEST))
    before = sorted((f, f.stat().st_mtime_ns) for f in tmp_path.rglob("*"))
    assert found_models(settings) == [
        FoundModel("Qwen3-Q4_K_M", lm, "LM Studio"),
        FoundModel("smollm2:135m", blob, "Ollama"),
    ]
    assert sorted((f, f.stat().st_mtime_ns) for f in tmp_path.rglob("*")) == before


def test_other_owners_and_registries_are_named(settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "ollama"
    for n, name in enumerate(("registry.ollama.ai/someone/m/1b", "hf.co/a/b/latest")):
        digest = f"sha256:{str(n) * 64}"
        _model(home / "blobs" / digest.replace(":", "-"))
        _manifest(home, name, _layers(digest))
    assert [m.name for m in found_models(settings)] == ["hf.co/a/b:latest", "someone/m:1b"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"layers": 3}',
        '{"layers": [3]}',
        _layers("../../etc/passwd"),
        _layers(DIGEST),
    ],
)
def test_a_damaged_manifest_is_left_out_with_a_word(
    settings: Settings, tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    _manifest(tmp_path / "ollama", "registry.ollama.ai/library/broken/latest", content)
    assert found_models(settings) == []
    assert "broken" in caplog.text


def test_the_same_file_is_found_once_and_no_program_is_no_fault(
    settings: Settings, tmp_path: Path
) -> None:
    assert found_models(settings) == []
    _model(tmp_path / "lm" / "a" / "b" / "m.gguf")
    twice = replace(settings, lm_studio=(tmp_path / "lm", tmp_path / "lm"))
    assert len(found_models(twice)) == 1


def test_the_folders_are_those_of_the_programs_unless_moved() -> None:
    usual = Settings.from_environment({"HOME": "/h"})
    assert usual.ollama == Path("/h/.ollama/models")
    assert Path("/h/.lmstudio/models") in usual.lm_studio
    assert Settings.from_environment({"OLLAMA_MODELS": "/m"}).ollama == Path("/m")
