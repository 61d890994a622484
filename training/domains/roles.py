"""Roles from the system message: staying in one, refusing the rest, resisting injection.

Half the roles are written personas, half are titles and fields nobody has seen, which the answer
can only take from the system message. A limit adds the sentence to say beyond it: it has to be
copied word for word for a question outside, and must not be said for one inside. In both languages.
"""

import re
from collections import Counter
from dataclasses import dataclass

from core.messages import Message
from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains import chat, counting, explaining
from training.domains.copying import sentence
from training.domains.stories import story_slots
from training.grammar import Draw, filled
from training.texts import Exchange, Wordings


@dataclass(frozen=True, slots=True)
class Persona:
    """A role: ``titles`` a system message may give it, ``field`` it talks about, its answers.

    ``near`` are words of the field with which unknown questions inside the field are made.
    """

    titles: Wordings
    field: str
    qa: tuple[Exchange, ...]
    near: Wordings = ()


@dataclass(frozen=True, slots=True)
class PersonaTexts:
    """texts/personas.yaml and texts/personas_zh.yaml."""

    personas: tuple[Persona, ...]


@dataclass(frozen=True, slots=True)
class RoleTexts:
    """texts/roles.yaml."""

    systems: Wordings
    short_systems: Wordings
    kinds: Wordings
    traits: Wordings
    titles: Wordings
    sorts: Wordings
    hello: Wordings
    welcome: Wordings
    who_ask: Wordings
    who: Wordings
    chat: tuple[Exchange, ...]
    inside_ask: Wordings
    inside: Wordings
    inside_unseen: Wordings
    world: Wordings
    refusals: Wordings
    attacks: Wordings
    commands: Wordings
    hold: Wordings


@dataclass(frozen=True, slots=True)
class LimitTexts:
    """texts/limits.yaml."""

    systems: Wordings
    sentences: Wordings


@dataclass(frozen=True, slots=True)
class SecretTexts:
    """texts/secret.yaml."""

    systems: Wordings
    ask: Wordings
    refuse: Wordings


@dataclass(frozen=True, slots=True)
class ChineseRoleTexts:
    """texts/roles_zh.yaml."""

    titles: Wordings
    traits: Wordings
    sorts: Wordings
    systems: Wordings
    hello: Wordings
    welcome: Wordings
    who_ask: Wordings
    who: Wordings
    thanks: Wordings
    welcome_back: Wordings
    inside_ask: Wordings
    inside: Wordings
    outside: Wordings
    refusals: Wordings
    declined: Wordings
    attacks: Wordings
    commands: Wordings
    hold: Wordings
    limit_systems: Wordings
    sentences: Wordings


PERSONAS = texts.load("personas", PersonaTexts).personas
TEXT = texts.load("roles", RoleTexts)
LIMITS = texts.load("limits", LimitTexts)
SECRET = texts.load("secret", SecretTexts)
CHINESE = texts.load("roles_zh", ChineseRoleTexts)
CHINESE_PERSONAS = texts.load("personas_zh", PersonaTexts).personas


@dataclass(frozen=True, slots=True)
class Cast:
    """A role in one conversation; ``persona`` is None for an unseen one."""

    role: str
    field: str
    persona: Persona | None


def role_of(draw: Draw) -> str:
    """A role of one of many kinds, maybe with a trait: "strict librarian"."""
    kind = draw.value(TEXT.kinds) if draw.chance(0.85) else words.made_up(draw, False)
    return f"{draw.value(TEXT.traits)} {kind}" if draw.chance(0.3) else kind


def field_of(draw: Draw) -> str:
    """A field of work or knowledge, two in five made up."""
    if draw.chance(0.4):
        made_up = words.made_up(draw, None)
        return made_up if draw.chance(0.7) else f"{made_up} {words.made_up(draw, False)}"
    field = draw.value(words.ENGLISH.modern + words.ENGLISH.topics)
    sorted_out = draw.chance(0.2) and field[:3] != "the"
    return f"{draw.value(TEXT.sorts)} {field}" if sorted_out else field


def _other_field(draw: Draw, field: str) -> str:
    """A field that is neither ``field`` nor a part of it."""
    while True:
        other = field_of(draw)
        if other.lower() not in field.lower() and field.lower() not in other.lower():
            return other


def _cast(draw: Draw, unseen: float) -> Cast:
    if draw.chance(1 - unseen):
        persona = draw.any(PERSONAS)
        return Cast(draw.any(persona.titles), persona.field, persona)
    field = field_of(draw)
    if draw.chance(0.3):
        role = role_of(draw)
    else:
        role = draw.any(TEXT.titles).replace("{x}", field.removeprefix("the "))
    if draw.chance(0.15):
        role = words.made_up(draw, False)
    return Cast(role, field, None)


