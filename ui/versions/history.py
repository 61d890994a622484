"""The history of something that is saved in versions: what changed between two, and going back.

What it is about is `Saved` states; a draft that is not saved yet may be the newest of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core.backends.tokenizer import Tokenizer
from core.i18n import _, ngettext
from ui.shell.boundary import explained
from ui.shell.held import held
from ui.shell.session import state
from ui.shell.text import label
from ui.versions.text_diff import list_diff, text_diff, token_diff

# The number of what is in the editor and not saved
UNSAVED = 0
_LISTED, _MADE = 8, 20


@dataclass(frozen=True, slots=True)
class Part:
    """A field of what is saved: its title and what it says, a text or a list of texts. spoken_to:
    the model reads it, so that its tokens matter."""

    title: str
    value: str | tuple[str, ...]
    spoken_to: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was made with a version. page, parameters: where it is looked at."""

    title: str
    icon: str
    page: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Saved:
    """A state: its number, `UNSAVED` for the editor's; its parts, the same ones in every state."""

    number: int
    parts: tuple[Part, ...]
    note: str = ""
    at: datetime | None = None
    made: tuple[Made, ...] = ()


@dataclass(slots=True)
class HistoryState:
    """By what it is about: the two states that are compared, and how; how many are listed."""

    after: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    tokens: bool = False
    listed: dict[str, int] = field(default_factory=dict)


def compare_version(key: str, number: int) -> None:
    """Let the history show this state against the one before."""
    now = state(HistoryState)
    now.after[key] = number
    now.before.pop(key, None)


def history(
    key: str,
    states: Sequence[Saved],
    restore: Callable[[int], object],
    tokenizer: Tokenizer | None = None,
    leave: Callable[[], object] = lambda: None,
) -> int:
    """Draw it; the number of the later state that is compared. states: the newest first. restore:
    puts a version into the editor. leave: is told before something that was made is looked at."""
    chosen = states[0].number
    if len(states) > 1:
        before, after = _pair(key, states, tokenizer)
        chosen = after.number
        _changes(key, before, after, tokenizer)
    else:
        st.caption(
            _("This is the only version so far. What you change next is compared with it here.")
        )
    _list(key, [one for one in states if one.number != UNSAVED], chosen, restore, leave)
    return chosen


# --- two of them --------------------------------------------------------------------------


def _pair(key: str, states: Sequence[Saved], tokenizer: Tokenizer | None) -> tuple[Saved, Saved]:
    now = state(HistoryState)
    by_number = {one.number: one for one in states}
    numbers = list(by_number)
    if now.after.get(key) not in by_number:
        now.after.pop(key, None)
    after = now.after.get(key, numbers[0])
    place = numbers.index(after)
    # The oldest has none before it: it is compared with the next one
    usual = numbers[place + 1] if place + 1 < len(numbers) else numbers[place - 1]
    before = now.before.get(key, usual)
    before = before if before in by_number else usual

    def keep_after(number: int) -> None:
        compare_version(key, number)

    def keep_before(number: int) -> None:
        now.before[key] = number

    def titled(number: int) -> str:
        return _title(by_number[number], notes=True)

    first, second = st.columns(2, gap="small")
    with first:
        st.selectbox(
            _("From"),
            numbers,
            format_func=titled,
            **held(f"history_before_{key}", before, keep_before),
        )
    with second:
        st.selectbox(
            _("To"), numbers, format_func=titled, **held(f"history_after_{key}", after, keep_after)
        )
    if tokenizer is not None:
        _how()
    return by_number[before], by_number[after]


def _how() -> None:
    now = state(HistoryState)

    def keep(how: str) -> None:
        now.tokens = how == "tokens"

    names = {"words": _("By words"), "tokens": _("By tokens")}
    st.segmented_control(
        _("How changes are shown"),
        list(names),
        required=True,
        format_func=lambda one: names[one],
        label_visibility="collapsed",
        **held("history_how", "tokens" if now.tokens else "words", keep),
    )


