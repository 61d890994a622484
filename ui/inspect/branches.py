"""The view "Branches" of the playground: the stored trees, one of them open (`?tree=ID`).

A tree is an outline: each branch below the answer that it left, where it left it.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

import streamlit as st

from core.branches.export import branch_name, export_json, export_markdown, numbered, tree_name
from core.branches.growth import OutlineRow, outline
from core.errors import NotFound
from core.i18n import _, ngettext
from core.branches.records import Branch, Origin, Tree
from ui.inspect.branch_compare import comparison
from ui.inspect.branching import branch_facts, grow
from ui.inspect.inspector import inspector
from ui.shell import resources
from ui.shell.page import boundary
from ui.shell.session import session
from ui.shell.stream import plain, safe_markdown

if TYPE_CHECKING:
    from core.branches.store import Branches

_PREVIEW = 90


def branches_view() -> None:
    """Draw the view."""
    tree = _current()
    trees = _stored().list()
    if not trees:
        _empty_state()
        return
    choice, name = st.columns([3, 2])
    with choice:
        _list(trees, tree)
    if tree is None:
        st.caption(_("Choose a tree to see its branches."))
        return
    with name:
        _tree_name(tree)
    _tree(tree)


def _stored() -> "Branches":
    return resources.store().branches


def _current() -> Tree | None:
    wanted = st.query_params.get("tree")
    if not wanted:
        return None
    try:
        return _stored().tree(wanted)
    except NotFound as error:
        st.warning(str(error))
        del st.query_params["tree"]
        return None


def _empty_state() -> None:
    with st.container(border=True):
        st.subheader(_("What if the model had chosen another word?"), anchor=False)
        st.write(
            _(
                "Inspect an answer, choose a token and continue with another one: the model writes "
                "a different ending. Every branch is kept here in a tree, where you can read, name "
                "and compare it, or branch off again."
            )
        )
        st.button(
            _("Inspect an answer"),
            key="branches_example",
            type="primary",
            icon=":material/search:",
            on_click=_to_inspect,
        )


def _to_inspect() -> None:
    from ui.inspect.view import EXAMPLES

    prompt, answer = EXAMPLES[0]
    st.query_params["view"] = "inspect"
    st.session_state["inspect_prompt"], st.session_state["inspect_answer"] = prompt, answer


def _list(trees: Sequence[Tree], current: Tree | None) -> None:
    ids = [tree.id for tree in trees]
    names = {tree.id: f"{tree_name(tree)} · {tree.updated_at:%Y-%m-%d %H:%M}" for tree in trees}
    if current and current.id not in names:
        ids.append(current.id)
        names[current.id] = tree_name(current)
    # The URL may name another tree than the box did
    st.session_state["branches_tree"] = current.id if current else None
    st.selectbox(
        _("Tree"),
        ids,
        format_func=names.__getitem__,
        key="branches_tree",
        placeholder=_("Choose a tree"),
        on_change=_choose,
    )


def _choose() -> None:
    chosen = st.session_state["branches_tree"]
    if chosen:
        st.query_params["tree"] = chosen


# --- one tree -----------------------------------------------------------------------------


def _tree(tree: Tree) -> None:
    branches = _stored().of(tree.id)
    numbers = numbered(branches)
    _tree_actions(tree, branches)
    going_on = session().results.pop("branch_go_on", None)
    if going_on:
        with boundary():
            grow(_stored().get(going_on))
    shown = _shown(branches)
    by_id = {branch.id: branch for branch in branches}
    read, compare = st.tabs([_("Read"), _("Compare")])
    with read:
        with st.container(gap="small", key="list_branches"):
            folded: int | None = None
            for place in outline(branches):
                if folded is not None and place.depth > folded:
                    continue
                folded = place.depth if place.branch.id in _folded() else None
                _row(place, by_id.get(place.branch.parent_id or ""), numbers, shown)
        if shown:
            _branch(tree, shown, numbers)
    with compare:
        comparison(branches, numbers)


def _folded() -> set[str]:
    return session().results.setdefault("branches_folded", set())


def _shown(branches: Sequence[Branch]) -> Branch | None:
    """The branch that is read: the one that was chosen, or the last that grew."""
    wanted = session().results.get("branch_shown")
    return next((b for b in branches if b.id == wanted), branches[-1] if branches else None)


def _row(
    place: OutlineRow, parent: Branch | None, numbers: dict[str, str], shown: Branch | None
) -> None:
    branch = place.branch
    with st.container(horizontal=True, gap="small", vertical_alignment="center", wrap=False):
        if place.depth:
            st.space(min(8, place.depth) * 28)
        if place.children:
            closed = branch.id in _folded()
            st.button(
                "",
                key=f"fold_{branch.id}",
                icon=":material/chevron_right:" if closed else ":material/expand_more:",
                help=_("Expand") if closed else _("Collapse"),
                type="tertiary",
                on_click=_fold,
                args=(branch.id,),
            )
        st.button(
            f"**{plain(branch_name(branch, numbers))}**  {plain(_preview(branch, parent))}",
            key=f"read_{branch.id}",
            type="secondary" if shown and shown.id == branch.id else "tertiary",
            width="stretch",
            on_click=_read,
            args=(branch.id,),
        )


def _preview(branch: Branch, parent: Branch | None) -> str:
    """What the branch says from where it left, on one line."""
    pairs = zip(branch.text, parent.text if parent else "", strict=False)
    shared = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = branch.text.rfind(" ", 0, shared) + 1
    text = " ".join(branch.text[start:].split())
    short = text if len(text) <= _PREVIEW else text[:_PREVIEW].rstrip() + "…"
    return f"… {short}" if start else short


def _fold(branch_id: str) -> None:
    _folded().symmetric_difference_update({branch_id})


def _read(branch_id: str) -> None:
    session().results["branch_shown"] = branch_id


def _tree_name(tree: Tree) -> None:
    st.text_input(
        _("Name"),
        tree_name(tree),
        key=f"tree_name_{tree.id}",
        on_change=lambda: _stored().rename_tree(tree.id, st.session_state[f"tree_name_{tree.id}"]),
    )


def _tree_actions(tree: Tree, branches: Sequence[Branch]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(
            ngettext("{count} branch", "{count} branches", len(branches) - 1).format(
                count=len(branches) - 1
            )
        )
        for name, made, kind in (
            ("JSON", export_json, "application/json"),
            ("Markdown", export_markdown, "text/markdown"),
        ):
            st.download_button(
                name,
                made(tree, branches),
                f"branches-{tree.id}.{'json' if name == 'JSON' else 'md'}",
                kind,
                key=f"export_{name}_{tree.id}",
                icon=":material/download:",
                on_click="ignore",
            )
        st.button(
            _("Delete tree"),
            key=f"delete_tree_{tree.id}",
            icon=":material/delete:",
            on_click=_delete_tree,
            args=(tree.id,),
        )


def _delete_tree(tree_id: str) -> None:
    _stored().delete_tree(tree_id)
    st.query_params.pop("tree", None)


# --- one branch ---------------------------------------------------------------------------


def _branch(tree: Tree, branch: Branch, numbers: dict[str, str]) -> None:
    with st.container(border=True):
        st.subheader(plain(branch_name(branch, numbers)), anchor=False)
        st.markdown(safe_markdown(branch.text) or _("*(no text)*"))
        if branch.error:
            st.error(branch.error, icon=":material/error:")
        st.caption(branch_facts(branch))
        _branch_actions(branch)
        origin = Origin(
            tree.origin.kind,
            tree.origin.id,
            tree.origin.title,
            branch.model,
            branch.text,
            tree.origin.chat,
            branch.id,
        )
        inspector(tree.prompt_ids, branch.token_ids, branch.sampling, f"branch_{branch.id}", origin)


def _branch_actions(branch: Branch) -> None:
    key = f"branch_name_{branch.id}"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.text_input(
            _("Branch name"),
            branch.name,
            key=key,
            width=260,
            on_change=lambda: _stored().rename(branch.id, st.session_state[key]),
        )
        if branch.finish_reason in ("cancelled", "interrupted", "error", None):
            st.button(
                _("Continue to the end"),
                key=f"go_on_{branch.id}",
                icon=":material/play_arrow:",
                on_click=_go_on,
                args=(branch.id,),
            )
        if branch.parent_id is not None:
            st.button(
                _("Delete branch"),
                key=f"delete_branch_{branch.id}",
                icon=":material/delete:",
                help=_("Also deletes all branches that start from it."),
                on_click=_stored().delete,
                args=(branch.id,),
            )


def _go_on(branch_id: str) -> None:
    session().results["branch_go_on"] = branch_id
