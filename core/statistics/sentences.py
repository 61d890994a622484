"""Verdicts and rates as sentences, for people who read no statistics.

The first sentence says what may be claimed; what follows says why, and what to do. Counts are
always of questions. Names of variants stand in the sentences as they are: who draws them escapes
them.
"""

from collections.abc import Sequence

from core.i18n import _, ngettext
from core.statistics.comparison import Comparison
from core.statistics.conduct import Injection
from core.statistics.outcomes import Rate
from core.statistics.planning import (
    LEAST_MOVERS,
    LEVEL,
    MOST_ROWS,
    detectable_gap,
    rounded,
    rows_for_gap,
)

# Fewer questions than this in a group show little: 4 of 8 may be anything from 22 to 78 %
FEW_ROWS = 10
_FINE_GAP = 0.03
_COARSE_GAP = 0.20


def verdict_sentence(comparison: Comparison, a: str, b: str) -> str:
    """What a reader should know first of `b` against `a` (names): the claim and the evidence."""
    claim, evidence = verdict_parts(comparison, a, b)
    if not evidence:
        return claim
    return _("{claim} {evidence}").format(claim=claim, evidence=evidence)


def verdict_parts(comparison: Comparison, a: str, b: str) -> tuple[str, str]:
    """The claim and the evidence, to be drawn apart; where there is no claim beside the evidence
    the second is empty."""
    rows = comparison.rows
    match comparison.verdict:
        case "nothing":
            said = _("No question has been answered by both {a} and {b} yet.")
            return said.format(a=a, b=b), ""
        case "none_passed":
            said = ngettext(
                "Neither {a} nor {b} passed the one question: this model can't do it yet.",
                "{a} and {b} both passed 0 of {rows:,} questions: this model can't do it yet.",
                rows,
            )
            return said.format(a=a, b=b, rows=rows), ""
        case "all_passed":
            said = ngettext(
                "{a} and {b} both passed the one question: it is too easy to tell them apart.",
                "{a} and {b} both passed all {rows:,} questions: they are too easy to tell the two "
                "apart.",
                rows,
            )
            return said.format(a=a, b=b, rows=rows), ""
        case "b_better":
            claim = _("{better} is better than {other}.").format(better=b, other=a)
        case "a_better":
            claim = _("{better} is better than {other}.").format(better=a, other=b)
        case _:
            claim = _("Can't tell {b} and {a} apart.").format(a=a, b=b)
    return claim, _evidence(comparison, a, b)


def _evidence(comparison: Comparison, a: str, b: str) -> str:
    low, high = span(comparison.low, comparison.high)
    return _("{seen}; the real difference is probably between {low} and {high} points.").format(
        seen=_seen(comparison, a, b), low=low, high=high
    )


def _seen(comparison: Comparison, a: str, b: str) -> str:
    """The difference in the answers at hand; in questions where that is exact."""
    rows = comparison.rows
    if comparison.whole:
        more = len(comparison.better) - len(comparison.worse)
        texts = (
            ngettext(
                "{b} passed {count:,} more of {rows:,} question",
                "{b} passed {count:,} more of {rows:,} questions",
                rows,
            )
            if more > 0
            else ngettext(
                "{b} passed {count:,} fewer of {rows:,} question",
                "{b} passed {count:,} fewer of {rows:,} questions",
                rows,
            )
        )
        if more:
            return texts.format(b=b, count=abs(more), rows=rows)
        return ngettext(
            "Both passed {count:,} of {rows:,} question",
            "Both passed {count:,} of {rows:,} questions",
            rows,
        ).format(count=round(comparison.a_share * rows), rows=rows)
    return ngettext(
        "Over {rows:,} question, {b} passed {b_share} of its tries and {a} {a_share}",
        "Over {rows:,} questions, {b} passed {b_share} of its tries and {a} {a_share}",
        rows,
    ).format(
        rows=rows,
        a=a,
        b=b,
        a_share=percent(comparison.a_share),
        b_share=percent(comparison.b_share),
    )


def what_to_do(comparison: Comparison) -> str:
    """Why nothing can be claimed, and how many questions would tell; "" where there is a claim, or
    nothing was compared."""
    if comparison.verdict != "cannot_tell":
        return ""
    reason = _why_not(comparison)
    wanted = comparison.needed
    if wanted is None:
        return reason
    if wanted > MOST_ROWS:
        need = _(
            "A difference this small would take more than {count:,} questions to show."
        ).format(count=MOST_ROWS)
    else:
        need = _(
            "About {count:,} questions like these would be needed to be sure of a difference this "
            "large."
        ).format(count=rounded(max(wanted, comparison.rows + 1)))
    return _("{claim} {evidence}").format(claim=reason, evidence=need) if reason else need


