"""A prompt as it is kept on the shelf: what a variant says, without its settings and its model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from core.experiments.template import PLAIN

_FIELDS = ("system", "template", "follow_ups")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt. template: of the question. follow_ups: templates of what is asked next, one a
    line."""

    system: str = ""
    template: str = PLAIN
    follow_ups: str = ""

    @property
    def empty(self) -> bool:
        """Whether it says nothing of its own."""
        return not self.system.strip() and self.template == PLAIN and not self.follow_ups.strip()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the database."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_dict` gave; what is missing, or of another version, is as in an empty one."""
        return cls(**{n: kept[n] for n in _FIELDS if isinstance(kept.get(n), str)})


def origin_of(prompt_id: str, version: int) -> str:
    """As a variant names the version of a prompt that it was taken from."""
    return f"prompt {prompt_id} {version}"


def taken_from(origin: str) -> tuple[str, int] | None:
    """The id and the version of the prompt that a variant names; None where it names none."""
    kind, _space, rest = origin.partition(" ")
    id, _space, number = rest.rpartition(" ")
    if kind != "prompt" or not id or not (number.isascii() and number[:9].isdigit()):
        return None
    return id, int(number[:9])