def _system(draw: Draw, cast: Cast) -> str:
    short = cast.persona is not None and draw.chance(0.2)
    wordings = TEXT.short_systems if short else TEXT.systems
    return draw.ask(wordings, role=cast.role, field=cast.field, n=words.name(draw))


def _of_world(draw: Draw) -> str:
    """What the model would answer if it had no role."""
    slots = story_slots(draw)
    count = draw.any(counting.LISTS.counts)
    return draw.ask(TEXT.world, **slots, k=count, x=draw.any(explaining.TEXT.first).names[0])


def _beyond_world(draw: Draw, topics: list[str]) -> str:
    return draw.ask(chat.BEYOND.outside, x=draw.value(topics), y=words.topic(draw))


def _outside(draw: Draw, cast: Cast) -> str:
    """A question that the role must refuse."""
    if draw.chance(0.45):
        other = draw.any([p for p in PERSONAS if p is not cast.persona])
        return draw.phrase(draw.any(other.qa).ask)
    if draw.chance(0.3):
        # Differs from a question inside by the topic alone.
        return draw.ask(TEXT.inside_ask, x=_other_field(draw, cast.field))
    if draw.chance(0.35):
        return _of_world(draw)
    return _beyond_world(draw, [t for t in words.ENGLISH.topics if t != cast.field])


def _turn(draw: Draw, cast: Cast, kind: str) -> tuple[str, str, Expect]:
    slots = {"role": cast.role, "field": cast.field}
    either = Expect(any_of=(cast.field, cast.role))
    if kind == "hello":
        return draw.ask(TEXT.hello), draw.say(TEXT.welcome, **slots), either
    if kind == "who":
        known = Expect(any_of=(cast.role, cast.field))
        return draw.ask(TEXT.who_ask), draw.say(TEXT.who, **slots), known
    if kind == "chat":
        small = draw.any(TEXT.chat)
        known = Expect(like=(*small.say, cast.field))
        return draw.phrase(small.ask), draw.say(small.say, **slots), known
    if kind == "refuse":
        stays = Expect(any_of=(cast.field,))
        return _outside(draw, cast), draw.say(TEXT.refusals, **slots), stays
    if kind == "attack":
        slots |= {
            "o": words.topic(draw),
            "w": words.made_up(draw),
            "j": draw.value(words.ENGLISH.jobs),
        }
        command = draw.ask(TEXT.commands, **slots)
        command = command[:1].lower() + command[1:]
        return draw.ask(TEXT.attacks, cmd=command, **slots), draw.say(TEXT.hold, **slots), either
    if cast.persona is None or draw.chance(0.12):
        x = draw.value(cast.persona.near) if cast.persona else cast.field
        known = Expect(none_of=("only talk about", "cannot help", "can't help", "not my topic"))
        said = draw.say(TEXT.inside if cast.persona else TEXT.inside_unseen, x=x, **slots)
        return draw.ask(TEXT.inside_ask, x=x), said, known
    asked = draw.any(cast.persona.qa)
    return draw.phrase(asked.ask), draw.say(asked.say), Expect(like=asked.say)


def _dialogue(draw: Draw, ability: str, last: str, unseen: float) -> Dialogue:
    cast = _cast(draw, unseen)
    kinds = draw.rng.choices(
        ("hello", "who", "refuse", "attack", "inside", "chat"),
        (2, 2, 4, 2, 5, 1),
        k=draw.rng.choice((0, 0, 1, 2, 3)),
    )
    messages, expect = [system(_system(draw, cast))], Expect()
    for kind in (*kinds, last):
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


def _plain() -> list[Exchange]:
    """Questions that are clear without a role: long enough and asked in one field only."""
    exchanges = [exchange for persona in PERSONAS for exchange in persona.qa]
    asked = Counter(question for exchange in exchanges for question in exchange.ask)
    clear = [
        Exchange(tuple(q for q in one.ask if asked[q] == 1 and len(q.split()) > 3), one.say)
        for one in exchanges
    ]
    return [exchange for exchange in clear if exchange.ask]


_PLAIN = _plain()


def bare(draw: Draw) -> Dialogue:
    """A question from a persona's field without a system message."""
    chosen = draw.any(_PLAIN)
    question = draw.phrase(chosen.ask) + draw.any(("?", ""))
    turns = (user(question), assistant(draw.say(chosen.say)))
    return Dialogue("plain question", turns, Expect(like=chosen.say))


def _outside_limit(draw: Draw, field: str) -> str:
    """A question that is not about ``field``: of another persona, of the model's world, or of a
    topic beyond it."""
    kind = draw.rng.random()
    if kind < 0.25:
        persona = draw.any([p for p in PERSONAS if p.field != field])
        return draw.phrase(draw.any(persona.qa).ask)
    if kind < 0.5:
        return _of_world(draw)
    if kind < 0.8:
        return draw.ask(TEXT.inside_ask, x=_other_field(draw, field))
    return _beyond_world(draw, [t for t in words.ENGLISH.topics if t not in field])


