"""Going on from a token with another one: the alternatives to click, and the branch as it grows.

A click is remembered, and the branch grows in the run of the page that follows it; it is stored
as it comes, so a stop or a refresh loses nothing.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import streamlit as st

from core.branches import growth as branching
from core.errors import NotFound
from core.i18n import _
from core.sampling.settings import MAX_SEED, MAX_TEMPERATURE, Sampling
from core.branches.records import Branch, Origin
from core.tokens.inspection import InspectedToken
from core.tokens.pieces import text_of, visible
from ui.charts.tokens import CUT_SIGN, TAKEN_SIGN, percent
from ui.shell import resources
from ui.shell.session import session
from ui.shell.stream import draw, finish_label, plain, safe_markdown, stop_button


@dataclass(frozen=True, slots=True)
class Wish:
    """A branch that was asked for by a click."""

    key: str
    position: int
    token_id: int
    sampling: Sampling


def branch_controls(token: InspectedToken, sampling: Sampling, key: str) -> None:
    """The alternatives of a token as buttons, and the settings that a branch would have."""
    st.markdown("**" + _("Continue from here with another token") + "**")
    places = st.container(horizontal=True, gap="xsmall", key=f"{key}_alternatives")
    st.caption(
        _("{taken} was chosen, {cut} was cut off: it could not have been sampled.").format(
            taken=TAKEN_SIGN, cut=CUT_SIGN
        )
    )
    _settings(token, sampling, f"{key}_branch")
    for row in token.top:
        sign = f"{TAKEN_SIGN} " if row.id == token.own.id else "" if row.kept else f"{CUT_SIGN} "
        places.button(
            f"{sign}{plain(visible(row.text))} :small[{percent(row.raw)}]",
            key=f"{key}_take_{row.id}",
            on_click=_wish,
            args=(key, token.position, row.id, sampling),
        )


def _wish(key: str, position: int, token_id: int, sampling: Sampling) -> None:
    session().results["branch_wish"] = Wish(
        key, position, token_id, _as_set(sampling, f"{key}_branch")
    )


def _as_set(sampling: Sampling, key: str) -> Sampling:
    """`sampling` as the fields stand now: a click right after a change comes before the page is
    drawn again."""
    state = st.session_state
    return replace(
        sampling,
        temperature=state[f"{key}_t"],
        top_p=state[f"{key}_p"],
        top_k=state[f"{key}_k"],
        seed=state[f"{key}_s"],
        max_new_tokens=state[f"{key}_m"],
    )


def _settings(token: InspectedToken, sampling: Sampling, key: str) -> None:
    """What the branch is to be generated with; the answer's own settings unless changed."""
    with st.expander(_("Branch settings"), icon=":material/tune:"):
        left, right = st.columns(2)
        left.slider(
            _("temperature"), 0.0, MAX_TEMPERATURE, sampling.temperature, 0.05, key=f"{key}_t"
        )
        right.slider(_("top_p"), 0.01, 1.0, sampling.top_p, 0.01, key=f"{key}_p")
        left.number_input(_("top_k"), 0, value=sampling.top_k, key=f"{key}_k")
        right.number_input(_("seed"), 0, MAX_SEED, sampling.seed or 0, key=f"{key}_s")
        window = resources.engine().window
        left.number_input(
            _("max_new_tokens"),
            1,
            window,
            min(window, max(sampling.max_new_tokens or 256, token.position + 2)),
            key=f"{key}_m",
            help=_("Counts the whole answer, including the tokens before the branch."),
        )
    st.caption(
        _(
            "With the answer's own settings and seed, the chosen token gives the same answer "
            "again. Any other token leads elsewhere."
        )
    )


def grow_wished(
    prompt_ids: Sequence[int],
    answer_ids: Sequence[int],
    sampling: Sampling,
    key: str,
    origin: Origin,
) -> None:
    """Grow the branch that was asked for in the inspector `key`, on screen; then show it."""
    wish = session().results.get("branch_wish")
    if isinstance(wish, Wish) and wish.key == key:
        del session().results["branch_wish"]
        store, engine = resources.store(), resources.engine()
        parent = origin.branch
        if parent is None:
            model = engine.loaded.facts.name
            parent = store.branches.plant(origin, prompt_ids, answer_ids, sampling, model).id
        branch = branching.leave(store, engine, parent, wish.position, wish.token_id, wish.sampling)
        session().results[f"{key}_grown"] = branch.id
        grow(branch)
    grown = session().results.get(f"{key}_grown")
    if grown:
        _show(grown, key)


def grow(branch: Branch) -> None:
    """Write a branch on, on screen, and start the page anew."""
    stop_button()
    with (
        st.container(border=True),
        closing(branching.grow(resources.store(), resources.engine(), branch.id)) as events,
    ):
        st.caption(_("Generating the branch…"))
        draw(events, st.empty())
    st.rerun()


def _show(branch_id: str, key: str) -> None:
    try:
        found = resources.store().branches.get(branch_id)
    except NotFound:
        return
    with st.container(border=True):
        st.markdown(
            "**"
            + _("Branch at token {position} with {piece}").format(
                position=found.position + 1, piece=plain(visible(text_of(found.piece)))
            )
            + "**"
        )
        st.markdown(safe_markdown(found.text) or _("*(no text)*"))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                _("Open in tree"),
                key=f"{key}_open",
                icon=":material/account_tree:",
                on_click=_open,
                args=(found,),
            )
            st.caption(branch_facts(found))
        if session().results.pop("branch_open", None) == found.id:
            st.switch_page(
                "pages/3_Playground.py", query_params={"view": "branches", "tree": found.tree_id}
            )


def _open(branch: Branch) -> None:
    session().results["branch_open"] = branch.id
    session().results["branch_shown"] = branch.id


def branch_facts(branch: Branch) -> str:
    """How a branch ended and what it was generated with."""
    settings = branch.sampling
    parts = [
        finish_label(branch.finish_reason),
        _("{count} tokens").format(count=len(branch.token_ids)),
        f"{_('temperature')} {settings.temperature:g}",
        f"top_p {settings.top_p:g}",
    ]
    if settings.top_k:
        parts.append(f"top_k {settings.top_k}")
    if settings.seed is not None:
        parts.append(_("seed {seed}").format(seed=settings.seed))
    return " · ".join(parts)
