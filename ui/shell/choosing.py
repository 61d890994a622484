"""Which model a visitor talks to: a choice of each room, and of each conversation in it.

What the URL says (`?model=NAME/PRECISION`) comes first, then what was picked in this session, then
what the room was begun with, then what was last made available on the Models page, then the model
that a newcomer in this language meets. Nobody's choice is anybody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from core.backends.backend import Backend
from core.engine.choices import choice_of, split_model, value_of, values
from core.engine.residents import HostStatus, Loading, ModelChoice, Resident
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.models import catalogue
from core.models.plan import called as precision_called
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.membership import in_charge
from ui.shell.session import state
from ui.shell.text import label, lines

PARAMETER = "model"


@dataclass(frozen=True, slots=True)
class Room:
    """What a model is chosen for. key: tells it from other rooms, or from other conversations.

    kept: the value of the model that it was begun with, if any. at_foot: the picker stands beside
    the message box. of_model: parameters of the URL that mean something for one model only.
    """

    key: str
    kept: str = ""
    at_foot: bool = False
    of_model: tuple[str, ...] = ()


@dataclass(slots=True)
class Choices:
    """picked: values by the key of the room. preferred: the one for rooms that have none yet."""

    picked: dict[str, str] = field(default_factory=dict)
    preferred: str = ""


def chosen(room: Room) -> ModelChoice:
    """The choice that holds in a room; what is not on offer any more is told of, and left out.

    Raises `NotFound` where the settings name no model.
    """
    mine = state(Choices)
    asked = st.query_params.get(PARAMETER)
    if asked:
        mine.picked[room.key] = asked
    for value in (mine.picked.get(room.key), room.kept, mine.preferred):
        if not value:
            continue
        try:
            choice = choice_of(value, resources.settings())
        except NotFound as error:
            st.warning(lines(str(error)), icon=":material/link_off:")
            _forget(room)
            continue
        if not _may_load(choice):
            if mine.picked.get(room.key) == value:
                _forget(room)
            continue
        if mine.picked.get(room.key) == value != room.kept:
            st.query_params[PARAMETER] = value
        return choice
    return resources.starting_choice()


def check_may_load(wanted: Sequence[ModelChoice]) -> None:
    """Raise `InvalidInput` for a model that is not loaded, unless this visitor may have it
    loaded."""
    for choice in wanted:
        if not _may_load(choice):
            raise InvalidInput(
                _("{name} is not loaded. In a class, only the teacher loads models.").format(
                    name=choice.entry.title
                )
            )


def _may_load(choice: ModelChoice) -> bool:
    """A class shares what the teacher has loaded; the small model of the lessons is always
    there."""
    here = in_charge() or choice.entry.embedded
    return here or resources.host().status().resident(choice) is not None


def prefer(choice: ModelChoice) -> None:
    """Let this visitor's next rooms begin with a model."""
    state(Choices).preferred = choice.value


def model_link(backend: Backend) -> dict[str, str]:
    """The parameter of a link into another room that goes on with a model; none where it is the one
    that is met there anyway."""
    resident = resources.host().status().resident(resources.starting_choice())
    if resident is None or resident.backend is backend:
        return {}
    return {PARAMETER: value_of(backend.facts.name, backend.facts.precision)}


def leave_choice() -> None:
    """Take the choice out of the URL: another conversation has one of its own."""
    st.query_params.pop(PARAMETER, None)


def picker(room: Room, choice: ModelChoice) -> None:
    """Draw the list of models, where there is more than one to choose from."""
    now = resources.host().status()
    resident = now.resident(choice)
    current = resident.value if resident else choice.value
    offered = values(resources.settings(), now)
    if not in_charge():
        offered = [resident.value for resident in now.residents]
    if current not in offered:
        offered.insert(0, current)
    if len(offered) < 2:
        return
    key = f"model_{room.key}"
    st.session_state[key] = current

    def pick() -> None:
        for name in room.of_model:
            st.query_params.pop(name, None)
        state(Choices).picked[room.key] = st.query_params[PARAMETER] = st.session_state[key]

    names = model_names(offered, current, now)
    place = st.bottom if room.at_foot else st.container()
    place.selectbox(
        _("Model"),
        offered,
        format_func=lambda value: names.get(value, value),
        key=key,
        on_change=explained(pick),
        label_visibility="collapsed",
        width=480,
    )


def refused(choice: ModelChoice, reason: str) -> None:
    """Say why a model could not be loaded, and offer to try again."""
    st.error(lines(reason), icon=":material/error:")
    with st.container(horizontal=True, gap="small"):
        make_room(choice, resources.host().in_the_way(choice), "model_make_room")
        st.button(
            _("Try again"),
            key="model_again",
            icon=":material/refresh:",
            on_click=explained(resources.host().begin),
            args=(choice,),
        )


def make_room(choice: ModelChoice, in_the_way: Sequence[Resident], key: str) -> None:
    """Offer to unload the models that keep the room for this one, if there are such, and to load
    it."""
    if not in_the_way or not in_charge():
        return
    st.button(
        _("Unload {names} and load {name}").format(
            names=label(titles(in_the_way)), name=label(choice.entry.title)
        ),
        key=key,
        icon=":material/swap_horiz:",
        type="primary",
        help=_("Answers that are being written there end where they are."),
        on_click=explained(_load_instead),
        args=(choice, tuple(one.backend for one in in_the_way)),
    )


def titles(residents: Sequence[Resident]) -> str:
    """What people call these models."""
    return ", ".join(dict.fromkeys(one.choice.entry.title for one in residents))


def _load_instead(choice: ModelChoice, leaving: Sequence[Backend]) -> None:
    resources.host().load_instead(choice, leaving)
    prefer(choice)


def give_up(room: Room, choice: ModelChoice) -> None:
    """Wait no longer for a model; it comes all the same where others wait for it."""
    resources.host().abandon(choice)
    _forget(room)


def loading_text(loading: Loading) -> str:
    """What is being loaded, and for how long still; as Markdown."""
    name, left = label(loading.choice.entry.title), loading.seconds_left
    if loading.fraction >= 1:
        return _("Loading {name}… warming up").format(name=name)
    if left is None or left < 1:
        return _("Loading {name}…").format(name=name)
    return _("Loading {name}… {seconds:.0f} s left").format(name=name, seconds=left)


def model_names(offered: Sequence[str], current: str, now: HostStatus) -> dict[str, str]:
    """What people call each of these values; the precision only where a model is loaded in more
    than one.

    The current one is loaded, or its loading is on the page.
    """
    loaded = {resident.value: resident for resident in now.residents}
    of_name = [resident.choice.entry.name for resident in loaded.values()]
    settings = resources.settings()
    entries = {
        entry.name: entry for entry in (*catalogue.servers(settings), *catalogue.entries(settings))
    }
    found = {}
    for value in offered:
        name, precision = split_model(value)
        entry = entries.get(name)
        title = entry.title if entry else name
        if entry and entry.server:
            found[value] = f"{title} · {entry.server.host}"
        elif value not in loaded:
            known = title if precision == "auto" else f"{title} · {precision_called(precision)}"
            unloaded = _("{name} · not loaded yet").format(name=known)
            found[value] = known if value == current else unloaded
        elif of_name.count(name) > 1:
            found[value] = f"{title} · {precision} · {loaded[value].runner}"
        else:
            found[value] = title
    return found


def _forget(room: Room) -> None:
    state(Choices).picked.pop(room.key, None)
    leave_choice()
