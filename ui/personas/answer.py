"""An answer that was tried, as the preview and the comparison show it: its text and how it came
about."""

from collections.abc import Sequence

import streamlit as st

from core.i18n import _, ngettext
from core.personas.trials import Tried
from core.sampling.settings import Sampling
from ui.shell.copying import copy_button
from ui.shell.stream import finish_label
from ui.shell.text import answer, label


def answer_text(tried: Tried) -> None:
    """Draw what the model said, and what went wrong."""
    st.markdown(answer(tried.text) or _("*(no text)*"))


def answer_facts(tried: Tried, key: str, more: Sequence[str] = ()) -> None:
    """Draw how it ended and what it took, with a button that copies it. more: what else to say."""
    with st.container(
        horizontal=True,
        wrap=False,
        horizontal_alignment="distribute",
        vertical_alignment="top",
        gap="xsmall",
    ):
        st.caption(" · ".join([*_facts(tried), *more]))
        if tried.text:
            copy_button(tried.text, key, _("Copy the answer"))


def _facts(tried: Tried) -> list[str]:
    # Whoever looked at it while it was written has gone, and the server with it
    reason = finish_label(tried.reason or "interrupted")
    facts = [f"**{reason}**" if tried.reason == "length" else reason]
    if tried.usage:
        count = tried.usage.new_tokens
        facts.append(ngettext("{count} token", "{count} tokens", count).format(count=count))
    return facts


def settings_line(sampling: Sampling) -> str:
    """The settings of a trial in one line."""
    seed = (
        _("random seed") if sampling.seed is None else _("seed {seed}").format(seed=sampling.seed)
    )
    most = sampling.max_new_tokens
    limit = (
        _("no limit")
        if most is None
        else ngettext("{count} token", "{count} tokens", most).format(count=most)
    )
    return label(
        f"temperature {sampling.temperature:g} · top_p {sampling.top_p:g} · {limit} · {seed}"
    )
