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
from ui.shell.page import boundary, can

_KEEP: Literal["session"] = "session"
EXAMPLES = (
    ("What is temperature?", "Temperature divides the logits before the softmax."),
    ("What is temperature?", "Temperature is a small purple animal."),
    ("你好！", "你好！很高兴见到你。"),
    ("什么是温度？", "温度是一只紫色的小动物。"),
)


def inspect_view(backend: Backend) -> None:
    """Draw the view."""
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
        _inspect(backend, kind, prompt, system, text, sampling)
        return
    st.caption(_("Write or paste something above; every token becomes a button."))
    if kind == "answer":
        _examples()


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


def _examples() -> None:
    with st.container(horizontal=True, gap="small"):
        for i, (prompt, answer) in enumerate(EXAMPLES):
            st.button(
                answer,
                key=f"inspect_example_{i}",
                icon=":material/search:",
                on_click=_use,
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
