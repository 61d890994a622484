"""Buttons that copy: what one would want elsewhere is copied, not described.

A small component of ours; a text goes to it as data and nowhere but to the clipboard.
"""

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from core.i18n import _

_ASSETS = Path(__file__).parent / "assets"
_component = st.components.v2.component(
    "promptlab_copy",
    html="""<button type="button">
  <svg class="sheets" viewBox="0 0 24 24" aria-hidden="true">
    <rect x="8" y="8" width="12" height="13" rx="2"/><path d="M4 16V5a2 2 0 0 1 2-2h10"/>
  </svg>
  <svg class="tick" viewBox="0 0 24 24" aria-hidden="true"><path d="m4 12.5 5.5 5.5L20 7"/></svg>
  <span class="words"></span>
</button><span role="status"></span>""",
    css=(_ASSETS / "copying.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "copying.js").read_text(encoding="utf-8"),
)


def copy_button(text: str, key: str, name: str, label: str = "") -> None:
    """Draw a button that copies `text`. name: what it does, as a tooltip and for screen readers;
    label: words beside its sign."""
    _draw(text, key, name, label, link=False)


def copy_link_button(key: str, name: str, label: str = "", **parameters: str) -> None:
    """Draw a button that copies the link to the page on screen with these parameters, by the
    address that the browser knows the server under."""
    _draw(f"?{urlencode(parameters)}", key, name, label, link=True)


def _draw(text: str, key: str, name: str, label: str, *, link: bool) -> None:
    _component(
        key=key,
        data={
            "text": text,
            "link": link,
            "name": name,
            "label": label,
            "done": _("Copied."),
            "failed": _("The browser does not allow copying."),
        },
        width="content",
    )
