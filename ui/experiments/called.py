"""The calls of an answer: which tool, with what, what came of it; and the tools that a variant
offers."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.backends.events import ToolCall
from core.experiments.draft import VariantForm
from core.experiments.records import Answer
from core.experiments.tools import ToolTold, finder
from core.i18n import _
from ui.shell.boundary import explained
from ui.shell.text import label, spoken
from ui.tools.offered import tool_book
from ui.tools.steps import took

# As wide as a variant beside another one
_WIDTH = 360


def called(given: Answer, turn: int) -> None:
    """Draw the calls of a turn, before its text."""
    calls = list(given.calls[turn]) if turn < len(given.calls) else []
    for one in given.called(turn):
        if one.message.role != "observation":
            continue
        step = one.step
        name = label(step.name if step else one.message.metadata) or _("unreadable call")
        facts = [":material/build: " + name]
        if step and step.seconds is not None:
            facts.append(took(step.seconds))
        if step and step.failed:
            facts.append(_("failed"))
        st.caption(" · ".join(facts))
        if step and step.arguments is not None:
            _json(step.arguments)
        elif calls:
            st.code(calls[0].raw, language=None, wrap_lines=True)
        calls = calls[1:]
        if step and step.said:
            st.caption(label(step.said))
        st.caption(_("Result of a tool"))
        st.code(one.message.content or _("(empty)"), language=None, wrap_lines=True)
    if given.called(turn) and not given.texts[turn]:
        for call in calls:
            _waiting(call)
        if not calls:
            st.caption(_("The turn ends here, without an answer."))


def _waiting(call: ToolCall) -> None:
    st.caption(":material/build: " + (label(call.name) or _("unreadable call")))
    if call.arguments is not None:
        _json(dict(call.arguments))
    else:
        st.code(call.raw, language=None, wrap_lines=True)
    st.caption(
        _(
            "The answer ends at this call: tools that leave this machine or ask a person do not run here."
        )
    )


def _json(value: Any) -> None:
    st.code(json.dumps(value, ensure_ascii=False), language="json", wrap_lines=True)


def tools_field(
    variant: VariantForm,
    place: int,
    keep: Callable[[tuple[ToolTold, ...]], object],
    strict: dict[str, Any],
    reason: str | None,
) -> None:
    """A popover to choose the tools of a variant in. strict: the key and so on of the toggle.
    reason: why its model calls none, where that is known."""
    own, counted = f"ex_tools_popover_{place}", f"ex_tools_counted_{place}"
    # With another label it would be another popover, which is closed: until then it keeps the one
    # it has
    if not st.session_state.get(own) or counted not in st.session_state:
        st.session_state[counted] = len(variant.tools)
    count = st.session_state[counted]
    popover = st.popover(
        str(count) if count else spoken(_("Tools")),
        icon=":material/build:",
        type="tertiary",
        help=_("Tools that the model may call"),
        key=own,
        on_change="rerun",
    )
    # Servers of tools are not asked by everybody who writes an experiment
    if not popover.open:
        return
    with popover, st.container(width=_WIDTH):
        if reason:
            st.caption(label(reason))
        chosen = {one.name: one for one in variant.tools}
        there = [one.name for one in tool_book().tools]
        key = f"ex_tools_{place}"
        st.session_state[key] = list(chosen)

        def choose() -> None:
            names = st.session_state[key]
            book = tool_book()
            found = {one.name: one for one in finder(book)([n for n in names if n in there])}
            keep(tuple(found.get(name) or chosen[name] for name in names))

        st.multiselect(
            _("The model may call"),
            [*there, *(name for name in chosen if name not in there)],
            key=key,
            on_change=explained(choose),
            placeholder=_("No tools"),
            # What another model was given can still be taken out
            disabled=reason is not None and not chosen,
        )
        st.toggle(
            _("Only valid calls"),
            disabled=reason is not None,
            help=_(
                "The model can write no other calls than those of the tools, with the parameters that "
                "they have, where its engine can see to that. What it writes besides is free."
            ),
            **strict,
        )
        st.caption(
            _(
                "Built-in tools, the operator's and your own with fixed answers run while answers are "
                "written. At a call of any other the answer ends, and rules can look at the call."
            )
        )


def told_now(names: Sequence[str]) -> tuple[ToolTold, ...]:
    """What is told today of those of these tools that there are."""
    if not names:
        return ()
    book = tool_book()
    return finder(book)([one.name for one in book.there(names)])
