"""Streamlit: what the pages are made of. Knows no model code; pages call `page()` first."""

from ui.shell.page import page

__all__ = ["page"]
