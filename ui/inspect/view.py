"""The view "Inspect" of the playground: how likely the model finds any text, token by token.

Either an answer to a prompt, in the chat format, or a text of its own.
"""

from typing import Literal

import streamlit as st

from core.backends.backend import Backend, tokenizer_of
from core.branches.records import Origin
from core.i18n import _
from core.messages import Message, with_system
from core.sampling.settings import MAX_TEMPERATURE, Sampling
from core.tokens.inspection import encoded_answer
from ui.inspect.inspector import inspector
from ui.shell.boundary import boundary, explained
from ui.shell.page import can
from ui.shell.teaching import entry_of
from ui.shell.ways_on import copy_buttons, grid_button

_KEEP: Literal["session"] = "session"
_IN_LINK = ("inspect_kind", "inspect_prompt", "inspect_system", "inspect_answer", "inspect_text")
EXAMPLES = (
    ("What is temperature?", "Temperature divides the logits before the softmax."),
    ("What is temperature?", "Temperature is a small purple animal."),
    ("你好！", "你好！很高兴见到你。"),
    ("什么是温度？", "温度是一只紫色的小动物。"),
)


def inspect_view(backend: Backend) -> None:
    """Draw the view."""
    _take_link()
    st.write(
        _(
            "Paste an answer, yours or another model's, and see how likely the loaded model finds "
            "each token, and what it would have said instead."
        )
    )
    if not can(backend, "token_ids", "logits"):
        return
    kind = st.segmented_control(
        _("What to inspect"),
        ["answer", "text"],
        default="answer",
        required=True,
        format_func=lambda value: {"answer": _("Prompt and answer"), "text": _("Any text")}[value],
        key="inspect_kind",
        persist_state=_KEEP,
        label_visibility="collapsed",
    )
    prompt, system = _prompt() if kind == "answer" else ("", "")
    text = st.text_area(
        _("Answer") if kind == "answer" else _("Text"),
        key=f"inspect_{kind}",
        height=120,
        max_chars=20_000,
        persist_state=_KEEP,
    )
    sampling = _settings()
    if text and text.strip():
        _ways_on(kind, prompt, system, text)
        _inspect(backend, kind, prompt, system, text, sampling)
        return
    st.caption(_("Write or paste something above; every token becomes a button."))
    if kind == "answer":
        _examples(backend)


def _take_link() -> None:
    """Fill the form from a link once, and take that out of the URL: what is typed afterwards is not
    to be undone by a reload."""
    found = {name: st.query_params[name] for name in _IN_LINK if name in st.query_params}
    for name, value in found.items():
        st.session_state[name] = value
        del st.query_params[name]
    if found and found.get("inspect_kind") != "text":
        st.session_state["inspect_kind"] = "answer"


def _ways_on(kind: str, prompt: str, system: str, text: str) -> None:
    """What else can be done with what is inspected."""
    said = {"inspect_kind": kind, f"inspect_{kind}": text}
    if kind == "answer":
        said |= {"inspect_prompt": prompt, "inspect_system": system}
    link = {"view": "inspect"} | {name: one for name, one in said.items() if one}
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if kind == "answer":
            grid_button(prompt, system, "inspect_grid")
        copy_buttons(prompt or text, "inspect_copy", link)


def _prompt() -> tuple[str, str]:
    prompt = st.text_area(
        _("Prompt"), key="inspect_prompt", height=80, max_chars=20_000, persist_state=_KEEP
    )
    with st.expander(_("System message"), icon=":material/theater_comedy:"):
        system = st.text_area(
            _("System message"),
            key="inspect_system",
            height=80,
            label_visibility="collapsed",
            persist_state=_KEEP,
        )
    return prompt or "", system or ""


def _settings() -> Sampling:
    with st.expander(_("Settings for the cutoff"), icon=":material/tune:"):
        left, middle, right = st.columns(3)
        return Sampling(
            temperature=left.slider(
                _("temperature"),
                0.0,
                MAX_TEMPERATURE,
                0.8,
                0.05,
                key="inspect_temperature",
                persist_state=_KEEP,
            ),
            top_p=middle.slider(
                _("top_p"), 0.01, 1.0, 0.8, 0.01, key="inspect_top_p", persist_state=_KEEP
            ),
            top_k=right.number_input(
                _("top_k"),
                0,
                100_000,
                0,
                step=1,
                key="inspect_top_k",
                help=_("0 is off."),
                persist_state=_KEEP,
            ),
            seed=0,
        )


def _spoken(backend: Backend) -> list[tuple[str, str]]:
    """The examples in the languages that the model speaks."""
    entry = entry_of(backend)
    languages = entry.languages if entry else ()
    return [
        (prompt, answer)
        for prompt, answer in EXAMPLES
        if not languages or ("en" if prompt.isascii() else "zh") in languages
    ]


def _examples(backend: Backend) -> None:
    with st.container(horizontal=True, gap="small"):
        for i, (prompt, answer) in enumerate(_spoken(backend)):
            st.button(
                answer,
                key=f"inspect_example_{i}",
                icon=":material/search:",
                on_click=explained(_use),
                args=(prompt, answer),
            )


def _use(prompt: str, answer: str) -> None:
    st.session_state["inspect_prompt"] = prompt
    st.session_state["inspect_answer"] = answer


def _inspect(
    backend: Backend, kind: str, prompt: str, system: str, text: str, sampling: Sampling
) -> None:
    tokenizer = tokenizer_of(backend)
    with boundary():
        chat = kind == "answer"
        if chat:
            message = Message("user", prompt)
            before = tuple(tokenizer.prompt_ids(with_system(system, [message])))
        else:
            before = tuple(tokenizer.text_start())
        answer = encoded_answer(tokenizer, Message("assistant", text).content, chat)
        origin = Origin("typed", title=prompt or text, text=text, chat=chat)
        with st.container(border=True):
            inspector(backend, before, answer, sampling, "typed", origin)
