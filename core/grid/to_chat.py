"""From a text of the grid into a conversation: what was asked and answered there is its first
turn."""

from dataclasses import replace

from core.chat.records import Conversation
from core.chat.store import Conversations
from core.chat.turn import short_title
from core.grid.records import Cell, Run, written_by
from core.messages import Message
from core.personas.text import PersonaEntry


def conversation_of(
    conversations: Conversations, run: Run, cell: Cell, persona: PersonaEntry | None = None
) -> Conversation:
    """A new conversation that goes on from a text of a run, with its settings and its model.

    The next answers have seeds of their own: with that of the text, asking again would always give
    the same answer again. persona: whose system message it was, if it was one's.
    """
    spec, (model, precision) = run.spec, written_by(run, cell)
    drawn = spec.sampling(cell.place, cell.sample)
    made = conversations.create(
        title=short_title(spec.prompt),
        system=spec.system_at(cell.place),
        persona_id=persona.id if persona else None,
        sampling=replace(drawn, seed=None),
        model=model,
        precision=precision,
    )
    question = conversations.add_message(made.id, None, Message("user", spec.prompt))
    name = persona.text.name if persona else ""
    answer = conversations.begin_answer(made.id, question.id, drawn, model, precision, name)
    conversations.finish_answer(
        answer.id,
        cell.text,
        "",
        cell.finish_reason or "interrupted",
        cell.usage,
        cell.token_ids,
        cell.seed,
        cell.error,
    )
    return conversations.get(made.id)
