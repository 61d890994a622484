"""Regular expressions and phrases, found within a limit of time.

`regex` gives up after `TIME_LIMIT_S` where Python's own `re` would go on for hours: an expression
of a visitor, or of a file that somebody sent, cannot stop the server.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import InvalidInput
from core.i18n import _

if TYPE_CHECKING:
    from regex import Match, Pattern

TIME_LIMIT_S = 0.5
# Counts are written out when an expression is read: (a{1000}){1000} took a second, and a third
# such count all memory. The product of all counts is an upper bound of that, however they nest.
MAX_COUNTED = 100_000
# Characters that are words of their own: no space stands between them
IDEOGRAPHS = r"\p{Han}\p{Hiragana}\p{Katakana}"
LETTER = rf"(?:(?![{IDEOGRAPHS}])\w)"
# One for one, so that a place in the one text is the same place in the other
_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "\u00a0": " "})


class TookTooLong(InvalidInput):
    """A regular expression was stopped."""


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: int) -> "Pattern[str]":
    import regex

    return regex.compile(pattern, flags | regex.VERSION0)  # which reads it as Python's `re` does


def checked_pattern(pattern: str) -> None:
    """Raises `InvalidInput` where `pattern` is no regular expression, or repeats too much."""
    import regex

    repeated = 1
    for least, most in regex.findall(r"\{(\d*)(?:,(\d*))?\}", "".join(pattern.split())):
        count = most or least or "1"
        repeated = MAX_COUNTED + 1 if len(count) > 6 else repeated * max(1, int(count))
        if repeated > MAX_COUNTED:
            raise InvalidInput(
                _(
                    "The regular expression repeats something more than {most} times. Use * or + "
                    "instead of numbers."
                ).format(most=f"{MAX_COUNTED:,}")
            )
    try:
        _compiled(pattern, regex.MULTILINE)
    except (regex.error, RecursionError, ValueError, OverflowError) as error:
        raise InvalidInput(
            _("The regular expression {pattern!r} cannot be read ({reason}). Correct it.").format(
                pattern=pattern[:80], reason=str(error)[:200] or type(error).__name__
            )
        ) from error


def searched(pattern: str, text: str, ignore_case: bool = False) -> "Match[str] | None":
    """The first place where `pattern` matches; raises `TookTooLong` after `TIME_LIMIT_S`."""
    import regex

    flags = regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
    with _in_time(_expression_is_too_slow):
        return _compiled(pattern, flags).search(text, timeout=TIME_LIMIT_S, concurrent=True)


def plain(text: str) -> str:
    """`text` with straight quotation marks and plain spaces, each character at its place."""
    return text.translate(_PLAIN)


@lru_cache(maxsize=256)
def _phrases(phrases: tuple[str, ...], whole: bool, match_case: bool) -> "Pattern[str]":
    import regex

    free, bordered = list[str](), list[str]()
    # The longest first: of two that begin alike, the first that matches is taken
    for phrase in sorted(phrases, key=len, reverse=True):
        words = [regex.escape(word) for word in plain(phrase).split()]
        part = r"\s+".join(words)
        ends = phrase.strip()
        if whole and _own(LETTER).match(ends[-1:]):
            part = rf"{part}(?!{LETTER})"
        (bordered if whole and _own(LETTER).match(ends) else free).append(part)
    ways = [rf"(?<!{LETTER})(?:{'|'.join(bordered)})"] if bordered else []
    # Full case folding makes no difference here, and a list of fifty ten times as slow
    flags = regex.VERSION0 | (0 if match_case else regex.IGNORECASE)
    return regex.compile("|".join([*ways, *free]), flags)


def phrases_in(
    text: str, phrases: tuple[str, ...], whole: bool = True, match_case: bool = False
) -> "list[Match[str]]":
    """Every place where one of `phrases` stands, in order.

    whole: not inside of a longer word; Chinese and Japanese have no such borders. Curly and
    straight quotation marks are the same, and so is any white space.
    """
    if not phrases:
        return []
    pattern = _phrases(phrases, whole, match_case)
    with _in_time(_text_is_too_odd):
        return list(pattern.finditer(plain(text), timeout=TIME_LIMIT_S, concurrent=True))


@lru_cache(maxsize=256)
def _own(pattern: str) -> "Pattern[str]":
    import regex

    return regex.compile(pattern, regex.VERSION1 | regex.MULTILINE)


def found(pattern: str, text: str) -> "list[Match[str]]":
    """Every place where `pattern`, one of ours, matches; raises `TookTooLong`."""
    with _in_time(_text_is_too_odd):
        return list(_own(pattern).finditer(text, timeout=TIME_LIMIT_S, concurrent=True))


def cut(pattern: str, text: str) -> list[str]:
    """`text` cut where `pattern`, one of ours, matches; raises `TookTooLong`."""
    with _in_time(_text_is_too_odd):
        return list(_own(pattern).split(text, timeout=TIME_LIMIT_S, concurrent=True))


@contextmanager
def _in_time(said: Callable[[], str]) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise TookTooLong(said()) from None


def _text_is_too_odd() -> str:
    return _("The answer repeats itself so often that looking at it took too long.")


def _expression_is_too_slow() -> str:
    return _(
        "The regular expression was stopped after {seconds:g} s: it tries too many ways. Make it "
        "simpler; a repeated group within a repeated group is the usual cause."
    ).format(seconds=TIME_LIMIT_S)
