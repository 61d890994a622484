"""A tree of branches as exact JSON, and as Markdown to be read."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict

from core.branches.growth import outline
from core.branches.records import Branch, Tree
from core.i18n import _, ngettext
from core.tokens.pieces import text_of, visible

FILE_FORMAT = "promptlab-branches"
FILE_VERSION = 1


def export_json(tree: Tree, branches: Sequence[Branch]) -> str:
    """The tree with all that is stored about it and its branches, nothing changed."""
    content = {
        "format": FILE_FORMAT,
        "version": FILE_VERSION,
        "tree": asdict(tree),
        "branches": [asdict(branch) for branch in branches],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def export_markdown(tree: Tree, branches: Sequence[Branch]) -> str:
    """The outline, a section for every branch; texts in code blocks, so that they stay as they
    are."""
    numbers = numbered(branches)
    parts = [f"# {_escaped(tree_name(tree))}"]
    for place in outline(branches):
        branch, settings = place.branch, place.branch.sampling
        level = "#" * min(6, 2 + place.depth)
        parts.append(f"{level} {_escaped(branch_name(branch, numbers))}")
        said = ngettext(
            "model {model} · temperature {temperature:g} · top_p {top_p:g} · top_k {top_k} · "
            "seed {seed} · {count} token",
            "model {model} · temperature {temperature:g} · top_p {top_p:g} · top_k {top_k} · "
            "seed {seed} · {count} tokens",
            len(branch.token_ids),
        )
        parts.append(
            said.format(
                model=_escaped(f"{branch.model} {branch.precision}".strip()),
                temperature=settings.temperature,
                top_p=settings.top_p,
                top_k=settings.top_k,
                seed=settings.seed,
                count=len(branch.token_ids),
            )
        )
        fence = "`" * (1 + max([2, *map(len, re.findall("`+", branch.text))]))
        parts.append(f"{fence}text\n{branch.text}\n{fence}")
    return "\n\n".join(parts) + "\n"


def tree_name(tree: Tree) -> str:
    """The name that was given, or what was asked."""
    return (
        tree.name or " ".join(tree.origin.title.split())[:80] or _("Tree {id}").format(id=tree.id)
    )


def numbered(branches: Sequence[Branch]) -> dict[str, str]:
    """A number for every branch as in an outline: the root is "0", below it "1", "1.1", "2"."""
    numbers: dict[str, str] = {}
    counts: dict[str, int] = {}
    for place in outline(branches):
        parent = place.branch.parent_id
        if parent is None:
            numbers[place.branch.id] = "0"
            continue
        counts[parent] = counts.get(parent, 0) + 1
        above = numbers[parent]
        own = str(counts[parent])
        numbers[place.branch.id] = own if above == "0" else f"{above}.{own}"
    return numbers


def branch_name(branch: Branch, numbers: dict[str, str]) -> str:
    """The number and the name that was given, or where the branch left and with what."""
    number = numbers.get(branch.id, "")
    if branch.name:
        return f"{number} · {branch.name}"
    if branch.parent_id is None:
        return f"{number} · " + _("the answer")
    return f"{number} · " + _("“{piece}” at token {position}").format(
        piece=visible(text_of(branch.piece)), position=branch.position + 1
    )


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|!])", r"\\\1", text)
