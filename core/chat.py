"""One turn of a conversation: from the question to a stored answer.

What is said is stored as it comes: the question before anything else, the answer's row before
its first token, its text twice a second, its end whatever ends it. Closing the iterator early
(a stop, a refresh, a closed tab) keeps what was there by then.
"""

import json
import time
from collections.abc import Generator, Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from core.errors import InvalidInput, PromptLabError, PromptTooLong
from core.events import Event, Finished, TextDelta
from core.i18n import _
from core.messages import Message, with_system
from core.sampling import Sampling
from core.storage import Store
from core.storage.records import Conversation, StoredMessage

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.requests import Request
    from core.models.text import Tokenizer

SAVE_EVERY_S = 0.5
TITLE_LENGTH = 48
# What an answer should at least have room for before old turns leave the prompt.
_RESERVE = 128


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """A prompt that fits into the window. `dropped`: messages that had to leave it."""

    ids: tuple[int, ...]
    dropped: int


def fit(
    tokenizer: "Tokenizer",
    conversation: Conversation,
    messages: Sequence[Message],
    window: int,
) -> FittedPrompt:
    """The prompt of a conversation, without its oldest turns where they do not fit.

    Raises `PromptTooLong` when the conversation is set to stop instead, or when the system
    message and the last question alone are too long.
    """
    limit = min(window, conversation.sampling.max_length or window)
    reserve = min(_RESERVE, limit // 4)
    kept = list(messages)
    while True:
        ids = tokenizer.prompt_ids(with_system(conversation.system, kept))
        if len(ids) + reserve <= limit or (len(kept) <= 1 and len(ids) < limit):
            return FittedPrompt(tuple(ids), len(messages) - len(kept))
        if conversation.when_full == "stop" or len(kept) <= 1:
            raise PromptTooLong(
                _(
                    "The prompt has {tokens} tokens and leaves no room within the {limit} that the "
                    "context window or max_length allows. Start a new conversation, shorten the "
                    "text, or choose to drop the oldest turns."
                ).format(tokens=len(ids), limit=limit)
            )
        # A turn leaves as a whole: up to the next question
        kept.pop(0)
        while len(kept) > 1 and kept[0].role != "user":
            kept.pop(0)


def reply(
    store: Store,
    engine: "Engine",
    conversation_id: str,
    question: str | None,
) -> Generator[Event, None, None]:
    """Ask `question` (or answer the last one again, with None) and stream the stored answer.

    Raises `InvalidInput` for an empty question, `PromptTooLong` when it does not fit; the
    question is stored by then.
    """
    if question is not None:
        ask(store, conversation_id, question)
    conversation = store.conversations.get(conversation_id)
    path = store.conversations.path(conversation_id)
    if not path or path[-1].role != "user":
        raise InvalidInput(_("There is no question to answer. Write one first."))
    prompt = fit(engine.tokenizer, conversation, [m.message for m in path], engine.window)
    sampling = conversation.sampling.with_seed()
    from core.engine.requests import Request

    stream = engine.submit(Request(prompt.ids, sampling))
    answer = store.conversations.begin_answer(
        conversation_id, path[-1].id, sampling, engine.loaded.facts.name
    )
    text = ""
    ids: list[int] = []
    end: Finished | None = None
    saved = float("-inf")
    try:
        for event in stream:
            if isinstance(event, TextDelta):
                text += event.text
                ids += event.token_ids
                if text and time.monotonic() - saved >= SAVE_EVERY_S:
                    store.conversations.save_partial(answer.id, text, ids)
                    saved = time.monotonic()
            elif isinstance(event, Finished):
                end = event
                _keep(store, answer.id, end)
            yield event
    finally:
        if end is None:
            _keep(store, answer.id, stream.cancel())


def ask(store: Store, conversation_id: str, question: str) -> StoredMessage:
    """Store a question below the head; the first one names the conversation."""
    if not question.strip():
        raise InvalidInput(_("The message is empty. Write something first."))
    conversation = store.conversations.get(conversation_id)
    if not conversation.title and not conversation.titled:
        store.conversations.update(conversation_id, title=short_title(question))
    return store.conversations.add_message(
        conversation_id, conversation.head_id, Message("user", question)
    )


def edit(store: Store, message: StoredMessage, text: str) -> StoredMessage:
    """Another version of a question, beside the old one; the answer is still to come."""
    if not text.strip():
        raise InvalidInput(_("The message is empty. Write something first."))
    return store.conversations.add_message(
        message.conversation_id, message.parent_id, Message("user", text)
    )


def ask_again(store: Store, answer: StoredMessage) -> None:
    """Go back to the question of `answer`, so that `reply` gives it another version."""
    store.conversations.set_head(answer.conversation_id, answer.parent_id)


def chat_request(
    engine: "Engine",
    system: str,
    messages: Sequence[Message],
    sampling: Sampling,
    tag: Hashable = None,
) -> "Request":
    """A request outside any conversation, for previews and comparisons."""
    from core.engine.requests import Request

    if not messages or not messages[-1].content.strip():
        raise InvalidInput(_("The message is empty. Write something first."))
    ids = engine.tokenizer.prompt_ids(with_system(system, messages))
    return Request(tuple(ids), sampling, tag=tag)


def context_tokens(
    tokenizer: "Tokenizer", conversation: Conversation, path: Sequence[StoredMessage]
) -> int:
    """How many tokens the whole conversation has as a prompt."""
    messages = with_system(conversation.system, [m.message for m in path])
    return len(tokenizer.prompt_ids(messages))


def short_title(question: str) -> str:
    """A conversation's title from its first question."""
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def export_markdown(conversation: Conversation, path: Sequence[StoredMessage]) -> str:
    """The visible path as Markdown."""
    names = {"user": _("You"), "assistant": _("Model"), "observation": _("Observation")}
    parts = [f"# {conversation.title or _('Conversation')}"]
    if conversation.system.strip():
        quoted = "\n".join(f"> {line}" for line in conversation.system.splitlines())
        parts.append(f"**{_('System message')}**\n\n{quoted}")
    parts += [f"**{names.get(m.role, m.role)}**\n\n{m.content}" for m in path]
    return "\n\n".join(parts) + "\n"


def export_json(conversation: Conversation, path: Sequence[StoredMessage]) -> str:
    """The visible path with all settings and usage, as JSON."""
    content = {
        "format": "promptlab-conversation",
        "version": 1,
        **asdict(conversation),
        "messages": [asdict(message) for message in path],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def _keep(store: Store, answer_id: str, end: Finished) -> None:
    try:
        store.conversations.finish_answer(
            answer_id,
            end.text,
            end.metadata,
            end.reason,
            end.usage,
            end.token_ids,
            end.seed,
            end.error,
        )
    except PromptLabError:
        # The conversation was deleted while its answer was being written
        if end.reason != "cancelled":
            raise
