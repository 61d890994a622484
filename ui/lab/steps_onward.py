"""What can be done with a text that was stepped through: the model writes on, every token of it
is inspected, or it becomes the root of a tree of branches."""

from contextlib import closing
from dataclasses import replace

import streamlit as st

from core.backends.events import TextDelta
from core.branches.growth import answer_text
from core.errors import PromptTooLong
from core.i18n import _
from core.sampling.settings import Sampling
from core.branches.records import Origin
from ui.inspect.inspector import inspector
from ui.lab.steps_position import Position, keep
from ui.shell import resources
from ui.shell.session import session

TOKENS = 10
_WANTED = "steps_write_on"
_INSPECTED = "steps_inspected"


def write_on_buttons() -> None:
    """Draw the buttons that let the model go on, for some tokens or to the end."""
    st.button(
        _("Continue for {count} tokens").format(count=TOKENS),
        key="steps_go",
        icon=":material/fast_forward:",
        shortcut="G",
        help=_("Use the sampled token {count} times in a row.").format(count=TOKENS),
        on_click=_want,
        args=(TOKENS,),
    )
    st.button(
        _("Continue to the end"),
        key="steps_end",
        icon=":material/skip_next:",
        shortcut="E",
        help=_("Use sampled tokens until the answer ends or the context window is full."),
        on_click=_want,
        args=(None,),
    )


def _want(count: int | None) -> None:
    session().results[_WANTED] = (count,)


def write_on(position: Position, sampling: Sampling) -> Position:
    """Let the model go on where that is wanted; each token is kept as it comes, so that a stop,
    or any other click, loses none."""
    wanted = session().results.pop(_WANTED, None)
    if wanted is None or position.ended or position.full:
        return position
    (count,) = wanted
    from core.backends.request import Request

    engine, begun = resources.engine(), position.answer
    most = None if count is None else len(begun) + count
    request = Request(
        position.prompt, replace(sampling, max_new_tokens=most), position.chat, begun=begun
    )
    try:
        stream = engine.submit(request)
    except PromptTooLong:  # less room than the window, where the cache is smaller
        st.info(_("There is no room for more tokens."), icon=":material/info:")
        return position
    taken, place = list[int](), st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        # In place: a fragment may not reach the foot of the page
        st.button(_("Stop"), key="steps_stop", icon=":material/stop_circle:")
        count_place = st.empty()
    with closing(stream):
        for event in stream:
            # The first delta repeats what is there already
            if isinstance(event, TextDelta):
                taken += event.token_ids
                new = taken[len(begun) :]
                keep((*position.path, *new))
                count_place.caption(_("{count} tokens chosen").format(count=len(new)))
    place.empty()
    return position.on_path((*position.path, *taken[len(begun) :]))


def further(position: Position, sampling: Sampling) -> None:
    """Draw what can be done with the text so far, and its inspector where it is open."""
    text = answer_text(resources.engine().tokenizer, position.answer, position.chat)
    origin = Origin("typed", title=position.asked, text=text, chat=position.chat)
    is_open = bool(session().results.get(_INSPECTED))
    with st.container(horizontal=True):
        st.button(
            _("Close the inspector") if is_open else _("Inspect token by token"),
            key="steps_inspect",
            icon=":material/troubleshoot:",
            on_click=lambda: session().results.update({_INSPECTED: not is_open}),
        )
        branch = st.button(
            _("Open as tree"),
            key="steps_tree",
            icon=":material/account_tree:",
            help=_(
                "Keeps the text under Branches, where you can name it, continue it, and branch off "
                "at any token."
            ),
        )
    if branch:
        _open_as_tree(position, sampling, origin)
    if is_open:
        with st.container(border=True):
            inspector(position.prompt, position.answer, sampling, "steps", origin)


def _open_as_tree(position: Position, sampling: Sampling, origin: Origin) -> None:
    engine = resources.engine()
    root = resources.store().branches.plant(
        origin,
        position.prompt,
        position.answer,
        sampling,
        engine.loaded.facts.name,
        "stop" if position.ended else "cancelled",
    )
    session().results["branch_shown"] = root.id
    st.switch_page("pages/3_Playground.py", query_params={"view": "branches", "tree": root.tree_id})
