"""Answers of llama.cpp that are held to valid calls: by the same library and the same grammars.

llama.cpp has llguidance inside, and draws from what is left only where its own draw was ruled out:
an answer in which nothing was is token for token what it would have been. What is ruled out it does
not tell. So the answer is followed here a second time, beside the likeliest tokens of each place.

Not every file can be held: in a vocabulary of sentencepiece llama.cpp loses the blanks at the
beginnings of tokens, and gives its library another text than it writes. A trial tells.

Source: https://github.com/ggml-org/llama.cpp (docs/llguidance.md).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.backends.constraint import Constraint
from core.backends.tokenizer import Tokenizer
from core.llama.draws import GREEDY

# Likeliest tokens that are told of each place; more cost more time
PROBABILITIES = 20
_TRIED = " a b"
_TRIAL_TOKENS = 8


def can_hold(ask: Callable[[dict[str, Any]], dict[str, Any]], tokenizer: Tokenizer) -> bool:
    """Whether an answer that may only be one text is that text, blanks and all. ask: sends the body
    of a completion; the answer."""
    grammar = f'%llguidance {{}}\nstart: "{_TRIED}"'
    body = {"prompt": [0], "n_predict": _TRIAL_TOKENS, "return_tokens": True, "grammar": grammar}
    ids = ask(body | GREEDY)["tokens"]
    written = b"".join(tokenizer.token_bytes(i) for i in ids)
    return written == _TRIED.encode()


def count(constraint: Constraint, ids: Sequence[int], event: Mapping[str, Any]) -> None:
    """Note what was ruled out where the last of all ids so far was drawn, from an event of the
    stream.

    Of tokens that are told together, since a character took several, only the last one is looked
    at.
    """
    if not ids:
        return
    constraint.take(ids[:-1])
    told: Sequence[Mapping[str, Any]] = event.get("completion_probabilities") or ()
    allowed = constraint.allowed() if told and constraint.taken == len(ids) - 1 else None
    if allowed is not None:
        likely = told[-1]["top_logprobs"]
        out = [one for one in likely if one["id"] < len(allowed) and not allowed[one["id"]]]
        constraint.note(
            sum(math.exp(one["logprob"]) for one in out), bool(out) and out[0] is likely[0]
        )
    constraint.take(ids)
