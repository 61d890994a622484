"""The playground page: what to run, the run itself, and the stored runs.

The run on screen is in the URL (`?run=ID`); each of its cells is stored as it ends.
"""

import re
from collections.abc import Hashable
from contextlib import closing
from typing import Any

import streamlit as st

from core.errors import InvalidInput, NotFound, PromptLabError
from core.events import Finished
from core.grid import (
    MAX_AXIS,
    MAX_SAMPLES,
    GridSpec,
    cells_of,
    create_run,
    filled,
    run_grid,
    score_cells,
)
from core.i18n import _
from core.sampling import MAX_SEED
from core.storage.records import Run
from ui import resources
from ui.playground_results import frame, show
from ui.session import session
from ui.shell import boundary
from ui.stream import draw_many

EXAMPLE = "Tell me a short story about a fox."
# A preset: temperatures and top_p values, as they are typed.
PRESETS = {
    "3 x 3": ("0.2, 0.8, 1.4", "0.5, 0.9, 1"),
    "Cold to hot": ("0, 0.4, 0.8, 1.2, 1.6", "1"),
    "Nucleus only": ("1", "0.1, 0.3, 0.5, 0.8, 1"),
    "Corners": ("0.2, 1.5", "0.3, 1"),
}
_FORM: dict[str, Any] = {
    "grid_prompt": "",
    "grid_system": "",
    "grid_temperatures": PRESETS["3 x 3"][0],
    "grid_top_ps": PRESETS["3 x 3"][1],
    "grid_samples": 1,
    "grid_seed": 0,
    "grid_top_k": 0,
    "grid_tokens": 128,
}


def playground_page() -> None:
    """Draw the page."""
    st.header(_("Sampling playground"))
    run = _current()
    _restore_form(run)
    wanted = _controls() or session().results.pop("grid_go", False)
    _saved_runs(run)
    if wanted:
        with boundary():
            _start()
    replay = run is not None and session().results.pop("grid_replay", None) == run.id
    if run is None:
        _empty_state()
    elif replay:
        with boundary():
            _replay(run)
    if run is not None:
        _stored(run)


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


def _current() -> Run | None:
    wanted = st.query_params.get("run")
    if not wanted:
        return None
    try:
        return resources.store().runs.get(wanted)
    except NotFound as error:
        st.warning(str(error))
        del st.query_params["run"]
        return None


# --- what to run --------------------------------------------------------------------------


def _restore_form(run: Run | None) -> None:
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


def _controls() -> bool:
    """The form; whether a run is wanted."""
    st.text_area(_("Prompt"), key="grid_prompt", height=100, placeholder=EXAMPLE)
    with st.expander(_("System message"), icon=":material/theater_comedy:"):
        st.text_area(
            _("System message"), key="grid_system", height=80, label_visibility="collapsed"
        )
    with st.container(horizontal=True, gap="small"):
        for name in PRESETS:
            st.button(_(name), key=f"preset_{name}", on_click=_use_preset, args=(name,))
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
    return st.button(
        _("Run the grid"), key="grid_run", type="primary", icon=":material/play_arrow:"
    )


def _use_preset(name: str) -> None:
    st.session_state["grid_temperatures"], st.session_state["grid_top_ps"] = PRESETS[name]


def _spec() -> GridSpec:
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


def _empty_state() -> None:
    with st.container(border=True):
        st.subheader(_("The same prompt, nine ways"))
        st.write(
            _(
                "Every cell answers the same prompt with its own temperature and top_p. Within a "
                "row only top_p changes, within a column only temperature; the seeds are the same."
            )
        )
        st.button(EXAMPLE, key="grid_example", icon=":material/play_arrow:", on_click=run_example)


def run_example() -> None:
    st.session_state.update(_FORM | {"grid_prompt": EXAMPLE})
    session().results["grid_go"] = True


# --- the run ------------------------------------------------------------------------------


def _start() -> None:
    store, engine, spec = resources.store(), resources.engine(), _spec()
    before = st.query_params.get("run")
    run = create_run(store, engine, spec)
    st.query_params["run"] = session().results["grid_form_of"] = run.id
    try:
        _stream(spec, run)
    except PromptLabError:
        if not store.runs.cells(run.id):
            store.runs.delete(run.id)
            session().results["grid_form_of"] = before
            st.query_params.pop("run", None)
            if before:
                st.query_params["run"] = before
        raise
    store.runs.finish(run.id)
    with st.spinner(_("Scoring the texts…")):
        for cell in score_cells(engine, spec, store.runs.cells(run.id)):
            store.runs.save_cell(run.id, cell)
    st.rerun()


