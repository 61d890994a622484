"""The models page: what is loaded, what suits this machine, and all that is on offer, by family.

A visitor picks from the operator's list; only who sits at this machine can add to it.
"""

from itertools import groupby

import pandas as pd
import streamlit as st

from core.engine.residents import HostStatus, Resident
from core.errors import PromptLabError
from core.i18n import _, language
from core.models import catalogue, machine
from core.models.bandwidth import bandwidth
from core.models.catalogue import CatalogueEntry
from core.models.outlook import recommended
from core.models.plan import gigabytes
from ui.models.offer import card, conversation, offer
from ui.models.places import add_by_path
from ui.models.servers import servers_part
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import loading_text, make_room
from ui.shell.text import label, lines

_REFRESH_S = 0.4
WORDS = (
    "checkpoint",
    "parameters",
    "precision",
    "quantisation",
    "gguf",
    "llama_cpp",
    "memory_bandwidth",
    "kv_cache",
    "context_window",
)


def models_page() -> None:
    """Draw the page."""
    st.caption(
        _(
            "Loaded models are there for all visitors of this server, each of whom chooses. Where "
            "room is needed, the one that was unused for longest is unloaded, never one that answers."
        )
    )
    state = resources.host().status()
    with boundary():
        if not state.loadings and not state.residents and not state.failures:
            resources.host().begin()
            state = resources.host().status()
    if state.loadings:
        _loading(len(state.loadings))
    for place, failure in enumerate(state.failures):
        if not failure.cancelled:
            st.error(lines(failure.reason), icon=":material/error:")
        if failure.in_use:
            in_the_way = resources.host().in_the_way(failure.choice)
            make_room(failure.choice, in_the_way, f"make_room_{place}")
    with st.container(gap="small"):
        for resident in state.residents:
            _loaded(resident)
    entries = catalogue.entries(resources.settings())
    _recommended(entries, state)
    _all_models(entries, state)
    _kept()


def _recommended(entries: list[CatalogueEntry], state: HostStatus) -> None:
    """A few that suit this machine and the visitor's language."""
    places = machine.places(resources.host().freed())
    chosen = recommended(entries, language(), places, _bandwidth(), resources.settings().openvino)
    if not chosen:
        return
    st.header(_("Recommended for this machine"), anchor=False)
    st.caption(
        _(
            "Expected speed: this machine reads {bandwidth} of memory a second, and all weights "
            "are read once for every token."
        ).format(bandwidth=gigabytes(round(_bandwidth())))
    )
    speeds = resources.store().conversations.speeds()
    for expected in chosen:
        card(expected, state, speeds)


@st.cache_resource(show_spinner=False)
def _bandwidth() -> float:
    return bandwidth(resources.settings().data_dir)


def _all_models(entries: list[CatalogueEntry], state: HostStatus) -> None:
    st.header(_("On this machine"), anchor=False)
    with st.container(gap="xsmall"):
        for entry in entries:
            if entry.on_disk:
                offer(entry, state)
        add_by_path()
    servers_part()
    st.header(_("More to download"), anchor=False)
    for family, some in groupby((e for e in entries if not e.on_disk), _family):
        with st.container(gap="xsmall"):
            st.markdown(f"**{family}**")
            for entry in some:
                offer(entry, state)


def _family(entry: CatalogueEntry) -> str:
    try:
        return entry.family.name
    except PromptLabError:
        return _("Other models")  # known to the hub alone


@st.fragment(run_every=_REFRESH_S)
def _loading(count: int) -> None:
    """How far they are; the whole page anew when one of them has ended."""
    host = resources.host()
    loadings = host.status().loadings
    if len(loadings) != count:
        st.rerun()
    for place, loading in enumerate(loadings):
        bar, button = st.columns([5, 1], vertical_alignment="center")
        bar.progress(loading.fraction, loading_text(loading))
        button.button(
            _("Cancel"),
            key=f"cancel_loading_{place}" if place else "cancel_loading",
            icon=":material/stop_circle:",
            on_click=explained(host.cancel),
            args=(loading.choice,),
            width="stretch",
        )


