"""Writing one rule: choosing its kind, and a form of the values that the kind has.

What is typed is kept as a draft at once; it becomes a rule when it is whole and asked for.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.checks.fields import MAX_COUNT, Field, Value
from core.checks.form import RuleForm
from core.checks.kind import Kind, Seen, group_title
from core.checks.rule import GROUPS, KINDS, Weight, checked
from core.errors import InvalidInput, PromptLabError
from core.i18n import _
from core.storage.drafts import Drafts
from ui.checks.outcomes import mark, reason
from ui.shell.boundary import explained
from ui.shell.held import held
from ui.shell.text import label, lines

_KIND = "rule"
# Up to here choices stand side by side
_FEW = 2


class Desk:
    """The rule that a visitor is writing in one list. key: of the list."""

    def __init__(self, drafts: Drafts, key: str) -> None:
        self._drafts, self.key = drafts, key

    def form(self) -> RuleForm | None:
        """What stands in the form, if one is open."""
        kept = self._drafts.get(_KIND, self.key)
        try:
            return RuleForm.from_dict(kept) if kept else None
        except (PromptLabError, KeyError, TypeError, ValueError, AttributeError):
            return None  # of another version

    def put(self, form: RuleForm) -> None:
        """Keep what stands in the form."""
        self._drafts.put(_KIND, self.key, form.to_dict())

    def clear(self) -> None:
        """Close the form and forget it."""
        self._drafts.drop(_KIND, self.key)


# --- the kind -----------------------------------------------------------------------------


def choose_kind(key: str, chosen: Callable[[str], object], left: Callable[[], object]) -> None:
    """Draw all kinds by group, with what they do, and a search. chosen: told the name of a kind."""
    with st.container(border=True, key=f"{key}_kinds"):
        with st.container(horizontal=True, vertical_alignment="center"):
            wanted = st.text_input(
                _("Search the kinds of rules"),
                key=f"{key}_search",
                placeholder=_("What should the answer show?"),
                icon=":material/search:",
                label_visibility="collapsed",
                live=True,
            )
            st.button(_("Cancel"), key=f"{key}_leave", on_click=explained(left))
        found = [kind for kind in KINDS.values() if _about(kind, wanted or "")]
        if not found:
            st.caption(
                _("No kind of rule has “{word}”. Try another word.").format(
                    word=label(wanted or "")
                )
            )
            return
        with st.container(height=340, border=False, key=f"list_rules_{key}_kinds", gap="xsmall"):
            for group in GROUPS:
                members = [kind for kind in found if kind.group == group]
                if members:
                    st.markdown(f"**{group_title(group)}**")
                for kind in members:
                    st.button(
                        f"**{label(kind.title())}** · {label(kind.help())}",
                        key=f"{key}_kind_{kind.name}",
                        type="tertiary",
                        width="stretch",
                        wrap=True,
                        on_click=explained(chosen),
                        args=(kind.name,),
                    )


def _about(kind: Kind, wanted: str) -> bool:
    said = [kind.title(), kind.help(), group_title(kind.group), kind.name]
    for field in kind.fields:
        # Who looks for “sentences” means the length, which can be counted in them
        said += [field.label(), *(name() for _value, name in field.choices)]
    text = " ".join(said).casefold()
    return all(word in text for word in wanted.casefold().split())


# --- its values ---------------------------------------------------------------------------


def write_rule(
    desk: Desk,
    form: RuleForm,
    store: Callable[[RuleForm], object],
    seen: Seen | None,
    more: Callable[[], object] | None = None,
) -> None:
    """Draw the form. store: told of a form whose rule is whole. more: draws other actions."""
    kind = KINDS[form.kind]
    with st.container(border=True, key=f"typed_{desk.key}_form"):
        st.markdown(f"**{label(kind.title())}**")
        st.caption(label(kind.help()))
        _draw_fields(desk, form, kind)
        _weight(desk, form)
        _standing(form, seen)
        with st.container(horizontal=True, gap="xsmall"):
            st.button(
                _("Add") if form.changes is None else _("Done"),
                key=f"{desk.key}_store",
                type="primary",
                on_click=explained(partial(_take, desk, store)),
            )
            st.button(_("Cancel"), key=f"{desk.key}_cancel", on_click=explained(desk.clear))
            if more:
                more()


def _standing(form: RuleForm, seen: Seen | None) -> None:
    """What is wrong with the rule, or what it finds."""
    trouble = form.trouble()
    if trouble:
        st.error(lines(trouble), icon=":material/error:")
        return
    try:
        rule = form.rule()
    except InvalidInput:  # not written yet
        return
    if seen is not None:
        outcome = checked(rule, seen)
        st.caption(f"{mark(outcome)} {reason(outcome)}")


def _take(desk: Desk, store: Callable[[RuleForm], object]) -> None:
    """Let the rule be kept if it is whole; otherwise it stays, with what is missing."""
    form = desk.form()
    if form is None:
        return
    # A click may be told before what was typed until then
    for field in KINDS[form.kind].fields:
        key = _widget(desk, form, field)
        if key in st.session_state:
            form = form.having(**{field.name: st.session_state[key]})
    try:
        form.rule()
    except InvalidInput:
        desk.put(replace(form, asked=True))
        return
    store(form)
    desk.clear()


def _widget(desk: Desk, form: RuleForm, field: Field) -> str:
    return f"{desk.key}_value_{form.kind}_{field.name}"


def _draw_fields(desk: Desk, form: RuleForm, kind: Kind) -> None:
    fields = list(kind.fields)
    while fields:
        field = fields.pop(0)
        # The two ends of a span belong together
        if field.name == "at_least" and fields and fields[0].name == "at_most":
            for column, end in zip(st.columns(2), (field, fields.pop(0)), strict=True):
                with column:
                    _field(desk, form, end)
        else:
            _field(desk, form, field)


def _field(desk: Desk, form: RuleForm, field: Field) -> None:
    """The widget of a field."""
    given = form.by_name[field.name]

    def keep(value: Value) -> None:
        now = desk.form()
        # Another window may have begun another rule
        if now and now.kind == form.kind:
            desk.put(now.having(**{field.name: value}))

    name = label(field.label())
    common: dict[str, Any] = {"help": label(field.help()) if field.help else None}
    common |= held(_widget(desk, form, field), given, keep)
    match field.type:
        case "text" | "pattern":
            st.text_input(name, **common)
        case "words":
            st.text_area(name, height=140, **common)
        case "passage" | "json":
            st.text_area(name, height=110, **common)
        case "whole" | "number":
            whole = field.type == "whole"
            st.number_input(
                name,
                value=None,
                step=1 if whole else 1.0,
                format=None if whole else "%g",
                placeholder=_("no limit") if field.most == MAX_COUNT and field.blank else None,
                **common,
            )
        case "flag":
            st.checkbox(name, **common)
        case "choice":
            _choice(name, field, common)


def _choice(name: str, field: Field, common: dict[str, Any]) -> None:
    titles = {value: said() for value, said in field.choices}
    if len(titles) <= _FEW:
        st.segmented_control(
            name, list(titles), required=True, format_func=lambda v: label(titles[v]), **common
        )
    else:
        st.selectbox(name, list(titles), format_func=lambda v: titles[v], **common)


def _weight(desk: Desk, form: RuleForm) -> None:
    names = {"must": _("Must hold"), "should": _("Should hold")}

    def keep(weight: Weight) -> None:
        now = desk.form()
        if now:
            desk.put(replace(now, weight=weight))

    st.segmented_control(
        _("Weight"),
        list(names),
        required=True,
        format_func=lambda weight: names[weight],
        help=_("An answer passes when all rules that must hold do. The others are only counted."),
        **held(f"{desk.key}_weight", form.weight, keep),
    )
