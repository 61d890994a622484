"""What of a conversation goes into the prompt: all of it, or what the context window still
takes."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import ceil
from typing import Any, Protocol

from core.backends.backend import Backend, lacking, tokenizer_of
from core.backends.tokenizer import Tokenizer
from core.chat.records import WhenFull
from core.errors import PromptTooLong
from core.i18n import _, ngettext, sentences
from core.messages import Message, with_system
from core.sampling.settings import Sampling

# What an answer should at least have room for before old turns leave the prompt.
_RESERVE = 128
# Between questions that are asked as one
_JOINED = "\n\n"


class Settled(Protocol):
    """What of a conversation its prompt depends on, whether it has begun or not."""

    @property
    def system(self) -> str:
        """The system message."""

    @property
    def sampling(self) -> Sampling:
        """The settings of the next answer."""

    @property
    def when_full(self) -> WhenFull:
        """What happens when the context window is full."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The prompt of a conversation.

    tokens: of the whole prompt; 0 where the model does not tell. left_out: how many of the
    oldest messages have left it.
    """

    messages: tuple[Message, ...]
    tokens: int
    left_out: int = 0


def fit(
    backend: Backend,
    conversation: Settled,
    messages: Sequence[Message],
    tools: Sequence[Mapping[str, Any]] = (),
) -> Fitted:
    """The prompt of a conversation, without its oldest turns where they do not fit.

    A question that was never answered is asked together with the next one: many chat formats want
    the roles to take turns. Where the model tells neither its window nor its tokens, everything
    goes: it has to say itself what is too long. Raises `PromptTooLong` when the conversation is set
    to stop instead, or when the system message and the last question alone are too long; it says
    which of them, and what helps there. tools: what the model is told of.
    """
    offered = [dict(tool) for tool in tools] or None
    said = in_turns(messages)
    window = backend.facts.window
    if lacking(backend, "token_ids") or window is None:
        return Fitted(tuple(with_system(conversation.system, said)), 0)
    tokenizer = tokenizer_of(backend)
    limit = limit_of(window, conversation)
    reserve = min(_RESERVE, limit // 4)

    def fitted(first: int) -> Fitted:
        whole = tuple(with_system(conversation.system, said[first:]))
        return Fitted(whole, len(tokenizer.prompt_ids(whole, offered)), first)

    # A turn leaves as a whole: up to the next question
    starts = [0, *(i for i in range(1, len(said)) if said[i].role == "user")]
    if conversation.when_full == "stop":
        starts = starts[:1]
    lengths = _lengths(tokenizer, said, limit)
    found = _first_that_fits(starts, lengths, fitted, limit - reserve)
    alone = sum(message.role == "user" for message in said[found.left_out :]) <= 1
    if found.tokens + reserve <= limit or (alone and found.tokens < limit):
        return found
    if not alone:
        raise PromptTooLong(_full(found.tokens, limit))
    text = said[-1].content
    fewer = min(len(text), ceil((found.tokens + 1 - limit) * len(text) / max(1, lengths[-1])))
    raise PromptTooLong(_too_long(found.tokens, limit, window, fewer, conversation.system))


def _full(tokens: int, limit: int) -> str:
    return _(
        "This conversation is full: with this message its prompt has {tokens:,} tokens, and "
        "{limit:,} fit, answer included. Choose to drop the oldest turns in the settings, or start a "
        "new conversation."
    ).format(tokens=tokens, limit=limit)


def _too_long(tokens: int, limit: int, window: int, fewer: int, system: str) -> str:
    """Why a question cannot even be asked alone, and what would help."""
    if limit < window:
        why = _(
            "This message is too long: the prompt has {tokens:,} tokens, and max_length allows "
            "{limit:,}, answer included."
        )
        remedy = _("Raise max_length in the settings, or shorten the message.")
        return sentences((why.format(tokens=tokens, limit=limit), remedy))
    why = _(
        "This message is too long: the prompt has {tokens:,} tokens, and the model's context window "
        "holds {limit:,}, answer included."
    ).format(tokens=tokens, limit=limit)
    remedy = ngettext(
        "Shorten it by at least {count:,} character.",
        "Shorten it by at least {count:,} characters.",
        fewer,
    ).format(count=fewer)
    also = [_("The system message takes room too.")] if system.strip() else []
    return sentences((why, remedy, *also))


def limit_of(window: int, conversation: Settled) -> int:
    """Tokens that a prompt and its answer may have together: the window, or less where the
    conversation says so."""
    return min(window, conversation.sampling.max_length or window)


def in_turns(messages: Sequence[Message]) -> list[Message]:
    """The messages with questions that follow each other as one."""
    said: list[Message] = []
    for message in messages:
        if said and said[-1].role == message.role == "user":
            said[-1] = replace(message, content=said[-1].content + _JOINED + message.content)
        else:
            said.append(message)
    return said


def _first_that_fits(
    starts: Sequence[int],
    lengths: Sequence[int],
    fitted: Callable[[int], Fitted],
    limit: int,
) -> Fitted:
    """The prompt from the earliest of `starts` with at most `limit` tokens; that from the last one
    where none has.

    lengths: of each message's text alone. What the chat format adds to a turn the last two tell, so
    that hardly more than one long prompt is made; dropping turn by turn would make hundreds.
    """
    latest = len(starts) - 1
    last = fitted(starts[latest])
    if latest == 0:
        return last
    of_texts = list(accumulate(reversed(lengths), initial=0))[::-1]
    texts = [of_texts[start] - of_texts[starts[latest]] for start in starts]
    place, first = latest - 1, 0
    tried = two = fitted(starts[place])
    if two.tokens > limit:
        return last
    while True:
        added = (tried.tokens - last.tokens - texts[place]) / (latest - place)
        # Negative, as they fall from start to start
        estimates = [-(last.tokens + texts[i] + added * (latest - i)) for i in range(latest)]
        place = bisect_left(estimates, -limit, first, latest - 1)
        if place == latest - 1:
            return two
        tried = fitted(starts[place])
        if tried.tokens <= limit:
            return tried
        first = place + 1


def _lengths(tokenizer: Tokenizer, messages: Sequence[Message], enough: int) -> list[int]:
    """How many tokens the text of each message has, counted from the end; the messages before those
    that have `enough` of them count as that many."""
    lengths: list[int] = []
    total = 0
    for message in reversed(messages):
        lengths.append(len(tokenizer.encode(message.content)) if total < enough else enough)
        total += lengths[-1]
    return lengths[::-1]
