"""The settings of a run or of a cell as code, to copy: Python, curl and JSON."""

import streamlit as st

from core.grid.code import curl_code, json_code, python_code
from core.grid.spec import GridSpec
from core.grid.records import cells_of
from core.i18n import _
from core.grid.records import Run
from ui.shell import resources


def code_part(run: Run, spec: GridSpec) -> None:
    """Draw the code of all cells."""
    st.caption(
        _(
            "All cells of this run. Only Prompt Lab's own engine reproduces the same texts from "
            "the same seeds; other programs sample differently."
        )
    )
    code_blocks(run, spec, None)


def code_blocks(run: Run, spec: GridSpec, place: tuple[int, int] | None) -> None:
    """Draw the code of the samples at a place, or of the whole run."""
    cells = [cell for cell in cells_of(spec) if place in (None, cell.place)]
    window = resources.engine().window
    python, curl, plain_json = st.tabs(["Python (transformers)", "curl (OpenAI API)", "JSON"])
    python.code(python_code(run, cells, window), language="python", height=_height(place))
    curl.code(curl_code(run, cells), language="bash", wrap_lines=True, height=_height(place))
    plain_json.code(
        json_code(run, None if place is None else cells), language="json", height=_height(place)
    )


def _height(place: tuple[int, int] | None) -> int:
    return 480 if place is None else 320
