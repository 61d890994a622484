"""A process that dies takes nothing along, goes with its parent, and tells nobody its key."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.backends.events import Finished, TextDelta
from core.backends.request import Request
from core.errors import CheckpointError
from core.llama import process
from core.llama.connection import Connection
from core.llama.server import LlamaServer
from core.models.preparing import Prepared, prepare
from core.sampling.settings import Sampling
from tests.gguf_files import write_gguf

ROOT = Path(__file__).parents[2]
LONG = Request((1, 2, 3), Sampling(temperature=1.5, max_new_tokens=4000, seed=1), chat=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A small model of random weights."""
    return prepare(
        write_gguf(tmp_path_factory.mktemp("small") / "small.gguf", window=4096), device="cpu"
    )


def _until(done: Callable[[], bool], seconds: float = 300) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        os.sched_yield()
    return done()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_killed_process_leaves_what_came_and_is_replaced(
    small: Prepared, caplog: pytest.LogCaptureFixture
) -> None:
    server = LlamaServer(small)
    try:
        whole = server.submit(replace(LONG, sampling=Sampling(0, max_new_tokens=8))).result()
        events = []
        for event in server.submit(LONG):
            events.append(event)
            if isinstance(event, TextDelta) and server.status().alive:
                os.kill(server._child.process.pid, signal.SIGKILL)
        failed = events[-1]
        assert isinstance(failed, Finished)
        assert failed.reason == "error"
        assert "try again" in (failed.error or "")
        assert failed.token_ids
        assert not server.status().alive
        again = server.submit(replace(LONG, sampling=Sampling(0, max_new_tokens=8))).result()
        assert (again.reason, again.token_ids) == (whole.reason, whole.token_ids)
        assert server.status().alive
        assert server.status().restarts == 1
        # Outside of answers too
        os.kill(server._child.process.pid, signal.SIGKILL)
        server._child.process.died(60)
        assert len(server.next_logits((1, 2))) == small.tokenizer.vocab_size
    finally:
        server.close()
    assert server._child.process.key not in caplog.text


def test_the_key_is_needed_and_nowhere_to_be_read(
    small: Prepared, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = LlamaServer(small)
    try:
        child = server._child.process
        for name in ("cmdline", "environ"):
            assert child.key.encode() not in Path(f"/proc/{child.pid}/{name}").read_bytes()
        assert not [line for line in child._said if child.key[-4:] in line]
        assert child.key not in caplog.text
        assert (child.folder.stat().st_mode & 0o777) == 0o700
        stranger = Connection(child.port, "guess")
        with pytest.raises(Exception, match="API"):
            stranger.ask("/completion", {"prompt": [1], "n_predict": 1})
    finally:
        server.close()
    assert not child.folder.exists()
    assert not _runs(child.pid)


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()"])
def test_the_process_goes_with_its_parent(small: Prepared, end: str) -> None:
    code = f"""
        import os, signal, sys
        from pathlib import Path
        from core.backends.request import Request
        from core.llama.server import LlamaServer
        from core.models.preparing import prepare
        from core.sampling.settings import Sampling
        server = LlamaServer(prepare(Path({str(small.checkpoint.gguf)!r}), device="cpu"))
        stream = server.submit(Request((1, 2, 3), Sampling(max_new_tokens=400), chat=False))
        next(iter(stream))
        print(server._child.process.pid, server._child.process.folder, flush=True)
        {end}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    pid, folder = done.stdout.split()
    assert _until(lambda: not _runs(int(pid)))
    assert _until(lambda: not Path(folder).exists())


@pytest.mark.parametrize(
    "content", [b"", b"GGUF", b"GGUF\x03\0\0\0" + b"\xff" * 64, os.urandom(999)]
)
def test_a_file_that_llama_cpp_refuses_is_a_checkpoint_error(
    small: Prepared, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"bad\.gguf"):
        LlamaServer(replace(small, checkpoint=replace(small.checkpoint, gguf=file)))


def test_a_cut_file_is_a_checkpoint_error(small: Prepared, tmp_path: Path) -> None:
    assert small.checkpoint.gguf
    whole = small.checkpoint.gguf.read_bytes()
    for part in (0.1, 0.5, 0.999):
        file = tmp_path / "cut.gguf"
        file.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(CheckpointError, match=r"cut\.gguf"):
            LlamaServer(replace(small, checkpoint=replace(small.checkpoint, gguf=file)))


def test_a_start_that_hangs_ends_in_time(
    small: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_START_S", 0.5)
    pipe = tmp_path / "endless.gguf"
    os.mkfifo(pipe)
    with pytest.raises(CheckpointError, match="not ready after"):
        LlamaServer(replace(small, checkpoint=replace(small.checkpoint, gguf=pipe)))


def test_loading_can_be_stopped(small: Prepared) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyError("stopped")

    with pytest.raises(KeyError):
        LlamaServer(small, stop)


def test_reasons_end_streams(small: Prepared) -> None:
    server = LlamaServer(small)
    stream = server.submit(LONG)
    server.close("unloaded for another")
    end = stream.result()
    assert (end.reason, end.error) == ("error", "unloaded for another")
