"""Streamlit: what the pages are made of. Knows no model code; pages call `page()` first."""

from ui.shell.page import page, page_without_model

__all__ = ["page", "page_without_model"]
