"""The editor of rules: a list in words, each with its weight and what it finds in an answer."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import streamlit as st

from core.checks.form import RuleForm, place_in
from core.checks.kind import Outcome, Seen
from core.checks.reading import shown
from core.checks.rule import Rule, Weight, passes, rule_label
from core.i18n import _, ngettext
from ui.checks.outcomes import found_in, holding, mark, reason, weight_name
from ui.checks.writing import Desk, choose_kind, write_rule
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.held import held
from ui.shell.session import state
from ui.shell.text import label, spoken
from ui.shell.undo import offer_undo

Rules = tuple[Rule, ...]
Keep = Callable[[Rules], None]
_TRIED = "rules tried"


@dataclass(slots=True)
class RulesState:
    """latest: the rules of each list, as they are since the last click, by its key. choosing: the
    list to which a rule is being added, while its kind is chosen."""

    latest: dict[str, Rules] = field(default_factory=dict)
    choosing: str = ""


def rules_editor(
    key: str,
    rules: Rules,
    keep: Keep,
    last: Seen | None = None,
    most: int = 50,
    ground: Seen | None = None,
) -> None:
    """Draw the editor of one list of rules.

    key: of the list; what is being written in it is a draft under this name. rules: as they are
    kept. keep: told of every change of them; may raise a `PromptLabError`, which is explained.
    last: an answer that the rules are tried on at once. most: how many rules there may be. ground:
    what is known of an answer that is pasted (its system message, say); `last` where it is None.
    """
    now = state(RulesState)
    now.latest[key] = rules
    desk = Desk(resources.store().drafts, key)
    form, seen = desk.form(), _seen(key, last, ground)
    outcomes = found_in(rules, seen) if seen is not None else None
    if outcomes and seen is not None:
        _summary(rules, outcomes, seen)
    open_at = None
    if form and form.changes and form.place is not None:
        open_at = place_in(rules, form.changes, form.place)
    with st.container(key=f"list_rules_{key}", gap="xsmall"):
        for place, rule in enumerate(rules):
            if place == open_at and form:
                write_rule(
                    desk, form, partial(_store, key, keep), seen, partial(_moves, desk, keep, place)
                )
            else:
                _row(desk, keep, place, rule, outcomes[place] if outcomes else None)
    if form and open_at is None:
        write_rule(desk, form, partial(_store, key, keep), seen)
    elif now.choosing == key:
        choose_kind(key, partial(_begin, desk), _leave)
    else:
        _add_button(key, len(rules), most)
    _try(key, bool(rules), last)


# --- the list -----------------------------------------------------------------------------


def _summary(rules: Rules, outcomes: list[Outcome], seen: Seen) -> None:
    passed = passes(rules, outcomes)
    said = holding(outcomes)
    if passed is not None and any(rule.weight == "must" for rule in rules):
        verdict = (
            _("{held}: the answer passes") if passed else _("{held}: the answer does not pass")
        )
        said = verdict.format(held=said)
    st.markdown(f"**{said}**")
    if seen.text.strip():
        st.caption(_("Tried on “{answer}”").format(answer=label(shown(seen.text.strip()))))


def _row(desk: Desk, keep: Keep, place: int, rule: Rule, outcome: Outcome | None) -> None:
    said = label(rule_label(rule))
    with st.container(gap=None):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.button(
                f"{mark(outcome)} {said}" if outcome else said,
                key=f"{desk.key}_open_{place}",
                type="tertiary",
                width="stretch",
                wrap=True,
                help=_("Click to change this rule."),
                on_click=explained(partial(_open, desk, rule, place)),
            )
            st.button(
                weight_name(rule),
                key=f"{desk.key}_toggle_{place}",
                type="tertiary",
                help=_("An answer that breaks it does not pass. Click for “should”.")
                if rule.weight == "must"
                else _("It is counted, and decides nothing. Click for “must”."),
                on_click=explained(partial(_toggle, desk.key, keep, rule, place)),
            )
            st.button(
                spoken(_("Remove this rule")),
                key=f"{desk.key}_remove_{place}",
                type="tertiary",
                icon=":material/close:",
                help=_("Remove this rule"),
                on_click=explained(partial(_remove, desk.key, keep, rule, place)),
            )
        if outcome:
            st.caption(reason(outcome))


def _moves(desk: Desk, keep: Keep, place: int) -> None:
    """In the form of a rule: up and down in the list."""
    count = len(state(RulesState).latest[desk.key])
    for name, icon, step, there in (
        (_("Move up"), "arrow_upward", -1, place > 0),
        (_("Move down"), "arrow_downward", 1, place < count - 1),
    ):
        st.button(
            spoken(name),
            key=f"{desk.key}_{icon}",
            icon=f":material/{icon}:",
            help=name,
            disabled=not there,
            on_click=explained(partial(_move, desk, keep, step)),
        )


def _add_button(key: str, count: int, most: int) -> None:
    full = count >= most
    st.button(
        _("Add a rule"),
        key=f"{key}_add",
        icon=":material/add:",
        disabled=full,
        on_click=explained(partial(_choose, key)),
    )
    if full:
        st.caption(
            ngettext(
                "There can be at most {count} rule. Remove one to add another.",
                "There can be at most {count} rules. Remove one to add another.",
                most,
            ).format(count=most)
        )


# --- an answer to try them on -------------------------------------------------------------


def _seen(key: str, last: Seen | None, ground: Seen | None) -> Seen | None:
    """What the rules look at: what was pasted, else the last answer."""
    kept = resources.store().drafts.get(_TRIED, key) or {}
    pasted = kept.get("text")
    if not isinstance(pasted, str) or not pasted.strip():
        return last
    return replace(ground or last or Seen(""), text=pasted, reason=None, calls=())


def _try(key: str, any_rule: bool, last: Seen | None) -> None:
    drafts = resources.store().drafts
    pasted = (drafts.get(_TRIED, key) or {}).get("text")
    pasted = pasted if isinstance(pasted, str) else ""
    if not any_rule and not pasted:
        return

    def keep(text: str) -> None:
        if text.strip():
            drafts.put(_TRIED, key, {"text": text})
        else:
            drafts.drop(_TRIED, key)

    with st.expander(_("Try them on an answer"), expanded=bool(pasted), icon=":material/science:"):
        st.text_area(
            _("An answer to try the rules on"),
            height=110,
            placeholder=_("Paste an answer, or write one that should fail."),
            label_visibility="collapsed",
            **held(f"{key}_pasted", pasted, keep),
        )
        if pasted.strip():
            st.caption(_("The rules look at this answer. Clear it to look at the last one again."))
        elif last is not None:
            st.caption(_("Until then the rules look at the last answer."))


# --- actions ------------------------------------------------------------------------------


def _change(key: str, keep: Keep, rules: Rules) -> None:
    keep(rules)
    state(RulesState).latest[key] = rules


def _choose(key: str) -> None:
    state(RulesState).choosing = key


def _leave() -> None:
    state(RulesState).choosing = ""


def _begin(desk: Desk, kind: str) -> None:
    desk.put(RuleForm.new(kind))
    _leave()


def _open(desk: Desk, rule: Rule, place: int) -> None:
    desk.put(RuleForm.of(rule, place))
    _leave()


def _store(key: str, keep: Keep, form: RuleForm) -> None:
    rules, rule = state(RulesState).latest[key], form.rule()
    place = None
    if form.changes and form.place is not None:
        place = place_in(rules, form.changes, form.place)
    if place is None:
        _change(key, keep, (*rules, rule))
    else:
        _change(key, keep, (*rules[:place], rule, *rules[place + 1 :]))


def _toggle(key: str, keep: Keep, rule: Rule, place: int) -> None:
    rules = state(RulesState).latest[key]
    at = place_in(rules, rule, place)
    if at is not None:
        weight: Weight = "should" if rule.weight == "must" else "must"
        _change(key, keep, (*rules[:at], replace(rule, weight=weight), *rules[at + 1 :]))


def _remove(key: str, keep: Keep, rule: Rule, place: int) -> None:
    rules = state(RulesState).latest[key]
    at = place_in(rules, rule, place)
    if at is None:
        return
    _change(key, keep, (*rules[:at], *rules[at + 1 :]))

    def undo() -> None:
        left = state(RulesState).latest[key]
        _change(key, keep, (*left[:at], rule, *left[at:]))

    offer_undo(_("Rule removed: {rule}").format(rule=rule_label(rule)), undo)


def _move(desk: Desk, keep: Keep, step: int) -> None:
    rules, form = state(RulesState).latest[desk.key], desk.form()
    if not form or not form.changes or form.place is None:
        return
    at = place_in(rules, form.changes, form.place)
    if at is None or not 0 <= at + step < len(rules):
        return
    moved = list(rules)
    moved.insert(at + step, moved.pop(at))
    _change(desk.key, keep, tuple(moved))
    desk.put(replace(form, place=at + step))
