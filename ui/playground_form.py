"""The form of the playground: what to run, and the presets.

What is typed is kept for the session, and a stored run that is opened fills the form.
"""

import re
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.errors import InvalidInput
from core.grid import MAX_AXIS, MAX_SAMPLES, GridSpec
from core.i18n import _
from core.sampling import MAX_SEED
from core.storage.records import Run
from ui import resources
from ui.session import session

_FORM: dict[str, Any] = {
    "grid_prompt": "",
    "grid_system": "",
    "grid_temperatures": "0.2, 0.8, 1.4",
    "grid_top_ps": "0.5, 0.9, 1",
    "grid_samples": 1,
    "grid_seed": 0,
    "grid_top_k": 0,
    "grid_tokens": 128,
}


def example() -> str:
    """The prompt to start with, in the visitor's language."""
    return _("Tell me a short story about a fox.")


@dataclass(frozen=True, slots=True)
class Preset:
    """Temperatures and top_p values to start from, as they are typed."""

    label: str
    temperatures: str
    top_ps: str


def presets() -> dict[str, Preset]:
    """The presets by their key, labelled in the visitor's language."""
    return {
        "square": Preset(_("3 x 3"), "0.2, 0.8, 1.4", "0.5, 0.9, 1"),
        "heat": Preset(_("Cold to hot"), "0, 0.4, 0.8, 1.2, 1.6", "1"),
        "nucleus": Preset(_("Nucleus only"), "1", "0.1, 0.3, 0.5, 0.8, 1"),
        "corners": Preset(_("Corners"), "0.2, 1.5", "0.3, 1"),
    }


def parse_values(name: str, text: str) -> tuple[float, ...]:
    """The numbers of a typed list; raises `InvalidInput` for anything else."""
    values = []
    for part in re.split(r"[\s,;，；、]+", text.strip()):
        if not part:
            continue
        try:
            values.append(float(part))
        except ValueError:
            raise InvalidInput(
                _("{name}: {part!r} is not a number. Write numbers like 0.2, 0.8, 1.4.").format(
                    name=name, part=part
                )
            ) from None
    return tuple(values)


def restore_form(run: Run | None) -> None:
    """Fill the form: with the run that was just opened, or with what was typed before."""
    kept = session().results.setdefault("grid_form", dict(_FORM))
    opened = run is not None and session().results.get("grid_form_of") != run.id
    if run is not None and opened:
        session().results["grid_form_of"] = run.id
        kept = {
            "grid_prompt": run.prompt,
            "grid_system": run.system,
            "grid_temperatures": ", ".join(f"{t:g}" for t in run.temperatures),
            "grid_top_ps": ", ".join(f"{p:g}" for p in run.top_ps),
            "grid_samples": run.samples,
            "grid_seed": run.base_seed,
            "grid_top_k": run.top_k,
            "grid_tokens": min(run.max_new_tokens, resources.engine().window),
        }
    for key, value in kept.items():
        if opened or key not in st.session_state:
            st.session_state[key] = value


def controls() -> bool:
    """Draw the form; whether a run is wanted."""
    st.text_area(_("Prompt"), key="grid_prompt", height=100, placeholder=example())
    with st.expander(_("System message"), icon=":material/theater_comedy:"):
        st.text_area(
            _("System message"), key="grid_system", height=80, label_visibility="collapsed"
        )
    with st.container(horizontal=True, gap="small"):
        for key, preset in presets().items():
            st.button(preset.label, key=f"preset_{key}", on_click=_use_preset, args=(preset,))
    heat, nucleus = st.columns(2)
    with heat:
        st.text_input(_("Temperatures, 1 to {most}").format(most=MAX_AXIS), key="grid_temperatures")
        st.caption(
            _("Temperature divides the logits: 0 always takes the likeliest token, 2 is wild.")
        )
    with nucleus:
        st.text_input(_("top_p values, 1 to {most}").format(most=MAX_AXIS), key="grid_top_ps")
        st.caption(
            _("top_p draws only from the nucleus: the fewest tokens whose probabilities sum to p.")
        )
    samples, seed, top_k, tokens = st.columns(4)
    samples.number_input(_("Samples a cell"), 1, MAX_SAMPLES, key="grid_samples")
    seed.number_input(
        _("Base seed"),
        0,
        MAX_SEED,
        key="grid_seed",
        help=_("Sample k of every cell draws with this seed plus k."),
    )
    top_k.number_input(_("top_k"), 0, 1000, key="grid_top_k", help=_("0 is off."))
    tokens.number_input(
        _("max_new_tokens"), 1, resources.engine().window, key="grid_tokens", step=16
    )
    session().results["grid_form"] = {key: st.session_state[key] for key in _FORM}
    clicked = st.button(
        _("Run the grid"), key="grid_run", type="primary", icon=":material/play_arrow:"
    )
    return clicked or bool(session().results.pop("grid_go", False))


def _use_preset(preset: Preset) -> None:
    st.session_state["grid_temperatures"] = preset.temperatures
    st.session_state["grid_top_ps"] = preset.top_ps


def typed_spec() -> GridSpec:
    """What the form says; raises `InvalidInput` for what cannot run."""
    form = st.session_state
    return GridSpec(
        prompt=form["grid_prompt"],
        system=form["grid_system"],
        temperatures=parse_values("temperature", form["grid_temperatures"]),
        top_ps=parse_values("top_p", form["grid_top_ps"]),
        samples=form["grid_samples"],
        base_seed=form["grid_seed"],
        top_k=form["grid_top_k"],
        max_new_tokens=form["grid_tokens"],
    )


def empty_state() -> None:
    """Draw what the page teaches before its first run."""
    with st.container(border=True):
        st.header(_("The same prompt, nine ways"), anchor=False)
        st.write(
            _(
                "Every cell answers the same prompt with its own temperature and top_p. Within a "
                "row only top_p changes, within a column only temperature; the seeds are the same."
            )
        )
        st.button(example(), key="grid_example", icon=":material/play_arrow:", on_click=run_example)


def run_example() -> None:
    st.session_state.update(_FORM | {"grid_prompt": example()})
    session().results["grid_go"] = True
