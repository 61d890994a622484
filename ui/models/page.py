"""The models page: what is loaded, what is on offer, what each would take, and the way to it.

A visitor picks from the operator's list; nothing here takes a path or a name of a repository.
"""

import pandas as pd
import streamlit as st

from core.engine.residents import HostStatus, ModelChoice, Resident
from core.errors import NotEnoughMemory, PromptLabError
from core.i18n import _, compact, language
from core.models import catalogue, machine
from core.models.catalogue import CatalogueEntry
from core.models.fetching import Download
from core.models.plan import Plan, all_plans, gigabytes, recommend
from ui.shell import resources
from ui.shell.choosing import loading_text, prefer
from ui.shell.page import boundary, explained

_REFRESH_S = 0.4
AUTO = "auto"
WORDS = (
    "checkpoint",
    "parameters",
    "precision",
    "quantisation",
    "nf4",
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
    if state.loadings:
        _loading(len(state.loadings))
    for failure in state.failures:
        if not failure.cancelled:
            st.error(failure.reason, icon=":material/error:")
    with boundary():
        if not state.loadings and not state.residents and not state.failures:
            resources.host().begin()
    for resident in state.residents:
        _loaded(resident)
    st.header(_("Available models"), anchor=False)
    for entry in catalogue.entries(resources.settings()):
        _offer(entry, state)
    _kept()


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
            on_click=host.cancel,
            args=(loading.choice,),
            width="stretch",
        )


def _loaded(resident: Resident) -> None:
    plan, facts = resident.plan, resident.facts
    name = resident.choice.entry.name
    said = _("**{name}** is loaded: {precision} on {device}.").format(
        name=name, precision=plan.precision, device=plan.place.name
    )
    if facts:
        said = _("**{name}** is loaded: {precision} on {device}, in {seconds:.1f} s.").format(
            name=name,
            precision=plan.precision,
            device=plan.place.name,
            seconds=facts.load_seconds,
        )
    if facts and facts.cached:
        said += " " + _("Its quantised weights came from the cache on disk.")
    with st.container(border=True):
        text, button = st.columns([5, 1], vertical_alignment="center")
        text.markdown(said)
        button.button(
            _("Unload"),
            key=f"unload_{resident.value}",
            icon=":material/eject:",
            type="tertiary",
            disabled=resident.pinned or resident.busy,
            help=_("The operator pinned it.") if resident.pinned else None,
            on_click=explained(resources.host().unload),
            args=(resident.backend,),
        )
        st.caption(_kind(resident.choice.entry))
        held = getattr(resident.now, "cache_bytes", None)
        rows = [
            (_("Weights"), plan.weights, facts.weight_bytes if facts else None),
            (_("KV cache, {tokens:,} tokens").format(tokens=plan.cache_tokens), plan.cache, held),
        ]
        st.dataframe(
            pd.DataFrame(
                [
                    (label, gigabytes(planned), gigabytes(measured) if measured else "–")
                    for label, planned, measured in rows
                ],
                columns=[_("Memory"), _("Planned"), _("Measured")],
            ),
            hide_index=True,
            width="stretch",
        )


def _kind(entry: CatalogueEntry) -> str:
    """What the loaded model is: family, licence, and whether it can chat."""
    parts = [entry.family.name]
    if entry.licence:
        parts.append(_("licence: {licence}").format(licence=entry.licence))
    parts.append(
        _("uses its own chat format") if entry.chat else _("no chat format: continues text")
    )
    return " · ".join(parts)


def _offer(entry: CatalogueEntry, state: HostStatus) -> None:
    chosen = any(one.choice.entry.name == entry.name for one in state.residents)
    mark = " · " + _("loaded") if chosen else "" if entry.on_disk else " · " + _("not downloaded")
    with st.expander(f"**{entry.name}**{mark}", key=f"offer_{entry.name}"):
        st.markdown(_about(entry))
        if entry.hub and not entry.on_disk:
            # Of a model that only the hub knows nothing can be planned yet
            _download(entry)
            return
        try:
            sizes = entry.sizes
            plans = all_plans(sizes, machine.places(resources.host().freed()))
        except PromptLabError as error:
            st.error(str(error), icon=":material/error:")
            return
        facts = [
            entry.family.name,
            _("{count} parameters").format(count=compact(sizes.parameters)),
            _("{tokens:,}-token window").format(tokens=sizes.window),
            *([_("licence: {licence}").format(licence=entry.licence)] if entry.licence else []),
            *([] if entry.chat else [_("no chat format: continues text")]),
        ]
        st.caption(" · ".join(facts))
        st.dataframe(_table(plans), hide_index=True, width="stretch")
        if entry.on_disk:
            _load(entry, plans, state)
        else:
            _download(entry)


