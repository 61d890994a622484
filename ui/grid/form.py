"""The form of the playground's grid: what to run, the two axes, and the presets.

What is typed is kept for the session, and a stored run that is opened fills the form. A prompt,
two axes and the button are in sight; all else is folded. The numbers of an axis are typed as a
list; personas and models are chosen from what there is.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.engine.choices import split_model
from core.grid.axes import DEFAULTS, MAX_AXIS, NAMES, Axis, AxisName, Value, parse_axis
from core.grid.measure_labels import axis_explained, axis_label
from core.grid.over_models import offered_models
from core.grid.records import Run
from core.grid.spec import MAX_SAMPLES, GridSpec
from core.i18n import _
from core.personas.book import PersonaBook
from core.sampling.settings import MAX_SEED, Sampling
from ui.grid.state import SIDES, GridForm, GridState, Side, fill_in, put_back, typed
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.completion import continues_text, no_system_help
from ui.shell.examples import examples
from ui.shell.heeded import heeded_note, left_out
from ui.shell.leaving import elsewhere, say_leaving
from ui.shell.session import state
from ui.shell.teaching import entry_of

_MOST_TOP_K = 1000


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


def restore_form(backend: Backend, run: Run | None) -> None:
    """Fill the form: with the run that was just opened, or with what was typed before."""
    kept = state(GridState)
    if run is not None and kept.form_of != run.id:
        kept.form_of = run.id
        fill_in(**asdict(_form_of(backend, run)))
    window = backend.facts.window
    if window and typed().tokens > window:  # another model was loaded
        fill_in(tokens=window)
    put_back()


def _form_of(backend: Backend, run: Run) -> GridForm:
    spec = run.spec
    axes: dict[str, Any] = {}
    for side, axis in zip(SIDES, spec.axes, strict=True):
        axes[side] = axis.name
        if axis.name in ("persona", "model"):
            texts = tuple(map(str, axis.values))
            state(GridState).own[axis.name] = dict(zip(axis.labels, texts, strict=True))
            axes[f"{side}_chosen"] = texts
        else:
            axes[f"{side}_values"] = typed_list(axis.values)
    return GridForm(
        **axes,
        prompt=spec.prompt,
        system=spec.system,
        samples=spec.samples,
        temperature=spec.fixed.temperature,
        top_p=spec.fixed.top_p,
        top_k=min(spec.fixed.top_k, _MOST_TOP_K),
        tokens=spec.fixed.max_new_tokens or backend.facts.window or GridForm().tokens,
        seed=spec.fixed.seed or 0,
    )


def form_open(run: Run | None) -> bool:
    """Whether the form is open: where there is no run, and where somebody wants to change one."""
    return run is None or state(GridState).open_at == run.id


def open_form(run: Run | None) -> None:
    """Open the form above this run, or fold it."""
    state(GridState).open_at = run.id if run else None


def example_wanted() -> bool:
    """Whether a run was asked for elsewhere; it is told once."""
    kept = state(GridState)
    wanted, kept.example = kept.example, False
    return wanted


def controls(backend: Backend, run: Run | None) -> bool:
    """Draw the form; whether a run is wanted. run: the one that it is folded for when it is
    closed."""
    st.text_area(
        _("Prompt"), key="grid_prompt", height=90, placeholder=examples(entry_of(backend)).grid
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _axis_editor(backend, "rows", _("Rows"))
    with right:
        _axis_editor(backend, "columns", _("Columns"))
    now = typed()
    used = {now.rows, now.columns}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        clicked = st.button(
            _("Run the grid"),
            key="grid_run",
            type="primary",
            icon=":material/play_arrow:",
        )
        with st.popover(_("Presets"), icon=":material/grid_view:"):
            for key, preset in presets().items():
                st.button(
                    preset.label,
                    key=f"preset_{key}",
                    type="tertiary",
                    on_click=explained(_use_preset),
                    args=(preset,),
                )
        if run is not None:
            st.space("stretch")
            st.button(
                _("Close"),
                key="grid_close",
                icon=":material/close:",
                type="tertiary",
                on_click=explained(open_form),
                args=(None,),
            )
    say_models_elsewhere(backend, now.models)
    with st.expander(_("More settings"), icon=":material/tune:"):
        _fixed(backend, used)
    state(GridState).form = typed()
    return clicked


def say_models_elsewhere(
    backend: Backend, models: Sequence[str], before: Sequence[str] = ()
) -> None:
    """Say where the models of an axis have the prompt sent; of its own model the page says it.
    before: models of which it was said."""
    said = {backend.facts.elsewhere, *elsewhere(before)}
    say_leaving(host for host in elsewhere(models) if host not in said)


def _system_message(backend: Backend) -> None:
    # One that another model was given can still be taken out
    before = state(GridState).form.system
    off = continues_text(backend) and not (before.strip() or typed().system.strip())
    st.text_area(_("System message"), key="grid_system", height=80, disabled=off)
    if off:
        st.caption(no_system_help())


def _fixed(backend: Backend, used: set[AxisName]) -> None:
    """The settings that no axis sets."""
    if "persona" not in used:
        _system_message(backend)
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
        with next(rest):
            st.number_input(
                _("Base seed"),
                0,
                MAX_SEED,
                key="grid_seed",
                disabled=_left_out(backend, "seed"),
                help=_("Sample k of every cell uses this seed plus k."),
            )
            _heeded_note(backend, "seed")
    if not used & {"max_new_tokens", "max_length"}:
        next(rest).number_input(
            _("max_new_tokens"), 1, backend.facts.window, key="grid_tokens", step=16
        )
    if "temperature" not in used:
        next(rest).number_input(_("temperature"), 0.0, 2.0, key="grid_temperature", step=0.1)
    if "top_p" not in used:
        next(rest).number_input(_("top_p"), 0.01, 1.0, key="grid_top_p", step=0.05)
    if "top_k" not in used:
        with next(rest):
            st.number_input(
                _("top_k"),
                0,
                _MOST_TOP_K,
                key="grid_top_k",
                disabled=_left_out(backend, "top_k"),
                help=_("0 is off."),
            )
            _heeded_note(backend, "top_k")


def _left_out(backend: Backend, setting: str) -> bool:
    # The page's own model is not asked where an axis has others
    return not typed().models and left_out(backend, setting)


def _heeded_note(backend: Backend, setting: str) -> None:
    if not typed().models:
        heeded_note(backend, setting)


def _use_preset(preset: Preset) -> None:
    (rows, rows_values), (columns, columns_values) = preset.rows, preset.columns
    fill_in(rows=rows, rows_values=rows_values, columns=columns, columns_values=columns_values)


def typed_spec() -> GridSpec:
    """What the form says; raises `InvalidInput` for what cannot run."""
    form = state(GridState).form
    rows, columns = (_axis(form, side) for side in SIDES)
    limited = "max_length" in (rows.name, columns.name)
    return GridSpec(
        prompt=form.prompt,
        rows=rows,
        columns=columns,
        system="" if "persona" in (rows.name, columns.name) else form.system,
        samples=form.samples,
        fixed=Sampling(
            temperature=form.temperature,
            top_p=form.top_p,
            top_k=form.top_k,
            max_new_tokens=None if limited else form.tokens,
            seed=form.seed,
        ),
    )


def empty_state(backend: Backend) -> None:
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
        offered = examples(entry_of(backend))
        st.button(
            offered.grid,
            key="grid_example",
            icon=":material/play_arrow:",
            on_click=explained(run_example),
            args=(offered.grid, offered.grid_seed),
        )


def run_example(prompt: str, seed: int) -> None:
    """Let the playground run nine cells of this prompt as soon as it is drawn."""
    fill_in(**asdict(GridForm(prompt=prompt, seed=seed)))
    state(GridState).example = True


# --- the axes -----------------------------------------------------------------------------


def _axis_editor(backend: Backend, side: Side, label: str) -> None:
    """Draw the choice of one axis and of its values."""
    pick, values = st.columns(2, gap="small")
    name: AxisName = pick.selectbox(
        label,
        NAMES,
        format_func=axis_label,
        key=f"grid_{side}",
        on_change=explained(_axis_changed),
        args=(backend, side),
    )
    with values:
        if name in ("persona", "model"):
            offered = _offered(name)
            key = f"grid_{side}_chosen"
            st.session_state[key] = [v for v in st.session_state[key] if v in offered]
            st.multiselect(
                _("Choose 1 to {most}").format(most=MAX_AXIS),
                list(offered),
                format_func=offered.__getitem__,
                key=key,
                max_selections=MAX_AXIS,
            )
        else:
            st.text_input(_("1 to {most} values").format(most=MAX_AXIS), key=f"grid_{side}_values")
    st.caption(axis_explained(name))
    _heeded_note(backend, name)


def _axis(form: GridForm, side: Side) -> Axis:
    """The axis as it stands in the form; raises `InvalidInput` for values that cannot be."""
    name = form.axis(side)
    if name not in ("persona", "model"):
        return parse_axis(name, form.values(side))
    offered, chosen = _offered(name), form.chosen(side)
    return Axis(name, chosen, tuple(offered[value] for value in chosen))


def typed_list(values: tuple[Value, ...]) -> str:
    """Numbers as a list to type."""
    return ", ".join(str(int(v) if isinstance(v, float) and v.is_integer() else v) for v in values)


def _axis_changed(backend: Backend, side: Side) -> None:
    """Start from sensible values; an axis that the other side has changes places with this one."""
    name, before = typed().axis(side), state(GridState).form
    other: Side = "columns" if side == "rows" else "rows"
    if typed().axis(other) == name:
        for here, there in ((side, other), (other, side)):
            fill_in(
                **{
                    here: before.axis(there),
                    f"{here}_values": before.values(there),
                    f"{here}_chosen": before.chosen(there),
                }
            )
    elif name in ("persona", "model"):
        fill_in(**{f"{side}_chosen": _first(backend, name)})
    else:
        fill_in(**{f"{side}_values": typed_list(DEFAULTS[name])})


def _first(backend: Backend, name: AxisName) -> tuple[str, ...]:
    """What to start from: no persona and two of them, or this page's model in three precisions."""
    options = list(_offered(name))
    if name == "model":
        facts = backend.facts
        now = f"{facts.name}/{facts.precision}"
        same = [v for v in options if split_model(v)[0] == facts.name and v != now]
        options = [v for v in (now, *same) if v in options]
    return tuple(options[:3])


def _offered(name: AxisName) -> dict[str, str]:
    """What can be chosen, and what each is called. No two have the same name."""
    own = state(GridState).own.get(name, {})
    if name == "persona":
        book = PersonaBook(resources.store().personas).list()
        entries = {entry.text.name: entry.text.system for entry in book}
        named = {_("no persona"): "", **entries, **own}
    else:
        offered = offered_models(resources.settings(), resources.host().freed())
        named = {label: value for label, value in own.items() if value not in offered}
        for value in offered:
            called = resources.called(value)
            named[called if called not in named else value] = value
    return {value: label for label, value in named.items()}
