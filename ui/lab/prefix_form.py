"""The form of the lab and of stepping: what comes before the next token, and examples of it.

Everything typed is in the URL, so that a link opens the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.i18n import _, language
from core.tokens.prefix import Prefix

STORY = "Tell me a short story about a fox."
_KEYS = {"prompt": "lab_prompt", "plain": "lab_plain", "system": "lab_system", "begun": "lab_begun"}


@dataclass(frozen=True, slots=True)
class Example:
    """A prefix that shows something on the embedded model."""

    label: str
    prefix: Prefix


def examples() -> dict[str, Example]:
    """The examples by their key, those in the visitor's language first; the embedded model's
    entropies are those of their labels."""
    english = {
        "opening": Example(_("Story opening"), Prefix(STORY)),
        "peaked": Example(_("Near certain"), Prefix(STORY, begun="Once")),
        "two": Example(_("Two options"), Prefix("Who are you?", begun="I am")),
        "flat": Example(_("Wide open"), Prefix(STORY, begun="A fox named")),
        "text": Example("The fox is…", Prefix("The fox is", form="text")),
    }
    chinese = {
        "chinese": Example("说一个故事", Prefix("说一个故事", begun="很久以前，有一只")),
        "chinese_two": Example("你是谁？", Prefix("你是谁？", begun="我是")),
    }
    return {**chinese, **english} if language() == "zh" else {**english, **chinese}


def prefix_form(on_change: Callable[[], None] | None = None) -> Prefix:
    """Draw the form; what it says. Raises `InvalidInput` for what cannot be continued.

    on_change: called when something else is to be continued.
    """
    with st.container(horizontal=True, gap="small"):
        for key, example in examples().items():
            st.button(
                example.label,
                key=f"lab_example_{key}",
                on_click=_use,
                args=(example.prefix, on_change),
            )
    fields = st.container()
    message, form = st.columns([3, 1], vertical_alignment="top")
    plain = form.toggle(
        _("Plain text"),
        key=_KEYS["plain"],
        bind="query-params",
        on_change=on_change,
        help=_("Continue the text as it is, without the chat format."),
    )
    if plain:
        return Prefix(_field(fields, _("Text to continue"), "prompt", on_change), form="text")
    left, right = fields.columns(2)
    prompt = _field(left, _("Question"), "prompt", on_change)
    begun = _field(right, _("The answer begins with"), "begun", on_change)
    with message.expander(_("System message"), icon=":material/theater_comedy:"):
        system = _field(st.container(), _("System message"), "system", on_change, named=False)
    return Prefix(prompt, "chat", system, begun)


def _field(
    place: Any, label: str, name: str, on_change: Callable[[], None] | None, named: bool = True
) -> str:
    return place.text_area(
        label,
        STORY if name == "prompt" else "",
        key=_KEYS[name],
        height=90,
        bind="query-params",
        on_change=on_change,
        placeholder=_("Empty: the first token of the answer comes next.")
        if name == "begun"
        else None,
        label_visibility="visible" if named else "collapsed",
    )


def _use(prefix: Prefix, on_change: Callable[[], None] | None) -> None:
    st.session_state[_KEYS["plain"]] = prefix.form == "text"
    st.session_state[_KEYS["prompt"]] = prefix.prompt
    st.session_state[_KEYS["system"]] = prefix.system
    st.session_state[_KEYS["begun"]] = prefix.begun
    if on_change:
        on_change()
