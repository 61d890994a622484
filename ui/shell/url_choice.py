"""Choices that are part of a page's link: the URL holds the plain key, whatever the language."""

from collections.abc import Callable, Sequence

import streamlit as st


def from_url(name: str, options: Sequence[str]) -> Callable[[], None]:
    """Set the widget with key `name` to what the URL says, else to the first option; to be called
    before the widget is drawn. The result is to be its `on_change`."""
    wanted = st.query_params.get(name)
    st.session_state[name] = wanted if wanted in options else options[0]

    def to_url() -> None:
        chosen = st.session_state[name]
        st.query_params.pop(name, None)
        if chosen and chosen != options[0]:
            st.query_params[name] = chosen

    return to_url
