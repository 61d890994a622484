"""What rules find in an answer: one line, and each rule with its reason."""

from collections.abc import Sequence

import streamlit as st

from core.checks.kind import Outcome, Seen
from core.checks.rule import Rule, checked, rule_label
from core.i18n import _, ngettext
from ui.shell.text import label


def found_in(rules: Sequence[Rule], seen: Seen) -> list[Outcome]:
    """What each rule finds, in their order."""
    return [checked(rule, seen) for rule in rules]


def mark(outcome: Outcome) -> str:
    """An outcome as an icon in its colour, in Markdown."""
    if outcome.passed is None:
        return ":gray[:material/help:]"
    if outcome.passed:
        return ":green[:material/check_circle:]"
    return ":red[:material/cancel:]"


def reason(outcome: Outcome) -> str:
    """Why, in Markdown; and whether it is worth a look."""
    said = label(outcome.why)
    if outcome.passed is None:
        said = _("Could not be told: {reason}").format(reason=said)
    if outcome.doubtful:
        said = f"{said} :orange[:material/flag: {_('Worth a look')}]"
    return said


def holding(outcomes: Sequence[Outcome]) -> str:
    """How many rules hold, in a few words."""
    count = len(outcomes)
    held = sum(outcome.passed is True for outcome in outcomes)
    said = ngettext("{held} of {count} rule holds", "{held} of {count} rules hold", count).format(
        held=held, count=count
    )
    untold = sum(outcome.passed is None for outcome in outcomes)
    if untold:
        said += _(", {count} could not be told").format(count=untold)
    return said


def outcome_lines(rules: Sequence[Rule], outcomes: Sequence[Outcome]) -> None:
    """Draw each rule with what it found and why."""
    # One element: there may be as many of these as answers
    st.markdown(
        "\n\n".join(
            f"{mark(outcome)} {label(rule_label(rule))} · {weight_name(rule)}  \n"
            f":small[{reason(outcome)}]"
            for rule, outcome in zip(rules, outcomes, strict=True)
        )
    )


def holding_line(rules: Sequence[Rule], seen: Seen, key: str) -> None:
    """Draw how many rules hold as a small line that opens to each of them; nothing without
    rules."""
    if not rules:
        return
    outcomes = found_in(rules, seen)
    failed = [o for r, o in zip(rules, outcomes, strict=True) if o.passed is False]
    musts = [o for r, o in zip(rules, outcomes, strict=True) if r.weight == "must" and o in failed]
    icon = "cancel" if musts else "error" if failed else "rule"
    with st.popover(
        holding(outcomes), icon=f":material/{icon}:", type="tertiary", key=key, wrap=True
    ):
        outcome_lines(rules, outcomes)


def weight_name(rule: Rule) -> str:
    """How much a rule weighs, in a word."""
    return _("must") if rule.weight == "must" else _("should")