def _loaded(resident: Resident) -> None:
    plan, facts = resident.plan, resident.facts
    name = label(resident.choice.entry.title)
    said = _("**{name}** is loaded: {precision} on {device}.").format(
        name=name, precision=plan.called, device=label(plan.place.name)
    )
    if facts:
        said = _("**{name}** is loaded: {precision} on {device}, in {seconds:.1f} s.").format(
            name=name,
            precision=facts.precision if facts.instead else plan.called,
            device=label(plan.place.name),
            seconds=facts.load_seconds,
        )
    if facts and facts.cached:
        said += " " + (
            _("What was converted for OpenVINO came from the cache on disk.")
            if facts.runner == "openvino"
            else _("Its quantised weights came from the cache on disk.")
        )
    with st.container(border=True):
        text, detail, button = st.columns([5, 2, 1.5], vertical_alignment="center")
        with text:
            st.markdown(said)
            st.caption(_kind(resident))
            if facts and facts.agrees and plan.precision != "fp32":
                same, places = facts.agrees
                st.caption(
                    _(
                        "At {same} of {places} places of a test text its likeliest token is that of fp32. "
                        "A seed may give other texts than in fp32."
                    ).format(same=same, places=places)
                )
            if facts and facts.instead:
                st.caption(
                    _("OpenVINO was asked for; torch runs it instead. {reason}").format(
                        reason=label(facts.instead)
                    )
                )
        with detail.popover(
            _("Memory: {total}").format(total=gigabytes(plan.total)), width="stretch"
        ):
            st.dataframe(_memory(resident), hide_index=True, width="stretch")
        button.button(
            _("Unload"),
            key=f"unload_{resident.value}{'/openvino' if plan.openvino else ''}",
            icon=":material/eject:",
            width="stretch",
            disabled=resident.pinned or resident.busy,
            help=_("The operator pinned it.") if resident.pinned else None,
            on_click=explained(resources.host().unload),
            args=(resident.backend,),
        )


def _memory(resident: Resident) -> pd.DataFrame:
    """What the plan foresaw, and what the parts took that can be measured."""
    plan, facts = resident.plan, resident.facts
    cache = getattr(resident.now, "cache_bytes", None)
    rows = [
        (_("Weights"), plan.weights, facts.weight_bytes if facts else None),
        (_("KV cache, {tokens:,} tokens").format(tokens=plan.cache_tokens), plan.cache, cache),
        (_("Computing"), plan.working, None),
    ]
    return pd.DataFrame(
        [
            (label, gigabytes(planned), gigabytes(measured) if measured else "–")
            for label, planned, measured in rows
        ],
        columns=[_("Memory"), _("Planned"), _("Measured")],
    )


def _kind(resident: Resident) -> str:
    """What the loaded model is: family, licence, and whether and how long it can chat."""
    entry = resident.choice.entry
    parts = [entry.family.name]
    if entry.licence:
        parts.append(_("licence: {licence}").format(licence=entry.licence))
    parts.append(
        _("uses its own chat format") if entry.chat else _("no chat format: continues text")
    )
    parts.append(conversation(resident.plan, entry.sizes.window))
    return " · ".join(parts)


def _kept() -> None:
    """The quantised weights on disk, and the way to be rid of them."""
    kept = resources.weight_cache().manifests()
    if not kept:
        return
    st.header(_("Quantised weights on disk"), anchor=False)
    names = ", ".join(f"{manifest.name} ({manifest.precision})" for manifest in kept)
    text, button = st.columns([3, 1], vertical_alignment="center")
    text.caption(
        _("{size}: {names}. They make the next start faster.").format(
            size=gigabytes(sum(manifest.bytes for manifest in kept)), names=label(names)
        )
    )
    button.button(
        _("Delete all"),
        key="clear_cache",
        icon=":material/delete:",
        on_click=explained(_clear_kept),
        width="stretch",
    )


def _clear_kept() -> None:
    resources.weight_cache().clear()
