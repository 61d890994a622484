"""The view "Branches" of the playground: the stored trees, one of them open (`?tree=ID`).

A tree is an outline: each branch below the answer that it left, where it left it.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile

import streamlit as st

from core.backends.backend import Backend, lacking
from core.branches.export import branch_name, export_json, export_markdown, numbered, tree_name
from core.branches.growth import OutlineRow, Span, below, outline, word_diff
from core.branches.records import Branch, Origin, Tree
from core.branches.store import Branches
from core.errors import NotFound
from core.i18n import _, ngettext
from ui.inspect.branching import (
    attach,
    branch_facts,
    forget,
    growing,
    say_failure,
    start_growing,
)
from ui.inspect.inspector import inspector
from ui.inspect.state import BranchState
from ui.inspect.view import EXAMPLES
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.session import state
from ui.shell.text import answer, label, lines, spoken
from ui.shell.undo import offer_undo

_PREVIEW = 90

_comparison = st.components.v2.component(
    "branch_comparison",
    html="""<div class="sides">
  <div class="side"></div>
  <div class="side"></div>
</div>""",
    css="""
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; }
.side {
  padding: 0.8rem 1rem; border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); font-family: var(--st-font); font-size: 1rem;
  line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere; color: var(--st-text-color);
}
.both { opacity: 0.72; }
mark {
  background: var(--st-blue-background-color); color: inherit; border-radius: 0.2rem;
  padding: 0.05rem 0; text-decoration: underline; text-decoration-thickness: 2px;
  text-decoration-color: var(--st-primary-color); text-underline-offset: 0.2em;
}
""",
    js="""
