"""A role with a limit and the sentence to say beyond it, both taken from the system message.

The sentence has to be copied word for word for a question outside the limit, and must not be
said for one inside it; question after question, in any order.
"""

from core.messages import Message
from training import vocabulary, words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains import limits_text as text
from training.domains.copying import some_words
from training.domains.fallback_text import OUTSIDE
from training.domains.lists import COUNTS
from training.domains.personas import PERSONAS
from training.domains.personas_wording import INSIDE_ASK, INSIDE_UNSEEN, WORLD
from training.domains.roles import field_of, role_of
from training.domains.sampling import CONCEPTS
from training.domains.stories import story_slots
from training.grammar import Draw, filled


def outside(draw: Draw, field: str) -> str:
    """A question that is not about ``field``: of another persona, of the model's world, or of a
    topic beyond it."""
    kind = draw.rng.random()
    if kind < 0.25:
        persona = draw.any([p for p in PERSONAS if p.field != field])
        return draw.phrase(draw.any(persona.qa)[0])
    if kind < 0.5:
        slots = story_slots(draw)
        return draw.ask(WORLD, **slots, k=draw.any(COUNTS), x=draw.any(CONCEPTS).names[0])
    if kind < 0.8:
        # Differs from a question inside by the topic alone.
        return draw.ask(INSIDE_ASK, x=_other(draw, field))
    return draw.ask(
        OUTSIDE, x=draw.value([t for t in words.TOPICS if t not in field]), y=words.topic(draw)
    )


def _other(draw: Draw, field: str) -> str:
    """A topic that is neither ``field`` nor a part of it."""
    while True:
        other = field_of(draw)
        if other.lower() not in field.lower() and field.lower() not in other.lower():
            return other


def _refusal(draw: Draw, field: str) -> str:
    """The sentence to say beyond the limit; two in five say nothing that makes sense."""
    if draw.chance(0.4):
        said = some_words(draw, draw.rng.choice((2, 3, 4, 5, 6, 7)))
        return said[:1].upper() + said[1:] + draw.any((".", "!"))
    return draw.ask(
        text.SENTENCES,
        w=words.made_up(draw, True),
        x=words.made_up(draw, False),
        n=words.name(draw).capitalize(),
        k=words.number(draw),
        j=draw.value(vocabulary.ADJECTIVES),
        t=words.thing(draw),
        v=draw.value(vocabulary.VERBS),
        field=field,
    )


def limit(draw: Draw) -> Dialogue:
    """One to four questions inside and outside the limit."""
    role, field = role_of(draw), field_of(draw)
    sentence = _refusal(draw, field)
    wording = draw.wording(text.SYSTEMS)
    slots = {"role": role, "field": field, "s": sentence}
    messages: list[Message] = [system(filled(wording, slots))]
    # An answer may speak of the role only if the system message does.
    inside = [a for a in INSIDE_UNSEEN if "role}" in wording or "role}" not in a]
    expect = Expect()
    for _ in range(draw.rng.choice((1, 2, 2, 3, 4))):
        if draw.chance(0.6):
            question, answer = outside(draw, field), sentence
            expect = Expect(begins=sentence, ends=sentence)
        else:
            question = draw.ask(INSIDE_ASK, x=field)
            answer = draw.say(inside, x=field, role=role, field=field)
            expect = Expect(any_of=(field,), none_of=(sentence.rstrip(".!"),))
        messages += [user(question + draw.any(("?", "?", "", "."))), assistant(answer)]
    return Dialogue("limit", tuple(messages), expect, joins=False)
