"""Kinds of rules that compare an answer with the one that is expected.

What is expected stands in the rule, or, where it is left empty there, in the row that is asked.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from core.checks.fields import Field
from core.checks.kind import Kind, Outcome, Seen, Values, number_of, text_of, words_of
from core.checks.reading import listed, normalised, numbers, shown
from core.errors import InvalidInput
from core.i18n import _

if TYPE_CHECKING:
    from sacrebleu.metrics import CHRF

# Both measures take time that grows with the product of two lengths
MAX_COMPARED = 20_000

_EXPECTED = Field(
    "expected",
    "passage",
    lambda: _("Expected answer"),
    "",
    lambda: _("Leave it empty to take the expected answer of each row."),
    blank=True,
)


def _expected(values: Values, seen: Seen) -> str:
    expected = text_of(values, "expected") or seen.expected
    if not expected.strip():
        raise InvalidInput(
            _("There is no expected answer. Write one in the rule, or in the row that is asked.")
        )
    return expected


def _said(values: Values) -> str:
    own = text_of(values, "expected")
    return f"“{shown(own, 40)}”" if own else _("the expected answer")


def _equals(values: Values, seen: Seen) -> Outcome:
    expected, text = _expected(values, seen), seen.text
    if values["how"] == "exact":
        held = text.strip() == expected.strip()
    else:
        held = normalised(text) == normalised(expected)
    why = _("Expected “{expected}”, got “{text}”.").format(
        expected=shown(expected), text=shown(text.strip())
    )
    return Outcome(held, why)


def _contains_expected(values: Values, seen: Seen) -> Outcome:
    expected = _expected(values, seen)
    wanted, own = normalised(expected), normalised(seen.text)
    if not wanted:
        raise InvalidInput(
            _("The expected answer “{expected}” has no letters or digits to look for.").format(
                expected=shown(expected)
            )
        )
    # Between words of letters nothing but whole words count; Chinese has no borders to keep
    borders = wanted.isascii()
    held = (
        f" {wanted} " in f" {own} " if borders else wanted.replace(" ", "") in own.replace(" ", "")
    )
    why = _("Found: “{expected}”.") if held else _("Not found: “{expected}”.")
    return Outcome(held, why.format(expected=shown(expected)))


def _number(values: Values, seen: Seen) -> Outcome:
    wanted = numbers(_expected(values, seen))
    if not wanted:
        raise InvalidInput(
            _("The expected answer “{expected}” has no number.").format(
                expected=shown(_expected(values, seen))
            )
        )
    found = numbers(seen.text)
    if not found:
        return Outcome(False, _("The answer has no number."))
    target = wanted[-1].value
    allowed = number_of(values, "tolerance")
    if values["unit"] == "percent":
        allowed = abs(target) * allowed / 100
    # 0.1 + 0.2 and 0.3 are the same number to whoever wrote them
    allowed += 1e-9 * max(1.0, abs(target))
    near = [number for number in found if abs(number.value - target) <= allowed]
    chosen = {"last": found[-1:], "first": found[:1]}.get(str(values["which"]), found)
    held = any(number in near for number in chosen)
    why = _("Expected {expected}, found {numbers}.").format(
        expected=wanted[-1].written,
        numbers=", ".join(n.written for n in found[:5]) + (", …" if len(found) > 5 else ""),
    )
    # Right among others, or right where another place was asked for: worth a look
    others = {n.value for n in found if n not in near}
    return Outcome(held, why, doubtful=bool(others) if held else bool(near))


def _similar(values: Values, seen: Seen) -> Outcome:
    expected = _expected(values, seen)
    share = similarity(seen.text, expected, str(values["measure"]))
    least = number_of(values, "at_least")
    why = _("Similarity {share:.0f} of 100 (asked for: at least {least:.0f}).").format(
        share=share, least=least
    )
    return Outcome(share >= least, why, doubtful=abs(share - least) < 5)


def similarity(text: str, expected: str, measure: str) -> float:
    """How similar two texts are, 0 to 100.

    measure: "chrf", the F-score of sequences of up to 6 characters (Popović 2015,
    https://aclanthology.org/W15-3049, by sacrebleu), or "edits", the share of characters in common
    and in order (the normalised indel similarity, by rapidfuzz).
    """
    text, expected = text.strip()[:MAX_COMPARED], expected.strip()[:MAX_COMPARED]
    if measure == "chrf":
        return min(100.0, float(_chrf().sentence_score(text, [expected]).score))
    from rapidfuzz.distance import Indel

    return 100 * float(Indel.normalized_similarity(text.casefold(), expected.casefold()))


@lru_cache(maxsize=1)
def _chrf() -> "CHRF":
    from sacrebleu.metrics import CHRF

    return CHRF()


def _one_of(values: Values, seen: Seen) -> Outcome:
    choices = words_of(values, "choices")
    own = normalised(seen.text)
    exact = next((choice for choice in choices if normalised(choice) == own), None)
    if exact is not None:
        return Outcome(True, _("The answer is “{choice}”.").format(choice=shown(exact)))
    why = _("Got “{text}”; allowed: {choices}.").format(
        text=shown(seen.text.strip()), choices=listed(choices)
    )
    return Outcome(False, why)


KINDS: tuple[Kind, ...] = (
    Kind(
        "equals",
        "expected",
        lambda: _("Equals the expected answer"),
        lambda: _("The whole answer is the expected one."),
        (
            _EXPECTED,
            Field(
                "how",
                "choice",
                lambda: _("Compared"),
                "normalised",
                lambda: _("Loosely: case, punctuation and spaces do not count."),
                choices=(
                    ("normalised", lambda: _("Loosely")),
                    ("exact", lambda: _("Exactly")),
                ),
            ),
        ),
        lambda v: _("equals {expected}").format(expected=_said(v)),
        _equals,
    ),
    Kind(
        "contains_expected",
        "expected",
        lambda: _("Contains the expected answer"),
        lambda: _("The expected answer stands somewhere in it; case and punctuation do not count."),
        (_EXPECTED,),
        lambda v: _("contains {words}").format(words=_said(v)),
        _contains_expected,
    ),
    Kind(
        "number",
        "expected",
        lambda: _("Gives the expected number"),
        lambda: _("A number in the answer is the expected one, or near it."),
        (
            _EXPECTED,
            Field("tolerance", "number", lambda: _("May differ by"), 0.0, None, 0, 1e12),
            Field(
                "unit",
                "choice",
                lambda: _("Unit of the difference"),
                "absolute",
                choices=(
                    ("absolute", lambda: _("as a number")),
                    ("percent", lambda: _("percent of the expected number")),
                ),
            ),
            Field(
                "which",
                "choice",
                lambda: _("Which number"),
                "last",
                lambda: _("A model that explains its way mostly says the result last."),
                choices=(
                    ("last", lambda: _("The last one")),
                    ("first", lambda: _("The first one")),
                    ("any", lambda: _("Any of them")),
                ),
            ),
        ),
        lambda v: _("gives the number of {expected}").format(expected=_said(v)),
        _number,
    ),
    Kind(
        "similar",
        "expected",
        lambda: _("Is similar to the expected answer"),
        lambda: _("Similar in its characters, 0 to 100. It does not know what words mean."),
        (
            _EXPECTED,
            Field("at_least", "number", lambda: _("At least (of 100)"), 60.0, None, 0, 100),
            Field(
                "measure",
                "choice",
                lambda: _("Measure"),
                "chrf",
                lambda: _(
                    "chrF compares sequences of characters wherever they stand, edits those in the "
                    "same order."
                ),
                choices=(("chrf", lambda: "chrF"), ("edits", lambda: _("edits"))),
            ),
        ),
        lambda v: _("similar to {expected}: at least {least:.0f} of 100").format(
            expected=_said(v), least=number_of(v, "at_least")
        ),
        _similar,
    ),
    Kind(
        "one_of",
        "expected",
        lambda: _("Is one of these choices"),
        lambda: _("The whole answer is one of the choices; case and punctuation do not count."),
        (
            Field(
                "choices",
                "words",
                lambda: _("Choices"),
                (),
                lambda: _("One choice on each line."),
            ),
        ),
        lambda v: _("is one of {choices}").format(choices=listed(words_of(v, "choices"))),
        _one_of,
    ),
)
