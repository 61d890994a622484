"""Where the messages of a turn with tools are kept: in a conversation of the store, or in
memory."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.backends.backend import Backend, require
from core.backends.calls import CallForm
from core.backends.events import Finished
from core.backends.request import Request
from core.cases.run import Answered, turn
from core.chat.records import Step, StoredMessage
from core.chat.turn import (
    Asked,
    ask,
    call_form,
    check_question,
    own_messages,
    stored_answer,
)
from core.chat.window import Settled, fit
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message, with_system
from core.sampling.settings import Sampling
from core.tools.loop import Decision, Paused, Told, rounds
from core.tools.running import Limits
from core.tools.tool import Tool

if TYPE_CHECKING:
    # The database is loaded with its own pages and commands
    from core.chat.store import Conversations


@dataclass(slots=True)
class Stored:
    """A conversation of the store. persona: the name of the one that is in force."""

    conversations: "Conversations"
    backend: Backend
    conversation_id: str
    persona: str = ""
    form: CallForm | None = field(init=False)

    def __post_init__(self) -> None:
        self.form = call_form(self.backend)

    def path(self) -> Sequence[StoredMessage]:
        """The visible messages, first to last."""
        return self.conversations.path(self.conversation_id)

    def messages(self) -> Sequence[Message]:
        return [said.message for said in self.path()]

    def steps(self) -> Sequence[Step]:
        return steps_of_turn(self.path())

    def answer(self, tools: Sequence[Tool]) -> Generator[Told, None, Finished]:
        path = self.path()
        conversation = self.conversations.get(self.conversation_id)
        request = tool_request(
            self.backend,
            conversation,
            [said.message for said in path],
            tools,
            conversation.tools.strict,
        )
        yield Asked(path[-1])
        end: Finished | None = None
        events = stored_answer(self.conversations, self.backend, path[-1], request, self.persona)
        for event in events:
            yield event
            end = event if isinstance(event, Finished) else end
        assert end is not None  # an answer has an end, whatever ends it
        return end

    def observe(self, content: str, step: Step, shown: Sequence[Mapping[str, Any]] = ()) -> None:
        head = self.conversations.get(self.conversation_id).head_id
        assert head is not None  # a call is a message
        self.conversations.add_observation(self.conversation_id, head, content, step, shown)

    def rewrite(self, place: int, message: Message) -> None:
        origin, *after = self.path()[place:]
        shown = self.conversations.shown(self.conversation_id)
        last = self.conversations.add_call(origin, message)
        for said in after:
            below = self.conversation_id, last.id
            last = (
                self.conversations.add_observation(
                    *below, said.content, said.step, shown.get(said.id, ())
                )
                if said.step
                else self.conversations.add_message(*below, said.message)
            )


@dataclass(slots=True)
class Spoken:
    """A conversation in memory, with one model. last: the end of its last answer. strict: only
    valid calls, where the model can be held to them."""

    backend: Backend
    system: str
    sampling: Sampling
    said: list[Message] = field(default_factory=list)
    made: list[Step] = field(default_factory=list)
    last: Finished | None = None
    strict: bool = False
    form: CallForm | None = field(init=False)

    def __post_init__(self) -> None:
        self.form = call_form(self.backend)

    def ask(self, question: str) -> None:
        """Begin a turn."""
        check_question(question)
        self.said.append(Message("user", question))
        self.made = []

    def messages(self) -> Sequence[Message]:
        return self.said

    def steps(self) -> Sequence[Step]:
        return self.made

    def answer(self, tools: Sequence[Tool]) -> Generator[Told, None, Finished]:
        schemas = tuple(tool.schema for tool in tools)
        prompt = tuple(with_system(self.system, self.said))
        sampling = self.sampling.with_seed()
        request = Request(prompt, sampling, tools=schemas, valid_calls=self.strict)
        kept, self.last = Answered(), None
        try:
            yield from turn(self.backend, request, kept)
        finally:
            # Also where it is broken off: what was said stays
            self.last = kept.found.get(request.tag)
            if self.last is not None and not self.last.error:
                self.said += own_messages(self.form, self.last)
        assert self.last is not None  # an answer has an end, whatever ends it
        return self.last

    def observe(self, content: str, step: Step, _shown: Sequence[Mapping[str, Any]] = ()) -> None:
        self.said.append(Message("observation", content))
        self.made.append(step)

    def rewrite(self, place: int, message: Message) -> None:
        self.said[place] = message


def steps_of_turn(path: Sequence[StoredMessage]) -> list[Step]:
    """The steps since the last question, first to last."""
    found: list[Step] = []
    for said in reversed(path):
        if said.role == "user":
            break
        if said.step is not None:
            found.append(said.step)
    return found[::-1]


def tool_request(
    backend: Backend,
    settled: Settled,
    said: Sequence[Message],
    tools: Sequence[Tool],
    strict: bool = False,
) -> Request:
    """The request that goes on after these messages; raises `InvalidInput` where there is nothing
    to answer, `NotSupported` where the model knows no tools, `PromptTooLong` when it does not fit.
    strict: only valid calls, where the model can be held to them."""
    if not said or said[-1].role not in ("user", "observation"):
        raise InvalidInput(_("There is no question to answer. Write one first."))
    if tools:
        require(backend, "tools")
    schemas = tuple(tool.schema for tool in tools)
    prompt = fit(backend, settled, said, schemas)
    request = Request(
        prompt.messages, settled.sampling.with_seed(), tools=schemas, valid_calls=strict
    )
    backend.check(request)
    return request


def tool_turns(
    conversations: "Conversations",
    backend: Backend,
    conversation_id: str,
    questions: Sequence[str | None],
    tools: Sequence[Tool],
    persona: str = "",
    decision: Decision | None = None,
    limits: Limits | None = None,
) -> Generator[tuple[int, Told], None, None]:
    """Turns of a stored conversation one after another, as `core.chat.turn.turns`, with tools. All
    that is told has the place of its answer, counted from 0; the first question that waits for a
    decision, or fails, ends them all. decision: on the call that waits, for the first turn.

    Raises what `tool_request` raises, before the question is stored.
    """
    transcript = Stored(conversations, backend, conversation_id, persona)
    place = -1
    for question in questions:
        conversation = conversations.get(conversation_id)
        if question is not None:
            check_question(question)
            asked = [*transcript.messages(), Message("user", question)]
            tool_request(backend, conversation, asked, tools, conversation.tools.strict)
            ask(conversations, conversation_id, question)
        for told in rounds(transcript, tools, conversation.tools.ask, limits, decision):
            if isinstance(told, Asked):
                place += 1
            yield max(place, 0), told
            if isinstance(told, Paused):
                return
            if isinstance(told, Finished) and told.reason in ("cancelled", "error"):
                return
        decision = None


def replayed(conversations: "Conversations", observation: StoredMessage) -> None:
    """Go back to before an observation, so that its call waits again; the other one stays a
    version."""
    if observation.role != "observation" or observation.parent_id is None:
        raise InvalidInput(_("This message is no result of a tool."))
    conversations.set_head(observation.conversation_id, observation.parent_id)


def waiting_call(path: Sequence[StoredMessage]) -> StoredMessage | None:
    """The message whose call has no result yet, if the conversation ends in one."""
    last = path[-1] if path else None
    return last if last and last.role == "assistant" and last.metadata else None
