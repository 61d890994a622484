"""What was taken while stepping, by hand or by the model, which writes on in a job.

It is in the URL as token ids (`?path=`), so that a refresh and a link open the same.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import streamlit as st

from core.backends.backend import Backend, lacking, tokenizer_of
from core.backends.events import Finished, TextDelta
from core.backends.request import Request
from core.cases.run import Answered, stream
from core.errors import InvalidInput, PromptLabError, PromptTooLong
from core.i18n import _
from core.jobs import Job
from core.sampling.settings import Sampling
from core.tokens.prefix import format_path, parse_path
from ui.lab.state import LabState, Position, WriteOn
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.stream import draw_many
from ui.shell.text import lines

TOKENS = 10
_PATH = "path"


def on_url(backend: Backend, start: Position) -> Position:
    """The position of the URL; where it cannot be used, `start`, and why."""
    room = None if start.window is None else max(0, start.window - len(start.ids))
    try:
        path = parse_path(st.query_params.get(_PATH, ""), tokenizer_of(backend), room)
    except InvalidInput as error:
        st.warning(lines(str(error)), icon=":material/link_off:")
        return start
    return start.on_path(path)


def take(path: Sequence[int]) -> None:
    """Put what was taken by hand into the URL; the model goes on no more."""
    _stop_writing()
    _keep(path)


def restart() -> None:
    """Forget what was taken."""
    take(())


def _keep(path: Sequence[int]) -> None:
    if path:
        st.query_params[_PATH] = format_path(path)
    else:
        st.query_params.pop(_PATH, None)


# --- the model goes on --------------------------------------------------------------------


def write_on_buttons(backend: Backend) -> None:
    """Draw the buttons that let the model go on, for some tokens or to the end."""
    reason = lacking(backend, "begun")
    st.button(
        _("Continue for {count} tokens").format(count=TOKENS),
        key="steps_go",
        icon=":material/fast_forward:",
        shortcut="G",
        help=reason or _("Use the sampled token {count} times in a row.").format(count=TOKENS),
        disabled=reason is not None,
        width="stretch",
        on_click=explained(_want),
        args=(TOKENS,),
    )
    st.button(
        _("Continue to the end"),
        key="steps_end",
        icon=":material/skip_next:",
        shortcut="E",
        help=reason or _("Use sampled tokens until the answer ends or the context window is full."),
        disabled=reason is not None,
        width="stretch",
        on_click=explained(_want),
        args=(None,),
    )


def _want(count: int | None) -> None:
    state(LabState).wish = WriteOn(count)


def written_on(backend: Backend, position: Position, sampling: Sampling) -> Position:
    """Let the model go on where that is wanted, and show it going on; where it has got to.

    Each token is put into the URL as it comes, so that a stop, or any other click, loses none.
    """
    mine = state(LabState)
    wish, mine.wish = mine.wish, None
    if wish and not position.ended and not position.full:
        _start(backend, position, sampling, wish)
    job = resources.jobs().get(_key())
    from_here = mine.written and mine.written.on_path(()) == position.on_path(())
    if job and mine.written and from_here:
        return _attached(job, mine.written)
    return position


def _key() -> Hashable:
    return "steps", state(LabState).visitor


def _start(backend: Backend, position: Position, sampling: Sampling, wish: WriteOn) -> None:
    begun = position.answer
    most = None if wish.count is None else len(begun) + wish.count
    sampling = replace(sampling, max_new_tokens=most)
    request = Request(position.prompt, sampling, position.chat, tag="steps", begun=begun)
    try:
        backend.check(request)
    except PromptTooLong:  # less room than the window, where the cache is smaller
        st.info(_("There is no room for more tokens."), icon=":material/info:")
        return
    _stop_writing()
    resources.start(_key(), backend, lambda: stream(backend, [request], Answered()))
    state(LabState).written = position


def _stop_writing() -> None:
    state(LabState).written = None
    resources.jobs().forget(_key())


def _attached(job: Job, start: Position) -> Position:
    taken, failed, place = list[int](), list[str](), st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        # In place: beside the count of what it stops
        st.button(
            _("Stop"), key="steps_stop", icon=":material/stop_circle:", on_click=explained(job.stop)
        )
        counted = st.empty()

    def add(_tag: Hashable, event: object) -> None:
        if isinstance(event, TextDelta):
            taken.extend(event.token_ids)
            # The first delta repeats what is there already
            new = taken[len(start.answer) :]
            _keep((*start.path, *new))
            counted.caption(_("{count} tokens chosen").format(count=len(new)))
        elif isinstance(event, Finished) and event.error:
            failed.append(event.error)

    try:
        draw_many(job, {}, add)
    except PromptLabError:
        _stop_writing()
        raise
    _stop_writing()
    place.empty()
    for reason in failed:
        st.error(lines(reason), icon=":material/error:")
    return start.on_path((*start.path, *taken[len(start.answer) :]))
