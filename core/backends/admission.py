"""What an engine here asks of a request before it starts: its ids, and room for an answer.

The same sentences whichever engine runs the model.
"""

from collections.abc import Callable, Sequence
from typing import cast

from core.backends.request import Request
from core.backends.stream import Sink
from core.backends.tokenizer import Tokenizer
from core.backends.track import Track
from core.errors import InvalidInput, PromptTooLong
from core.i18n import _


def request_ids(tokenizer: Tokenizer, request: Request) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The prompt and the begun answer as ids."""
    messages = request.messages
    prompt = (
        cast(tuple[int, ...], request.prompt)
        if messages is None
        else tuple(tokenizer.prompt_ids(messages, [dict(t) for t in request.tools] or None))
    )
    if not isinstance(request.begun, str):
        return prompt, request.begun
    if not request.begun:
        return prompt, ()
    encode = tokenizer.answer_ids if request.chat else tokenizer.encode
    return prompt, tuple(encode(request.begun))


def admitted(
    requests: Sequence[Request],
    tokenizer: Tokenizer,
    budget: Callable[[Request, tuple[int, ...], tuple[int, ...]], int],
    sink: Sink,
) -> list[Track]:
    """The tracks of requests that may start, none of them begun; all are checked before the first.

    budget: from a request, its prompt and its begun answer to how many new tokens it may have;
    raises for one that may not start.
    """
    tracks = []
    for request in requests:
        prompt, begun = request_ids(tokenizer, request)
        room = budget(request, prompt, begun)
        tracks.append(Track(request, prompt, begun, room, tokenizer, sink))
    return tracks


def new_tokens(request: Request, prompt: int, begun: int, window: int) -> int:
    """How many tokens the answer may still get, in a window of so many tokens.

    prompt, begun: their numbers of tokens. Raises `PromptTooLong` where there is no room for one.
    """
    whole = request.sampling.new_token_budget(prompt, window)
    if begun and begun >= whole:
        raise PromptTooLong(
            _(
                "The answer already has {tokens} tokens, and these settings and the context "
                "window allow at most {most}. Raise max_new_tokens or max_length, or continue "
                "from an earlier token."
            ).format(tokens=begun, most=whole)
        )
    return whole - begun


def check_ids(ids: Sequence[int], rows: int) -> None:
    """Raise `InvalidInput` unless there are ids, all of them below `rows`."""
    if not ids:
        raise InvalidInput(_("There is nothing to read: the prompt is empty. Write something."))
    foreign = next((i for i in ids if not 0 <= i < rows), None)
    if foreign is not None:
        raise InvalidInput(
            _("Token id {id} is outside the vocabulary (0 to {last}).").format(
                id=foreign, last=rows - 1
            )
        )


def check_length(tokens: int, window: int) -> None:
    """Raise `PromptTooLong` for a text of more tokens than the context window."""
    if tokens > window:
        raise PromptTooLong(
            _(
                "The text has {tokens} tokens; the context window holds {window}. Shorten it."
            ).format(tokens=tokens, window=window)
        )