def _changes(key: str, before: Saved, after: Saved, tokenizer: Tokenizer | None) -> None:
    by_tokens = tokenizer is not None and state(HistoryState).tokens
    changed = False
    for number, (one, other) in enumerate(zip(before.parts, after.parts, strict=True)):
        if one.value == other.value:
            continue
        changed = True
        st.markdown(f"**{label(other.title)}**")
        # A component that is drawn with another text keeps its place by its key
        place = f"diff_{key}_{number}_{before.number}_{after.number}"
        if isinstance(one.value, tuple) or isinstance(other.value, tuple):
            list_diff(other.title, tuple(one.value), tuple(other.value), place)
        elif by_tokens and tokenizer is not None and other.spoken_to:
            token_diff(other.title, tokenizer, one.value, other.value, f"{place}_tokens")
        else:
            text_diff(other.title, one.value, other.value, place)
    if not changed:
        st.caption(_("These two are the same."))


# --- all of them --------------------------------------------------------------------------


def _list(
    key: str,
    saved: Sequence[Saved],
    chosen: int,
    restore: Callable[[int], object],
    leave: Callable[[], object],
) -> None:
    now = state(HistoryState)
    st.markdown(f"**{_('Versions')}**")
    most = max(now.listed.get(key, _LISTED), _place(saved, chosen) + 1)
    for one in saved[:most]:
        with st.container(border=True, key=f"version_{key}_{one.number}"):
            _version(key, one, one.number == chosen, one is saved[0], restore, leave)
    left = len(saved) - most
    if left > 0:

        def more() -> None:
            now.listed[key] = most + 4 * _LISTED

        st.button(
            ngettext("Show {count} more", "Show {count} more", left).format(count=left),
            key=f"more_versions_{key}",
            type="tertiary",
            on_click=explained(more),
        )


def _place(saved: Sequence[Saved], number: int) -> int:
    return next((place for place, one in enumerate(saved) if one.number == number), 0)


def _version(
    key: str,
    one: Saved,
    chosen: bool,
    newest: bool,
    restore: Callable[[int], object],
    leave: Callable[[], object],
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # Its words take what room the buttons leave
        with st.container(width="stretch", gap=None):
            st.markdown(
                _("**Version {number}**, now").format(number=one.number)
                if newest
                else f"**{_title(one)}**"
            )
            when = label(said_when(one.at)) if one.at else ""
            st.caption(" · ".join(filter(None, [when, label(one.note)])))
        if one.made:
            _made(key, one, leave)
        if not chosen:
            st.button(
                _("Show changes"),
                key=f"show_{key}_{one.number}",
                type="tertiary",
                on_click=explained(compare_version),
                args=(key, one.number),
            )
        if not newest:
            st.button(
                _("Restore"),
                key=f"restore_{key}_{one.number}",
                icon=":material/history:",
                help=_("Put it into the editor. Saving makes it a new version."),
                on_click=explained(restore),
                args=(one.number,),
            )


def _made(key: str, one: Saved, leave: Callable[[], object]) -> None:
    count = len(one.made)
    with st.popover(
        ngettext("Used {count} time", "Used {count} times", count).format(count=count),
        type="tertiary",
    ):
        for number, made in enumerate(one.made[:_MADE]):
            if st.button(
                label(made.title),
                key=f"made_{key}_{one.number}_{number}",
                icon=made.icon,
                type="tertiary",
            ):
                leave()
                st.switch_page(made.page, query_params=made.parameters)
        if count > _MADE:
            st.caption(_("The newest {count} of them.").format(count=_MADE))


def _title(one: Saved, notes: bool = False) -> str:
    if one.number == UNSAVED:
        return _("In the editor, unsaved")
    said = _("Version {number}").format(number=one.number)
    return f"{said} · {one.note}" if notes and one.note else said


def said_when(at: datetime) -> str:
    """A time as the visitor's clock shows it."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
