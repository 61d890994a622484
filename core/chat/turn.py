"""One turn of a conversation: from the question to a stored answer.

A question that cannot be answered is refused before anything is stored. What is said is stored as
it comes: the question before anything else, the answer's row before its first token, its text twice
a second, its end whatever ends it, however often it has to be tried. Closing the iterator early (a
stop, a refresh, a closed tab) keeps what was there by then.
"""

import time
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.backends.backend import Backend, lacking, tokenizer_of
from core.backends.calls import CallForm, in_segments
from core.backends.events import Event, Finished, ToolCall
from core.backends.request import Request
from core.cases.run import turn
from core.chat.records import Conversation, Draft, StoredMessage
from core.chat.window import Settled, fit
from core.errors import InvalidInput, NotFound, StorageError
from core.i18n import _
from core.messages import Message

if TYPE_CHECKING:
    # The database is loaded with its own pages and commands
    from core.chat.store import Conversations

TITLE_LENGTH = 48
# No window holds more, and to count the tokens of more would take longer than anyone waits
LONGEST_QUESTION = 1_000_000
# An end that cannot be stored is tried again so often, and for so long: the disk may be full, or
# another program may hold the database
AGAIN_S = 0.5
KEEP_TRYING_S = 3600.0
# After a part could not be stored
PARTS_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn begins: its question, as it is stored. What follows belongs to the answer."""

    question: StoredMessage


@dataclass(frozen=True, slots=True)
class NotKept:
    """What there is of the answer could not be stored, and will be tried again; empty once it
    is."""

    reason: str


Turning = Generator[Asked | NotKept | Event, None, None]


def turns(
    conversations: "Conversations",
    backend: Backend,
    conversation_id: str,
    questions: Sequence[str | None],
    persona: str = "",
) -> Generator[tuple[int, Asked | NotKept | Event], None, None]:
    """Turns one after another: each stores its question (None: the last one is answered, again
    perhaps) and streams its stored answer. All that is told has the place of its question. persona:
    the name of the one whose system message is in force, which the answers are stored with.

    A turn that was broken off or has failed ends them all. Raises what `check_turn` raises, before
    the question is stored.
    """
    for place, question in enumerate(questions):
        said = [message.message for message in conversations.path(conversation_id)]
        request = check_turn(backend, conversations.get(conversation_id), said, question)
        if question is not None:
            ask(conversations, conversation_id, question)
        asked = conversations.path(conversation_id)[-1]
        yield place, Asked(asked)
        for event in stored_answer(conversations, backend, asked, request, persona):
            yield place, event
            if isinstance(event, Finished) and event.reason in ("cancelled", "error"):
                return


def check_turn(
    backend: Backend, settled: Settled, said: Sequence[Message], question: str | None
) -> Request:
    """The request that answers a question (None: the last that was said); nothing is stored.

    settled: the conversation, or one that is yet to begin. Raises `InvalidInput` for an empty
    question, or where there is none, and `PromptTooLong` when it does not fit.
    """
    if question is not None:
        check_question(question)
        said = [*said, Message("user", question)]
    if not said or said[-1].role != "user":
        raise InvalidInput(_("There is no question to answer. Write one first."))
    prompt = fit(backend, settled, said)
    request = Request(prompt.messages, settled.sampling.with_seed())
    backend.check(request)
    return request


def stored_answer(
    conversations: "Conversations",
    backend: Backend,
    question: StoredMessage,
    request: Request,
    persona: str,
    files: str = "",
) -> Turning:
    """The events of the answer to a request, which is stored below `question` as it comes. files:
    what its system message says of files."""
    model, precision = backend.facts.name, backend.facts.precision
    answer = conversations.begin_answer(
        question.conversation_id,
        question.id,
        request.sampling,
        model,
        precision,
        persona,
        request.tools,
        files,
    )
    keeper = _StoredAnswer(conversations, answer.id, answer.conversation_id, call_form(backend))
    told = ""
    try:
        for event in turn(backend, request, keeper):
            yield event
            if keeper.trouble != told:
                told = keeper.trouble
                yield NotKept(told)
        while keeper.unkept:
            yield NotKept(keeper.trouble)
            keeper.try_again()
    finally:
        # Also where it is broken off: nobody should lose what was on screen
        while keeper.unkept:
            keeper.try_again()


@dataclass(slots=True)
class _StoredAnswer:
    """Keeps an answer in its row. Where that fails, the end waits to be tried again.

    trouble: why the last try failed; empty where it did not. unkept: the end that is not stored.
    """

    conversations: "Conversations"
    id: str
    conversation_id: str
    form: CallForm | None
    trouble: str = ""
    unkept: Finished | None = None
    _again_at: float = 0.0
    _given_up_at: float = 0.0

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        # Each try may wait for others for seconds, and the answer would wait with it
        if time.monotonic() < self._again_at:
            return
        try:
            self.conversations.save_partial(self.id, text, token_ids)
            self.trouble = ""
        except StorageError as error:
            self.trouble, self._again_at = str(error), time.monotonic() + PARTS_AGAIN_S

    def ended(self, tag: Hashable, end: Finished) -> None:
        self.unkept, self._given_up_at = end, time.monotonic() + KEEP_TRYING_S
        self._try()

    def try_again(self) -> None:
        """Try once more to store the end; raises `StorageError` when it was tried long enough."""
        time.sleep(AGAIN_S)
        self._try()

    def _try(self) -> None:
        end = self.unkept
        if end is None:
            return
        first, *rest = own_messages(self.form, end)
        try:
            self.conversations.finish_answer(
                self.id,
                first.content,
                first.metadata,
                end.reason,
                end.usage,
                end.token_ids,
                end.seed,
                end.error,
            )
        except StorageError as error:
            self.trouble = str(error)
            if time.monotonic() < self._given_up_at:
                return
            self.unkept = None
            raise
        except NotFound:
            # Deleted while it was being written
            self.unkept = None
            raise
        self.trouble, self.unkept = "", None
        parent = self.id
        for message in rest:
            parent = self.conversations.add_message(self.conversation_id, parent, message).id


def call_form(backend: Backend) -> CallForm | None:
    """How the model writes its calls; None where that is not known here, as of a server's."""
    return None if lacking(backend, "token_ids") else tokenizer_of(backend).call_form


