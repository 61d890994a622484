"""A small seeded template engine; every text the model learns from is drawn through it.

Templates are plain strings with two marks: ``[a|b|c]`` is a choice (nestable, an empty branch is
allowed) and ``{slot}`` inserts a value; ``{an slot}`` puts "a" or "an" before it. Square brackets
and braces therefore never occur literally in a template; slot values may hold any text.

Held-out material is decided by hash, not by hand: ``reserved(text)`` is true for one text in
eight. A list of at least ``WHOLE`` wordings keeps whole wordings back; a shorter one keeps back
one way in eight to draw its choices. Fixed phrases, which differ too much to stand in for each
other ("what's up", "how are you"), are put between openings and endings, and one such combination
in eight is kept back. The first entry of a list is its plainest and never held out as it stands.
"""

import hashlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypeAlias, TypeVar

T = TypeVar("T")

WHOLE = 12
# How often an unfolded wording of the other split is drawn anew before the list is taken as it is.
_TRIES = 60
# How much more often an answer takes the first of several ways to go on. Without a favourite even
# a low temperature would spread evenly over all of them.
_FAVOURITE = 2.5
_SALT = "2 "
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_OPENINGS = (
    *("please ", "hey, ", "so, ", "ok, ", "well, ", "now ", "tell me: ", "a question: "),
    *("and ", "um, ", "hi! ", "quick: ", "just asking: ", "one more thing: ", "sorry, "),
)
_ENDINGS = (", please", ", my friend", " then", ", tell me", ", I wonder", ", if I may ask", " now")
_CHINESE_OPENINGS = ("请问，", "那么，", "对了，", "嗯，", "想问一下，", "好，", "还有，", "老师，")
_CHINESE_ENDINGS = ("，谢谢", "呢", "啊", "，好吗", "，告诉我")
_SLOT = re.compile(r"\{(an )?(\w+)\}")
_LIKE_A_CONSONANT = re.compile(r"u(ni|s[eu]|x\b|ti)|eu|one\b", re.IGNORECASE)
_LIKE_A_VOWEL = re.compile(r"[aeiou]|hour|honest|heir|(?-i:(SQL|HR|LLM|HTML|FAQ|SEO|MRI)\b)", re.I)


class TemplateError(ValueError):
    """A template has unbalanced marks or names a slot that was not given."""


def reserved(text: str, share: int = 8) -> bool:
    """Whether ``text`` belongs to the held-out part (one text in ``share``, fixed for ever)."""
    return _digest(text) % share == 0


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha1((_SALT + text).encode("utf-8")).digest()[:4], "big")


@cache
def heldout_places(options: tuple[str, ...]) -> frozenset[int]:
    """Which entries of a list are held out: never the first, and one at least of five or more."""
    held = {i for i, option in enumerate(options) if i > 0 and reserved(option)}
    if not held and len(options) >= 5:
        held = {min(range(1, len(options)), key=lambda i: _digest(options[i]))}
    return frozenset(held)


def with_article(noun: str) -> str:
    """``noun`` with its indefinite article: "an owl", "a fox", "a UX designer"."""
    vowel = _LIKE_A_VOWEL.match(noun) and not _LIKE_A_CONSONANT.match(noun)
    return f"{'an' if vowel else 'a'} {noun}"


# A parsed template: text, or the branches of a choice, in order.
Part: TypeAlias = "str | tuple[tuple[Part, ...], ...]"


@cache
def parsed(template: str) -> tuple[Part, ...]:
    """``template`` as texts and choices. Raises TemplateError for unbalanced marks."""
    parts, end = _parse(template, 0, nested=False)
    if end != len(template):
        raise TemplateError(f"unbalanced ']' at {end} in {template!r}; check the brackets.")
    return parts[0]


def _parse(template: str, start: int, nested: bool) -> tuple[tuple[tuple[Part, ...], ...], int]:
    branches: list[tuple[Part, ...]] = []
    current: list[Part] = []
    at = start
    while at < len(template):
        mark = template[at]
        if mark == "[":
            inner, at = _parse(template, at + 1, nested=True)
            current.append(inner)
        elif mark == "]":
            break
        elif nested and mark == "|":
            branches.append(tuple(current))
            current, at = [], at + 1
        else:
            end = at + 1
            while end < len(template) and template[end] not in ("[|]" if nested else "[]"):
                end += 1
            current.append(template[at:end])
            at = end
    if nested:
        if at == len(template):
            raise TemplateError(f"'[' before {start} is never closed in {template!r}.")
        at += 1
    return (*branches, tuple(current)), at