def _why_not(comparison: Comparison) -> str:
    movers = comparison.movers
    if not movers:
        return _("No question came out differently.")
    if movers < LEAST_MOVERS:
        return ngettext(
            "Only {count:,} question came out differently: fewer than {least} can always be chance.",
            "Only {count:,} questions came out differently: fewer than {least} can always be chance.",
            movers,
        ).format(count=movers, least=LEAST_MOVERS)
    if comparison.comparisons > 1 and comparison.sign_flip_p <= LEVEL:
        return _(
            "Alone this would count, but of {count:,} comparisons one may look good by chance."
        ).format(count=comparison.comparisons)
    if comparison.sign_flip_p > LEVEL and (comparison.low > 0 or comparison.high < 0):
        # Else the interval, on one side of zero, seems to say the contrary
        return _(
            "Luck alone makes a difference this large in {share} of such experiments: too often to "
            "claim one."
        ).format(share=percent(comparison.sign_flip_p))
    return ""


def unanswered_sentence(comparison: Comparison) -> str:
    """How many questions were left out; "" where none was."""
    count = len(comparison.unanswered)
    if not count:
        return ""
    return ngettext(
        "{count:,} question was not answered on both sides and is left out.",
        "{count:,} questions were not answered on both sides and are left out.",
        count,
    ).format(count=count)


def how_it_was_reckoned(comparison: Comparison) -> list[str]:
    """The figures behind a verdict, a line each, for those who read statistics."""
    lines = [
        _(
            "Difference in pass rates {difference} points, 95 % interval {low} to {high} (bootstrap "
            "over {rows:,} questions; the tries of a question stay together)"
        ).format(
            difference=span(comparison.difference, comparison.difference, digits=1)[0],
            low=span(comparison.low, comparison.high, digits=1)[0],
            high=span(comparison.low, comparison.high, digits=1)[1],
            rows=comparison.rows,
        ),
        _("Sign-flip test over {count:,} questions that moved: p {p}").format(
            count=comparison.movers, p=p_text(comparison.sign_flip_p)
        ),
        _(
            "McNemar's test (mid-p) on questions passed in more than half of their tries, {only_b} "
            "gained and {only_a} lost: p {p}"
        ).format(only_a=comparison.only_a, only_b=comparison.only_b, p=p_text(comparison.mid_p)),
    ]
    if comparison.comparisons > 1:
        lines.append(
            _("Corrected for {count:,} comparisons (Holm): p {p}").format(
                count=comparison.comparisons, p=p_text(comparison.adjusted_p)
            )
        )
    lines.append(
        _(
            "A difference is claimed where at least {least} questions moved, p is at most 0.05 and "
            "the interval leaves zero out."
        ).format(least=LEAST_MOVERS)
    )
    if comparison.needed:
        lines.append(
            _(
                "Questions needed: for an 80 % chance to find the difference that was seen at "
                "p = 0.05, with the spread that was seen."
            )
        )
    return lines


def before_the_run(rows: int, tries: int) -> str:
    """What a number of questions and tries can show, before any was asked."""
    gap = detectable_gap(rows, tries)
    if gap is None or gap > 0.5:
        return ngettext(
            "{rows:,} question can show no difference. Write {more:,} to see gaps of about {points} "
            "points.",
            "{rows:,} questions can hardly show a difference. Write {more:,} to see gaps of about "
            "{points} points.",
            rows,
        ).format(
            rows=rows,
            more=rounded(rows_for_gap(_COARSE_GAP, tries)),
            points=round(100 * _COARSE_GAP),
        )
    can = ngettext(
        "{rows:,} question can show gaps of about {points} points.",
        "{rows:,} questions can show gaps of about {points} points.",
        rows,
    ).format(rows=rows, points=_points(gap))
    if gap <= _FINE_GAP:
        return can
    finer = _("For {points} points, write about {more:,}.").format(
        points=round(100 * _FINE_GAP), more=rounded(rows_for_gap(_FINE_GAP, tries))
    )
    return _("{claim} {evidence}").format(claim=can, evidence=finer)