def own_messages(form: CallForm | None, end: Finished) -> list[Message]:
    """An answer as messages: one for each part where the model's form has such, else one."""
    calls = any(isinstance(part, ToolCall) for part in end.parts)
    if not calls or not in_segments(form):
        return [Message("assistant", end.text, end.metadata)]
    return [
        Message("assistant", part.raw, part.name)
        if isinstance(part, ToolCall)
        else Message("assistant", part.text)
        for part in end.parts
    ]


def ask(conversations: "Conversations", conversation_id: str, question: str) -> StoredMessage:
    """Store a question below the head; the first one names the conversation."""
    check_question(question)
    conversation = conversations.get(conversation_id)
    conversations.name_first(conversation_id, short_title(question))
    return conversations.add_message(
        conversation_id, conversation.head_id, Message("user", question)
    )


def begin(
    conversations: "Conversations", draft: Draft, question: str, model: str, precision: str
) -> Conversation:
    """Store a new conversation with its first question."""
    check_question(question)
    return conversations.begin(
        draft, Message("user", question), short_title(question), model, precision
    )


def check_question(text: str) -> None:
    """Raise `InvalidInput` for a question that says nothing, or far too much."""
    if not text.strip():
        raise InvalidInput(_("The message is empty. Write something first."))
    if len(text) > LONGEST_QUESTION:
        raise InvalidInput(
            _("The message has {count:,} characters; at most {most:,} can be sent.").format(
                count=len(text), most=LONGEST_QUESTION
            )
        )


def edit(conversations: "Conversations", message: StoredMessage, text: str) -> StoredMessage:
    """Another version of a question, beside the old one; the answer is still to come."""
    check_question(text)
    return conversations.add_message(
        message.conversation_id, message.parent_id, Message("user", text)
    )


def ask_again(conversations: "Conversations", answer: StoredMessage) -> None:
    """Go back to the question of `answer`, so that the next turn gives it another version."""
    conversations.set_head(answer.conversation_id, answer.parent_id)


def short_title(question: str) -> str:
    """A conversation's title from its first question."""
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
