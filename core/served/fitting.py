"""Whether a tokenizer here is that of a server, and in which way the server takes and tells token
ids.

Measured when the connection is made, by a few requests of a token each: with another tokenizer
every prompt would be nonsense, and every figure about it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import openai

from core.backends.tokenizer import Tokenizer
from core.errors import EngineError, InvalidInput
from core.i18n import _
from core.llama.reading import TOLD
from core.servers import by_ids
from core.servers.wire import Wire, explained

# What tokenizers cut in different ways
_TEXTS = (
    "Hello, world!",
    "two  blanks,\ta tab\n\nand 1234567 or 3.14",
    "naïve façade, Straße; don't",
    "def f(x):\n    return x ** 2",
    "今天天气很好，我们去公园吧。",
    "Привет 😀 שלום",
)
# More than any vocabulary has: all of it is told
_WHOLE = 10**6
_COUNTS = (TOLD, 100, 20, 5)
_ANSWER = 3
_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class Way:
    """How a server is asked.

    writes: by llama.cpp's own path, by vLLM's fields, or as any server that takes ids and tells its
    answers as text. reads: how it tells what the model finds likely, if at all. next, given: how
    many tokens it tells of what follows a text, and of each place of a given text. rows: of its
    output.
    """

    writes: Literal["llama.cpp", "vllm", "text"]
    reads: Literal["llama.cpp", "vllm", ""] = ""
    next: int = 0
    given: int = 0
    rows: int = 0

    def tells_all(self, vocabulary: int) -> bool:
        """Whether the whole distribution of the next token is told."""
        return self.next >= vocabulary


def fitted(wire: Wire, tokenizer: Tokenizer) -> Way:
    """The way of a server; raises `InvalidInput`, with the reason, where the tokenizer is not the
    server's or the server takes no ids, `EngineError` where it does not answer."""
    try:
        _check_texts(wire, tokenizer)
        ids = tokenizer.encode(_TEXTS[0])
        _check_taken(wire, ids)
        return _llama(wire, tokenizer, ids) or _others(wire, tokenizer, ids)
    except (InvalidInput, EngineError):
        raise
    except Exception as error:  # whatever a server sends
        raise explained(wire.server, error) from error


def _check_texts(wire: Wire, tokenizer: Tokenizer) -> None:
    for text in _TEXTS:
        own = tokenizer.encode(text)
        theirs = _asked(partial(by_ids.tokenized, wire, text))
        if theirs is None:
            _check_counts(wire, tokenizer)
            return
        if theirs != own:
            raise _other(wire, text, own, theirs)


def _check_counts(wire: Wire, tokenizer: Tokenizer) -> None:
    """By the numbers of tokens alone, where the server does not tell the ids of a text: each may
    have the same one more, which begins every text there."""
    more = set()
    for text in _TEXTS:
        own = tokenizer.encode(text)
        counted = _asked(partial(by_ids.read_tokens, wire, text))
        if counted is None:
            raise InvalidInput(
                _(
                    "{server} does not tell how it cuts texts into tokens: whether {tokenizer} is its "
                    "tokenizer cannot be found out. Take the tokenizer out."
                ).format(server=wire.server.host, tokenizer=wire.server.tokenizer)
            )
        more.add(counted - len(own))
        if len(more) > 1 or not more <= {0, 1}:
            raise InvalidInput(
                _(
                    "{tokenizer} is not the tokenizer of {server}: of {text!r} it makes {own} "
                    "tokens, and the server {theirs}. Name another one, or none."
                ).format(
                    tokenizer=wire.server.tokenizer,
                    server=wire.server.host,
                    text=text,
                    own=len(own),
                    theirs=counted,
                )
            )


def _check_taken(wire: Wire, ids: Sequence[int]) -> None:
    counted = _asked(partial(by_ids.read_tokens, wire, ids))
    if counted != len(ids):
        raise InvalidInput(
            _("{server} takes no token ids as a prompt. Take the tokenizer out.").format(
                server=wire.server.host
            )
        )


def _llama(wire: Wire, tokenizer: Tokenizer, ids: Sequence[int]) -> Way | None:
    if not _asked(partial(by_ids.llama_next, wire, ids, 2)):
        return None
    rows = max(by_ids.llama_next(wire, ids, _WHOLE), default=0) + 1
    if rows < tokenizer.vocab_size:
        raise InvalidInput(
            _(
                "{tokenizer} is not the tokenizer of {server}: it has {own} tokens, and the model "
                "there {theirs}. Name another one, or none."
            ).format(
                tokenizer=wire.server.tokenizer,
                server=wire.server.host,
                own=tokenizer.vocab_size,
                theirs=rows,
            )
        )
    return Way("llama.cpp", "llama.cpp", rows, TOLD, rows)


def _others(wire: Wire, tokenizer: Tokenizer, ids: Sequence[int]) -> Way:
    told = _asked(partial(by_ids.told_ids, wire, ids, _ANSWER)) or []
    size = tokenizer.vocab_size
    following = _most(lambda count: len(by_ids.vllm_next(wire, ids, count)), (size, *_COUNTS))
    given = _most(
        lambda count: min(
            (len(p.logprobs) for p in by_ids.vllm_given(wire, ids, count) if p), default=0
        ),
        [count for count in _COUNTS if count <= following],
    )
    # Where its own token is beyond the likeliest, a place tells it besides
    reads = "vllm" if following > 1 and given > 1 else ""
    return Way("vllm" if told else "text", reads, following, given, size)  # type: ignore[arg-type]


def _most(tell: Callable[[int], int], counts: Sequence[int]) -> int:
    """The most of what can be asked for that really comes."""
    for count in counts:
        came = _asked(partial(tell, count)) or 0
        if came:
            return min(came, count)
    return 0


def _asked(ask: Callable[[], _Told]) -> _Told | None:
    """What a server tells; None where it does not know the path or the field."""
    try:
        return ask()
    except openai.APIStatusError as error:
        # A key that is wrong, or a server that is busy or broken, says nothing of what it knows
        if error.status_code in (401, 403, 429) or error.status_code > 501:
            raise
        return None


def _other(wire: Wire, text: str, own: list[int], theirs: list[int]) -> InvalidInput:
    return InvalidInput(
        _(
            "{tokenizer} is not the tokenizer of {server}: it gives {text!r} the tokens {own}, and "
            "the server {theirs}. Name another one, or none."
        ).format(
            tokenizer=wire.server.tokenizer,
            server=wire.server.host,
            text=text,
            own=_few(own),
            theirs=_few(theirs),
        )
    )


def _few(ids: list[int]) -> str:
    return f"{ids[:8]}"[:-1] + ("…]" if len(ids) > 8 else "]")
