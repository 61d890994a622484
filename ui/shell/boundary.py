"""Where errors end: an explained one is shown instead of a traceback, in a page and in a
callback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import streamlit as st

from core.errors import PromptLabError
from ui.shell.text import label, lines


@contextmanager
def boundary() -> Iterator[None]:
    """Show an explained error instead of a traceback."""
    try:
        yield
    except PromptLabError as error:
        st.error(lines(str(error)), icon=":material/error:")


def explained(action: Callable[..., object]) -> Callable[..., None]:
    """The callback, with an explained error as a notice: another window may have been quicker, and
    have deleted what it is about, or the database may be busy."""

    @wraps(action)
    def guarded(*given: object) -> None:
        try:
            action(*given)
        except PromptLabError as error:
            st.toast(label(str(error)), icon=":material/error:", duration="long")

    return guarded
