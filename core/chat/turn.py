"""One turn of a conversation: from the question to a stored answer.

What is said is stored as it comes: the question before anything else, the answer's row before
its first token, its text twice a second, its end whatever ends it. Closing the iterator early
(a stop, a refresh, a closed tab) keeps what was there by then.
"""

from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass

from core.backends.backend import Backend
from core.backends.events import Event, Finished
from core.backends.request import Request
from core.cases.run import turn
from core.chat.records import StoredMessage
from core.chat.store import Conversations
from core.chat.window import fit
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message

TITLE_LENGTH = 48


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
    request = Request(prompt.messages, sampling)
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


def short_title(question: str) -> str:
    """A conversation's title from its first question."""
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
