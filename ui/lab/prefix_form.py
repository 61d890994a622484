"""The form of the lab and of stepping: what comes before the next token, and examples of it.

Everything typed is in the URL, so that a link opens the same. The form is folded, with what it says
in one line, so that what it is about is in sight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _, language
from core.models.catalogue import CatalogueEntry
from core.tokens.prefix import Prefix
from ui.shell.boundary import explained
from ui.shell.presenting import present_button, presented
from ui.shell.teaching import entry_of
from ui.shell.text import label

STORY = "Tell me a short story about a fox."
_KEYS = {"prompt": "lab_prompt", "plain": "lab_plain", "system": "lab_system", "begun": "lab_begun"}
_MOST_IN_LINE = 70


@dataclass(frozen=True, slots=True)
class Example:
    """A prefix that shows what its label says."""

    label: str
    prefix: Prefix


def examples(entry: CatalogueEntry | None) -> dict[str, Example]:
    """The examples by their key in the languages that the model speaks, the visitor's first; what
    their labels say holds on the embedded model and on SmolLM2. entry: None for one that is
    unknown.
    """
    english = {
        "opening": Example(_("Story opening"), Prefix(STORY)),
        "peaked": Example(_("Near certain"), Prefix(STORY, begun="Once upon")),
        "two": Example(_("Two options"), Prefix("Who are you?", begun="I am")),
        "flat": Example(_("Wide open"), Prefix(STORY, begun="A fox named")),
        "text": Example("The fox is…", Prefix("The fox is", form="text")),
    }
    if entry is None or not entry.embedded:
        del english["two"]  # it takes a small world to leave only two
    chinese = {
        "chinese": Example("说一个故事", Prefix("说一个故事", begun="很久以前，有一只")),
        "chinese_two": Example("你是谁？", Prefix("你是谁？", begun="我是")),
    }
    spoken = entry.languages if entry else ()
    offered = {
        code: own
        for code, own in (("en", english), ("zh", chinese))
        if not spoken or code in spoken
    }
    first = offered.pop(language(), {})
    return {**first, **{key: one for own in offered.values() for key, one in own.items()}}


def prefix_form(backend: Backend, on_change: Callable[[], None] | None = None) -> Prefix:
    """Draw the form; what it says. Raises `InvalidInput` for what cannot be continued.

    on_change: called when something else is to be continued.
    """
    with st.container(horizontal=True, gap="small", key="lab_prefix"):
        form = st.expander(_line(), key="lab_form", icon=":material/edit:", width="stretch")
        with st.popover(_("Examples"), icon=":material/lightbulb:"):
            for key, example in examples(entry_of(backend)).items():
                st.button(
                    example.label,
                    key=f"lab_example_{key}",
                    type="tertiary",
                    on_click=explained(_use),
                    args=(example.prefix, on_change),
                )
        if not presented():
            present_button()
    with form:
        return _fields(on_change)


def _line() -> str:
    """What the form says, in one line: the fields are drawn after it."""
    prompt = " ".join(str(_now("prompt", STORY)).split())
    begun = "" if _now("plain", "") in (True, "true") else " ".join(str(_now("begun", "")).split())
    short = prompt if len(prompt) <= _MOST_IN_LINE else prompt[:_MOST_IN_LINE].rstrip() + "…"
    line = f"**{label(short)}**" if short else _("(no prompt)")
    return f"{line} → {label(begun)} ▁" if begun else f"{line} → ▁"


def _now(name: str, usual: str) -> object:
    key = _KEYS[name]
    return st.session_state.get(key, st.query_params.get(key, usual))


def _fields(on_change: Callable[[], None] | None) -> Prefix:
    fields = st.container()
    message, form = st.columns([2, 1], vertical_alignment="top")
    plain_text = form.toggle(
        _("Plain text"),
        key=_KEYS["plain"],
        bind="query-params",
        on_change=on_change,
        help=_("Continue the text as it is, without the chat format."),
    )
    if plain_text:
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
