"""The exact prompt: what goes to the model, role by role and token by token."""

import pandas as pd
import streamlit as st

from core.i18n import _
from core.messages import Message, with_system
from ui.shell import resources


def prompt_view(system: str, messages: list[Message]) -> None:
    """Show the prompt of these messages as its tokens."""
    tokenizer = resources.engine().tokenizer
    ids = tokenizer.prompt_ids(with_system(system, messages))
    st.caption(
        _(
            "{count} tokens. Roles have ids of their own: no text that is typed can become one."
        ).format(count=len(ids))
    )
    role, rows = "", []
    for position, token_id in enumerate(ids):
        special = tokenizer.is_control(token_id)
        piece = tokenizer.piece(token_id)
        if special:
            role = piece
        rows.append(
            {
                _("Position"): position,
                _("Part"): role,
                _("Token"): piece,
                _("ID"): token_id,
                _("Kind"): _("control") if special else _("text"),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=360, key="prompt")
