"""Going on from a token with another one: the alternatives to click, and the branch as it grows.

A click is remembered, and the run of the page that follows it begins the branch. It is written by
a job and stored as it comes: the page that shows it can be left, and attaches again.
"""

from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

import streamlit as st

from core.backends.backend import Backend
from core.branches import growth
from core.branches.records import Branch, Origin
from core.errors import NotFound, PromptLabError
from core.i18n import _
from core.jobs import Job
from core.sampling.settings import MAX_SEED, MAX_TEMPERATURE, Sampling
from core.tokens.inspection import InspectedToken
from core.tokens.pieces import text_of, visible
from ui.charts.tokens import CUT_SIGN, TAKEN_SIGN
from ui.charts.words import percent
from ui.inspect.state import BranchState, Wish
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.membership import check_may_start
from ui.shell.page import can
from ui.shell.session import state
from ui.shell.sight import bring_into_sight
from ui.shell.stream import draw, finish_label, stop_button
from ui.shell.text import answer, label


def branch_controls(backend: Backend, token: InspectedToken, sampling: Sampling, key: str) -> None:
    """The alternatives of a token as buttons, and the settings that a branch would have."""
    if not can(backend, "begun"):
        return
    st.markdown("**" + _("Continue from here with another token") + "**")
    places = st.container(horizontal=True, gap="xsmall", key=f"{key}_alternatives")
    st.caption(
        _("{taken} was chosen, {cut} was cut off: it could not have been sampled.").format(
            taken=TAKEN_SIGN, cut=CUT_SIGN
        )
    )
    _settings(token, sampling, f"{key}_branch", backend.facts.window)
    for row in token.top:
        sign = f"{TAKEN_SIGN} " if row.id == token.own.id else "" if row.kept else f"{CUT_SIGN} "
        places.button(
            f"{sign}{label(visible(row.text))} :small[{percent(row.raw)}]",
            key=f"{key}_take_{row.id}",
            on_click=explained(_wish),
            args=(key, token.position, row.id, sampling),
        )


def _wish(key: str, position: int, token_id: int, sampling: Sampling) -> None:
    settings = _as_set(sampling, f"{key}_branch")
    state(BranchState).wish = Wish(key, position, token_id, settings)


def _as_set(sampling: Sampling, key: str) -> Sampling:
    """`sampling` as the fields stand now: a click right after a change comes before the page is
    drawn again."""
    fields = st.session_state
    return replace(
        sampling,
        temperature=fields[f"{key}_t"],
        top_p=fields[f"{key}_p"],
        top_k=fields[f"{key}_k"],
        seed=fields[f"{key}_s"],
        max_new_tokens=fields[f"{key}_m"],
    )


def _settings(token: InspectedToken, sampling: Sampling, key: str, window: int | None) -> None:
    """What the branch is to be generated with; the answer's own settings unless changed."""
    with st.expander(_("Branch settings"), icon=":material/tune:"):
        left, right = st.columns(2)
        left.slider(
            _("temperature"), 0.0, MAX_TEMPERATURE, sampling.temperature, 0.05, key=f"{key}_t"
        )
        right.slider(_("top_p"), 0.01, 1.0, sampling.top_p, 0.01, key=f"{key}_p")
        left.number_input(_("top_k"), 0, value=sampling.top_k, key=f"{key}_k")
        right.number_input(_("seed"), 0, MAX_SEED, sampling.seed or 0, key=f"{key}_s")
        most = max(sampling.max_new_tokens or 256, token.position + 2)
        left.number_input(
            _("max_new_tokens"),
            1,
            window,
            most if window is None else min(window, most),
            key=f"{key}_m",
            help=_("Counts the whole answer, including the tokens before the branch."),
        )
    st.caption(
        _(
            "With the answer's own settings and seed, the chosen token gives the same answer "
            "again. Any other token leads elsewhere."
        )
    )


