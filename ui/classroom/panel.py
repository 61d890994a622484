"""The teacher's hand on a class: the way in on the big screen, who is here, a stop for everything,
and what is predicted."""

from collections.abc import Collection

import streamlit as st

from core.classroom.classroom import Classroom
from core.classroom.launch import class_link, said
from core.i18n import _, ngettext
from core.lessons.lesson import Lesson
from core.lessons.shelf import Shelf
from ui.classroom.link import qr_code
from ui.classroom.predicting import REFRESH_S, live
from ui.shell import membership, resources
from ui.shell.boundary import explained

_LESSON = "class_lesson"
_START = ""
# The code is read from the last row; the address is typed from there
_STYLE = """<style>
.class-code {font: 700 3.4rem/1.1 ui-monospace, Menlo, Consolas, monospace; letter-spacing: 0.06em;
  white-space: nowrap}
.class-address {font: 500 1.5rem/1.3 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere}
.class-word {opacity: 0.8; margin: 0}
.st-key-class_poster_body .class-code {font-size: min(7rem, 9vw)}
.st-key-class_poster_body .class-address {font-size: min(2.6rem, 3.4vw)}
.st-key-class_poster_body .class-word {font-size: 1.3rem}
@media (max-width: 640px) {.class-code {font-size: 2.6rem} .class-address {font-size: 1.15rem}}
</style>"""


def class_panel(found: Shelf) -> None:
    """Draw it, where there is a class; where not, how there could be one."""
    room = membership.classroom()
    if room is None:
        st.info(
            _(
                "Students in this room can join from their own devices: stop the app and start it "
                "with `make classroom`. It then answers on the local network, behind a join code."
            ),
            icon=":material/wifi_tethering:",
        )
        return
    st.html(_STYLE)
    lesson = _chosen(room, found)
    with st.container(border=True, key="class_panel"):
        picture, way_in, control = st.columns([3, 5, 4], gap="medium")
        link = _link(room, lesson)
        with picture:
            _qr(link)
            if st.button(
                _("Show large"),
                key="class_poster",
                icon=":material/open_in_full:",
                width="stretch",
            ):
                _poster(room, link)
        with way_in:
            _way_in(room)
        with control:
            _present(room)
            _control(room)
    if lesson:
        with st.container(border=True, key="class_predictions"):
            live(room, lesson)
    else:
        st.caption(_("Choose a lesson above to see what the class predicts in it."))


def _chosen(room: Classroom, found: Shelf) -> Lesson | None:
    """The lesson that the class link opens; None where it opens the start page."""
    lessons = {lesson.id: lesson for lesson in found.lessons}
    if st.session_state.get(_LESSON) not in (_START, *lessons):
        # At first, or where its file has gone: what the class is at
        st.session_state[_LESSON] = _latest(room, lessons)
    wanted = st.selectbox(
        _("The class link opens"),
        [_START, *lessons],
        format_func=lambda name: _("the start page") if name == _START else lessons[name].title,
        key=_LESSON,
        width=520,
    )
    return lessons.get(wanted)


def _latest(room: Classroom, lessons: Collection[str]) -> str:
    latest = room.predictions.latest()
    return latest if latest is not None and latest in lessons else next(iter(lessons), _START)


def _link(room: Classroom, lesson: Lesson | None) -> str:
    path, parameters = ("Lessons", {"lesson": lesson.id}) if lesson else ("", {})
    return class_link(room.address, room.door.code, path, **parameters)


def _qr(link: str) -> None:
    st.image(qr_code(link), width="stretch", alt=_("QR code of the class link"))


def _way_in(room: Classroom) -> None:
    """The address and the code. Both are ours: an address of this computer, letters of a list."""
    st.html(
        f'<p class="class-word">{_("Scan the QR code, or open")}</p>'
        f'<div class="class-address">{room.address}</div>'
        f'<p class="class-word" style="margin-top: 1.2rem">{_("Join code")}</p>'
        f'<div class="class-code">{said(room.door.code)}</div>'
    )


@st.dialog(" ", width="large")
def _poster(room: Classroom, link: str) -> None:
    with st.container(key="class_poster_body"):
        picture, way_in = st.columns(2, gap="large", vertical_alignment="center")
        with picture:
            _qr(link)
        with way_in:
            _way_in(room)


@st.fragment(run_every=REFRESH_S)
def _present(room: Classroom) -> None:
    here, joined = room.here(), room.door.students()
    st.metric(
        _("Students here now"),
        here,
        help=_("Browsers that have the app open. No names are kept."),
    )
    st.caption(
        ngettext("{count} has joined so far.", "{count} have joined so far.", joined).format(
            count=joined
        )
    )


def _control(room: Classroom) -> None:
    st.button(
        _("Stop all answers"),
        key="class_stop",
        icon=":material/stop_circle:",
        width="stretch",
        help=_("Ends everything that is being generated for anyone. What was written is kept."),
        on_click=explained(_stop_all),
    )
    st.toggle(
        _("Pause new requests"),
        room.paused,
        key="class_pause",
        help=_("Students cannot start anything until you switch this off. You can."),
        on_change=explained(_pause),
    )


def _stop_all() -> None:
    count = resources.jobs().stop_all()
    st.toast(
        ngettext("{count} request stopped.", "{count} requests stopped.", count).format(count=count)
        if count
        else _("Nothing was being generated."),
        icon=":material/stop_circle:",
    )


def _pause() -> None:
    room = membership.classroom()
    if room and membership.in_charge():
        room.paused = bool(st.session_state["class_pause"])
