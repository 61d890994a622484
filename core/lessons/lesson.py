"""A lesson as its file says it: Markdown sections behind a front matter in YAML.

Sections begin with `# question`, `# seen`, `# why` and `# teacher`, in every language; their
texts may name the figures of the experiment (`conditions`). Every fault is told with its field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from core.errors import InvalidInput
from core.i18n import _
from core.lessons.conditions import Condition, Figures, check_text, condition
from core.lessons.experiment import Experiment
from core.lessons.fields import Fields
from core.lessons.kinds import read_experiment

SECTIONS = ("question", "seen", "why", "teacher")
PAGES = ("playground", "chat", "personas")
_FENCE = re.compile(r"\A---\s*\n(.*?)\n---\s*\n(.*)\Z", re.DOTALL)
_HEADING = re.compile(r"^# (.+?)\s*$", re.MULTILINE)
# What a way on may fill in, by the page that it leads to.
WAY_FIELDS = {
    "playground": ("prompt", "system", "temperatures", "top_ps", "top_k", "samples", "seed", "tokens"),
    "chat": ("ask", "system", "tools", "temperature", "top_p", "top_k", "max_new_tokens", "max_length",
             "seed"),
    "personas": ("persona",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One prediction to choose from; it is right where `when` holds.

    promised: it is right on the embedded model, with the experiment as it is written.
    """

    text: str
    when: Condition
    promised: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number to predict; right where it is within `within` of the figure. promised: as above."""

    figure: str
    low: int
    high: int
    within: float
    promised: float | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the learner is asked before the run: choices, or a number."""

    ask: str
    choices: tuple[Choice, ...]
    estimate: Estimate | None

    def right(self, figures: Figures) -> Choice | None:
        """The choice that the run made true; None where none is."""
        return next((choice for choice in self.choices if choice.when.holds(figures)), None)

    def judge(self, guess: int, figures: Figures) -> bool:
        """Whether a guess came true: the place of a choice from 0, or the number itself."""
        if self.estimate:
            return abs(figures[self.estimate.figure] - guess) <= self.estimate.within
        found = self.right(figures)
        return found is not None and self.choices.index(found) == guess


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """An answer to the check question, and what is said about it."""

    text: str
    right: bool
    feedback: str


@dataclass(frozen=True, slots=True)
class WayOn:
    """A page to go on with, and what is filled in there."""

    page: str
    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson in one language. values: the experiment as the front matter has it.

    promises: conditions that hold on the embedded model, with the experiment as it is written.
    """

    id: str
    language: str
    title: str
    summary: str
    minutes: int
    order: int
    experiment: Experiment
    values: Mapping[str, Any] = field(hash=False)
    prediction: Prediction
    promises: tuple[Condition, ...]
    check_ask: str
    check: tuple[CheckAnswer, ...]
    ways_on: tuple[WayOn, ...]
    sections: Mapping[str, str] = field(hash=False)


def read_lesson(lesson_id: str, language: str, text: str) -> Lesson:
    """The lesson of a file's text; raises `InvalidInput`, naming the field."""
    front, body = _split(text)
    fields = Fields(front)
    experiment = read_experiment(fields.get("experiment"))
    known = experiment.figures
    sections = _sections(body, known)
    promises = [
        condition(source, known, f"promises {i}")
        for i, source in enumerate(fields.items("promises", 0, 12), 1)
    ]
    check = fields.part("check")
    lesson = Lesson(
        id=lesson_id,
        language=language,
        title=fields.text("title", most=80),
        summary=fields.text("summary", most=240),
        minutes=fields.whole("minutes", 1, 60),
        order=fields.whole("order", 0, 10_000),
        experiment=experiment,
        values=front["experiment"],
        prediction=_prediction(fields.part("predict"), known),
        promises=tuple(promises),
        check_ask=check.text("ask"),
        check=_check(check),
        ways_on=tuple(_way_on(part) for part in fields.parts("go_on", 0, 4)),
        sections=sections,
    )
    fields.finish()
    return lesson


def _split(text: str) -> tuple[dict[str, Any], str]:
    match = _FENCE.match(text.lstrip("\ufeff").replace("\r\n", "\n"))
    if not match:
        raise InvalidInput(
            _("The file must begin with front matter: YAML between two lines of ---.")
        )
    try:
        front = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(
            _("The front matter is not YAML ({reason}). Correct it.").format(
                reason=" ".join(str(error).split())[:200]
            )
        ) from error
    if not isinstance(front, dict):
        raise InvalidInput(_("The front matter must have fields, such as title: and minutes:."))
    return front, match[2]


def _sections(body: str, known: frozenset[str]) -> dict[str, str]:
    parts = _HEADING.split(body)
    if parts[0].strip():
        raise InvalidInput(
            _("The text must begin with a section: # {name}.").format(name=SECTIONS[0])
        )
    found: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name not in SECTIONS or name in found:
            raise InvalidInput(
                _(
                    "The section # {name} is unknown or appears twice. Allowed sections: {known}."
                ).format(name=name, known=", ".join(SECTIONS))
            )
        found[name] = text.strip()
        figures = frozenset[str]() if name in ("question", "teacher") else known
        check_text(found[name], figures, f"# {name}")
    lacking = next((name for name in SECTIONS if not found.get(name)), None)
    if lacking:
        raise InvalidInput(_("The section # {name} is missing or empty.").format(name=lacking))
    return found


def _prediction(fields: Fields, known: frozenset[str]) -> Prediction:
    ask = fields.text("ask")
    choices: tuple[Choice, ...] = ()
    estimate = None
    if fields.has("number"):
        part = fields.part("number")
        low, high = part.whole("low", -1000, 10_000), part.whole("high", -1000, 10_000)
        figure = part.text("figure")
        condition(f"{figure} >= 0", known, part.path("figure"))
        promised = part.whole("promised", low, high) if part.has("promised") else None
        estimate = Estimate(figure, low, high, part.whole("within", 0, 1000, 0), promised)
        part.finish()
    else:
        choices = tuple(_choice(part, known) for part in fields.parts("choices", 2, 6))
    fields.finish()
    return Prediction(ask, choices, estimate)


def _choice(fields: Fields, known: frozenset[str]) -> Choice:
    when = condition(fields.get("when"), known, fields.path("when"))
    found = Choice(fields.text("text"), when, fields.flag("promised"))
    fields.finish()
    return found


def _check(fields: Fields) -> tuple[CheckAnswer, ...]:
    answers = []
    for part in fields.parts("choices", 2, 6):
        answers.append(CheckAnswer(part.text("text"), part.flag("right"), part.text("feedback")))
        part.finish()
    fields.finish()
    if sum(answer.right for answer in answers) != 1:
        raise InvalidInput(
            _("{field} must have exactly one answer with right: true, got {count}.").format(
                field=fields.path("choices"), count=sum(answer.right for answer in answers)
            )
        )
    return tuple(answers)


def _way_on(fields: Fields) -> WayOn:
    page = fields.choice("page", PAGES)
    label = fields.text("label", most=80)
    values = {name: fields.get(name) for name in WAY_FIELDS[page] if fields.has(name)}
    fields.finish()
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise fields.wrong(name, _("text or a number"), value)
    return WayOn(page, label, values)
