"""Streamlit: what the pages are made of. Knows no model code; pages call `page()` first."""

from ui.shell import page

__all__ = ["page"]
