"""What every experiment has in common: requests for the engine, figures, the learner's controls.

An experiment is a value read from a front matter. It first says what the engine is to write
(`requests`), then makes a result of it (`measure`). Seeds are explicit: the same experiment on
the same model gives the same result.
"""

import copy
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from core.backends.events import Finished
from core.errors import EngineError, InvalidInput
from core.i18n import _
from core.lessons.fields import Fields
from core.lessons.results import Result

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.requests import Request

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

    def requests(self, engine: "Engine") -> "list[Request]":
        """What the engine is to write, each tagged with its place."""

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The labels of the groups of answers, with the tags of their requests."""

    def measure(self, engine: "Engine", ends: Ends) -> Result:
        """The result, from the answers to `requests` by tag."""


Reader = Callable[[Fields], Experiment]
# The axes that a setting may name, with their range and step on the page.
AXES: dict[str, tuple[ControlKind, float, float, float]] = {
    "temperature": ("real", 0, 2, 0.1),
    "top_p": ("real", 0.05, 1, 0.05),
    "top_k": ("whole", 0, 1000, 1),
    "max_new_tokens": ("whole", 1, 256, 1),
    "max_length": ("whole", 2, 1024, 1),
}


def kinds() -> dict[str, Reader]:
    """The experiments by the name that a front matter calls them."""
    from core.lessons.asking import SampleAnswers
    from core.lessons.conversing import Conversations
    from core.lessons.precisions import ComparePrecisions
    from core.lessons.predicting import NextToken
    from core.lessons.reading import CountTokens, ShowPrompts

    return {
        "answers": SampleAnswers.read,
        "conversations": Conversations.read,
        "next_token": NextToken.read,
        "tokens": CountTokens.read,
        "prompts": ShowPrompts.read,
        "precisions": ComparePrecisions.read,
    }


def read_experiment(values: Any) -> Experiment:
    """The experiment of a front matter; raises `InvalidInput`, naming the field."""
    fields = Fields(values, "experiment")
    readers = kinds()
    found = readers[fields.choice("kind", sorted(readers))](fields)
    fields.finish()
    return found


def changed(values: Any, paths: Mapping[Path, Any]) -> Experiment:
    """The experiment of `values` with other values at some paths; raises as `read_experiment`."""
    new = copy.deepcopy(values)
    for path, value in paths.items():
        place = new
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return read_experiment(new)


def run(engine: "Engine", experiment: Experiment) -> Result:
    """Run to the end; raises `EngineError` when an answer failed."""
    requests = experiment.requests(engine)
    return finish(engine, experiment, engine.submit_many(requests).results() if requests else {})


def finish(engine: "Engine", experiment: Experiment, ends: Ends) -> Result:
    """The result of answers that have ended; raises `EngineError` when one failed."""
    for end in ends.values():
        if end.error:
            raise EngineError(end.error)
    return experiment.measure(engine, ends)
