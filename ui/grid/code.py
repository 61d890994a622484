"""The settings of a cell, or of a whole run, as code to take elsewhere."""

import streamlit as st

from core.grid.code import curl_code, json_code, python_code
from core.grid.records import Run, cells_of
from core.i18n import _


def code_part(run: Run) -> None:
    """Draw the code of all cells."""
    st.caption(
        _(
            "All cells of this run. Only Prompt Lab's own engine reproduces the same texts from "
            "the same seeds; other programs sample differently."
        )
    )
    code_blocks(run, None)


def code_blocks(run: Run, place: tuple[int, int] | None) -> None:
    """Draw the code of the samples at a place, or of the whole run."""
    cells = [cell for cell in cells_of(run.spec) if place in (None, cell.place)]
    height = 480 if place is None else 320
    python, curl, plain_json = st.tabs(["Python (transformers)", "curl (OpenAI API)", "JSON"])
    python.code(python_code(run, cells), language="python", height=height)
    curl.code(curl_code(run, cells), language="bash", wrap_lines=True, height=height)
    plain_json.code(
        json_code(run, None if place is None else cells), language="json", height=height
    )
