"""Rules about the form of an answer, alone and in free combination, that can be checked.

A rule stands in the system message and holds for one to three answers, or in the question for
one. Every pair is practised; some combinations of three occur in the evaluation only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains import chat, explaining
from training.grammar import Draw, reserved
from training.texts import Exchange, Wordings


@dataclass(frozen=True, slots=True)
class RuleTexts:
    """texts/rules.yaml."""

    rules: Mapping[str, Wordings]
    before: Wordings
    between: Wordings
    after: Wordings
    phrases: Wordings
    aside: Mapping[str, Wordings]
    in_chinese: tuple[Exchange, ...]


TEXT = texts.load("rules", RuleTexts)
# Rules that contradict each other, or say the same.
_APART = ({"brief", "bullets"}, {"chinese", "english"}, {"chinese", "upper"}, {"chinese", "avoid"})


def _together(count: int) -> tuple[tuple[str, ...], ...]:
    """Every ``count`` rules that can be kept at once."""
    chosen = combinations(sorted(TEXT.rules), count)
    return tuple(rules for rules in chosen if not any(apart <= set(rules) for apart in _APART))


PAIRS = _together(2)
# By split: whether they are held out.
TRIPLES = {
    held: tuple(rules for rules in _together(3) if reserved(" ".join(rules), 5) == held)
    for held in (False, True)
}
# Too short or too common to be left out of an answer.
_LEAST = 5


def _mark(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.3:
        return words.made_up(draw, True)
    if kind < 0.4:
        return draw.value(words.everyday()).capitalize()
    if kind < 0.5:
        return draw.value(words.ENGLISH.first_names)
    if kind < 0.7:
        return f"{words.made_up(draw, True)} {words.made_up(draw, False)}"
    if kind < 0.85:
        return f"{draw.value(words.VOCABULARY.adjectives)} {words.thing(draw)}".capitalize()
    return draw.value(TEXT.phrases)


def _answer(draw: Draw, rules: tuple[str, ...]) -> tuple[str, list[str], Expect]:
    """A question, the sentences of its answer, and what the answer has to be about."""
    if "chinese" in rules:
        told = draw.any(TEXT.in_chinese)
        # The rule changes something only where the question is in the other language.
        pool = told.ask[: len(told.ask) // 2] if draw.chance(0.8) else told.ask
        expect = Expect(any_of=told.must, chinese=True)
        said = [draw.say(told.say)] if "brief" in rules else [draw.say(a) for a in told.say]
        return draw.ask(pool), said, expect
    if draw.chance(0.25) and "bullets" not in rules:
        small = draw.any(chat.TEXT.chat[:4] + chat.TEXT.identity[:3])
        reply = draw.say(small.say)
        while "brief" in rules and '?"' in reply:  # a quoted question counts as a sentence
            reply = draw.say(small.say)
        sentences = _sentences(reply)
        sentences = sentences[:1] if "brief" in rules else sentences
        return draw.ask(small.ask), sentences, Expect(like=small.say)
    concept = explaining.concept_of(draw)
    question = explaining.question_about(draw, concept)
    said = [draw.say(concept.define)]
    if "brief" not in rules and ("bullets" in rules or draw.chance(0.4)):
        said.append(draw.say(concept.effect))
    if "bullets" in rules and draw.chance(0.4):
        said.append(draw.say(concept.advice))
    return question, said, explaining.about(concept)


def _sentences(said: str) -> list[str]:
    parts, start = [], 0
    for at, mark in enumerate(said):
        if mark in ".!?" and said[at + 1 : at + 2] == " ":
            parts.append(said[start : at + 1])
            start = at + 2
    return [*parts, said[start:]]


def _avoided(draw: Draw, like: tuple[str, ...]) -> str:
    """A word to leave out; half the time one that the usual answer would hold."""
    common = sorted({w.strip(".,:;?!|[]").lower() for t in like for w in t.split()})
    common = [w for w in common if w.isalpha() and len(w) >= _LEAST]
    return draw.any(common) if common and draw.chance(0.5) else draw.value(words.ENGLISH.things)


def _shaped(
    rules: tuple[str, ...], slots: dict[str, str], said: list[str], expect: Expect
) -> tuple[str, Expect]:
    """The answer in the form that the rules ask for, and the expectation of it."""
    lines = list(said)
    if "call" in rules:
        glue = "，" if "chinese" in rules else ", "
        first = lines[0].split()[0]
        keeps = first == "I" or first.startswith("I'") or first[1:] != first[1:].lower()
        lines[0] = slots["n"] + glue + (lines[0] if keeps else lines[0][:1].lower() + lines[0][1:])
        expect = replace(expect, all_of=(slots["n"],))
    if "begin" in rules:
        lines[0] = f"{slots['b']}: {lines[0]}"
        expect = replace(expect, begins=slots["b"])
    if "end" in rules:
        lines[-1] = f"{lines[-1]} {slots['e']}"
        expect = replace(expect, ends=slots["e"])
    if "bullets" in rules:
        first = f"{slots['b']}: " if "begin" in rules else ""
        body = [line.removeprefix(first) for line in lines]
        answer = "\n".join(f"- {first if i == 0 else ''}{line}" for i, line in enumerate(body))
        expect = replace(expect, bullets=True, begins=f"- {slots['b']}" if first else "")
    else:
        answer = ("" if "chinese" in rules else " ").join(lines)
    if "upper" in rules:
        answer, expect = answer.upper(), replace(expect, upper=True)
    if "brief" in rules:
        expect = replace(expect, sentences=1)
    if expect.like:
        expect = replace(expect, like=(*expect.like, *slots.values()))
    if "avoid" in rules:
        expect = replace(expect, none_of=(slots["w"],))
    return answer, expect


def _without(draw: Draw, word: str, rules: tuple[str, ...]) -> tuple[str, list[str], Expect]:
    while True:
        question, said, expect = _answer(draw, rules)
        if not expect.chinese and not _has(word, " ".join(said)):
            return question, said, expect


def _has(word: str, said: str) -> bool:
    return bool(Expect(none_of=(word,)).faults_in(said))


def _dialogue(draw: Draw, ability: str, rules: tuple[str, ...]) -> Dialogue:
    begin, end, name = _mark(draw), _mark(draw), words.name(draw).capitalize()
    while len({begin, end, name}) < 3:
        end, name = _mark(draw), words.name(draw).capitalize()
    slots = {"b": begin, "e": end, "n": name}
    slots["w"] = _avoided(draw, draw.any(explaining.TEXT.first).define)
    while "avoid" in rules and _has(slots["w"], f"{begin} {end} {slots['n']}"):
        slots["w"] = draw.value(words.ENGLISH.things)
    aside = len(rules) == 1 and rules[0] in TEXT.aside and draw.chance(0.2)
    messages = []
    if not aside:
        parts = []
        for rule in draw.rng.sample(rules, len(rules)):
            v = slots["b"] if rule == "begin" else slots["e"]
            plural = "s" if " " in v else ""
            parts.append(draw.ask(TEXT.rules[rule], v=v, n=slots["n"], w=slots["w"], s=plural))
        joined = draw.any(TEXT.between).join(parts)
        before = draw.expand(draw.any(TEXT.before), {})
        after = draw.expand(draw.any(TEXT.after), {})
        messages.append(system(" ".join(part for part in (before, joined, after) if part)))
    expect = Expect()
    for _ in range(1 if aside else draw.rng.choice((1, 1, 2, 3))):
        if "avoid" in rules:
            question, said, about = _without(draw, slots["w"], rules)
        else:
            question, said, about = _answer(draw, rules)
        answer, expect = _shaped(rules, slots, said, about)
        question = question.rstrip(".?!")
        if aside:
            v = slots["b"] if rules[0] == "begin" else slots["e"]
            question += draw.any(TEXT.aside[rules[0]]).replace("{v}", v)
        messages += [user(question + draw.any(("?", "", "."))), assistant(answer)]
    return Dialogue(ability, tuple(messages), expect, joins=False)


def single(draw: Draw) -> Dialogue:
    """One rule."""
    return _dialogue(draw, "single rule", (draw.any(sorted(TEXT.rules)),))


def combined(draw: Draw) -> Dialogue:
    """Two rules, or three of those that belong to the draw's split."""
    if draw.chance(0.35):
        return _dialogue(draw, "three rules", draw.any(TRIPLES[draw.heldout]))
    return _dialogue(draw, "pair of rules", draw.any(PAIRS))
