"""Playing a role from the system message: staying in it, refusing the rest, resisting injection.

Half the roles come from the written personas, half are unseen titles and fields that the answer
can only take from the system message.
"""

from collections import Counter
from dataclasses import dataclass

from training import words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains.fallback_text import OUTSIDE
from training.domains.lists import COUNTS
from training.domains.persona import Persona
from training.domains.personas_care import SECURITY, SUPPORT, TESTER
from training.domains.personas_code import JAVA, PYTHON
from training.domains.personas_data import SQL
from training.domains.personas_life import CHEF, FITNESS, GARDENER, TRAVEL
from training.domains.personas_product import PRODUCT, RELEASE, UX
from training.domains.personas_wording import (
    ATTACKS,
    CHAT,
    COMMANDS,
    HELLO,
    HOLD,
    INSIDE,
    INSIDE_ASK,
    INSIDE_UNSEEN,
    REFUSALS,
    SHORT_SYSTEMS,
    SYSTEMS,
    UNSEEN_TITLES,
    WELCOME,
    WHO,
    WHO_ASK,
    WORLD,
)
from training.domains.roles import field_of, role_of
from training.domains.sampling import CONCEPTS
from training.domains.stories import story_slots
from training.grammar import Draw

PERSONAS: tuple[Persona, ...] = (
    JAVA,
    PYTHON,
    PRODUCT,
    UX,
    SQL,
    SUPPORT,
    SECURITY,
    RELEASE,
    TESTER,
    TRAVEL,
    CHEF,
    GARDENER,
    FITNESS,
)


@dataclass(frozen=True, slots=True)
class Cast:
    """A role in one conversation; ``persona`` is None for an unseen one."""

    role: str
    field: str
    persona: Persona | None


def _cast(draw: Draw, unseen: float) -> Cast:
    if draw.chance(1 - unseen):
        persona = draw.any(PERSONAS)
        return Cast(draw.any(persona.titles), persona.field, persona)
    field = field_of(draw)
    if draw.chance(0.3):
        role = role_of(draw)
    else:
        role = draw.any(UNSEEN_TITLES).replace("{x}", field.removeprefix("the "))
    if draw.chance(0.15):
        role = words.made_up(draw, False)
    return Cast(role, field, None)


def _system(draw: Draw, cast: Cast) -> str:
    short = cast.persona is not None and draw.chance(0.2)
    return draw.ask(
        SHORT_SYSTEMS if short else SYSTEMS,
        role=cast.role,
        field=cast.field,
        n=words.name(draw),
    )


def _outside(draw: Draw, cast: Cast) -> str:
    """A question that the role must refuse."""
    if draw.chance(0.45):
        other = draw.any([p for p in PERSONAS if p is not cast.persona])
        return draw.phrase(draw.any(other.qa)[0])
    if draw.chance(0.3):
        # Differs from a question inside by the topic alone.
        topic = field_of(draw)
        while topic.lower() in cast.field.lower() or cast.field.lower() in topic.lower():
            topic = field_of(draw)
        return draw.ask(INSIDE_ASK, x=topic)
    if draw.chance(0.35):
        return draw.ask(
            WORLD, **story_slots(draw), k=draw.any(COUNTS), x=draw.any(CONCEPTS).names[0]
        )
    return draw.ask(
        OUTSIDE, x=draw.value([t for t in words.TOPICS if t != cast.field]), y=words.topic(draw)
    )


def _turn(draw: Draw, cast: Cast, kind: str) -> tuple[str, str, Expect]:
    slots = {"role": cast.role, "field": cast.field}
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    stays = Expect(any_of=(cast.field,))
    if kind == "hello":
        return (
            draw.ask(HELLO),
            draw.say(WELCOME, **slots),
            Expect(any_of=(cast.field, cast.role)),
        )
    if kind == "who":
        return (
            draw.ask(WHO_ASK),
            draw.say(WHO, **slots),
            Expect(any_of=(cast.role, cast.field)),
        )
    if kind == "chat":
        questions, answers = draw.any(CHAT)
        return (
            draw.phrase(questions),
            draw.say(answers, **slots),
            Expect(like=(*answers, cast.field)),
        )
    if kind == "refuse":
        return _outside(draw, cast), draw.say(REFUSALS, **slots), stays
    if kind == "attack":
        slots |= {
            "o": words.topic(draw),
            "w": words.made_up(draw),
            "j": draw.value(words.JOBS),
        }
        command = draw.ask(COMMANDS, **slots)
        command = command[:1].lower() + command[1:]
        return (
            draw.ask(ATTACKS, cmd=command, **slots),
            draw.say(HOLD, **slots),
            Expect(any_of=(cast.field, cast.role)),
        )
    if cast.persona is None or draw.chance(0.12):
        x = draw.value(cast.persona.near) if cast.persona else cast.field
        known = Expect(none_of=("only talk about", "cannot help", "can't help", "not my topic"))
        said = draw.say(INSIDE if cast.persona else INSIDE_UNSEEN, x=x, **slots)
        return draw.ask(INSIDE_ASK, x=x), said, known
    questions, answers = draw.any(cast.persona.qa)
    return draw.phrase(questions), draw.say(answers), Expect(like=answers)


KINDS = ("hello", "who", "refuse", "attack", "inside", "chat")


def _dialogue(draw: Draw, ability: str, last: str, unseen: float) -> Dialogue:
    cast = _cast(draw, unseen)
    kinds = [
        *draw.rng.choices(KINDS, (2, 2, 4, 2, 5, 1), k=draw.rng.choice((0, 0, 1, 2, 3))),
        last,
    ]
    messages, expect = [system(_system(draw, cast))], Expect()
    for kind in kinds:
        question, answer, expect = _turn(draw, cast, kind)
        mark = draw.any(("?", "?", "", ".")) if kind != "attack" else draw.any((".", "!", ""))
        messages += [user(question + mark), assistant(answer)]
    return Dialogue(ability, tuple(messages), expect, joins=False)


def content(draw: Draw) -> Dialogue:
    """A written persona answers from its field."""
    return _dialogue(draw, "persona answers", "inside", 0.0)


def refusal(draw: Draw) -> Dialogue:
    """A written persona declines another topic."""
    return _dialogue(draw, "persona declines", "refuse", 0.0)


def injection(draw: Draw) -> Dialogue:
    """A persona, written or unseen, keeps its role under attack."""
    return _dialogue(draw, "injection withstood", "attack", 0.4)


def unseen(draw: Draw) -> Dialogue:
    """An unseen role introduces itself, answers or declines with the words of the system."""
    last = draw.any(("hello", "who", "who", "refuse", "refuse", "inside", "chat"))
    return _dialogue(draw, "unseen persona", last, 1.0)


def _plain() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Questions that are clear without a role: long enough and asked in one field only."""
    pairs = [pair for persona in PERSONAS for pair in persona.qa]
    asked = Counter(question for questions, _ in pairs for question in questions)
    clear = [
        (tuple(q for q in questions if asked[q] == 1 and len(q.split()) > 3), answers)
        for questions, answers in pairs
    ]
    return [(questions, answers) for questions, answers in clear if questions]


PLAIN = _plain()


def bare(draw: Draw) -> Dialogue:
    """A question from a persona's field without a system message."""
    questions, answers = draw.any(PLAIN)
    turns = (
        user(draw.phrase(questions) + draw.any(("?", ""))),
        assistant(draw.say(answers)),
    )
    return Dialogue("plain question", turns, Expect(like=answers))
