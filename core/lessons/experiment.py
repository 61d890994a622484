"""What every experiment has in common: cases for the model, figures, the learner's controls.

An experiment is a value read from a front matter. It first says what the model is to write
(`cases`), then makes a result of it (`measure`). Seeds are explicit: the same experiment on
the same model gives the same result.
"""

from collections.abc import Generator, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, cast

from core.backends.backend import Ability, Backend, require
from core.backends.events import Finished
from core.cases.case import Case
from core.cases.run import Answered, Tagged, run_cases
from core.errors import EngineError, InvalidInput
from core.i18n import _
from core.lessons.results import Result
from core.sampling.settings import MAX_SEED

Ends = Mapping[Hashable, Finished]
Path = tuple[str | int, ...]
Varied = Literal["temperature", "top_p", "top_k", "max_new_tokens", "max_length"]
Text = Literal["ask", "system", "begin", "text", "said", "user", "assistant", "observation"]
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be, and its step on the page. whole: no fractions."""

    low: float
    high: float
    step: float
    whole: bool = False


# The axes that a setting may name.
RANGES: dict[Varied, Range] = {
    "temperature": Range(0, 2, 0.1),
    "top_p": Range(0.05, 1, 0.05),
    "top_k": Range(0, 1000, 1, whole=True),
    "max_new_tokens": Range(1, 256, 1, whole=True),
    "max_length": Range(2, 1024, 1, whole=True),
}
_SEED = Range(0, MAX_SEED, 1, whole=True)


@dataclass(frozen=True, slots=True)
class Control:
    """A value that a learner may change.

    changes: what it is. path: where it stands in the front matter. nth: which of several, from 1.
    of, group: the name and the label of the setting or text that it belongs to, if any.
    """

    changes: Varied | Text | Literal["seed"]
    path: Path
    value: Any
    nth: int | None = None
    of: str = ""
    group: str = ""

    @property
    def name(self) -> str:
        """What a link calls it."""
        return f"{self.changes}{self.nth or ''}" + (f"_{self.of}" if self.of else "")

    @property
    def range(self) -> Range | None:
        """What it may be; None for a text."""
        return _SEED if self.changes == "seed" else RANGES.get(cast(Varied, self.changes))

    def read(self, text: str) -> Any:
        """The value that a URL gives; raises `InvalidInput` where it is none."""
        legal = self.range
        if legal is None:
            return text
        try:
            value = int(text) if legal.whole else float(text)
        except ValueError:
            value = None
        if value is None or not legal.low <= value <= legal.high:
            raise InvalidInput(
                _("{name} must be a number from {low:g} to {high:g}, got {value!r}.").format(
                    name=self.name, low=legal.low, high=legal.high, value=text
                )
            )
        return value


class Experiment(Hashable, Protocol):
    """One of the closed set of experiments."""

    @property
    def needs(self) -> tuple[Ability, ...]:
        """What a model must be able to do for it."""

    @property
    def seeded(self) -> bool:
        """Whether it draws with seeds, so that it comes out the same where seeds replay exactly."""

    @property
    def figures(self) -> frozenset[str]:
        """The names of the figures that its result will have."""

    def controls(self) -> tuple[Control, ...]:
        """What a learner may change."""

    def cases(self) -> list[Case]:
        """What the model is to write, each tagged with its place, from 0."""

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The labels of the groups of answers, with the tags of their cases."""

    def measure(self, backend: Backend, ends: Ends) -> Result:
        """The result, from the answers to `cases` by tag."""


def conduct(backend: Backend, experiment: Experiment) -> Generator[Tagged, None, Result]:
    """Run an experiment: tells what its answers say as they come, and returns the result.

    Raises `NotSupported` for a model that cannot do what it needs, `EngineError` when an answer
    failed, and what `Backend.submit_many` raises.
    """
    require(backend, *experiment.needs)
    answers = Answered()
    yield from run_cases(backend, experiment.cases(), answers)
    for end in answers.found.values():
        if end.error:
            raise EngineError(end.error)
    return experiment.measure(backend, answers.found)


def run(backend: Backend, experiment: Experiment) -> Result:
    """The result of an experiment; raises what `conduct` raises."""
    return to_end(conduct(backend, experiment))


def to_end(work: Generator[Any, None, Outcome]) -> Outcome:
    """Run a generator to its end, unheard; what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
