"""The form of the playground's grid: what to run, and the presets.

What is typed is kept for the session, and a stored run that is opened fills the form. A prompt,
two axes and the button are in sight; all else is folded.
"""

from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from core.grid.axes import AxisName
from core.grid.spec import MAX_SAMPLES, GridSpec
from core.i18n import _, language
from core.sampling.settings import MAX_SEED, Sampling
from core.grid.records import Run
from ui.grid.axes import SIDES, Side, axis_editor, axis_fields, chosen_axis, use_numbers
from ui.shell import resources
from ui.shell.completion import continues_text, no_system_help
from ui.shell.session import session

_FORM: dict[str, Any] = {
    "grid_prompt": "",
    "grid_system": "",
    "grid_rows": "temperature",
    "grid_rows_values": "0.2, 0.8, 1.4",
    "grid_rows_chosen": [],
    "grid_columns": "top_p",
    "grid_columns_values": "0.5, 0.9, 1",
    "grid_columns_chosen": [],
    "grid_samples": 1,
    "grid_temperature": 0.8,
    "grid_top_p": 0.8,
    "grid_top_k": 0,
    "grid_tokens": 128,
    "grid_seed": 0,
}


def example() -> str:
    """The prompt to start with, in the visitor's language."""
    return _("Tell me a short story about a fox.")


@dataclass(frozen=True, slots=True)
class Preset:
    """Two axes to start from: a name and the values as they are typed."""

    label: str
    rows: tuple[AxisName, str]
    columns: tuple[AxisName, str]


def presets() -> dict[str, Preset]:
    """The presets by their key, labelled in the visitor's language."""
    return {
        "square": Preset(_("3 × 3"), ("temperature", "0.2, 0.8, 1.4"), ("top_p", "0.5, 0.9, 1")),
        "heat": Preset(_("Cold to hot"), ("temperature", "0, 0.4, 0.8, 1.2, 1.6"), ("top_p", "1")),
        "nucleus": Preset(
            _("Nucleus only"), ("temperature", "1"), ("top_p", "0.1, 0.3, 0.5, 0.8, 1")
        ),
        "corners": Preset(_("Corners"), ("temperature", "0.2, 1.5"), ("top_p", "0.3, 1")),
        "few": Preset(
            _("The k most likely"), ("temperature", "0.8, 1.6"), ("top_k", "1, 5, 50, 0")
        ),
        "luck": Preset(_("Seed only"), ("temperature", "0.8"), ("seed", "0, 10, 20, 30, 40")),
    }


def restore_form(run: Run | None) -> None:
    """Fill the form: with the run that was just opened, or with what was typed before."""
    kept = session().results.setdefault("grid_form", dict(_FORM))
    opened = run is not None and session().results.get("grid_form_of") != run.id
    if run is not None and opened:
        session().results["grid_form_of"] = run.id
        kept = _form_of(run)
    for key, value in kept.items():
        if opened or key not in st.session_state:
            st.session_state[key] = value


def _form_of(run: Run) -> dict[str, Any]:
    window = resources.engine().window
    return {
        **_FORM,
        "grid_prompt": run.spec.prompt,
        "grid_system": run.spec.system,
        **axis_fields("rows", run.spec.rows),
        **axis_fields("columns", run.spec.columns),
        "grid_samples": run.spec.samples,
        "grid_temperature": run.spec.fixed.temperature,
        "grid_top_p": run.spec.fixed.top_p,
        "grid_top_k": min(run.spec.fixed.top_k, 1000),
        "grid_tokens": min(run.spec.fixed.max_new_tokens or window, window),
        "grid_seed": run.spec.fixed.seed or 0,
    }


