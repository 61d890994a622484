"""The inspector under a sample of a cell, on the prompt and the settings that the sample had.

Which sample is open is in the URL: `?inspect=SAMPLE`, from 1; one at a time.
"""

import streamlit as st

from core.grid.axes import split_model
from core.grid.spec import GridSpec, prompt_ids
from core.i18n import _
from core.grid.records import Cell, Run
from core.branches.records import Origin
from ui.inspect.inspector import inspector
from ui.shell import resources
from ui.shell.page import boundary

_PARAMETER = "inspect"


def inspect_button(cell: Cell) -> None:
    """Draw the button that opens the inspector of a sample, and closes it again."""
    st.button(
        _("Close the inspector") if _is_open(cell) else _("Inspect and branch"),
        key=f"inspect_cell_{cell.index}",
        icon=":material/troubleshoot:",
        type="tertiary",
        disabled=not cell.token_ids,
        on_click=_toggle,
        args=(cell,),
    )


def cell_inspector(run: Run, spec: GridSpec, cell: Cell) -> None:
    """Draw the inspector of a sample, if it is open; an explained error is shown in its place."""
    if not _is_open(cell) or not cell.token_ids:
        return
    model, precision = _written_by(run, spec, cell)
    with st.container(border=True), boundary():
        engine = resources.engine()
        facts = engine.loaded.facts
        if model == facts.name and precision not in ("auto", "", facts.precision):
            st.info(
                _(
                    "{model} wrote this text in {before}, and is now loaded in {now}: the numbers "
                    "are those of {now}, and differ slightly."
                ).format(model=model, before=precision, now=facts.precision),
                icon=":material/swap_horiz:",
            )
        inspector(
            prompt_ids(engine.tokenizer, spec, cell),
            cell.token_ids,
            spec.sampling(cell.place, cell.sample),
            f"cell_{run.id}_{cell.index}",
            Origin("cell", f"{run.id}/{cell.index}", run.spec.prompt, model, cell.text),
        )


def close_inspector() -> None:
    """Close the inspector that is open, if one is."""
    st.query_params.pop(_PARAMETER, None)


def _written_by(run: Run, spec: GridSpec, cell: Cell) -> tuple[str, str]:
    """The model and the precision that wrote a sample; no precision where it was not noted."""
    if cell.loaded_as:
        return cell.loaded_as.model, cell.loaded_as.precision
    on_axis = spec.model_at(cell.place)
    return split_model(on_axis) if on_axis else (run.model, run.precision)


def _is_open(cell: Cell) -> bool:
    return st.query_params.get(_PARAMETER) == str(cell.sample + 1)


def _toggle(cell: Cell) -> None:
    if _is_open(cell):
        close_inspector()
    else:
        st.query_params[_PARAMETER] = str(cell.sample + 1)
