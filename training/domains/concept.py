"""What the model knows of one term: wordings of questions and of answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing to explain."""

    names: tuple[str, ...]
    define: tuple[str, ...]
    effect: tuple[str, ...]
    advice: tuple[str, ...]
    special: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
