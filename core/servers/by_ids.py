"""What some servers can beyond the API that all of them speak: texts as token ids, and what a model
finds likely at a place, by ids.

llama.cpp has paths of its own; vLLM has further fields in the paths that all have. What a server
sends is checked: whatever is not as it should be is left out, and what is left is what was told.

Sources: llama.cpp's tools/server/README.md; vLLM's vllm/entrypoints/openai/completion/protocol.py.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.servers.wire import Wire

TOKENIZE = "/tokenize"
LLAMA = "/completion"
COMPLETIONS = "/v1/completions"
_NAMED_BY_ID = "token_id:"
_MOST_ID = 10**8
# vLLM's for what cannot come at all
_LEAST = -9999.0
# What an event of llama.cpp's has to tell; the last one repeats the whole prompt otherwise
LLAMA_FIELDS = ("content", "tokens", "stop", "stop_type", "tokens_predicted", "tokens_evaluated")


@dataclass(frozen=True, slots=True)
class Place:
    """What was told of one place of a given text. logprobs: of the likeliest tokens, and of the
    text's own, by their ids, natural logarithms. ranks: of those of which it was told, from 1."""

    logprobs: Mapping[int, float]
    ranks: Mapping[int, int]


def tokenized(wire: Wire, text: str) -> list[int] | None:
    """The ids of a text by the server's own tokenizer, control tokens left out; None where it told
    none. Raises what the client raises."""
    asked = {
        # vLLM's words
        "model": wire.server.model,
        "prompt": text,
        "add_special_tokens": False,
        # llama.cpp's
        "content": text,
        "add_special": False,
        "parse_special": False,
    }
    answer = wire.ask(TOKENIZE, asked)
    return _ids(answer.get("tokens") if isinstance(answer, dict) else None)


def read_tokens(wire: Wire, prompt: str | Sequence[int]) -> int | None:
    """How many tokens a prompt has by the server's own account; None where it gives none."""
    prompt = prompt if isinstance(prompt, str) else list(prompt)
    answer = wire.ask(COMPLETIONS, {"model": wire.server.model, "prompt": prompt, "max_tokens": 1})
    usage = answer.get("usage") if isinstance(answer, dict) else None
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return count if _is_id(count) else None


def told_ids(wire: Wire, prompt: Sequence[int], count: int) -> list[int]:
    """The ids of an answer of so many tokens where vLLM's field for them is known; else none."""
    body = {
        "model": wire.server.model,
        "prompt": list(prompt),
        "max_tokens": count,
        "temperature": 0,
        "return_token_ids": True,
    }
    return _ids(_choice(wire.ask(COMPLETIONS, body)).get("token_ids")) or []


def llama_next(wire: Wire, prompt: Sequence[int], count: int) -> dict[int, float]:
    """The log-probabilities of the `count` likeliest tokens after a prompt, by llama.cpp's own
    path; nothing where it is not llama.cpp."""
    body = {"prompt": list(prompt), "n_predict": 1, "n_probs": count, "temperature": 0.0}
    answer = wire.ask(LLAMA, body | {"response_fields": ["completion_probabilities"]})
    places = answer.get("completion_probabilities") if isinstance(answer, dict) else None
    place = places[0] if isinstance(places, list) and places else None
    told = place.get("top_logprobs") if isinstance(place, dict) else None
    return {
        one["id"]: float(one["logprob"])
        for one in (told if isinstance(told, list) else [])
        if isinstance(one, dict) and _is_id(one.get("id")) and _is_logprob(one.get("logprob"))
    }


def vllm_next(wire: Wire, prompt: Sequence[int], count: int) -> dict[int, float]:
    """As `llama_next`, by vLLM's fields; nothing where a server does not know them."""
    body = {
        "model": wire.server.model,
        "prompt": list(prompt),
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": count,
        "return_tokens_as_token_ids": True,
    }
    told = _choice(wire.ask(COMPLETIONS, body)).get("logprobs")
    places = told.get("top_logprobs") if isinstance(told, dict) else None
    place = places[0] if isinstance(places, list) and places else None
    named = place if isinstance(place, dict) else {}
    return {
        int(number): float(logprob)
        for name, logprob in named.items()
        if name.startswith(_NAMED_BY_ID) and _is_logprob(logprob)
        if (number := name.removeprefix(_NAMED_BY_ID)).isascii() and number.isdigit()
    }


def vllm_given(wire: Wire, ids: Sequence[int], count: int) -> list[Place | None]:
    """What vLLM finds at each place of a text: its own token and the `count` likeliest, with their
    ranks. None for a place of which it tells nothing, as the first; empty where it is not vLLM."""
    body = {
        "model": wire.server.model,
        "prompt": list(ids),
        "max_tokens": 1,
        "temperature": 0,
        "prompt_logprobs": count,
    }
    told = _choice(wire.ask(COMPLETIONS, body)).get("prompt_logprobs")
    return [_place(one) for one in told] if isinstance(told, list) else []


def vllm_choices(wire: Wire, body: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """The events of a streamed completion: the first choice of each, and its usage."""
    for event in wire.events(COMPLETIONS, body):
        yield _choice(event), event.get("usage")


def ids_in(choice: Mapping[str, Any]) -> list[int]:
    """The ids that a choice tells; none where one of them is no id."""
    return _ids(choice.get("token_ids")) or []


def _place(told: object) -> Place | None:
    if not isinstance(told, dict):
        return None
    logprobs, ranks = {}, {}
    for name, one in told.items():
        said = one if isinstance(one, dict) else {}
        if not (name.isascii() and name.isdigit() and _is_logprob(said.get("logprob"))):
            continue
        logprobs[int(name)] = float(said["logprob"])
        rank = said.get("rank")
        if isinstance(rank, int) and _is_id(rank) and rank > 0:
            ranks[int(name)] = rank
    return Place(logprobs, ranks) if logprobs else None


def _choice(answer: object) -> dict[str, Any]:
    choices = answer.get("choices") if isinstance(answer, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _ids(told: object) -> list[int] | None:
    if not isinstance(told, list) or not all(map(_is_id, told)):
        return None
    return list(told)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_ID


def _is_logprob(value: object) -> bool:
    # Rounding gives some of them a little above 0
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and _LEAST <= value < 1
    )
