"""The playground page: its views, one at a time; the one on screen is in the URL (`?view=`)."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from core.backends.backend import Backend
from core.engine.choices import value_of
from core.errors import NotFound
from core.i18n import _
from ui.grid.view import grid_view
from ui.inspect.branches import branches_view
from ui.inspect.view import inspect_view
from ui.lab.steps import steps_view
from ui.lab.view import lab_view
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.choosing import Room

GRID_WORDS = (
    *("temperature", "top_p", "nucleus", "top_k", "seed", "max_new_tokens", "run", "cell"),
    *("replay", "logprob", "entropy", "distinct_n", "self_bleu"),
)
LAB_WORDS = (
    *("logits", "softmax", "probability", "temperature", "top_k", "top_p", "nucleus"),
    *("entropy", "perplexity", "seed"),
)
STEPS_WORDS = ("token", "sampling", "greedy", "probability", "logprob", "surprise", "stop_token")
INSPECT_WORDS = ("token", "probability", "logprob", "rank", "surprise", "entropy", "nucleus")
BRANCHES_WORDS = ("branch", "token", "sampling", "seed", "nucleus")


def view_words() -> tuple[str, ...]:
    """The words of the view that is on screen."""
    return {
        "lab": LAB_WORDS,
        "steps": STEPS_WORDS,
        "inspect": INSPECT_WORDS,
        "branches": BRANCHES_WORDS,
    }.get(st.query_params.get("view", ""), GRID_WORDS)


def playground_room() -> Room:
    """The run or the tree of the URL, or the view, as what a model is chosen for."""
    view, store = st.query_params.get("view", "grid"), resources.store()
    run, tree = st.query_params.get("run"), st.query_params.get("tree")
    with suppress(NotFound):
        if view == "grid" and run:
            made = store.runs.get(run)
            kept = "" if made.spec.models else value_of(made.model, made.precision)
            return Room(f"run {made.id}", kept)
        if view == "branches" and tree:
            root = store.branches.of(tree)[0]
            return Room(f"tree {tree}", value_of(root.model, root.precision))
    # The tokens that were taken by hand are one model's
    return Room("playground", of_model=("path",))


def playground_page(backend: Backend) -> None:
    """Draw the page."""
    views: dict[str, tuple[str, Callable[[Backend], None]]] = {
        "grid": (_("Grid"), grid_view),
        "lab": (_("Distribution lab"), lab_view),
        "steps": (_("Step through"), steps_view),
        "inspect": (_("Inspect"), inspect_view),
        "branches": (_("Branches"), branches_view),
    }
    chosen = st.query_params.get("view", "grid")
    st.session_state["playground_view"] = chosen if chosen in views else "grid"
    st.segmented_control(
        _("View"),
        list(views),
        required=True,
        format_func=lambda view: views[view][0],
        key="playground_view",
        on_change=explained(_choose),
        label_visibility="collapsed",
    )
    views[st.session_state["playground_view"]][1](backend)


def _choose() -> None:
    # A bound widget would put its label there, which differs from language to language
    st.query_params["view"] = st.session_state["playground_view"]
