"""Explanations of prompts, sampling and language models, in both languages."""

from dataclasses import dataclass
from typing import Any

from training import texts
from training.dialogue import Dialogue, Expect, assistant, user
from training.grammar import Draw
from training.texts import Exchange, Wordings


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing to explain: what it is, what follows, what to do, and questions of its own."""

    names: Wordings
    define: Wordings
    effect: Wordings
    advice: Wordings
    special: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class ConceptTexts:
    """texts/concepts.yaml."""

    questions: Wordings
    advice_questions: Wordings
    short_questions: Wordings
    go_on: Wordings
    openers: Wordings
    first: tuple[Concept, ...]
    more: tuple[Concept, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A concept in Chinese; an answer holds one of ``define`` or one word of ``must``."""

    names: Wordings
    define: Wordings
    effect: Wordings
    must: Wordings


@dataclass(frozen=True, slots=True)
class TermTexts:
    """texts/concepts_zh.yaml."""

    questions: Wordings
    advice_questions: Wordings
    terms: tuple[Term, ...]


TEXT = texts.load("concepts", ConceptTexts)
CHINESE = texts.load("concepts_zh", TermTexts)


def concept_of(draw: Draw) -> Concept:
    """A concept; mostly the settings themselves, which are what a newcomer asks for first."""
    return draw.any(TEXT.first) if draw.chance(0.7) else draw.any(TEXT.more)


def question_about(draw: Draw, concept: Concept, templates: Wordings = TEXT.questions) -> str:
    """One of ``templates`` with a name of ``concept``."""
    return draw.ask([t.replace("{t}", draw.any(concept.names)) for t in templates])


def about(concept: Concept, **more: Any) -> Expect:
    """The expectation that an answer is made from the texts of ``concept``."""
    return Expect(like=(*concept.define, *concept.effect, *concept.advice), **more)


def explain(draw: Draw) -> Dialogue:
    """A question about a concept and an answer of one to three sentences, maybe a follow-up."""
    concept = concept_of(draw)
    expect = about(concept)
    if draw.chance(0.12):
        answer = draw.say(concept.define)
        question = question_about(draw, concept, TEXT.short_questions)
        brief = about(concept, sentences=1)
        return Dialogue("explain", (user(question), assistant(answer)), brief)
    if draw.chance(0.2):
        parts = [draw.say(concept.advice)]
        if draw.chance(0.5):
            parts.append(draw.say(concept.effect))
        question = question_about(draw, concept, TEXT.advice_questions)
        return Dialogue("explain", (user(question), assistant(" ".join(parts))), expect)
    parts = [draw.say(concept.define)]
    if draw.chance(0.75):
        parts.append(draw.say(concept.effect))
    if draw.chance(0.35):
        parts.append(draw.say(concept.advice))
    answer = draw.expand(draw.any(TEXT.openers), {}) + " " + " ".join(parts)
    turns = [user(question_about(draw, concept)), assistant(answer.strip())]
    if draw.chance(0.25) and not draw.heldout:
        turns += [
            user(draw.ask(TEXT.go_on)),
            assistant(f"{draw.say(concept.effect)} {draw.say(concept.advice)}"),
        ]
    return Dialogue("explain", tuple(turns), expect)


def settings(draw: Draw) -> Dialogue:
    """A special question: what a certain value does, or how two settings differ."""
    with_special = [c for c in TEXT.first + TEXT.more if c.special]
    chosen = draw.any(draw.any(with_special).special)
    mark = draw.any(("?", "?", "?", "", "."))
    turns = (user(draw.phrase(chosen.ask) + mark), assistant(draw.say(chosen.say)))
    return Dialogue("settings", turns, Expect(like=chosen.say))


def chinese(draw: Draw) -> Dialogue:
    """What a term means, or what to mind about it, in Chinese."""
    term = draw.any(CHINESE.terms)
    t = draw.any(term.names)
    if draw.chance(0.15):
        question, answer = draw.ask(CHINESE.advice_questions, t=t), draw.say(term.effect)
        expect = Expect(any_of=term.effect, chinese=True)
        turns = (user(question + draw.any(("？", "", "?"))), assistant(answer))
        return Dialogue("chinese concepts", turns, expect)
    answer = draw.say(term.define)
    if draw.chance(0.6):
        answer += draw.say(term.effect)
    expect = Expect(any_of=(*term.must, *term.define), chinese=True)
    question = draw.ask(CHINESE.questions, t=t) + draw.any(("？", "", "?"))
    return Dialogue("chinese concepts", (user(question), assistant(answer)), expect)
