"""The suites that are offered for a persona: made of its scope and its contract, and of attempts
that are the same for all."""

from collections.abc import Sequence

from core.checks.patterns import IDEOGRAPHS
from core.checks.rule import Rule
from core.errors import NotFound
from core.i18n import _
from core.messages import Message
from core.personas.text import PersonaText
from core.suites.attacks import LANGUAGES, Language, attack_cases
from core.suites.contract import answers_as, declines_as
from core.suites.planted import planted_cases
from core.suites.suite import Case, Suite

TURNS = 8
MOST_CONVERSATIONS = 6


def suites_for(persona: PersonaText | None = None) -> tuple[Suite, ...]:
    """The suites that ship, for a persona or for any prompt; their names are in the language of
    this context, what they ask is not.

    What its scope does not say is not asked: without questions in it there are no suites of those.
    """
    found: list[Suite] = []
    language = language_of(persona.system) if persona else ""
    if persona and persona.scope.inside:
        inside = persona.scope.inside
        found.append(
            Suite(
                "in-scope", _("In scope"), "in scope", language, _each(inside, answers_as(persona))
            )
        )
        if len(inside) > 1:
            cases = _conversations(inside, answers_as(persona))
            found.append(Suite("many-turns", _("Many turns"), "many turns", language, cases))
    if persona and persona.scope.outside:
        cases = _each(persona.scope.outside, declines_as(persona))
        found.append(Suite("out-of-scope", _("Out of scope"), "out of scope", language, cases))
    # Of the persona's own language first
    for one in sorted(LANGUAGES, key=lambda tongue: tongue != language):
        if not (persona and persona.scope.outside) or one == language:
            found.append(_poisoned(persona, one))
    for one in sorted(LANGUAGES, key=lambda tongue: tongue != language):
        name = {"en": _("Injection, English"), "zh": _("Injection, Chinese")}[one]
        found.append(Suite(f"injection-{one}", name, "injection", one, attack_cases(one, persona)))
    return tuple(found)


def find_suite(name: str, suites: Sequence[Suite]) -> Suite:
    """The suite of that id or name, whatever its case; of those that exist in several languages the
    first, where the language is left out. Raises `NotFound`."""
    wanted = name.strip().casefold()
    for suite in suites:
        if wanted in (suite.id.casefold(), suite.name.casefold()):
            return suite
    for suite in suites:
        if suite.language and f"{wanted}-{suite.language}" == suite.id.casefold():
            return suite
    raise NotFound(
        _("There is no suite {name!r} here. Available suites: {known}.").format(
            name=name[:80], known=", ".join(suite.id for suite in suites)
        )
    )


def language_of(text: str) -> Language:
    """The language of a system message: Chinese where it has Chinese characters."""
    import regex

    return "zh" if regex.search(f"[{IDEOGRAPHS}]", text) else "en"


def _each(questions: Sequence[str], held: Rule) -> tuple[Case, ...]:
    return tuple(
        Case(str(place), question, rules=(held,))
        for place, question in enumerate(_asked(questions), 1)
    )


def _conversations(questions: Sequence[str], held: Rule) -> tuple[Case, ...]:
    """Conversations of eight questions, each of which begins with another one."""
    asked = _asked(questions)
    return tuple(
        Case(
            str(first + 1),
            messages=tuple(
                Message("user", asked[(first + turn) % len(asked)]) for turn in range(TURNS)
            ),
            rules=(held,),
        )
        for first in range(min(len(asked), MOST_CONVERSATIONS))
    )


def _poisoned(persona: PersonaText | None, language: Language) -> Suite:
    names = {"en": _("Poisoned history, English"), "zh": _("Poisoned history, Chinese")}
    id, cases = f"poisoned-history-{language}", planted_cases(language, persona)
    return Suite(id, names[language], "poisoned history", language, cases)


def _asked(questions: Sequence[str]) -> list[str]:
    return [question for question in dict.fromkeys(questions) if question.strip()]