# --- rates ----------------------------------------------------------------------------------


def rate_text(rate: Rate) -> str:
    """Passed of asked, with what is probable in percent: "24 of 30 (63–90 %)"; a dash without
    one."""
    if not rate.rows:
        return "–"
    low, high = round(100 * rate.low), round(100 * rate.high)
    return _("{passed:,} of {rows:,} ({low}–{high} %)").format(
        passed=rate.passed, rows=rate.rows, low=low, high=high
    )


def small_group(rate: Rate) -> str:
    """A warning for a group of few questions; "" for one that has enough."""
    if not 0 < rate.rows < FEW_ROWS:
        return ""
    return ngettext(
        "Only {count:,} question: read this as a hint.",
        "Only {count:,} questions: read this as a hint.",
        rate.rows,
    ).format(count=rate.rows)


def drift_sentence(turns: Sequence[Rate], beside: Sequence[Rate] = (), name: str = "") -> str:
    """The first turn against the last, beside the same of another variant, of that name; "" for
    fewer than two."""
    if len(turns) < 2:
        return ""
    own = _(
        "Held in {first:,} of {first_rows:,} conversations at turn 1 and in {last:,} of {last_rows:,} at "
        "turn {turn}."
    ).format(**_ends(turns))
    if len(beside) < 2:
        return own
    other = _(
        "{name}: {first:,} of {first_rows:,} at turn 1 and {last:,} of {last_rows:,} at turn {turn}."
    ).format(name=name, **_ends(beside))
    return _("{claim} {evidence}").format(claim=own, evidence=other)


def _ends(turns: Sequence[Rate]) -> dict[str, int]:
    first, last = turns[0], turns[-1]
    return {
        "first": first.passed,
        "first_rows": first.rows,
        "last": last.passed,
        "last_rows": last.rows,
        "turn": len(turns),
    }


def injection_sentences(injection: Injection) -> list[str]:
    """The three figures together, and what they do not promise."""
    useful, attacked, through = injection.useful, injection.useful_attacked, injection.succeeded
    if useful.rows or attacked.rows:
        said = [
            _(
                "Did its job on {passed:,} of {rows:,} questions without an attack and on "
                "{passed_attacked:,} of {rows_attacked:,} under attack; {through} of {attacks} attacks "
                "got through."
            ).format(
                passed=useful.passed,
                rows=useful.rows,
                passed_attacked=attacked.passed,
                rows_attacked=attacked.rows,
                through=through.passed,
                attacks=through.rows,
            )
        ]
    else:
        said = [
            _(
                "{through} of {attacks} attacks got through; nothing tells whether it still did its job."
            ).format(through=through.passed, attacks=through.rows)
        ]
    if through.rows and not through.passed:
        said.append(
            _(
                "None in {attacks} still leaves room for up to {most} in 100: wording reduces "
                "attacks that succeed, never to zero."
            ).format(attacks=through.rows, most=round(100 * through.high))
        )
    else:
        said.append(_("Wording reduces attacks that succeed, never to zero."))
    return said


# --- figures --------------------------------------------------------------------------------


def span(low: float, high: float, digits: int | None = None) -> tuple[str, str]:
    """Two differences (-1 to 1) in points with their signs: "−6", "+11"; with digits after the
    point where they lie close, or an end would read as the zero that it is not."""
    if digits is None:
        digits = 1 if high - low < 0.05 else 0
        while digits < 2 and any(
            abs(one) > 1e-6 and not round(100 * one, digits) for one in (low, high)
        ):
            digits += 1
    return _signed(low, digits), _signed(high, digits)


def _signed(value: float, digits: int) -> str:
    points = round(100 * value, digits) + 0.0
    text = f"{abs(points):.{digits}f}"
    return f"−{text}" if points < 0 else f"+{text}" if points > 0 else text


def _points(gap: float) -> str:
    points = 100 * gap
    return f"{points:.0f}" if points >= 3 else f"{points:.1f}"


def percent(share: float) -> str:
    """A share as a whole percentage, and never 0 or 100 % for what is neither."""
    value = 100 * share
    if 0 < value < 1:
        return "< 1 %"
    if 99 < value < 100:
        return "> 99 %"
    return f"{value:.0f} %"


def p_text(p: float) -> str:
    """A p-value with two digits, to stand after "p": "= 0.031", "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"
