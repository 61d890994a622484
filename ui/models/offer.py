"""One model on offer: what it is, what it takes, how quickly it writes, and the way to have it."""

import pandas as pd
import streamlit as st

from core.config import PRECISIONS
from core.engine.residents import HostStatus, ModelChoice
from core.errors import NotEnoughMemory, PromptLabError
from core.i18n import LANGUAGES, _, compact, language
from core.models import machine
from core.models.added import added, remove
from core.models.catalogue import CatalogueEntry
from core.models.outlook import Outlook, plans
from core.models.plan import Plan, gigabytes, recommend
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.choosing import make_room, prefer, titles
from ui.shell.downloading import download, failure
from ui.shell.text import label, lines

AUTO = "auto"


def card(expected: Outlook, state: HostStatus, speeds: dict[str, float]) -> None:
    """Draw a recommended model. speeds: measured tokens a second by a model's kept name."""
    entry, plan = expected.entry, expected.plan
    if plan is None:
        return
    with st.container(border=True, key=f"recommended_{entry.name}"):
        text, action = st.columns([5, 2], vertical_alignment="center", gap="medium")
        with text:
            st.markdown(
                f"**{label(entry.title)}** · {_spoken(entry)} · {label(entry.licence or '')}"
            )
            st.markdown(entry.about(language()))
            st.caption(
                " · ".join(
                    [
                        _memory(plan),
                        conversation(plan, expected.sizes.window),
                        *speed(expected, speeds),
                    ]
                )
                + "  \n"
                + _("Of that: weights {weights}, KV cache {cache}, computing {working}.").format(
                    weights=gigabytes(plan.weights),
                    cache=gigabytes(plan.cache),
                    working=gigabytes(plan.working),
                )
            )
        with action:
            if _is_loaded(entry, state):
                st.markdown(":green[:material/check_circle:] " + _("loaded"))
            elif entry.on_disk:
                st.button(
                    _("Load"),
                    key=f"take_{entry.name}",
                    icon=":material/memory:",
                    type="primary",
                    width="stretch",
                    on_click=explained(_take),
                    args=(ModelChoice(entry),),
                )
            else:
                download(entry, again=True, short=True)
        failure(entry)


def speed(expected: Outlook, speeds: dict[str, float]) -> list[str]:
    """The expected tokens a second, and those of answers that the model has given here."""
    said = []
    if expected.tokens_per_s:
        said.append(
            _("about {speed} tokens/s expected").format(speed=_rounded(expected.tokens_per_s))
        )
    name = expected.entry.name
    measured = [value for kept, value in speeds.items() if kept.partition("/")[0] == name]
    if measured:
        said.append(_("{speed} tokens/s measured").format(speed=_rounded(measured[0])))
    return said


def conversation(plan: Plan, window: int) -> str:
    """How long a conversation can be: less than the model's window where its memory is shared
    out."""
    tokens = plan.conversation(window)
    if tokens >= window:
        return _("conversations of up to {tokens:,} tokens").format(tokens=tokens)
    return _("conversations of up to {tokens:,} tokens, of the model's {window:,}").format(
        tokens=tokens, window=window
    )


