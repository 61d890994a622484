"""A small seeded template engine; every text the model learns from is drawn through it.

Templates are plain strings with two marks: ``[a|b|c]`` is a choice (nestable, an empty branch is
allowed) and ``{slot}`` inserts a value; ``{an slot}`` puts "a" or "an" before it. Square brackets
and braces therefore never occur literally in a template.

Held-out material is decided by hash, not by hand: ``reserved(text)`` is true for one text in
eight. A training draw never takes a reserved wording or value; a held-out draw takes only those
(or, where a list has none, the whole list).
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar

T = TypeVar("T")

_VOWELS = "aeiouAEIOU"


class TemplateError(ValueError):
    """A template has unbalanced marks or names a slot that was not given."""


def reserved(text: str, share: int = 8) -> bool:
    """Whether ``text`` belongs to the held-out part (one text in ``share``, fixed for ever)."""
    return _digest(text) % share == 0


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha1(text.encode("utf-8")).digest()[:4], "big")


@cache
def heldout_places(options: tuple[str, ...]) -> frozenset[int]:
    """Which entries of a list are held out: never the first, and one at least of five or more."""
    held = {i for i, option in enumerate(options) if i > 0 and reserved(option)}
    if not held and len(options) >= 5:
        held = {min(range(1, len(options)), key=lambda i: _digest(options[i]))}
    return frozenset(held)


def with_article(noun: str) -> str:
    """``noun`` with its indefinite article: "an owl", "a fox"."""
    return f"{'an' if noun[:1] in _VOWELS else 'a'} {noun}"


class Draw:
    """All random choices of one corpus: a seeded generator and the split it draws for."""

    def __init__(self, seed: int | str, heldout: bool = False) -> None:
        self.rng = random.Random(seed)
        self.heldout = heldout

    def chance(self, probability: float) -> bool:
        """True with the given probability in [0, 1]."""
        return self.rng.random() < probability

    def value(self, options: Sequence[T]) -> T:
        """One slot value of this draw's split."""
        return self.rng.choice(self._split(options))

    def any(self, options: Sequence[T]) -> T:
        """One element, whatever the split."""
        return self.rng.choice(options)

    def ask(self, templates: Sequence[str], **slots: str) -> str:
        """A user's or system message's wording of this draw's split, expanded."""
        return self.expand(self.rng.choice(self._split(templates)), slots)

    def say(self, templates: Sequence[str] | str, **slots: str) -> str:
        """An assistant's wording, expanded; answers are not split."""
        chosen = templates if isinstance(templates, str) else self.rng.choice(templates)
        return self.expand(chosen, slots)

    def _split(self, options: Sequence[T]) -> Sequence[T]:
        held = heldout_places(tuple(str(option) for option in options))
        return [o for i, o in enumerate(options) if (i in held) == self.heldout] or options

    def expand(self, template: str, slots: Mapping[str, str]) -> str:
        """``template`` with its choices drawn and its slots filled, first letter raised.

        Raises TemplateError for unbalanced marks or an unknown slot.
        """
        text, end = self._expand(template, 0, slots, nested=False)
        if end != len(template):
            raise TemplateError(f"unbalanced ']' at {end} in {template!r}; check the brackets.")
        text = text.strip(" ")
        return text[:1].upper() + text[1:]

    def _expand(
        self, template: str, start: int, slots: Mapping[str, str], nested: bool
    ) -> tuple[str, int]:
        branches, current, at = [], "", start
        while at < len(template):
            mark = template[at]
            if mark == "[":
                inner, at = self._expand(template, at + 1, slots, nested=True)
                current += inner
            elif mark == "{":
                close = template.find("}", at)
                if close < 0:
                    raise TemplateError(f"'{{' at {at} is never closed in {template!r}.")
                current += self._slot(template[at + 1 : close], slots, template)
                at = close + 1
            elif nested and mark == "|":
                branches.append(current)
                current, at = "", at + 1
            elif mark == "]":
                if not nested:
                    return current, at
                branches.append(current)
                return self.rng.choice(branches), at + 1
            else:
                current += mark
                at += 1
        if nested:
            raise TemplateError(f"'[' before {start} is never closed in {template!r}.")
        return current, at

    @staticmethod
    def _slot(name: str, slots: Mapping[str, str], template: str) -> str:
        article = name.startswith("an ")
        key = name.removeprefix("an ")
        if key not in slots:
            raise TemplateError(f"slot {key!r} of {template!r} has no value; pass {key}=...")
        return with_article(slots[key]) if article else slots[key]
