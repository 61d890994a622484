"""What a written persona consists of."""

from dataclasses import dataclass

QA = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Persona:
    """A role: ``titles`` a system message may give it, ``field`` it talks about, its answers.

    ``near`` are words of the field with which unknown questions inside the field are made.
    """

    key: str
    titles: tuple[str, ...]
    field: str
    near: tuple[str, ...]
    qa: tuple[QA, ...]
