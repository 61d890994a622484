"""One turn of a conversation: from the question to a stored answer.

What is said is stored as it comes: the question before anything else, the answer's row before
its first token, its text twice a second, its end whatever ends it. Closing the iterator early
(a stop, a refresh, a closed tab) keeps what was there by then.
"""

from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass

from core.backends.backend import Backend, lacking, tokenizer_of
from core.backends.events import Event, Finished
from core.backends.request import Request
from core.cases.run import turn
from core.chat.records import Conversation, StoredMessage
from core.chat.store import Conversations
from core.errors import InvalidInput, PromptTooLong
from core.i18n import _
from core.messages import Message, with_system

TITLE_LENGTH = 48
# What an answer should at least have room for before old turns leave the prompt.
_RESERVE = 128


def fit(
    backend: Backend, conversation: Conversation, messages: Sequence[Message]
) -> tuple[Message, ...]:
    """The prompt of a conversation, without its oldest turns where they do not fit.

    Where the model tells neither its window nor its tokens, everything goes: it has to say itself
    what is too long. Raises `PromptTooLong` when the conversation is set to stop instead, or when
    the system message and the last question alone are too long.
    """
    kept = list(messages)
    window = backend.facts.window
    if lacking(backend, "token_ids") or window is None:
        return tuple(with_system(conversation.system, kept))
    tokenizer = tokenizer_of(backend)
    limit = min(window, conversation.sampling.max_length or window)
    reserve = min(_RESERVE, limit // 4)
    while True:
        whole = with_system(conversation.system, kept)
        tokens = len(tokenizer.prompt_ids(whole))
        if tokens + reserve <= limit or (len(kept) <= 1 and tokens < limit):
            return tuple(whole)
        if conversation.when_full == "stop" or len(kept) <= 1:
            raise PromptTooLong(
                _(
                    "The prompt has {tokens} tokens and leaves no room within the {limit} that the "
                    "context window or max_length allows. Start a new conversation, shorten the text, "
                    "or choose to drop the oldest turns."
                ).format(tokens=tokens, limit=limit)
            )
        # A turn leaves as a whole: up to the next question
        kept.pop(0)
        while len(kept) > 1 and kept[0].role != "user":
            kept.pop(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn begins: its question, as it is stored. What follows belongs to the answer."""

    question: StoredMessage


def turns(
    conversations: Conversations,
    backend: Backend,
    conversation_id: str,
    questions: Sequence[str | None],
) -> Generator[tuple[int, Asked | Event], None, None]:
    """Turns one after another: each stores its question (None: the last one is answered, again
    perhaps) and streams its stored answer. All that is told has the place of its question.

    A turn that was broken off or has failed ends them all. Raises `InvalidInput` for an empty
    question, `PromptTooLong` when one does not fit; it is stored by then.
    """
    for place, question in enumerate(questions):
        if question is not None:
            ask(conversations, conversation_id, question)
        path = conversations.path(conversation_id)
        if not path or path[-1].role != "user":
            raise InvalidInput(_("There is no question to answer. Write one first."))
        yield place, Asked(path[-1])
        for event in _answer(conversations, backend, path):
            yield place, event
            if isinstance(event, Finished) and event.reason in ("cancelled", "error"):
                return


def _answer(
    conversations: Conversations, backend: Backend, path: Sequence[StoredMessage]
) -> Generator[Event, None, None]:
    conversation = conversations.get(path[-1].conversation_id)
    prompt = fit(backend, conversation, [said.message for said in path])
    sampling = conversation.sampling.with_seed()
    request = Request(prompt, sampling)
    backend.check(request)
    model, precision = backend.facts.name, backend.facts.precision
    answer = conversations.begin_answer(conversation.id, path[-1].id, sampling, model, precision)
    yield from turn(backend, request, _StoredAnswer(conversations, answer.id))


@dataclass(frozen=True, slots=True)
class _StoredAnswer:
    """Keeps an answer in its row."""

    conversations: Conversations
    id: str

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        self.conversations.save_partial(self.id, text, token_ids)

    def ended(self, tag: Hashable, end: Finished) -> None:
        self.conversations.finish_answer(
            self.id,
            end.text,
            end.metadata,
            end.reason,
            end.usage,
            end.token_ids,
            end.seed,
            end.error,
        )


def ask(conversations: Conversations, conversation_id: str, question: str) -> StoredMessage:
    """Store a question below the head; the first one names the conversation."""
    check_question(question)
    conversation = conversations.get(conversation_id)
    if not conversation.title and not conversation.titled:
        conversations.update(conversation_id, title=short_title(question))
    return conversations.add_message(
        conversation_id, conversation.head_id, Message("user", question)
    )


def check_question(text: str) -> None:
    """Raise `InvalidInput` for a question that says nothing."""
    if not text.strip():
        raise InvalidInput(_("The message is empty. Write something first."))


def edit(conversations: Conversations, message: StoredMessage, text: str) -> StoredMessage:
    """Another version of a question, beside the old one; the answer is still to come."""
    check_question(text)
    return conversations.add_message(
        message.conversation_id, message.parent_id, Message("user", text)
    )


def ask_again(conversations: Conversations, answer: StoredMessage) -> None:
    """Go back to the question of `answer`, so that the next turn gives it another version."""
    conversations.set_head(answer.conversation_id, answer.parent_id)


def context_tokens(
    backend: Backend, conversation: Conversation, path: Sequence[StoredMessage]
) -> int:
    """How many tokens the whole conversation has as a prompt; raises `NotSupported` where the
    model does not tell."""
    messages = with_system(conversation.system, [m.message for m in path])
    return len(tokenizer_of(backend).prompt_ids(messages))


def short_title(question: str) -> str:
    """A conversation's title from its first question."""
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