export default function ({ data, parentElement }) {
  const sides = parentElement.querySelectorAll(".side")
  for (const [i, side] of ["left", "right"].entries()) {
    if (!sides[i]) return
    sides[i].replaceChildren()
    sides[i].setAttribute("aria-label", data.names[i])
    for (const [where, text] of data.spans) {
      if (where !== "both" && where !== side) continue
      const part = document.createElement(where === "both" ? "span" : "mark")
      if (where === "both") part.className = "both"
      part.textContent = text
      sides[i].append(part)
    }
  }
}
""",
)


def branches_view(backend: Backend) -> None:
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
    _tree(backend, tree)


def _stored() -> Branches:
    return resources.store().branches


def _current() -> Tree | None:
    wanted = st.query_params.get("tree")
    if not wanted:
        return None
    try:
        return _stored().tree(wanted)
    except NotFound as error:
        st.warning(lines(str(error)))
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
            on_click=explained(_to_inspect),
        )


def _to_inspect() -> None:
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
        on_change=explained(_choose),
    )


def _choose() -> None:
    chosen = st.session_state["branches_tree"]
    if chosen:
        st.query_params["tree"] = chosen


# --- one tree -----------------------------------------------------------------------------


def _tree(backend: Backend, tree: Tree) -> None:
    _go_on_wished(backend)
    jobs = {b.id: job for b in _stored().of(tree.id) if (job := growing(b.id))}
    # Read after that: what has ended meanwhile is read with its end
    branches = _stored().of(tree.id)
    numbers = numbered(branches)
    _tree_actions(tree, branches)
    place = st.container()
    shown = _shown(branches)
    by_id = {branch.id: branch for branch in branches}
    read, compare = st.tabs([_("Read"), _("Compare")])
    with read:
        with st.container(gap="small", key="list_branches"):
            hidden: int | None = None
            for row in outline(branches):
                if hidden is not None and row.depth > hidden:
                    continue
                hidden = row.depth if row.branch.id in state(BranchState).folded else None
                _row(row, by_id.get(row.branch.parent_id or ""), numbers, shown)
        if shown:
            _branch(backend, tree, shown, numbers, shown.id in jobs)
    with compare:
        _compared(branches, numbers)
    # Last: all else is on screen meanwhile
    with place:
        for branch in branches:
            say_failure(branch.id)
        for job in jobs.values():
            attach(job)


def _go_on_wished(backend: Backend) -> None:
    mine = state(BranchState)
    wanted, mine.go_on = mine.go_on, None
    if wanted:
        with boundary():
            start_growing(backend, _stored().get(wanted))


def _shown(branches: Sequence[Branch]) -> Branch | None:
    """The branch that is read: the one that was chosen, or the last that grew."""
    wanted = state(BranchState).shown
    return next((b for b in branches if b.id == wanted), branches[-1] if branches else None)


def _row(
    row: OutlineRow, parent: Branch | None, numbers: dict[str, str], shown: Branch | None
) -> None:
    branch = row.branch
    with st.container(horizontal=True, gap="small", vertical_alignment="center", wrap=False):
        if row.depth:
            st.space(min(8, row.depth) * 28)
        if row.children:
            closed = branch.id in state(BranchState).folded
            st.button(
                spoken(_("Expand") if closed else _("Collapse")),
                key=f"fold_{branch.id}",
                icon=":material/chevron_right:" if closed else ":material/expand_more:",
                help=_("Expand") if closed else _("Collapse"),
                type="tertiary",
                on_click=explained(_fold),
                args=(branch.id,),
            )
        st.button(
            f"**{label(branch_name(branch, numbers))}**  {label(_preview(branch, parent))}",
            key=f"read_{branch.id}",
            type="secondary" if shown and shown.id == branch.id else "tertiary",
            width="stretch",
            on_click=explained(_read),
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
    state(BranchState).folded.symmetric_difference_update({branch_id})


def _read(branch_id: str) -> None:
    state(BranchState).shown = branch_id


def _tree_name(tree: Tree) -> None:
    st.text_input(
        _("Name"),
        tree_name(tree),
        key=f"tree_name_{tree.id}",
        on_change=explained(
            lambda: _stored().rename_tree(tree.id, st.session_state[f"tree_name_{tree.id}"])
        ),
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
            on_click=explained(_delete_tree),
            args=(tree,),
        )


def _delete_tree(tree: Tree) -> None:
    st.query_params.pop("tree", None)

    def undo() -> None:
        resources.store().branches.restore(tree.id)
        st.query_params["tree"] = tree.id

    # Somebody else may have deleted it
    with suppress(NotFound):
        forget(_stored().of(tree.id))
        _stored().delete(tree.id)
        offer_undo(_("“{title}” was deleted.").format(title=tree_name(tree)), undo)


# --- one branch ---------------------------------------------------------------------------


def _branch(
    backend: Backend, tree: Tree, branch: Branch, numbers: dict[str, str], grows: bool
) -> None:
    with st.container(border=True):
        st.subheader(label(branch_name(branch, numbers)), anchor=False)
        st.markdown(answer(branch.text) or _("*(no text)*"))
        if branch.error:
            st.error(lines(branch.error), icon=":material/error:")
        st.caption(branch_facts(branch))
        _branch_actions(backend, branch, grows)
        if grows:
            return
        origin = Origin(
            tree.origin.kind,
            tree.origin.id,
            tree.origin.title,
            branch.model,
            branch.text,
            tree.origin.chat,
            branch.id,
            branch.precision,
        )
        key = f"branch_{branch.id}"
        inspector(backend, tree.prompt_ids, branch.token_ids, branch.sampling, key, origin)


def _branch_actions(backend: Backend, branch: Branch, grows: bool) -> None:
    key = f"branch_name_{branch.id}"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.text_input(
            _("Branch name"),
            branch.name,
            key=key,
            width=260,
            on_change=explained(lambda: _stored().rename(branch.id, st.session_state[key])),
        )
        if not grows and branch.finish_reason in ("cancelled", "interrupted", "error", None):
            reason = lacking(backend, "begun")
            st.button(
                _("Continue to the end"),
                key=f"go_on_{branch.id}",
                icon=":material/play_arrow:",
                disabled=reason is not None,
                help=reason,
                on_click=explained(_go_on),
                args=(branch.id,),
            )
        if branch.parent_id is not None:
            st.button(
                _("Delete branch"),
                key=f"delete_branch_{branch.id}",
                icon=":material/delete:",
                help=_("Also deletes all branches that start from it."),
                on_click=explained(_delete),
                args=(branch,),
            )


def _go_on(branch_id: str) -> None:
    state(BranchState).go_on = branch_id


def _delete(branch: Branch) -> None:
    # Somebody else may have deleted it
    with suppress(NotFound):
        forget(below(_stored().of(branch.tree_id), branch.id))
        _stored().delete_branch(branch.id)
        offer_undo(
            _("The branch was deleted."),
            lambda: resources.store().branches.restore_branch(branch.id),
        )


# --- two branches -------------------------------------------------------------------------


def _compared(branches: Sequence[Branch], numbers: dict[str, str]) -> None:
    """Two branches of a tree side by side: what they share is calm, what only one of them has
    stands out."""
    if len(branches) < 2:
        st.caption(_("Nothing to compare yet: continue from a token with another one."))
        return
    by_id = {branch.id: branch for branch in branches}
    names = {branch.id: branch_name(branch, numbers) for branch in branches}
    tree = branches[0].tree_id
    left, right = st.columns(2)
    a = left.selectbox(
        _("Left"), list(by_id), format_func=names.__getitem__, key=f"compare_left_{tree}"
    )
    b = right.selectbox(
        _("Right"),
        list(by_id),
        len(by_id) - 1,
        format_func=names.__getitem__,
        key=f"compare_right_{tree}",
    )
    spans = word_diff(by_id[a].text, by_id[b].text)
    _comparison(
        key=f"comparison_{tree}",
        data={
            "names": [names[a], names[b]],
            "spans": [[span.side, span.text] for span in spans],
        },
    )
    left, right = st.columns(2)
    left.caption(label(branch_facts(by_id[a])))
    right.caption(label(branch_facts(by_id[b])))
    st.caption(_shared(spans))


def _shared(spans: Sequence[Span]) -> str:
    whole = sum(len(span.text) * (2 if span.side == "both" else 1) for span in spans)
    both = sum(2 * len(span.text) for span in spans if span.side == "both")
    return _("{share:.0f} % of the characters are shared.").format(
        share=100 * both / whole if whole else 100
    )