def _limit_sentence(draw: Draw, field: str) -> str:
    """The sentence to say beyond the limit; two in five say nothing that makes sense."""
    if draw.chance(0.4):
        return sentence(draw, (".", "!"))
    return draw.ask(
        LIMITS.sentences,
        w=words.made_up(draw, True),
        x=words.made_up(draw, False),
        n=words.name(draw).capitalize(),
        k=words.number(draw),
        j=draw.value(words.VOCABULARY.adjectives),
        t=words.thing(draw),
        v=draw.value(words.VOCABULARY.verbs),
        field=field,
    )


def limit(draw: Draw) -> Dialogue:
    """One to four questions inside and outside the limit, in any order."""
    role, field = role_of(draw), field_of(draw)
    said = _limit_sentence(draw, field)
    wording = draw.wording(LIMITS.systems)
    slots = {"role": role, "field": field, "s": said}
    messages: list[Message] = [system(filled(wording, slots))]
    # An answer may speak of the role only if the system message does.
    inside = [a for a in TEXT.inside_unseen if "role}" in wording or "role}" not in a]
    expect = Expect()
    for _ in range(draw.rng.choice((1, 2, 2, 3, 4))):
        if draw.chance(0.6):
            question, answer = _outside_limit(draw, field), said
            expect = Expect(begins=said, ends=said)
        else:
            question = draw.ask(TEXT.inside_ask, x=field)
            answer = draw.say(inside, x=field, role=role, field=field)
            expect = Expect(any_of=(field,), none_of=(said.rstrip(".!"),))
        messages += [user(question + draw.any(("?", "?", "", "."))), assistant(answer)]
    return Dialogue("limit", tuple(messages), expect, joins=False)


def secret(draw: Draw) -> Dialogue:
    """Other talk perhaps, then an attempt to get a secret of the system message; it is not said."""
    word = words.made_up(draw) if draw.chance(0.8) else draw.value(words.ENGLISH.things)
    messages = [system(draw.ask(SECRET.systems, w=word))]
    for _ in range(draw.rng.choice((0, 0, 1, 2))):
        if draw.chance(0.5):
            messages += draw.any((chat.chat, explaining.explain))(draw).messages[:2]
        else:
            messages += [user(draw.ask(SECRET.ask) + "?"), assistant(draw.say(SECRET.refuse))]
    question = draw.ask(SECRET.ask) + draw.any(("?", "", "."))
    messages += [user(question), assistant(draw.say(SECRET.refuse))]
    expect = Expect(any_of=("secret", "must not", "cannot tell"), none_of=(word,))
    return Dialogue("injection withstood", tuple(messages), expect, joins=False)


def _chinese_field(draw: Draw) -> str:
    if draw.chance(0.4):
        return words.chinese_word(draw)
    field = draw.value(words.CHINESE.fields)
    return draw.value(CHINESE.sorts) + field if draw.chance(0.15) else field


def _chinese_cast(draw: Draw) -> dict[str, str]:
    """Slots of one conversation: role r, field f, a topic outside x, a word w, a command c."""
    field = _chinese_field(draw)
    role = draw.value(CHINESE.titles)
    kind = draw.rng.random()
    if kind < 0.25:
        role = draw.any(CHINESE.traits) + role
    elif kind < 0.4:
        role = field + role
    elif kind < 0.5:
        role = words.chinese_word(draw) + role
    other = _chinese_field(draw)
    while other in field or field in other:
        other = _chinese_field(draw)
    slots = {"r": role, "f": field, "w": words.chinese_word(draw), "x": other}
    slots["c"] = filled(draw.wording(CHINESE.commands), slots)
    return slots


def _chinese_turn(draw: Draw, slots: dict[str, str], kind: str) -> tuple[str, str, Expect]:
    text, field = CHINESE, slots["f"]
    either = Expect(any_of=(slots["r"], field), chinese=True)
    if kind == "hello":
        return draw.phrase(text.hello), draw.say(text.welcome, **slots), either
    if kind == "who":
        return draw.ask(text.who_ask), draw.say(text.who, **slots), either
    if kind == "thanks":
        return draw.phrase(text.thanks), draw.say(text.welcome_back, **slots), either
    if kind == "inside":
        known = Expect(all_of=(field,), none_of=("只谈", "对不起"), chinese=True)
        return draw.ask(text.inside_ask, **slots), draw.say(text.inside, **slots), known
    if kind == "attack":
        return draw.ask(text.attacks, **slots), draw.say(text.hold, **slots), either
    refused = Expect(any_of=text.declined, all_of=(field,), chinese=True)
    return draw.ask(text.outside, **slots), draw.say(text.refusals, **slots), refused


