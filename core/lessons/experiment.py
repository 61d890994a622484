"""What every experiment has in common: cases for the model, figures, the learner's controls.

An experiment is a value read from a front matter. It first says what the model is to write
(`cases`), then makes a result of it (`measure`). Seeds are explicit: the same experiment on
the same model gives the same result.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from core.backends.backend import Backend
from core.backends.events import Finished
from core.cases.case import Case
from core.cases.run import Answered, run_cases
from core.errors import EngineError, InvalidInput
from core.i18n import _
from core.lessons.results import Result

Ends = Mapping[Hashable, Finished]
ControlKind = Literal["real", "whole", "text"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A value that a learner may change. path: where it stands in the front matter.

    group: the label of the setting that it belongs to, if any.
    """

    name: str
    path: Path
    kind: ControlKind
    value: Any
    low: float = 0
    high: float = 0
    step: float = 1
    group: str = ""

    def read(self, text: str) -> Any:
        """The value that a URL gives; raises `InvalidInput` where it is none."""
        try:
            value: Any = text if self.kind == "text" else float(text)
            if self.kind == "whole":
                value = int(text)
        except ValueError:
            value = None
        if value is None or (self.kind != "text" and not self.low <= value <= self.high):
            raise InvalidInput(
                _("{name} must be a number from {low:g} to {high:g}, got {value!r}.").format(
                    name=self.name, low=self.low, high=self.high, value=text
                )
            )
        return value


class Experiment(Protocol):
    """One of the closed set of experiments."""

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


# The axes that a setting may name, with their range and step on the page.
AXES: dict[str, tuple[ControlKind, float, float, float]] = {
    "temperature": ("real", 0, 2, 0.1),
    "top_p": ("real", 0.05, 1, 0.05),
    "top_k": ("whole", 0, 1000, 1),
    "max_new_tokens": ("whole", 1, 256, 1),
    "max_length": ("whole", 2, 1024, 1),
}


def run(backend: Backend, experiment: Experiment) -> Result:
    """Run to the end; raises `EngineError` when an answer failed."""
    results = Answered()
    for _event in run_cases(backend, experiment.cases(), results):
        pass
    return finish(backend, experiment, results.found)


def finish(backend: Backend, experiment: Experiment, ends: Ends) -> Result:
    """The result of answers that have ended; raises `EngineError` when one failed."""
    for end in ends.values():
        if end.error:
            raise EngineError(end.error)
    return experiment.measure(backend, ends)
