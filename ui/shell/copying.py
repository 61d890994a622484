"""A small button that copies a text: in the browser, without the page being drawn anew."""

from html import escape

import streamlit as st

from core.i18n import _


def copy_button(text: str, label: str = "") -> None:
    """Draw it. label: what stands beside its icon; without one it says what it does when pointed
    at. The page's script does the copying (assets/copying.js)."""
    # The newline that HTML would drop, and all others, survive as references
    kept = escape(text, quote=True).replace("\n", "&#10;")
    said = escape(label or _("Copy"), quote=True)
    shown = f"<span>{said}</span>" if label else ""
    st.html(
        f'<button type="button" class="promptlab-copy" data-copy="{kept}" title="{said}" '
        f'aria-label="{said}"><span class="icon" aria-hidden="true"></span>{shown}</button>',
        width="content",
    )
