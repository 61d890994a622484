"""How quick a model is at answering several questions at once.

Reading a token costs a part of what writing one does, as many are read at a time; how large a part
makes little difference where answers of one experiment are compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from core.engine.choices import split_model
from core.experiments.records import Answer
from core.storage.drafts import Drafts

# Of a token that is read, against one that is written
READING = 0.1


@dataclass(frozen=True, slots=True)
class Speed:
    """What a model does here. work_per_s: see `work`, all that runs at once together. new_tokens:
    of an answer, on average."""

    work_per_s: float
    new_tokens: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any] | None) -> Self | None:
        """What `to_dict` gave; None for anything else."""
        try:
            return cls(float(kept["work_per_s"]), float(kept["new_tokens"])) if kept else None
        except (KeyError, TypeError, ValueError):
            return None


def work(prompt_tokens: float, new_tokens: float) -> float:
    """What answers cost a model, in tokens written."""
    return prompt_tokens * READING + new_tokens


def measured(answers: Sequence[Answer], seconds: float) -> Speed | None:
    """The speed of these answers, which took so long together; None where nothing was told.

    seconds: from the first question to the last answer.
    """
    told = [one for one in answers if one.answered and one.new_tokens]
    done = sum(work(one.prompt_tokens, one.new_tokens) for one in told)
    if not told or seconds <= 0:
        return None
    return Speed(done / seconds, sum(one.new_tokens for one in told) / len(told))


class Speeds:
    """How quick each model has been here lately. drafts: of the common space, as a machine is
    everyone's."""

    _KIND = "speed"

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def get(self, model: str) -> Speed | None:
        """Of the model of that value; else of the model of that name, however it was loaded."""
        for about in (model, split_model(model)[0]):
            found = Speed.from_dict(self._drafts.get(self._KIND, about))
            if found:
                return found
        return None

    def keep(self, model: str, speed: Speed) -> None:
        """Keep what was measured last."""
        for about in {model, split_model(model)[0]}:
            self._drafts.put(self._KIND, about, speed.to_dict())