def _rounded(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _memory(plan: Plan) -> str:
    return _("{total} of memory ({free} free)").format(
        total=gigabytes(plan.total), free=gigabytes(plan.place.free)
    )


def _spoken(entry: CatalogueEntry) -> str:
    return ", ".join(LANGUAGES.get(code, code) for code in entry.languages)


def _is_loaded(entry: CatalogueEntry, state: HostStatus) -> bool:
    return any(one.choice.entry.name == entry.name for one in state.residents)


def offer(entry: CatalogueEntry, state: HostStatus) -> None:
    """Draw any model: folded, with every way to load it."""
    mark = (
        " · " + _("loaded")
        if _is_loaded(entry, state)
        else ""
        if entry.on_disk
        else " · " + _("not downloaded")
    )
    with st.expander(f"**{label(entry.title)}**{mark}", key=f"offer_{entry.name}"):
        st.markdown(entry.about(language()) or _origin(entry))
        if entry.hub and not entry.on_disk:
            # Of a model that only the hub knows nothing can be planned yet
            download(entry)
            return
        try:
            st.caption(_facts(entry))
            places = machine.places(resources.host().freed())
            ways = plans(entry, places, resources.settings().openvino)
        except PromptLabError as error:
            st.error(lines(str(error)), icon=":material/error:")
            _forget_button(entry)
            return
        st.dataframe(_table(ways, entry.sizes.window), hide_index=True, width="stretch")
        if entry.on_disk:
            _load(entry, ways, state)
        else:
            st.caption(_("From {source}.").format(source=label(entry.source or "")))
            download(entry)
        _forget_button(entry)


def _origin(entry: CatalogueEntry) -> str:
    if entry.program:
        return _("A model of {program}; it stays in its folder.").format(
            program=label(entry.program)
        )
    if entry.hub:
        return _("A Hub model added by the operator of this server.")
    return _("Added by the operator of this server: {place}").format(place=label(str(entry.folder)))


def _facts(entry: CatalogueEntry) -> str:
    sizes = entry.sizes
    return " · ".join(
        [
            entry.family.name,
            *([_spoken(entry)] if entry.languages else []),
            _("{count} parameters").format(count=compact(sizes.parameters)),
            _("{tokens:,}-token window").format(tokens=sizes.window),
            *(
                [_("licence: {licence}").format(licence=label(entry.licence))]
                if entry.licence
                else []
            ),
            *([] if entry.chat else [_("no chat format: continues text")]),
        ]
    )


def _table(ways: list[Plan], window: int) -> pd.DataFrame:
    """What every way to load it takes of every device, and how long a conversation it leaves."""
    return pd.DataFrame(
        {
            _("Load as"): [plan.called for plan in ways],
            _("Device"): [plan.place.name for plan in ways],
            _("Total"): [gigabytes(plan.total) for plan in ways],
            _("Free"): [gigabytes(plan.place.free) for plan in ways],
            _("Fits"): [plan.fits for plan in ways],
            _("Conversation"): [
                _("{tokens:,} tokens").format(tokens=plan.conversation(window)) for plan in ways
            ],
            _("Weights"): [gigabytes(plan.weights) for plan in ways],
            _("KV cache"): [gigabytes(plan.cache) for plan in ways],
            _("Computing"): [gigabytes(plan.working) for plan in ways],
        }
    )


def _load(entry: CatalogueEntry, ways: list[Plan], state: HostStatus) -> None:
    try:
        advice = recommend(ways)
    except NotEnoughMemory as error:
        choice = ModelChoice(entry)
        in_the_way = resources.host().in_the_way(choice)
        said = str(error)
        if in_the_way:
            said = _("There is no room for {name} while {names} is in use.").format(
                name=entry.title, names=titles(in_the_way)
            )
        st.warning(lines(said), icon=":material/memory:")
        make_room(choice, in_the_way, f"make_room_{entry.name}")
        return
    fitting = {f"{plan.place.device} {plan.called}": plan for plan in ways if plan.fits}
    names = {
        AUTO: _("recommended: {precision}").format(precision=advice.plan.called),
        **{key: _way(entry, plan) for key, plan in fitting.items()},
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
    st.caption(_("Recommended: {reason}").format(reason=label(advice.reason)))


def _way(entry: CatalogueEntry, plan: Plan) -> str:
    if plan.openvino and plan.precision == "fp32" and entry.gguf:
        # llama.cpp beside it is quicker for one answer
        return _("{precision} · OpenVINO (exact, quicker for many at once)").format(
            precision=plan.precision
        )
    if plan.openvino and plan.precision == "fp32":
        return _("{precision} · OpenVINO (exact, quicker)").format(precision=plan.precision)
    if plan.openvino:
        return _("{precision} (less exact)").format(precision=plan.called)
    if not entry.gguf:
        return f"{plan.precision} · {plan.place.name}"
    if runner(plan) == "llama.cpp":
        return _("{precision} · llama.cpp (quick)").format(precision=plan.precision)
    return _("{precision} · {device} · torch (exact)").format(
        precision=plan.precision, device=plan.place.name
    )


def runner(plan: Plan) -> str:
    """What runs a model by that plan: torch knows its own precisions, llama.cpp a GGUF file's."""
    if plan.openvino:
        return "openvino"
    return "torch" if plan.precision in PRECISIONS else "llama.cpp"


def _make_available(entry: CatalogueEntry, fitting: dict[str, Plan]) -> None:
    # Read now: a click right after the choice comes before the page is drawn again
    plan = fitting.get(st.session_state[f"as_{entry.name}"])
    if plan is None:
        _take(ModelChoice(entry))
    elif runner(plan) != "llama.cpp":
        _take(ModelChoice(entry, plan.place.kind, plan.precision, runner(plan)))
    else:
        _take(ModelChoice(entry, plan.place.kind, runner="llama.cpp"))


def _take(choice: ModelChoice) -> None:
    resources.host().begin(choice)
    prefer(choice)


def _forget_button(entry: CatalogueEntry) -> None:
    data_dir = resources.settings().data_dir
    if entry.folder in added(data_dir):
        st.button(
            _("Take off the list"),
            key=f"forget_{entry.name}",
            icon=":material/playlist_remove:",
            type="tertiary",
            help=_("Its files stay where they are."),
            on_click=explained(remove),
            args=(entry.folder, data_dir),
        )
