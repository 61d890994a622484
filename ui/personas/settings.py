"""The settings of a trial: one line that opens. The preview and the comparison share them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from core.i18n import _
from core.personas.trials import Trials
from core.sampling.settings import MAX_SEED
from ui.personas.answer import settings_line
from ui.shell.glossary import term
from ui.shell.held import held_inside

# What a box without a limit would ask for at most
_MOST_TOKENS = 4096


def trial_settings(trials: Trials) -> None:
    """Draw the line and, once it is opened, what can be changed."""
    now = trials.settings()

    def keep(name: str) -> Callable[[Any], None]:
        # The others as they are then: another tab may have changed them
        return lambda value: trials.set(replace(trials.settings(), **{name: value}))

    with st.popover(settings_line(now), icon=":material/tune:", type="tertiary", wrap=True):
        st.slider(
            _("temperature"),
            0.0,
            2.0,
            step=0.05,
            help=term("temperature"),
            **held_inside("trial_temperature", now.temperature, keep("temperature")),
        )
        st.slider(
            _("top_p"),
            0.05,
            1.0,
            step=0.05,
            help=term("top_p"),
            **held_inside("trial_top_p", now.top_p, keep("top_p")),
        )
        st.number_input(
            _("max_new_tokens"),
            1,
            _MOST_TOKENS,
            step=32,
            help=term("max_new_tokens"),
            **held_inside("trial_max_new_tokens", now.max_new_tokens, keep("max_new_tokens")),
        )
        st.number_input(
            _("seed"),
            0,
            MAX_SEED,
            placeholder=_("random"),
            help=term("seed"),
            **held_inside("trial_seed", now.seed, keep("seed")),
        )
