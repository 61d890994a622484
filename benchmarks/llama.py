"""What our backend over llama.cpp costs, against llama.cpp itself.

    python -m benchmarks.llama FILE [--rounds N]

Both run the same GGUF file, each in a process of its own with the same number of slots, in turns.
"Itself" is its server with its own defaults, asked over one connection for each answer: one answer
of 64 tokens, and nine on a prompt of 850 tokens that all of its slots have read. Ours gets a prompt
that nobody has read: what reading it once takes is measured beside it, by llama.cpp itself.
"""

import argparse
import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from core.backends.request import Request
from core.llama import draws
from core.llama.server import LlamaServer
from core.models.preparing import prepare
from core.sampling.settings import Sampling

NEW_TOKENS = 64
PROMPT_TOKENS = 850
CELLS = 9
LEAST_SPEED = 0.9
MOST_TIME = 1.3
_ASKED = draws.asked
# As its own command starts it, but for the slots and their windows
_PLAIN = """
import sys
from xllamacpp import CommonParams, Server
params = CommonParams()
params.model.path, params.n_parallel, params.n_ctx = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
params.slot_save_path, params.verbosity = sys.argv[4] + "/", 1
server = Server(params)
print(server.listening_address.rsplit(":", 1)[1], flush=True)
sys.stdin.read()
"""


class Plain:
    """llama.cpp's own server, in a process."""

    def __init__(self, file: Path, slots: int, tokens: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PLAIN, str(file), str(slots), str(tokens), self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self._port = int(self._process.stdout.readline())
        self.seconds_read = 0.0

    def answer(self, prompt: Sequence[int], slot: int, tokens: int = NEW_TOKENS) -> None:
        """One answer of so many tokens, whole."""
        body = {
            "prompt": list(prompt),
            "n_predict": tokens,
            "temperature": 1.0,
            "seed": slot,
            "id_slot": slot,
            "ignore_eos": True,
        }
        client = http.client.HTTPConnection("127.0.0.1", self._port)
        client.request(
            "POST", "/completion", json.dumps(body), {"Content-Type": "application/json"}
        )
        answer = json.loads(client.getresponse().read())
        client.close()
        assert answer["tokens_predicted"] == tokens, answer
        self.seconds_read = answer["timings"]["prompt_ms"] / 1000

    def read(self, prompt: Sequence[int]) -> float:
        """Have all slots know the prompt; the seconds that one of them took to read it."""
        self.answer(prompt, 0, 1)
        self._asked("/slots/0?action=save", {"filename": "read"})
        for slot in range(1, CELLS):
            self._asked(f"/slots/{slot}?action=restore", {"filename": "read"})
        return self.seconds_read

    def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        client = http.client.HTTPConnection("127.0.0.1", self._port)
        client.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(client.getresponse().read())
        client.close()
        assert "error" not in answer, answer
        return answer

    def nine(self, prompt: Sequence[int]) -> None:
        """An answer from each of nine slots at once."""
        with ThreadPoolExecutor(CELLS) as pool:
            list(pool.map(lambda slot: self.answer(prompt, slot), range(CELLS)))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.llama", description=__doc__)
    parser.add_argument("file", type=Path, help="a GGUF file")
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take the median of")
    given = parser.parse_args()
    draws.asked = _endless
    prepared = prepare(given.file, device="cpu", runner="llama.cpp")
    ours = LlamaServer(prepared)
    plain = Plain(given.file, CELLS, CELLS * min(ours.window, 2048))
    try:
        _report(ours, plain, max(given.rounds, 1))
    finally:
        ours.close()
        plain.close()


def _report(ours: LlamaServer, plain: Plain, rounds: int) -> None:
    rng = random.Random(1)
    rows = ours.tokenizer.vocab_size
    seconds: dict[str, list[float]] = {}

    def timed(name: str, run: Callable[[], None]) -> None:
        began = time.perf_counter()
        run()
        seconds.setdefault(name, []).append(time.perf_counter() - began)

    short = _drawn_prompt(rng, rows, 16)
    plain.answer(short, 0)
    _answers(ours, short, 1)
    for _round in range(rounds):
        prompt = _drawn_prompt(rng, rows, PROMPT_TOKENS)
        timed("one answer, llama.cpp itself", partial(plain.answer, short, 0))
        timed("one answer, ours", partial(_answers, ours, short, 1))
        read = plain.read(prompt)
        seconds.setdefault("the prompt read once, llama.cpp itself", []).append(read)
        timed("nine on the read prompt, llama.cpp itself", partial(plain.nine, prompt))
        timed("nine on the new prompt, ours", partial(_answers, ours, prompt, CELLS))
        timed("nine on the read prompt, ours", partial(_answers, ours, prompt, CELLS))
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    for name, value in middle.items():
        print(f"{name:44} {value:7.2f} s")
    speed = middle["one answer, llama.cpp itself"] / middle["one answer, ours"]
    print(
        f"tokens/s of one answer, of llama.cpp's own: {speed:.2f}", _verdict(speed >= LEAST_SPEED)
    )
    itself = middle["nine on the read prompt, llama.cpp itself"]
    again = middle["nine on the read prompt, ours"] / itself
    print(
        f"nine on a read prompt, times llama.cpp's own: {again:.2f}", _verdict(again <= MOST_TIME)
    )
    new = middle["nine on the new prompt, ours"]
    both = new / (itself + middle["the prompt read once, llama.cpp itself"])
    print(f"nine on a new one, times reading it and nine: {both:.2f}", _verdict(both <= MOST_TIME))


def _answers(ours: LlamaServer, prompt: Sequence[int], count: int) -> None:
    """Answers of exactly `NEW_TOKENS` tokens."""
    requests = [
        Request(tuple(prompt), Sampling(1.0, 1.0, 0, NEW_TOKENS, seed=n), chat=False, tag=n)
        for n in range(count)
    ]
    ends = ours.submit_many(requests).results().values()
    short = [end for end in ends if len(end.token_ids) < NEW_TOKENS]
    assert not short, f"{short[0].reason} after {len(short[0].token_ids)} tokens: {short[0].error}"


def _endless(sampling: Sampling, begun: int, rows: int) -> dict[str, Any]:
    """What ours asks for, with end tokens switched off, as they are for llama.cpp itself."""
    return _ASKED(sampling, begun, rows) | {"ignore_eos": True}


def _drawn_prompt(rng: random.Random, rows: int, tokens: int) -> list[int]:
    return [rng.randrange(rows // 100, rows) for _n in range(tokens)]


def _verdict(reached: bool) -> str:
    return f"target {'reached' if reached else 'missed'}"


if __name__ == "__main__":
    main()