def controls() -> bool:
    """Draw the form; whether a run is wanted."""
    st.text_area(_("Prompt"), key="grid_prompt", height=90, placeholder=example())
    left, right = st.columns(2, gap="medium")
    with left:
        axis_editor("rows", _("Rows"))
    with right:
        axis_editor("columns", _("Columns"))
    used = {st.session_state[f"grid_{side}"] for side in SIDES}
    confirmed = "model" not in used or _confirmation()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        clicked = st.button(
            _("Run the grid"),
            key="grid_run",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not confirmed,
        )
        with st.popover(_("Presets"), icon=":material/grid_view:"):
            for key, preset in presets().items():
                st.button(
                    preset.label,
                    key=f"preset_{key}",
                    type="tertiary",
                    on_click=_use_preset,
                    args=(preset,),
                )
    with st.expander(_("More settings"), icon=":material/tune:"):
        _fixed(used)
    session().results["grid_form"] = {key: st.session_state.get(key, _FORM[key]) for key in _FORM}
    return clicked or bool(session().results.pop("grid_go", False))


def _confirmation() -> bool:
    st.warning(
        _(
            "The models of this run are loaded one after another. Meanwhile all visitors of this "
            "server share whichever model is loaded, and answers in progress are interrupted. The "
            "previous model is restored at the end."
        ),
        icon=":material/swap_horiz:",
    )
    return st.checkbox(_("Switch the model for all visitors during this run"), key="grid_agree")


def _system_message() -> None:
    # One that another model was given can still be taken out
    before = session().results["grid_form"]["grid_system"]
    off = continues_text() and not (before.strip() or st.session_state["grid_system"].strip())
    st.text_area(_("System message"), key="grid_system", height=80, disabled=off)
    if off:
        st.caption(no_system_help())


def _fixed(used: set[str]) -> None:
    """The settings that no axis sets."""
    if "persona" not in used:
        _system_message()
    fields = st.columns(3)
    fields[0].number_input(
        _("Samples per cell"),
        1,
        MAX_SAMPLES,
        key="grid_samples",
        help=_("How many texts to generate with the same settings: they differ only by chance."),
    )
    rest = iter((*fields[1:], *fields))
    if "seed" not in used:
        next(rest).number_input(
            _("Base seed"),
            0,
            MAX_SEED,
            key="grid_seed",
            help=_("Sample k of every cell uses this seed plus k."),
        )
    if not used & {"max_new_tokens", "max_length"}:
        next(rest).number_input(
            _("max_new_tokens"), 1, resources.engine().window, key="grid_tokens", step=16
        )
    if "temperature" not in used:
        next(rest).number_input(_("temperature"), 0.0, 2.0, key="grid_temperature", step=0.1)
    if "top_p" not in used:
        next(rest).number_input(_("top_p"), 0.01, 1.0, key="grid_top_p", step=0.05)
    if "top_k" not in used:
        next(rest).number_input(_("top_k"), 0, 1000, key="grid_top_k", help=_("0 is off."))


def _use_preset(preset: Preset) -> None:
    use_numbers("rows", *preset.rows)
    use_numbers("columns", *preset.columns)


def typed_spec() -> GridSpec:
    """What the form says; raises `InvalidInput` for what cannot run."""
    form = session().results["grid_form"]
    rows, columns = (chosen_axis(cast(Side, side)) for side in SIDES)
    limited = "max_length" in (rows.name, columns.name)
    return GridSpec(
        prompt=form["grid_prompt"],
        rows=rows,
        columns=columns,
        system="" if "persona" in (rows.name, columns.name) else form["grid_system"],
        samples=form["grid_samples"],
        fixed=Sampling(
            temperature=form["grid_temperature"],
            top_p=form["grid_top_p"],
            top_k=form["grid_top_k"],
            max_new_tokens=None if limited else form["grid_tokens"],
            seed=form["grid_seed"],
        ),
    )


def empty_state() -> None:
    """Draw what the page teaches before its first run."""
    with st.container(border=True):
        st.header(_("The same prompt, nine ways"), anchor=False)
        st.write(
            _(
                "Every cell answers the same prompt with its own settings. Within a row only the "
                "column setting changes, within a column only the row setting; the seeds are the "
                "same."
            )
        )
        st.button(example(), key="grid_example", icon=":material/play_arrow:", on_click=run_example)


def run_example() -> None:
    # Of the first twelve seeds the one whose nine stories differ most on the embedded model
    seed = 5 if language() == "zh" else 4
    st.session_state.update(_FORM | {"grid_prompt": example(), "grid_seed": seed})
    session().results["grid_go"] = True
