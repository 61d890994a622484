"""Probabilities and measures in the words of a class: "3 times in 4", "as open as a choice between
7".

The exact figure stands beside them wherever they are used.
"""

import math

from core.i18n import _, ngettext

# What a share is rounded to, in words: so many times in so many
_SHARES = (
    *(
        (1, 20),
        (1, 10),
        (1, 5),
        (1, 4),
        (1, 3),
        (2, 5),
        (1, 2),
        (3, 5),
        (2, 3),
        (3, 4),
        (4, 5),
        (9, 10),
    ),
    *((19, 20), (99, 100)),
)

_NO_CHOICE = 1.05
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def times(share: float) -> str:
    """How often, as people say it: "3 times in 4", "1 time in 200", "almost always"."""
    if share >= 0.995:
        return _("always") if share >= 1 else _("almost always")
    if share <= 0:
        return _("never")
    if share < 0.04:
        return _once_in(1 / share)
    count, of = min(_SHARES, key=lambda pair: abs(_log_odds(pair[0] / pair[1]) - _log_odds(share)))
    return _said(count, of)


def once_in(logprob: float) -> str:
    """How often what has this natural log-probability comes; it may be too small for a float."""
    digits = -logprob / math.log(10)
    if digits < 9:
        return times(math.exp(logprob))
    return _("1 time in 10{power}").format(power=str(round(digits)).translate(_RAISED))


def choice(bits: float) -> str:
    """How open a choice of this entropy is: the number of equally likely tokens that are as
    open."""
    if 2**bits < _NO_CHOICE:
        return _("practically no choice ({bits:.2f} bits)").format(bits=bits)
    return _("as open as a choice between {count} equally likely tokens ({bits:.2f} bits)").format(
        count=_equals(bits), bits=bits
    )


def openness(before: float, after: float) -> str:
    """How the settings changed the openness of a choice; both in bits."""
    said = (
        _(
            "There is practically no choice left ({after:.2f} bits); the model's own is as open as "
            "between {equals_before} equally likely tokens ({before:.2f} bits)."
        )
        if 2**after < _NO_CHOICE
        else _(
            "The choice is as open as between {equals} equally likely tokens ({after:.2f} bits); "
            "the model's own is as open as between {equals_before} ({before:.2f} bits)."
        )
    )
    return said.format(
        after=after, before=before, equals=_equals(after), equals_before=_equals(before)
    )


def fairness(p_value: float) -> str:
    """What a test of counts says: how often a fair draw differs as much, and what to make of it."""
    often = times(p_value)
    if p_value >= 0.05:
        return _("**This looks fair:** a fair draw would differ this much or more {often}.").format(
            often=often
        )
    if p_value >= 0.001:
        return _(
            "**Unusual, but chance can do it:** a fair draw would differ this much or more only "
            "{often}."
        ).format(often=often)
    return _("**Hardly chance:** a fair draw would differ this much or more only {often}.").format(
        often=often
    )


def _equals(bits: float) -> str:
    count = 2**bits
    return f"{_round(count):,}" if count >= 9.95 else f"{count:.1f}".removesuffix(".0")


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _once_in(count: float) -> str:
    return _said(1, _round(count))


def percent(probability: float) -> str:
    """A probability for the eye: three digits, and never 0 or 100 % for what is neither."""
    # A line never ends between a number and its sign
    return _percent(100 * probability).replace(" ", "\N{NO-BREAK SPACE}")


def _percent(value: float) -> str:
    if value <= 0 or value >= 100 - 1e-9:
        return "0 %" if value <= 0 else "100 %"
    if value < 0.001:
        return "< 0.001 %"
    if value > 99.9:
        return "> 99.9 %"
    digits = 3 if value < 0.1 else 2 if value < 10 else 1
    return f"{value:.{digits}f} %"


def _round(count: float) -> int:
    """Two digits: nobody sees a difference between 1 in 3,417 and 1 in 3,400."""
    power = 10 ** max(0, math.floor(math.log10(count)) - 1)
    return round(count / power) * power


def _said(count: int, of: int) -> str:
    return ngettext("{count} time in {of:,}", "{count} times in {of:,}", count).format(
        count=count, of=of
    )