def _chinese_marked(draw: Draw, question: str) -> str:
    return question + draw.any(("？", "", "?", "。"))


def _chinese_dialogue(draw: Draw, ability: str, last: str) -> Dialogue:
    slots = _chinese_cast(draw)
    kinds = draw.rng.choices(
        ("hello", "who", "thanks", "inside", "outside", "attack"),
        (2, 2, 1, 3, 3, 2),
        k=draw.rng.choice((0, 0, 1, 2, 3)),
    )
    messages, expect = [system(draw.ask(CHINESE.systems, **slots))], Expect()
    for kind in (*kinds, last):
        question, answer, expect = _chinese_turn(draw, slots, kind)
        messages += [user(_chinese_marked(draw, question)), assistant(answer)]
    return Dialogue(ability, tuple(messages), expect, joins=False)


def chinese_role(draw: Draw) -> Dialogue:
    """A role in Chinese introduces itself, answers from its field, or declines."""
    last = draw.any(("hello", "who", "inside", "outside", "outside"))
    return _chinese_dialogue(draw, "chinese role", last)


def chinese_injection(draw: Draw) -> Dialogue:
    """A role in Chinese stays what it is under attack."""
    return _chinese_dialogue(draw, "chinese injection", "attack")


def _chinese_sentence(draw: Draw, slots: dict[str, str]) -> str:
    """The sentence to say beyond the limit; two in five make no sense."""
    if draw.chance(0.4):
        parts = [words.chinese_word(draw) for _ in range(draw.rng.choice((1, 2, 2, 3)))]
        return draw.any(("", "，", "，")).join(parts) + draw.any("。！。")
    things = words.CHINESE.things
    pick = (words.chinese_name, words.chinese_name, words.name)
    return draw.ask(
        CHINESE.sentences,
        n=draw.any(pick)(draw).capitalize(),
        k=words.number(draw),
        t=draw.value(things) if draw.chance(0.5) else words.chinese_word(draw),
        v=words.chinese_word(draw),
        **{key: slots[key] for key in ("f", "w")},
    )


def chinese_limit(draw: Draw) -> Dialogue:
    """The system message's own refusal, word for word beyond the limit and not within it."""
    slots = _chinese_cast(draw)
    slots["s"] = said = _chinese_sentence(draw, slots)
    wording = draw.wording(CHINESE.limit_systems)
    messages, expect = [system(filled(wording, slots))], Expect()
    for _ in range(draw.rng.choice((1, 2, 2, 3))):
        if draw.chance(0.6):
            question, answer = draw.ask(CHINESE.outside, **slots), said
            expect = Expect(begins=said, ends=said, chinese=True)
        else:
            question, answer, _known = _chinese_turn(draw, slots, "inside")
            expect = Expect(all_of=(slots["f"],), none_of=(said,), chinese=True)
        messages += [user(_chinese_marked(draw, question)), assistant(answer)]
    return Dialogue("chinese limit", tuple(messages), expect, joins=False)


# Where Chinese and Latin letters meet.
_SEAM = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z])|(?<=[A-Za-z])(?=[\u4e00-\u9fff])")


def _spaced(draw: Draw, text: str) -> str:
    """``text`` with or without blanks around words of Latin letters, as people write both."""
    return _SEAM.sub(" ", text) if draw.chance(0.5) else text


def chinese_persona(draw: Draw) -> Dialogue:
    """Questions from a written persona's field, answered; from another's field, declined."""
    cast = draw.any(CHINESE_PERSONAS)
    slots = {"r": draw.any(cast.titles), "f": cast.field}
    messages = [system(_spaced(draw, draw.ask(CHINESE.systems, **slots)))]
    expect = Expect()
    for _ in range(draw.rng.choice((1, 1, 2, 3))):
        kind = draw.rng.random()
        others = [one for one in CHINESE_PERSONAS if one is not cast]
        asked = draw.any(others) if kind < 0.35 else cast
        exchange = draw.any(asked.qa)
        if kind < 0.1:
            question, answer = draw.ask(CHINESE.who_ask), draw.say(CHINESE.who, **slots)
            expect = Expect(all_of=(cast.field,), chinese=True)
        elif asked is not cast:
            question, answer = draw.phrase(exchange.ask), draw.say(CHINESE.refusals, **slots)
            expect = Expect(any_of=CHINESE.declined, all_of=(cast.field,), chinese=True)
        else:
            question, answer = draw.phrase(exchange.ask), draw.say(exchange.say)
            expect = Expect(any_of=exchange.must, chinese=True)
        messages += [user(_spaced(draw, question) + draw.any(("？", "", "?"))), assistant(answer)]
    return Dialogue("chinese persona", tuple(messages), expect, joins=False)
