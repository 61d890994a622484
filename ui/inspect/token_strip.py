"""An answer as a strip of tokens: each one a button, coloured by a measure, reachable by keyboard.

A component of the page itself, without any library or network. What the model wrote goes to it
as data and becomes text there, never markup.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from core.i18n import _
from core.tokens.inspection import InspectedToken, Inspection, TokenMeasure
from core.tokens.pieces import text_of, visible
from ui.charts.tokens import DARK, LIGHT, legend, step_of
from ui.charts.words import percent

_ASSETS = Path(__file__).parent / "assets"
_TIP_ALTERNATIVES = 3

_component = st.components.v2.component(
    "token_strip",
    html="""<div class="strip">
  <div class="tokens" role="group"></div>
  <div class="tip" role="tooltip" hidden></div>
  <div class="legend"></div>
</div>""",
    css=(_ASSETS / "token_strip.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "token_strip.js").read_text(encoding="utf-8"),
)


def token_strip(seen: Inspection, measure: TokenMeasure, key: str) -> InspectedToken | None:
    """Draw the strip; the token that was picked last, None before a first one."""
    chosen = f"{key}_token"

    def pick() -> None:
        position = st.session_state[key].get("picked")
        if isinstance(position, int) and 0 <= position < len(seen.tokens):
            st.session_state[chosen] = position

    position = st.session_state.get(chosen)
    picked = (
        seen.tokens[position]
        if isinstance(position, int) and 0 <= position < len(seen.tokens)
        else None
    )
    _component(
        key=key,
        data=strip_data(seen, measure, picked.position if picked else -1),
        on_picked_change=pick,
    )
    return picked


def strip_data(seen: Inspection, measure: TokenMeasure, picked: int) -> dict[str, Any]:
    """What the component draws, as plain values."""
    return {
        "label": _("Tokens of the answer. Use the arrow keys to move and Enter to inspect."),
        "characters": [[c.text, c.start, c.end] for c in seen.characters],
        "tokens": [_token(token, len(seen.tokens), measure) for token in seen.tokens],
        "picked": picked,
        "legend": legend(measure),
        "light": asdict(LIGHT),
        "dark": asdict(DARK),
    }


def _token(token: InspectedToken, count: int, measure: TokenMeasure) -> dict[str, Any]:
    name = visible(token.own.text)
    values = _("probability {share} · rank {rank} · {bits:.1f} bits").format(
        share=percent(token.own.raw), rank=token.rank, bits=token.surprise
    )
    others = [
        f"{percent(other.raw)}  {visible(other.text)}"
        for other in token.top
        if other.id != token.own.id
    ]
    return {
        "text": text_of(token.own.piece),
        "control": token.own.control,
        "step": step_of(measure, token.value(measure)),
        "label": _("{token}, token {position} of {count}, {values}").format(
            token=name, position=token.position + 1, count=count, values=values
        ),
        "tip": [
            name,
            values,
            _("log-probability {logprob:z.2f} · entropy {entropy:.1f} bits").format(
                logprob=token.own.logprob, entropy=token.entropy
            ),
            *others[:_TIP_ALTERNATIVES],
        ],
    }
