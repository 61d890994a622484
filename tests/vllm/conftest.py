"""A real vLLM around the embedded model, written out in the layout that it loads.

Skipped until `python -m tests.vllm.environment` has set it up, which is what `make test-vllm`
does first.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from core.models.catalogue import EMBEDDED_FOLDER
from core.models.exporting import export
from core.servers.listed import Server
from tests.vllm import environment

WINDOW = 1024
START_S = 600
_QUIET = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
# Numbers as the embedded model has them, so that its greedy answers are the same there
_GIVEN = ("--dtype", "float32", "--max-model-len", str(WINDOW), "--enforce-eager")


@dataclass(frozen=True, slots=True)
class Running:
    """A vLLM that answers. listed: as an operator would list it, without its tokenizer."""

    listed: Server
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """As `kill -9` does, its workers too."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


Start = Callable[[Path], Running]


@contextmanager
def running(folder: Path, log: Path) -> Iterator[Running]:
    """vLLM around a folder, ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    module = "vllm.entrypoints.openai.api_server"
    command = [str(environment.PYTHON), "-m", module, "--model", str(folder), *_GIVEN]
    command += ["--served-model-name", "small", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env=os.environ | _QUIET, start_new_session=True
        )
    made = Running(Server("vllm", f"http://127.0.0.1:{port}/v1", "small"), process)
    try:
        _wait(made, port, log)
        yield made
    finally:
        if process.poll() is None:
            made.kill()


def _wait(made: Running, port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and made.process.poll() is None:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.5)
    raise RuntimeError(f"vLLM did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model, as vLLM loads it."""
    if not environment.ready():
        pytest.skip("vLLM is not set up: make test-vllm does it (some 4 GB)")
    return export(EMBEDDED_FOLDER, tmp_path_factory.mktemp("vllm") / "small", "fp32").folder


@pytest.fixture(scope="session")
def vllm(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One vLLM for all tests that leave it alive."""
    with running(folder, tmp_path_factory.mktemp("log") / "vllm.log") as made:
        yield made.listed
