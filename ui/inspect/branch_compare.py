"""Two branches side by side: what they share is calm, what only one of them has stands out."""

from collections.abc import Sequence

import streamlit as st

from core.branches.export import branch_name
from core.branches.growth import Span, compare
from core.i18n import _
from core.branches.records import Branch
from ui.inspect.branching import branch_facts
from ui.shell.stream import plain

_component = st.components.v2.component(
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


def comparison(branches: Sequence[Branch], numbers: dict[str, str]) -> None:
    """Choose two branches of a tree and draw them side by side."""
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
    spans = compare(by_id[a].text, by_id[b].text)
    _component(
        key=f"comparison_{tree}",
        data={
            "names": [names[a], names[b]],
            "spans": [[span.side, span.text] for span in spans],
        },
    )
    left, right = st.columns(2)
    left.caption(plain(branch_facts(by_id[a])))
    right.caption(plain(branch_facts(by_id[b])))
    st.caption(_shared(spans))


def _shared(spans: Sequence[Span]) -> str:
    whole = sum(len(span.text) * (2 if span.side == "both" else 1) for span in spans)
    both = sum(2 * len(span.text) for span in spans if span.side == "both")
    return _("{share:.0f} % of the characters are shared.").format(
        share=100 * both / whole if whole else 100
    )
