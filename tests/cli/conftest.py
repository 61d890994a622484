"""Commands run in this process, on one engine for all of them."""

import json
import sys

import pytest

from core.cli import session
from core.cli.app import main


@pytest.fixture(autouse=True)
def _own_environment(tmp_path, monkeypatch):
    for name in ("PROMPTLAB_MODEL", "MODEL_PATH", "PROMPTLAB_MODEL_DIR", "PROMPTLAB_PRECISION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROMPTLAB_DATA", str(tmp_path))
    monkeypatch.setenv("PROMPTLAB_DEVICE", "cpu")


@pytest.fixture(autouse=True)
def _shared_engine(request, monkeypatch):
    """The embedded model is started once; other models are started as ever."""
    really_start = session.start

    def start(entry, device, precision):
        if not entry.embedded:
            return really_start(entry, device, precision)
        engine = request.getfixturevalue("engine")
        monkeypatch.setattr(engine, "close", lambda: None)
        return engine

    monkeypatch.setattr(session, "start", start)


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs a command: (exit code, standard output, standard error)."""

    def _run(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["core", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return _run


def _no_constant(name):
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture
def run_json(run):
    """Runs a command that must succeed: its objects, read as strict JSON."""

    def _run(*arguments):
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        return [json.loads(line, parse_constant=_no_constant) for line in out.split("\n")[:-1]]

    return _run


@pytest.fixture
def lines_file(tmp_path):
    """Writes JSON Lines; bytes are written as they are."""

    def _write(*lines):
        file = tmp_path / "lines.jsonl"
        rows = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        file.write_bytes(b"".join(row + b"\n" for row in rows))
        return file

    return _write
