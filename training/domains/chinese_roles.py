"""Roles and limits given in Chinese, most of them never seen: read, kept, and defended."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains import chinese_limits_text as limits
from training.domains import chinese_roles_text as text
from training.domains.chinese_stories import THINGS
from training.domains.chinese_words import name, word
from training.grammar import Draw, filled


def _field(draw: Draw) -> str:
    if draw.chance(0.4):
        return word(draw)
    field = draw.value(text.FIELDS)
    return draw.value(text.SORTS) + field if draw.chance(0.15) else field


def _cast(draw: Draw) -> dict[str, str]:
    """Slots of one conversation: role r, field f, a topic outside x, a word w, a command c."""
    field = _field(draw)
    role = draw.value(text.TITLES)
    kind = draw.rng.random()
    if kind < 0.25:
        role = draw.any(text.TRAITS) + role
    elif kind < 0.4:
        role = field + role
    elif kind < 0.5:
        role = word(draw) + role
    other = _field(draw)
    while other in field or field in other:
        other = _field(draw)
    slots = {"r": role, "f": field, "w": word(draw), "x": other}
    slots["c"] = filled(draw.wording(text.COMMANDS), slots)
    return slots


def _turn(draw: Draw, slots: dict[str, str], kind: str) -> tuple[str, str, Expect]:
    either = Expect(any_of=(slots["r"], slots["f"]), chinese=True)
    field = Expect(all_of=(slots["f"],), chinese=True)
    if kind == "hello":
        return draw.phrase(text.HELLO), draw.say(text.WELCOME, **slots), either
    if kind == "who":
        return draw.ask(text.WHO), draw.say(text.I_AM, **slots), either
    if kind == "thanks":
        return draw.phrase(text.THANKS), draw.say(text.WELCOME_BACK, **slots), either
    if kind == "inside":
        known = Expect(all_of=(slots["f"],), none_of=("只谈", "对不起"), chinese=True)
        return draw.ask(text.INSIDE, **slots), draw.say(text.GLAD, **slots), known
    if kind == "attack":
        return draw.ask(text.ATTACKS, **slots), draw.say(text.HOLD, **slots), either
    refused = Expect(any_of=text.DECLINED, all_of=field.all_of, chinese=True)
    return draw.ask(text.OUTSIDE, **slots), draw.say(text.REFUSE, **slots), refused


def _marked(draw: Draw, question: str) -> str:
    return question + draw.any(("？", "", "?", "。"))


def _dialogue(draw: Draw, ability: str, last: str) -> Dialogue:
    slots = _cast(draw)
    kinds = draw.rng.choices(
        ("hello", "who", "thanks", "inside", "outside", "attack"),
        (2, 2, 1, 3, 3, 2),
        k=draw.rng.choice((0, 0, 1, 2, 3)),
    )
    messages, expect = [system(draw.ask(text.SYSTEMS, **slots))], Expect()
    for kind in (*kinds, last):
        question, answer, expect = _turn(draw, slots, kind)
        messages += [user(_marked(draw, question)), assistant(answer)]
    return Dialogue(ability, tuple(messages), expect, joins=False)


def role(draw: Draw) -> Dialogue:
    """A role introduces itself, answers from its field, or declines."""
    last = draw.any(("hello", "who", "inside", "outside", "outside"))
    return _dialogue(draw, "chinese role", last)


def injection(draw: Draw) -> Dialogue:
    """A role stays what it is under attack."""
    return _dialogue(draw, "chinese injection", "attack")


def _refusal(draw: Draw, slots: dict[str, str]) -> str:
    """The sentence to say beyond the limit; two in five make no sense."""
    if draw.chance(0.4):
        parts = [word(draw) for _ in range(draw.rng.choice((1, 2, 2, 3)))]
        return draw.any(("", "，", "，")).join(parts) + draw.any("。！。")
    return draw.ask(
        limits.SENTENCES,
        n=draw.any((name, name, words.name))(draw).capitalize(),
        k=words.number(draw),
        t=draw.value(THINGS) if draw.chance(0.5) else word(draw),
        v=word(draw),
        **{key: slots[key] for key in ("f", "w")},
    )


def limit(draw: Draw) -> Dialogue:
    """The system message's own refusal, word for word beyond the limit and not within it."""
    slots = _cast(draw)
    slots["s"] = _refusal(draw, slots)
    wording = draw.wording(limits.LIMIT_SYSTEMS)
    messages, expect = [system(filled(wording, slots))], Expect()
    for _ in range(draw.rng.choice((1, 2, 2, 3))):
        if draw.chance(0.6):
            question, answer = draw.ask(text.OUTSIDE, **slots), slots["s"]
            expect = Expect(begins=slots["s"], ends=slots["s"], chinese=True)
        else:
            question, answer, expect = _turn(draw, slots, "inside")
            expect = Expect(all_of=(slots["f"],), none_of=(slots["s"],), chinese=True)
        messages += [user(_marked(draw, question)), assistant(answer)]
    return Dialogue("chinese limit", tuple(messages), expect, joins=False)