def branch_left(
    backend: Backend,
    prompt_ids: Sequence[int],
    answer_ids: Sequence[int],
    sampling: Sampling,
    key: str,
    origin: Origin,
) -> None:
    """Begin the branch that was asked for in the inspector `key`; show the last one that left
    it."""
    mine = state(BranchState)
    if mine.wish and mine.wish.key == key:
        wish, mine.wish = mine.wish, None
        check_may_start()
        branches, parent = resources.store().branches, origin.branch
        if parent is None:
            facts = backend.facts
            parent = branches.plant(
                origin,
                prompt_ids,
                answer_ids,
                sampling,
                facts.name,
                precision=facts.precision if origin.model != facts.name else origin.precision,
            ).id
        branch = growth.leave(
            branches, backend, parent, wish.position, wish.token_id, wish.sampling
        )
        mine.grown[key] = mine.fresh = branch.id
        start_growing(backend, branch)
        # The whole page: a part of it that is drawn alone cannot reach the foot, where Stop is
        st.rerun()
    grown = mine.grown.get(key)
    if grown:
        with st.container(key=f"{key}_grown"):
            in_sight(f"{key}_grown", grown)
            job = growing(grown)
            if job:
                attach(job)
            _show(grown, key)
            say_failure(grown)


def in_sight(key: str, branch_id: str) -> None:
    """Scroll to the container with this key where the branch in it is new."""
    if state(BranchState).fresh == branch_id:
        bring_into_sight(key, branch_id)


# --- the branch on its way ----------------------------------------------------------------


def _key(branch_id: str) -> Hashable:
    return "branch", branch_id


def growing(branch_id: str) -> Job | None:
    """The job that is writing a branch, if there is one."""
    return resources.jobs().running(_key(branch_id))


def forget(branches: Sequence[Branch]) -> None:
    """Stop what is being written of these."""
    for branch in branches:
        resources.jobs().forget(_key(branch.id))


def start_growing(backend: Backend, branch: Branch) -> None:
    """Let a job write a branch on to its end.

    Raises `InvalidInput` where another model wrote it, or while it is being written.
    """
    growth.check_model(backend, branch)
    branches = resources.store().branches
    resources.start(_key(branch.id), backend, lambda: growth.grow(branches, backend, branch.id))


def attach(job: Job) -> NoReturn:
    """Draw a branch that is being written to its end, and start the page anew."""
    stop_button(job)
    # What goes wrong is said when the page has started anew
    with st.container(border=True), suppress(PromptLabError):
        st.caption(_("Generating the branch…"))
        draw(job, st.empty())
    st.rerun()


def say_failure(branch_id: str) -> None:
    """Say why a branch could not be written, where it could not."""
    job = resources.jobs().get(_key(branch_id))
    if job and job.error:
        with boundary():
            raise job.error


def _show(branch_id: str, key: str) -> None:
    try:
        found = resources.store().branches.get(branch_id)
    except NotFound:
        return
    with st.container(border=True):
        st.markdown(
            "**"
            + _("Branch at token {position} with {piece}").format(
                position=found.position + 1, piece=label(visible(text_of(found.piece)))
            )
            + "**"
        )
        st.markdown(answer(found.text) or _("*(no text)*"))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                _("Open in tree"),
                key=f"{key}_open",
                icon=":material/account_tree:",
                on_click=explained(_open),
                args=(found.id,),
            )
            st.caption(branch_facts(found))
        mine = state(BranchState)
        if mine.opened == found.id:
            mine.opened = None
            st.switch_page(
                "pages/3_Playground.py", query_params={"view": "branches", "tree": found.tree_id}
            )


def _open(branch_id: str) -> None:
    mine = state(BranchState)
    mine.opened = mine.shown = branch_id


def branch_facts(branch: Branch) -> str:
    """How a branch ended and what it was generated with."""
    settings = branch.sampling
    parts = [
        finish_label(branch.finish_reason),
        _("{count} tokens").format(count=len(branch.token_ids)),
        f"{_('temperature')} {settings.temperature:g}",
        f"top_p {settings.top_p:g}",
        resources.called(branch.model, branch.precision),
    ]
    if settings.top_k:
        parts.append(f"top_k {settings.top_k}")
    if settings.seed is not None:
        parts.append(_("seed {seed}").format(seed=settings.seed))
    return " · ".join(parts)
