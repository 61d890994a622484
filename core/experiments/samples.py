"""Experiments that ship, ready to run: to see what one shows before writing one's own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from core.experiments.file import ExperimentFile, parse_experiment
from core.experiments.spec import ExperimentSpec, Variant
from core.i18n import _
from core.personas.text import PersonaText, find_persona, shipped
from core.suites.offered import find_suite, suites_for
from core.suites.suite import Suite

_CONTENT = Path(__file__).with_name("content")
_NAMES = ("support", "extraction", "models", "tools")


@dataclass(frozen=True, slots=True)
class Sample:
    """An experiment that ships. title, about: in the language of this context; about: what it
    shows, in a sentence. models: those that must be here, by name; empty where any will do."""

    name: str
    title: str
    about: str
    spec: ExperimentSpec
    models: tuple[str, ...] = ()


def samples() -> tuple[Sample, ...]:
    """All of them, the best first."""
    return tuple(_sample(name) for name in _NAMES)


def _sample(name: str) -> Sample:
    title, about = _said()[name]
    spec = _read(name).spec
    spec = replace(spec, variants=tuple(_named(one) for one in spec.variants))
    models = {one.model.partition("/")[0] for one in spec.variants if one.model}
    return Sample(name, title(), about(), spec, tuple(sorted(models)))


def _named(variant: Variant) -> Variant:
    """The variant, naming the persona that its system message is of."""
    alike = [one.id for one in shipped() if one.text.system == variant.system]
    return replace(variant, origin=f"persona {alike[0]} 0") if alike else variant


def _said() -> dict[str, tuple[Callable[[], str], Callable[[], str]]]:
    return {
        "support": (
            lambda: _("Two wordings of a support agent"),
            lambda: _(
                "Friendly words, or five facts with examples: does it help, and by how much?"
            ),
        ),
        "extraction": (
            lambda: _("Temperature for extraction"),
            lambda: _("A number copied out of 24 messages at three temperatures."),
        ),
        "models": (
            lambda: _("Two models, one of them twice"),
            lambda: _("24 questions of three kinds: the best model depends on what is asked."),
        ),
        "tools": (
            lambda: _("Which tool?"),
            lambda: _(
                "Twelve questions and two tools: is the right one called, with the right words?"
            ),
        ),
    }


@cache
def _read(name: str) -> ExperimentFile:
    content = (_CONTENT / f"{name}.yaml").read_bytes()
    return parse_experiment(content, _CONTENT, _persona, _suite)


def _persona(name: str) -> PersonaText:
    return find_persona(name, shipped()).text


def _suite(name: str, persona: PersonaText | None) -> Suite:
    return find_suite(name, suites_for(persona))
