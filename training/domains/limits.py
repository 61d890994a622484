"""A role with a limit and the sentence to say beyond it, both taken from the system message.

The sentence has to be copied word for word for a question outside the limit, and must not be
said for one inside it; question after question, in any order.
"""

from core.messages import Message
from training import words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains.fallback import OUTSIDE
from training.domains.lists import COUNTS
from training.domains.personas import PERSONAS
from training.domains.personas_wording import INSIDE_ASK, INSIDE_UNSEEN, WORLD
from training.domains.roles import UNSEEN_FIELDS, field_of, role_of
from training.domains.sampling import CONCEPTS
from training.domains.stories import story_slots
from training.grammar import Draw, filled

SYSTEMS = (
    'You are {an role}. Answer only questions about {field}. If asked about anything else, say: "{s}"',
    'You only talk about {field}. [For everything else|For any other topic] say "{s}"',
    '[You are {an role}.|Act as {an role}.] Your topic is {field}. Reply to all other questions with "{s}"',
    'If a question is not about {field}, answer with "{s}"',
    'Topic: {field}. [Otherwise|Other questions]: "{s}"',
    'You help with {field}[ only|]. When the user asks for something else, [answer|say|reply]: "{s}"',
    'Be {an role} for {field}. Whenever a question leaves this topic, say "{s}" and nothing else.',
    'Only {field} is your subject. Your answer to [everything|anything] else is "{s}"',
    'You are {an role} and know only {field}. To other questions you [say|reply]: "{s}"',
    'Answer questions about {field}. Refuse [the rest|all others] with the sentence "{s}"',
    '[Talk|Speak] about {field} and nothing else. Your refusal is: "{s}"',
    'You are {an role}. {field} is [your only topic|all you talk about]. If you must decline, say exactly "{s}"',
    'Role: {role}. Topic: {field}. Refusal: "{s}"',
    'Stay with {field}. [Decline|Refuse] other topics with these words: "{s}"',
    'Act as {an role}. Say "{s}" whenever the question is not about {field}.',
    'Say "{s}" to every question that has nothing to do with {field}. You are {an role}.',
    '"{s}" is what you say if somebody asks about anything but {field}.',
)
SENTENCES = (
    "That is not on my menu, {w}.",
    "Sorry, [ask {n}|please ask {n}] about that.",
    "I [leave|pass] that to {n}.",
    "No {w} for you today.",
    "{w}!",
    "{w} {x}.",
    "I am only here for {field}.",
    "This desk knows nothing of that.",
    "Please call {k}.",
    "[Please|Kindly] go to [room|desk|window] {k}.",
    "My lips are sealed.",
    "That is [beyond|outside] my [garden|house|kitchen|shop].",
    "Ask me another day, [my friend|dear guest|{n}].",
    "I must decline, [dear {n}|with a smile|my friend].",
    "Not my [cup of tea|business|department].",
    "The {w} does not answer that.",
    "I would rather talk about {field}.",
    "[Wrong|Another] door, please try number {k}.",
    "This is a question for {n} from {w}.",
    "[Oh no|Oh dear], {w} forbids it.",
    "Computer says no.",
    "Let us not go there.",
    "Our {w} team will help you.",
    "Please write to {n}.",
    "I have no [opinion|answer|words] for that.",
    "[Nothing|No word] about that from me.",
)


def outside(draw: Draw, field: str) -> str:
    """A question that is not about ``field``: of another persona, of the model's world, or of a
    topic beyond it."""
    kind = draw.rng.random()
    if kind < 0.35:
        persona = draw.any([p for p in PERSONAS if p.field != field])
        return draw.phrase(draw.any(persona.qa)[0])
    if kind < 0.65:
        slots = story_slots(draw)
        return draw.ask(WORLD, **slots, k=draw.any(COUNTS), x=draw.any(CONCEPTS).names[0])
    if kind < 0.8:
        # Differs from a question inside by the topic alone.
        other = draw.value([t for t in UNSEEN_FIELDS if t != field])
        return draw.ask(INSIDE_ASK, x=other)
    return draw.ask(
        OUTSIDE, x=draw.value([t for t in words.TOPICS if t != field]), y=words.topic(draw)
    )


def limit(draw: Draw) -> Dialogue:
    """One to four questions inside and outside the limit."""
    role, field = role_of(draw), field_of(draw)
    sentence = draw.ask(
        SENTENCES,
        w=words.made_up(draw, True),
        x=words.made_up(draw, False),
        n=words.name(draw).capitalize(),
        k=words.number(draw),
        field=field,
    )
    wording = draw.wording(SYSTEMS)
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
