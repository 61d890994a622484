"""One cell of a run, read whole: every sample with its facts and its inspector, on the prompt and
the settings that it had; and the settings of a cell, or of all, as code.

Which cell is open is in the URL: `?cell=ROW-COLUMN`, and which of its samples is inspected:
`?inspect=SAMPLE`, both from 1.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.backends.backend import Backend, lacking, tokenizer_of
from core.branches.records import Origin
from core.engine.choices import split_model
from core.grid.code import curl_code, json_code, python_code
from core.grid.records import Cell, Run, cells_of
from core.grid.run import Replayed
from core.grid.spec import GridSpec
from core.i18n import _, ngettext
from ui.inspect.inspector import inspector
from ui.shell.page import boundary, can
from ui.shell.stream import finish_label
from ui.shell.text import answer, label, lines

_CELL, _SAMPLE = "cell", "inspect"


def chosen_place(spec: GridSpec) -> tuple[int, int] | None:
    """The place that the URL names; None without one, or for one that this run does not have."""
    wanted = st.query_params.get(_CELL)
    if not wanted:
        return None
    row, _dash, column = wanted.partition("-")
    place = tuple(
        int(part) - 1 if part.isascii() and part.isdigit() else -1 for part in (row, column)
    )
    if place in spec.places:
        return place[0], place[1]
    st.warning(
        _("This run has no cell {cell!r}; the link may be incomplete.").format(cell=label(wanted))
    )
    del st.query_params[_CELL]
    return None


def open_cell(place: tuple[int, int] | None) -> None:
    """Open a cell, or close the one that is open."""
    st.query_params.pop(_CELL, None)
    st.query_params.pop(_SAMPLE, None)
    if place is not None:
        st.query_params[_CELL] = f"{place[0] + 1}-{place[1] + 1}"


def cell_panel(
    backend: Backend,
    run: Run,
    place: tuple[int, int],
    cells: Sequence[Cell],
    replayed: Mapping[int, Replayed],
) -> None:
    """Draw a cell whole."""
    with st.container(border=True, key="cell_panel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("#### " + label(run.spec.label(place)))
            st.space("stretch")
            st.button(
                _("Close"),
                key="cell_close",
                icon=":material/close:",
                type="tertiary",
                on_click=open_cell,
                args=(None,),
            )
        if not cells:
            st.caption(_("not run"))
        for cell in cells:
            _sample(backend, run, cell, replayed.get(cell.index))
        with st.expander(_("These settings as code"), icon=":material/code:"):
            code_blocks(run, place)


def _sample(backend: Backend, run: Run, cell: Cell, compared: Replayed | None) -> None:
    if run.spec.samples > 1:
        st.markdown("**" + _("Sample {number}").format(number=cell.sample + 1) + "**")
    st.markdown(answer(cell.text) or _("*(no text)*"))
    if cell.error:
        st.error(lines(cell.error))
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.caption(facts_line(cell, compared))
        _inspect_button(backend, cell)
    if _is_inspected(cell) and cell.written:
        _inspector(backend, run, cell)


def facts_line(cell: Cell, compared: Replayed | None) -> str:
    """What is known about one text, in one line."""
    facts = [finish_label(cell.finish_reason)]
    if cell.tokens is not None:
        said = ngettext("{count} token", "{count} tokens", cell.tokens)
        facts.insert(0, said.format(count=cell.tokens))
    if cell.mean_logprob is not None:
        facts.append(_("mean log-probability {value:.2f}").format(value=cell.mean_logprob))
    facts.append(_("seed {seed}").format(seed=cell.seed))
    if compared is not None:
        facts.append(_compared(compared))
    return " · ".join(facts)


def _compared(compared: Replayed) -> str:
    """What a replay says about a text, and whether that was to be expected."""
    now = f"{compared.now.precision}, {compared.now.device}"
    if compared.same:
        return _("replay: identical ({now})").format(now=now)
    number, before = compared.first_difference, compared.before
    if compared.unit == "character":
        return _("replay: **different** from character {number} on ({now})").format(
            number=number, now=now
        )
    if before and before != compared.now:
        return _(
            "replay: **different** from token {number} on ({now}), originally made by {model} "
            "{precision} on {device}"
        ).format(
            number=number,
            now=now,
            model=label(before.model),
            precision=before.precision,
            device=before.device,
        )
    return _("replay: **different** from token {number} on ({now})").format(number=number, now=now)


# --- the inspector ------------------------------------------------------------------------


def _inspect_button(backend: Backend, cell: Cell) -> None:
    reason = lacking(backend, "token_ids", "logits")
    st.button(
        _("Close the inspector") if _is_inspected(cell) else _("Inspect and branch"),
        key=f"inspect_cell_{cell.index}",
        icon=":material/troubleshoot:",
        type="tertiary",
        disabled=not cell.written or bool(reason),
        help=reason,
        on_click=_toggle,
        args=(cell,),
    )


def _inspector(backend: Backend, run: Run, cell: Cell) -> None:
    """Draw the inspector of a sample; an explained error is shown in its place."""
    model, precision = _written_by(run, cell)
    with st.container(border=True), boundary():
        if not can(backend, "token_ids", "logits"):
            return
        inspector(
            backend,
            tokenizer_of(backend).prompt_ids(run.spec.messages(cell.place)),
            cell.token_ids,
            run.spec.sampling(cell.place, cell.sample),
            f"cell_{run.id}_{cell.index}",
            Origin(
                "cell",
                f"{run.id}/{cell.index}",
                run.spec.prompt,
                model,
                cell.text,
                precision=precision,
            ),
        )


def _written_by(run: Run, cell: Cell) -> tuple[str, str]:
    """The model and the precision that wrote a sample; no precision where it was not noted."""
    if cell.loaded_as:
        return cell.loaded_as.model, cell.loaded_as.precision
    on_axis = run.spec.model_at(cell.place)
    return split_model(on_axis) if on_axis else (run.model, run.precision)


def _is_inspected(cell: Cell) -> bool:
    return st.query_params.get(_SAMPLE) == str(cell.sample + 1)


def _toggle(cell: Cell) -> None:
    if _is_inspected(cell):
        del st.query_params[_SAMPLE]
    else:
        st.query_params[_SAMPLE] = str(cell.sample + 1)


# --- the settings as code -----------------------------------------------------------------


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
