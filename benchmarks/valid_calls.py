"""What it costs to hold answers to valid calls, against the same answers without.

    python -m benchmarks.valid_calls [--model FOLDER_OR_FILE] [--rounds N]

Two questions are answered with a tool on offer, one by a text and one by a call where the model
calls, each alone and nine at once, free and held in turns. What is compared is the time for a token
after the first one; the first held answer of a model compiles its vocabulary, and is told apart. A
model that knows no tools is taken as if it had Hermes' form: then both are texts.
"""

import argparse
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.backends.backend import Backend
from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.engine.opening import open_model
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.preparing import Prepared, prepare
from core.sampling.settings import Sampling

NEW_TOKENS = 48
AT_ONCE = 9
# At most, of the time for a token without
MOST_TIME = 1.15
QUESTIONS = {"text": "Tell me a story about a fox.", "call": "What is the weather in Oslo?"}
TOOL: dict[str, Any] = {
    "name": "get_weather",
    "description": "Tell the weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The name of the city"}},
        "required": ["city"],
    },
}


class AsHermes:
    """The tokenizer of a model that knows no tools, as if it knew Hermes' form."""

    tools = True
    call_form = "hermes"

    def __init__(self, own: Tokenizer) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def prompt_ids(self, messages: Any, _tools: Any = None) -> list[int]:
        return self._own.prompt_ids(messages)


def seconds_a_token(backend: Backend, question: str, held: bool, count: int) -> float:
    """Of `count` answers at once, the mean over them."""
    asked = [
        Request(
            (Message("user", question),),
            Sampling(temperature=0, max_new_tokens=NEW_TOKENS, seed=n),
            tools=(TOOL,),
            valid_calls=held,
            tag=n,
        )
        for n in range(count)
    ]
    ends = backend.submit_many(asked).results().values()
    rates = [end.usage.tokens_per_s for end in ends if end.usage and end.usage.new_tokens > 1]
    return statistics.mean(1 / rate for rate in rates)


def _prepared(path: Path) -> Prepared:
    found = prepare(path, path.stem, "cpu")
    if found.tokenizer.call_form:
        return found
    tokenizer: Any = AsHermes(found.tokenizer)
    return replace(found, tokenizer=tokenizer)


def main() -> None:
    """Measure, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=EMBEDDED_FOLDER)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    backend = open_model(_prepared(given.model))
    try:
        if "valid_calls" not in backend.can:
            print(f"{given.model} cannot be held to valid calls")
            return
        seconds_a_token(backend, QUESTIONS["text"], False, 1)
        began = time.perf_counter()
        seconds_a_token(backend, QUESTIONS["text"], True, 1)
        print(f"first held answer {time.perf_counter() - began:7.2f} s")
        for name, question in QUESTIONS.items():
            for count in (1, AT_ONCE):
                taken: dict[bool, list[float]] = {False: [], True: []}
                for _round in range(given.rounds):
                    for held, times in taken.items():
                        times.append(seconds_a_token(backend, question, held, count))
                free, kept = (statistics.median(times) for times in taken.values())
                reached = "reached" if kept / free <= MOST_TIME else "missed"
                print(
                    f"{name}, {count} at once {1e3 * free:7.2f} ms a token, held {1e3 * kept:7.2f}, "
                    f"{kept / free:.2f} times; target {MOST_TIME}: {reached}"
                )
    finally:
        backend.close()


if __name__ == "__main__":
    main()
