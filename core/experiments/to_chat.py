"""From an answer of an experiment into a conversation, which goes on where the answer ended."""

from dataclasses import replace

from core.chat.records import Conversation, ToolChoice
from core.chat.store import Conversations
from core.chat.turn import short_title
from core.engine.choices import split_model
from core.experiments.records import Answer, Experiment
from core.personas.text import PersonaEntry


def conversation_of(
    conversations: Conversations,
    experiment: Experiment,
    answer: Answer,
    persona: PersonaEntry | None = None,
) -> Conversation:
    """A new conversation that goes on from all turns of an answer, with its settings and its model.

    History that the question planted comes with it. The next answers have seeds of their own: with
    that of the answer, asking again would always give the same. persona: whose system message it
    was, if it was one's.
    """
    spec, place = experiment.spec, answer.place
    variant, drawn = spec.variants[place.variant], spec.sampling_of(*place)
    value = experiment.model_of(place.variant)
    name, precision = split_model(value)
    model, precision = answer.model or name, "" if precision == "auto" else precision
    made = conversations.create(
        title=short_title(spec.rows[place.row].title),
        system=variant.system,
        persona_id=persona.id if persona else None,
        sampling=replace(drawn, seed=None),
        model=model,
        precision=precision,
        tools=ToolChoice(tuple(one.name for one in variant.tools)),
    )
    above: str | None = None
    spoken = persona.text.name if persona else ""
    turns = spec.turns(place.variant, place.row)
    for turn, text in enumerate(answer.texts):
        for message in turns[turn]:
            above = conversations.add_message(made.id, above, message).id
        for one in answer.called(turn):
            if one.step and above:
                content, step = one.message.content, one.step
                above = conversations.add_observation(made.id, above, content, step).id
            else:
                above = conversations.add_message(made.id, above, one.message).id
        if answer.called(turn) and not text:
            # It ended at a call, which waits there as it did here
            continue
        begun = conversations.begin_answer(
            made.id, above, drawn, model, precision, spoken, [one.schema for one in variant.tools]
        )
        last = turn == len(answer.texts) - 1
        conversations.finish_answer(
            begun.id,
            text,
            "",
            answer.reason if last else "stop",
            None,
            (),
            answer.seed,
            answer.error if last else None,
        )
        above = begun.id
    return conversations.get(made.id)
