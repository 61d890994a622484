"""The form of the lab and of stepping: what comes before the next token, and examples of it.

Everything typed is in the URL, so that a link opens the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.context import Context
from core.i18n import _

STORY = "Tell me a short story about a fox."
_KEYS = {"prompt": "lab_prompt", "plain": "lab_plain", "system": "lab_system", "begun": "lab_begun"}


@dataclass(frozen=True, slots=True)
class Example:
    """A context that shows something on the embedded model."""

    label: str
    context: Context


def examples() -> dict[str, Example]:
    """The examples by their key; the embedded model's entropies are those of their labels."""
    fox = "给我讲一个关于狐狸的故事。"
    return {
        "opening": Example(_("A few good openings"), Context(STORY)),
        "peaked": Example(_("Only one way on"), Context(STORY, begun="Once")),
        "two": Example(_("Two ways"), Context("Who are you?", begun="I am")),
        "flat": Example(
            _("Hundreds of ways"), Context(STORY, begun="Once upon a time, a fox named")
        ),
        "text": Example(_("Plain text"), Context("The fox is", form="text")),
        "chinese": Example("狐狸的故事", Context(fox, begun="从前，")),
        "chinese_two": Example("什么是温度？", Context("什么是温度？", begun="温度")),
    }


def context_form(on_change: Callable[[], None] | None = None) -> Context:
    """Draw the form; what it says. Raises `InvalidInput` for what cannot be continued.

    on_change: called when something else is to be continued.
    """
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        plain = st.toggle(
            _("Plain text"),
            key=_KEYS["plain"],
            bind="query-params",
            on_change=on_change,
            help=_("Continue a text as it stands, without the form of a chat."),
        )
        for key, example in examples().items():
            st.button(
                example.label,
                key=f"lab_example_{key}",
                type="tertiary",
                icon=":material/lightbulb:",
                on_click=_use,
                args=(example.context, on_change),
            )
    chat = not plain
    left, right = st.columns(2) if chat else (st.container(), None)
    prompt = left.text_area(
        _("Question") if chat else _("Text that goes on"),
        STORY,
        key=_KEYS["prompt"],
        height=90,
        bind="query-params",
        on_change=on_change,
    )
    if not chat:
        return Context(prompt, form="text")
    assert right is not None
    begun = right.text_area(
        _("The answer begins with"),
        key=_KEYS["begun"],
        height=90,
        bind="query-params",
        on_change=on_change,
        placeholder=_("Nothing: its first token comes next."),
    )
    with st.expander(_("System message"), icon=":material/theater_comedy:"):
        system = st.text_area(
            _("System message"),
            key=_KEYS["system"],
            height=80,
            bind="query-params",
            on_change=on_change,
            label_visibility="collapsed",
        )
    return Context(prompt, "chat", system, begun)


def _use(context: Context, on_change: Callable[[], None] | None) -> None:
    st.session_state[_KEYS["plain"]] = context.form == "text"
    st.session_state[_KEYS["prompt"]] = context.prompt
    st.session_state[_KEYS["system"]] = context.system
    st.session_state[_KEYS["begun"]] = context.begun
    if on_change:
        on_change()