def _about(entry: CatalogueEntry) -> str:
    if entry.published:
        about = entry.published.about
        return about.get(language()) or about.get("en", "")
    if entry.embedded:
        return _("The small model that comes with Prompt Lab; it only knows its own small world.")
    if entry.hub:
        return _("A Hub model added by the operator of this server.")
    return _("A folder added by the operator of this server.")


def _table(plans: list[Plan]) -> pd.DataFrame:
    """What every precision takes of every device."""
    return pd.DataFrame(
        {
            _("Load as"): [plan.precision for plan in plans],
            _("Device"): [plan.place.name for plan in plans],
            _("Total"): [gigabytes(plan.total) for plan in plans],
            _("Free"): [gigabytes(plan.place.free) for plan in plans],
            _("Fits"): [plan.fits for plan in plans],
            _("Weights"): [gigabytes(plan.weights) for plan in plans],
            _("Cache per 1,000 tokens"): [gigabytes(1000 * plan.cache_per_token) for plan in plans],
        }
    )


def _load(entry: CatalogueEntry, plans: list[Plan], state: HostStatus) -> None:
    try:
        advice = recommend(plans)
    except NotEnoughMemory as error:
        st.warning(str(error), icon=":material/memory:")
        return
    fitting = {f"{plan.place.device} {plan.precision}": plan for plan in plans if plan.fits}
    names = {
        AUTO: _("recommended: {precision}").format(precision=advice.plan.precision),
        **{key: f"{plan.precision} · {plan.place.name}" for key, plan in fitting.items()},
    }
    pick, button = st.columns([3, 1], vertical_alignment="bottom")
    pick.radio(
        _("Load as"),
        list(names),
        format_func=names.__getitem__,
        key=f"as_{entry.name}",
        horizontal=True,
    )
    button.button(
        _("Load"),
        key=f"load_{entry.name}",
        icon=":material/memory:",
        type="primary",
        width="stretch",
        disabled=any(one.choice.entry.name == entry.name for one in state.loadings),
        on_click=explained(_make_available),
        args=(entry, fitting),
    )
    st.caption(_("Recommended: {reason}").format(reason=advice.reason))


def _make_available(entry: CatalogueEntry, fitting: dict[str, Plan]) -> None:
    # Read now: a click right after the choice comes before the page is drawn again
    plan = fitting.get(st.session_state[f"as_{entry.name}"])
    choice = ModelChoice(entry, plan.place.kind, plan.precision) if plan else ModelChoice(entry)
    resources.host().begin(choice)
    prefer(choice)


def _download(entry: CatalogueEntry) -> None:
    download = resources.downloads().get(entry.name)
    if download and download.running:
        _downloading(entry.name)
        return
    if download and download.error:
        st.warning(download.error, icon=":material/cloud_off:")
    label = (
        _("Download {size} from {repo}").format(
            size=gigabytes(entry.published.bytes), repo=entry.repo
        )
        if entry.published
        else _("Download from {repo}").format(repo=entry.repo)
    )
    st.button(
        label,
        key=f"download_{entry.name}",
        icon=":material/download:",
        on_click=_begin_download,
        args=(entry,),
    )


def _begin_download(entry: CatalogueEntry) -> None:
    running = resources.downloads().get(entry.name)
    if not (running and running.running):
        resources.downloads()[entry.name] = Download(entry)


@st.fragment(run_every=_REFRESH_S)
def _downloading(name: str) -> None:
    download = resources.downloads()[name]
    if not download.running:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(
        download.fraction,
        _("{done} of {total}").format(
            done=gigabytes(download.done), total=gigabytes(download.total)
        ),
    )
    button.button(
        _("Cancel"),
        key=f"cancel_{name}",
        icon=":material/stop_circle:",
        on_click=download.cancel,
        width="stretch",
    )


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
            size=gigabytes(sum(manifest.bytes for manifest in kept)), names=names
        )
    )
    button.button(
        _("Delete all"),
        key="clear_cache",
        icon=":material/delete:",
        on_click=_clear_kept,
        width="stretch",
    )


def _clear_kept() -> None:
    resources.weight_cache().clear()
