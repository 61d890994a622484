"""Adding a model by its path: typed, with what is there to click.

Only for who sits at this machine: a folder's names are nobody else's business. Whoever comes
through a proxy is not taken for the operator; for them there are MODEL_PATH and
PROMPTLAB_MODEL_DIR.
"""

import os
from pathlib import Path

import streamlit as st

from core.i18n import _
from core.models.added import add, completions
from core.models.checkpoint import is_model
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.text import label

_KEY = "model_place"
_COLUMNS = 3
_FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")


def add_by_path() -> None:
    """Draw the box, what is there, and the button that adds it."""
    if not _at_this_machine():
        return
    with st.expander(_("Add a folder or a GGUF file"), icon=":material/folder_open:"):
        st.session_state.setdefault(_KEY, str(Path.home()) + "/")
        typed = st.text_input(
            _("A model's folder, or a GGUF file"),
            key=_KEY,
            live=True,
            help=_("Only you see this: it is offered to visitors from this machine alone."),
        )
        place = Path(os.path.expanduser(typed))
        if is_model(place):
            st.button(
                _("Add {name}").format(name=label(place.name)),
                key="add_place",
                icon=":material/add:",
                type="primary",
                on_click=explained(_add),
                args=(place,),
            )
        _what_is_there(typed)


def _what_is_there(typed: str) -> None:
    found = completions(typed)
    place = Path(os.path.expanduser(typed))
    above = place.parent
    with st.container(horizontal=True, key="list_places", gap="xsmall"):
        if above != place:
            st.button(
                "..",
                key="place_above",
                icon=":material/arrow_upward:",
                on_click=explained(_go),
                args=(above,),
            )
        for one in found:
            st.button(
                label(one.name),
                key=f"place_{one}",
                icon=":material/memory:" if is_model(one) else ":material/folder:",
                on_click=explained(_go),
                args=(one,),
            )
    if not found:
        st.caption(label(_nothing(place)))


def _nothing(place: Path) -> str:
    """Why there is nothing to choose from."""
    if os.path.isfile(place):
        return _("{path} is not a GGUF file.").format(path=place)
    if not os.path.isdir(place):
        return _("There is no {path}. Check the path.").format(path=place)
    return _("There are no folders and no GGUF files.")


def _go(place: Path) -> None:
    st.session_state[_KEY] = str(place) + ("/" if place.is_dir() else "")


def _add(place: Path) -> None:
    add(place, resources.settings().data_dir)
    st.session_state[_KEY] = str(place.parent) + "/"
    st.toast(_("{name} is on the list.").format(name=label(place.name)), icon=":material/check:")


def _at_this_machine() -> bool:
    proxied = any(name in st.context.headers for name in _FORWARDED)
    # Streamlit has None for the machine's own address
    return st.context.ip_address is None and not proxied
