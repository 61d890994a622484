"""A turn with tools on a real server: llama.cpp's own, around a real model that decides to call by
itself."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backends.backend import lacking
from core.sampling.settings import Sampling
from core.served.connections import connected
from core.servers.backend import ServerBackend
from core.servers.listed import Server
from core.tools.builtin import BUILTIN
from core.tools.loop import Observed, rounds
from core.tools.transcripts import Spoken
from tests.real_model import smollm2

ROOT = Path(__file__).parents[2]
WEATHER = next(tool for tool in BUILTIN if tool.name == "get_weather")


@pytest.fixture(scope="module")
def there() -> Iterator[ServerBackend]:
    """The model as an operator would list it: by the chat API alone."""
    file = smollm2()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.tool_server", str(file)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        backend = connected(Server("there", f"http://127.0.0.1:{port}/v1"))
        assert isinstance(backend, ServerBackend)
        yield backend
        backend.close()
        process.kill()


def test_calls_of_a_real_stream_are_run_and_their_results_read(there: ServerBackend) -> None:
    talk = Spoken(there, "", Sampling(temperature=0, max_new_tokens=60))
    for city in ("Oslo", "Madrid"):
        talk.ask(f"What is the weather in {city}?")
        (seen,) = (told for told in rounds(talk, (WEATHER,), "none") if isinstance(told, Observed))
        step = seen.step
        assert (step.name, step.arguments, step.fault) == ("get_weather", {"city": city}, "")
        assert '"temperature"' in seen.content
        assert talk.last
        assert talk.last.reason == "stop"
        assert city in talk.last.text
    roles = [message.role for message in talk.messages()]
    assert roles == ["user", "assistant", "observation", "assistant"] * 2


def test_a_server_cannot_be_held_to_valid_calls_and_says_so(there: ServerBackend) -> None:
    reason = lacking(there, "valid_calls")
    assert reason
    assert "cannot be held" in reason
