"""Draws what code has shown: as data, and nothing of it as HTML."""

import base64
import json
from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from core.i18n import _
from core.interpreter.outputs import Ended, Failure, Figure, Note, Output, Picture, Table, Text
from ui.shell.plot import plot
from ui.shell.text import label, lines

# Longer text scrolls in a box of this height, in pixels
_HIGH = 320
_LINES_SHOWN = 14
# A chart on the page is no higher, nor lower, whatever the code says
_CHART_HEIGHTS = (200, 900)


def show_outputs(outputs: Sequence[Output], key: str) -> None:
    """Draw them in order. key: of ours, tells their widgets from others."""
    for place, one in enumerate(outputs):
        match one:
            case Text(text=text, kind="stderr"):
                st.caption(_("Messages and warnings"))
                _text(text)
            case Text() | Table():
                _text(one.text)
            case Failure():
                _failure(one)
            case Picture():
                _picture(one)
            case Figure():
                _figure(one, f"{key}_{place}")
            case Note():
                st.caption(one.sentence)
            case Ended():
                st.warning(lines(one.why), icon=":material/power_off:")


def _text(text: str) -> None:
    text = text.strip("\n")
    if text:
        long = text.count("\n") >= _LINES_SHOWN
        st.code(text, language=None, height=_HIGH if long else "content")


def _failure(failure: Failure) -> None:
    said = f"{failure.name}: {failure.message}" if failure.message else failure.name
    st.error(label(said[:500]), icon=":material/error:")
    if failure.traceback:
        with st.expander(_("Traceback")):
            st.code(failure.traceback, language=None, height=_HIGH)


def _picture(picture: Picture) -> None:
    """The browser decodes it, never this server. Only digits and base64 of ours get into the
    tag."""
    encoded = base64.b64encode(picture.png).decode()
    name = escape(_("Picture made by the code"))
    st.html(
        f'<img src="data:image/png;base64,{encoded}" alt="{name}" width="{int(picture.width)}" '
        'style="max-width: 100%; height: auto; background: #FFFFFF; border-radius: 0.4rem">'
    )


def _figure(figure: Figure, key: str) -> None:
    try:
        drawn = go.Figure(json.loads(figure.json), skip_invalid=True)
        height = drawn.layout.height
        if height is not None:
            least, most = _CHART_HEIGHTS
            drawn.update_layout(height=min(max(int(height), least), most))
        drawn.update_layout(width=None, autosize=None)
        plot(drawn, key, alt=_("Chart made by the code"))
    # Whatever the code calls a figure: the library has many ways to say that it is none
    except (ValueError, TypeError, KeyError, AttributeError):
        st.caption(_("This chart cannot be drawn: parts of it are not valid."))
