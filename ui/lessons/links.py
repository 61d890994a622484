"""Ways on from a lesson: links that fill in the chat's, the playground's or a persona's settings.

A link is the page's address with the values as parameters. `take_chat` and `take_playground` read
them once when the page is opened, and take them out of the URL again, so that what the visitor
types afterwards is not undone by a reload.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.chat.records import ToolChoice
from core.errors import InvalidInput
from core.grid.spec import MAX_SAMPLES
from core.i18n import _
from core.lessons.lesson import WAY_FIELDS, WayOn
from core.sampling.settings import MAX_SEED, MAX_TEMPERATURE, Sampling
from ui.chat.state import ChatState, Draft, ask_anew
from ui.shell.choosing import model_link
from ui.shell.session import state

PAGES = {
    "playground": "pages/3_Playground.py",
    "chat": "pages/1_Chat.py",
    "personas": "pages/2_Personas.py",
}
ICONS = {
    "playground": ":material/grid_view:",
    "chat": ":material/chat:",
    "personas": ":material/theater_comedy:",
}
# The axis of the grid's form that a parameter fills in, and the setting on it.
SIDES_OF = {
    "temperatures": ("rows", "temperature"),
    "top_ps": ("columns", "top_p"),
}
# What the pages' own inputs hold.
_WHOLE = {
    "top_k": (0, 1000),
    "max_new_tokens": (1, MAX_SEED),
    "max_length": (2, MAX_SEED),
    "seed": (0, MAX_SEED),
    "samples": (1, MAX_SAMPLES),
    "tokens": (1, 4096),
}
_REAL = {"temperature": (0.0, MAX_TEMPERATURE), "top_p": (0.05, 1.0)}


def way_on(backend: Backend, way: WayOn, key: str) -> None:
    """Draw the button of one way on, with the lesson's model."""
    if st.button(way.label, key=key, icon=ICONS[way.page]):
        st.switch_page(
            PAGES[way.page], query_params=link_parameters(way.values) | model_link(backend)
        )


def link_parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """The values as a URL has them."""
    return {name: str(value) for name, value in values.items()}


def take_chat() -> None:
    """Begin a conversation with the settings of the URL, and ask its question.

    A link may be anybody's: with tools its question waits in the box, and every call asks first.
    """
    found = _taken("chat")
    if not found:
        return
    system, ask = found.pop("system", ""), found.pop("ask", "")
    named = (name.strip() for name in found.pop("tools", "").split(","))
    names = tuple(dict.fromkeys(name for name in named if name))
    tools = ToolChoice(names, "all" if names else "leaving")
    try:
        sampling = Sampling.from_dict(_numbers(found))
    except InvalidInput as error:
        _tell(error)
        return
    st.query_params.pop("conversation", None)
    ask_anew([ask] if ask.strip() and not names else [], Draft(sampling, system, tools=tools))
    if names:
        state(ChatState).unsent = ask


def take_playground(backend: Backend) -> None:
    """Fill the grid's form from the URL; the other views have links of their own."""
    if st.query_params.get("view", "grid") != "grid":
        return
    found = _taken("playground")
    if not found:
        return
    try:
        numbers = _numbers({name: found[name] for name in _WHOLE if name in found})
    except InvalidInput as error:
        _tell(error)
        return
    if "tokens" in numbers and backend.facts.window:
        numbers["tokens"] = min(numbers["tokens"], backend.facts.window)
    form: dict[str, Any] = {}
    for name, value in (found | numbers).items():
        if name in SIDES_OF:
            side, setting = SIDES_OF[name]
            form |= {f"grid_{side}": setting, f"grid_{side}_values": value}
        else:
            form[f"grid_{name}"] = value
    # The form makes the rest of itself around these
    st.session_state.update(form)
    st.query_params.pop("run", None)


def _taken(page: str) -> dict[str, str]:
    """The page's parameters, taken out of the URL."""
    found = {name: st.query_params[name] for name in WAY_FIELDS[page] if name in st.query_params}
    for name in found:
        del st.query_params[name]
    return found


def _numbers(values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = dict(values)
    for name, text in values.items():
        low, high = (_WHOLE | _REAL).get(name, (None, None))
        if low is None or high is None:
            continue
        try:
            found[name] = (int if name in _WHOLE else float)(text)
        except ValueError:
            found[name] = None
        if found[name] is None or not low <= found[name] <= high:
            raise InvalidInput(
                _("{name} must be a number from {low:g} to {high:g}, got {value!r}.").format(
                    name=name, low=low, high=high, value=text
                )
            )
    return found


def _tell(error: InvalidInput) -> None:
    st.warning(
        _("A setting in the link cannot be used: {reason}").format(reason=error),
        icon=":material/link_off:",
    )