def _stream(spec: GridSpec, run: Run | None) -> dict[int, Finished]:
    """Run the grid on screen, storing each cell of `run` as it ends; the ends by index."""
    # A click interrupts the run by itself: the page starts anew and shows what is stored
    st.button(_("Stop"), key="grid_stop", icon=":material/stop:")
    cells, ends = cells_of(spec), {}
    progress = st.progress(0.0)

    def keep(tag: Hashable, end: Finished) -> None:
        assert isinstance(tag, int)
        ends[tag] = end
        if run is not None:
            resources.store().runs.save_cell(run.id, filled(cells[tag], end))
        progress.progress(
            len(ends) / len(cells),
            _("{done} of {whole} texts").format(done=len(ends), whole=len(cells)),
        )

    places: dict[Hashable, Any] = {index: place for index, place in frame(spec).items()}
    with closing(run_grid(resources.engine(), spec)) as events:  # type: ignore[type-var]
        draw_many(events, places, keep)
    return ends


def _replay(run: Run) -> None:
    stored = resources.store().runs.cells(run.id)
    ends = _stream(GridSpec.of_run(run), None)
    session().results["grid_same"] = (
        run.id,
        {
            cell.index: cell.token_ids == ends[cell.index].token_ids
            for cell in stored
            if cell.finish_reason in ("stop", "length")
        },
    )
    st.rerun()


# --- stored runs --------------------------------------------------------------------------


def _stored(run: Run) -> None:
    loaded = resources.engine().loaded.facts.name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_plain(run_title(run)))
        st.button(
            _("Replay"),
            key="grid_replay",
            icon=":material/replay:",
            help=_("Run the same again, and compare each text token by token."),
            on_click=lambda: session().results.update(grid_replay=run.id),
        )
    st.caption(
        _("Model {model}, seed {seed}, at most {tokens} new tokens").format(
            model=run.model, seed=run.base_seed, tokens=run.max_new_tokens
        )
    )
    if loaded != run.model:
        st.caption(
            _("The model loaded now is {name}: a replay will give other texts.").format(name=loaded)
        )
    replayed, same = session().results.get("grid_same", (None, None))
    show(run, resources.store().runs.cells(run.id), same if replayed == run.id else None)


def run_title(run: Run) -> str:
    """The title that was given, else the start of the prompt, on one line."""
    text = run.title.strip() or " ".join(run.prompt.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _plain(text: str) -> str:
    # A title is no Markdown: no links, images, code or formulas in a button
    return re.sub(r"([\\\[\]`*_$:<>#])", r"\\\1", text)


def _open(run_id: str | None) -> None:
    st.query_params.pop("run", None)
    if run_id:
        st.query_params["run"] = run_id
        session().results["grid_form_of"] = None


def _saved_runs(current: Run | None) -> None:
    with st.sidebar:
        st.button(
            _("New run"),
            key="grid_new",
            icon=":material/add:",
            width="stretch",
            on_click=_open,
            args=(None,),
        )
        st.caption(_("Recent runs"))
        for run in resources.store().runs.list(20):
            st.button(
                _plain(run_title(run)),
                key=f"open_{run.id}",
                type="primary" if current and run.id == current.id else "tertiary",
                width="stretch",
                on_click=_open,
                args=(run.id,),
            )
        if current:
            _manage(current)


def _manage(run: Run) -> None:
    key = f"title_{run.id}"

    def rename() -> None:
        resources.store().runs.rename(run.id, st.session_state[key].strip()[:200])

    def delete() -> None:
        resources.store().runs.delete(run.id)
        _open(None)

    st.divider()
    st.text_input(_("Title"), run.title, key=key, placeholder=run_title(run), on_change=rename)
    with st.popover(_("Delete this run"), icon=":material/delete:", width="stretch"):
        st.write(_("The run and its texts are removed for good."))
        st.button(_("Delete"), key=f"delete_{run.id}", type="primary", on_click=delete)
