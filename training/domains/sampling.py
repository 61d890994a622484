"""Explanations of prompts, sampling and language models, from the concept tables."""

from typing import Any

from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.concept import Concept
from training.domains.prompt_text import TERMS
from training.domains.sampling_more import MORE_CONCEPTS
from training.domains.sampling_text import SETTINGS
from training.grammar import Draw

CONCEPTS = SETTINGS + TERMS
QUESTIONS = (
    "what is {t}?",
    "what is {t}",
    "what's {t}?",
    "what does {t} mean?",
    "what do you know about {t}?",
    "explain {t}.",
    "explain {t} to me.",
    "[please |]explain {t} [in simple words|simply|briefly].",
    "can you explain {t}?",
    "could you explain {t} to me[, please|]?",
    "tell me about {t}.",
    "tell me [something|a bit|more] about {t}.",
    "how does {t} work?",
    "how would you explain {t}[ to a beginner| to a colleague|]?",
    "I want to [understand|learn about] {t}.",
    "I don't understand {t}.",
    "{t}?",
    "define {t}.",
    "what should I know about {t}?",
    "why does {t} matter?",
    "what is {t} good for?",
    "what is meant by {t}?",
    "help me understand {t}.",
    "what does {t} do?",
    "what do I need {t} for?",
    "what happens with {t}?",
    "what is the effect of {t}?",
    "why should I care about {t}?",
    "I keep hearing about {t}.",
    "teach me about {t}.",
    "what exactly is {t}?",
    "is there a simple explanation of {t}?",
    "describe {t}.",
    "explain to me what {t} is.",
    "I have a question about {t}.",
    "could you tell me what {t} means?",
    "[ok|okay|now] explain {t}[, please|].",
    "what's the deal with {t}?",
    "what is the [point|idea|meaning] of {t}?",
    "[hi|hello], what is {t}?",
    "do you know what {t} is?",
    "[so|and] what about {t}?",
    "[give me|I need] a short explanation of {t}.",
)
ADVICE_QUESTIONS = (
    "how do I use {t}?",
    "any [advice|tips] on {t}?",
    "what do you recommend for {t}?",
    "how should I [handle|deal with|work with] {t}?",
    "when do I need {t}?",
    "what should I do about {t}?",
    "give me a tip about {t}.",
)
SHORT_QUESTIONS = (
    "explain {t} in one sentence.",
    "what is {t}, in one sentence?",
    "in one sentence: what is {t}?",
    "{t} in one sentence[, please|].",
    "describe {t} in a single sentence.",
)
MORE = (
    "[tell me more|more|go on|and more]?",
    "can you say more?",
    "[what else|anything else]?",
    "tell me more about it.",
    "and what does it do?",
    "do you have a tip?",
    "how should I use it?",
)
OPENERS = (
    "",
    "",
    "",
    "",
    "[Gladly|Sure|Of course]. ",
    "Good question. ",
    "[In short|Briefly]: ",
)


def _all_concepts() -> tuple[Concept, ...]:
    return CONCEPTS + MORE_CONCEPTS


def _concept(draw: Draw) -> Concept:
    # The sampling settings themselves are what a newcomer asks for first.
    return draw.any(CONCEPTS) if draw.chance(0.7) else draw.any(MORE_CONCEPTS)


def _question(draw: Draw, templates: tuple[str, ...], concept: Concept) -> str:
    named = [t.replace("{t}", draw.any(concept.names)) for t in templates]
    return draw.ask(named)


def explain(draw: Draw) -> Dialogue:
    """A question about a concept and an answer of one to three sentences, maybe a follow-up."""
    concept = _concept(draw)
    expect = about(concept)
    if draw.chance(0.12):
        answer = draw.say(concept.define)
        question = _question(draw, SHORT_QUESTIONS, concept)
        brief = about(concept, sentences=1)
        return Dialogue("explain", (user(question), assistant(answer)), brief)
    if draw.chance(0.2):
        parts = [draw.say(concept.advice)]
        if draw.chance(0.5):
            parts.append(draw.say(concept.effect))
        question = _question(draw, ADVICE_QUESTIONS, concept)
        return Dialogue("explain", (user(question), assistant(" ".join(parts))), expect)
    parts = [draw.say(concept.define)]
    if draw.chance(0.75):
        parts.append(draw.say(concept.effect))
    if draw.chance(0.35):
        parts.append(draw.say(concept.advice))
    answer = draw.expand(draw.any(OPENERS), {}) + " " + " ".join(parts)
    turns = [user(_question(draw, QUESTIONS, concept)), assistant(answer.strip())]
    if draw.chance(0.25) and not draw.heldout:
        turns += [
            user(draw.ask(MORE)),
            assistant(f"{draw.say(concept.effect)} {draw.say(concept.advice)}"),
        ]
    return Dialogue("explain", tuple(turns), expect)


def settings(draw: Draw) -> Dialogue:
    """A special question: what a certain value does, or how two settings differ."""
    with_special = [c for c in _all_concepts() if c.special]
    questions, answers = draw.any(draw.any(with_special).special)
    mark = draw.any(("?", "?", "?", "", "."))
    return Dialogue(
        "settings",
        (user(draw.phrase(questions) + mark), assistant(draw.say(answers))),
        Expect(like=answers),
    )


def about(concept: Concept, **more: Any) -> Expect:
    """The expectation that an answer is made from the texts of ``concept``."""
    return Expect(like=(*concept.define, *concept.effect, *concept.advice), **more)