def filled(wording: str, slots: Mapping[str, str]) -> str:
    """``wording`` with its slots filled; the first letter raised unless the text is Chinese.

    Raises TemplateError for an unknown slot or a brace that is no slot.
    """

    def value(match: re.Match[str]) -> str:
        key = match[2]
        if key not in slots:
            raise TemplateError(f"slot {key!r} of {wording!r} has no value; pass {key}=...")
        return with_article(slots[key]) if match[1] else slots[key]

    if "{" in _SLOT.sub("", wording) or "}" in _SLOT.sub("", wording):
        raise TemplateError(f"a brace of {wording!r} belongs to no slot.")
    text = _SLOT.sub(value, wording).strip(" ")
    # Chinese sentences begin with a term such as top_p as it is.
    return text if _CHINESE.search(text) else text[:1].upper() + text[1:]


def plainest(templates: Sequence[str], slots: Mapping[str, str]) -> str:
    """The first wording with the first of all its choices, filled: nothing is drawn."""

    def first(parts: tuple[Part, ...]) -> str:
        return "".join(part if isinstance(part, str) else first(part[0]) for part in parts)

    return filled(first(parsed(templates[0])), slots)


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
        """A user's or system message's wording of this draw's split, filled."""
        return filled(self.wording(templates), slots)

    def wording(self, templates: Sequence[str]) -> str:
        """As ``ask``, with the slots left open."""
        if len(templates) >= WHOLE:
            return self._unfold(parsed(self.value(templates)))
        return self._of_this_split(
            lambda: self._unfold(parsed(self.rng.choice(templates))), templates[0]
        )

    def phrase(self, templates: Sequence[str], **slots: str) -> str:
        """A fixed phrase between an opening and an ending, in a combination of this split."""
        return filled(self._of_this_split(lambda: self._framed(templates), templates[0]), slots)

    def _framed(self, templates: Sequence[str]) -> str:
        unfolded = self._unfold(parsed(self.rng.choice(templates)))
        chinese = _CHINESE.search(unfolded)
        opening = self.rng.choice(_CHINESE_OPENINGS if chinese else _OPENINGS)
        ending = self.rng.choice(_CHINESE_ENDINGS if chinese else _ENDINGS)
        kind = self.rng.random()
        return (opening if kind < 0.4 else "") + unfolded + (ending if 0.3 < kind < 0.55 else "")

    def _of_this_split(self, wording: Callable[[], str], plainest: str) -> str:
        for _ in range(_TRIES):
            found = wording()
            if (found != plainest and reserved(found)) == self.heldout:
                break
        return found

    def say(self, templates: Sequence[str] | str, **slots: str) -> str:
        """An assistant's wording, filled; answers are not split, and lean to what stands first."""
        chosen = templates if isinstance(templates, str) else self.favour(templates)
        return filled(self._unfold(parsed(chosen), lean=True), slots)

    def favour(self, options: Sequence[T]) -> T:
        """One element, the first more often than each other."""
        weights = [_FAVOURITE] + [1.0] * (len(options) - 1)
        return self.rng.choices(options, weights)[0]

    def expand(self, template: str, slots: Mapping[str, str]) -> str:
        """``template`` with its choices drawn evenly and its slots filled.

        Raises TemplateError for unbalanced marks or an unknown slot.
        """
        return filled(self._unfold(parsed(template)), slots)

    def _split(self, options: Sequence[T]) -> Sequence[T]:
        held = heldout_places(tuple(str(option) for option in options))
        return [o for i, o in enumerate(options) if (i in held) == self.heldout] or options

    def _unfold(self, parts: tuple[Part, ...], lean: bool = False) -> str:
        choose = self.favour if lean else self.any
        return "".join(
            part if isinstance(part, str) else self._unfold(choose(part), lean) for part in parts
        )
