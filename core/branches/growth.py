"""Branches of an answer: begun again at one of its tokens with another one, stored as they come.

A branch draws with its seed at the number of tokens that the answer has by then, the one that
was taken among them. So a branch with the settings and the seed of its parent, at the token that
was drawn there, is the parent again (in float32).
"""

import re
from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

from core.backends.backend import Backend, require, tokenizer_of
from core.backends.events import Finished
from core.backends.reply import answer_text
from core.backends.request import Request
from core.branches.records import Branch, Tree
from core.branches.store import Branches
from core.cases.run import Tagged, stream
from core.errors import InvalidInput
from core.i18n import _
from core.sampling.settings import Sampling


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """A branch in the outline of its tree. depth: 0 for the root. children: how many left it."""

    branch: Branch
    depth: int
    children: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of two texts that are compared: in both, or in the left or right one alone."""

    side: Literal["both", "left", "right"]
    text: str


def leave(
    branches: Branches,
    backend: Backend,
    parent_id: str,
    position: int,
    token_id: int,
    sampling: Sampling,
) -> Branch:
    """A stored branch that has its first token and waits to be grown.

    Raises `InvalidInput` when another model than the branch's is loaded, `PromptTooLong` when
    there is no room for what would follow; nothing is stored then.
    """
    parent = branches.get(parent_id)
    tree = branches.tree(parent.tree_id)
    check_model(backend, parent)
    ids = (*parent.token_ids[:position], token_id)
    sampling, tokenizer = sampling.with_seed(), tokenizer_of(backend)
    if token_id not in tokenizer.stop_ids:
        backend.check(_request(tree, ids, sampling))
    return branches.begin(
        parent_id,
        position,
        token_id,
        tokenizer.piece(token_id),
        sampling,
        answer_text(tokenizer, ids, tree.origin.chat),
        backend.facts.precision,
    )


def grow(branches: Branches, backend: Backend, branch_id: str) -> Generator[Tagged, None, None]:
    """Write a branch on from its last token; stored twice a second and whatever ends it.

    The events are told with the branch's id. Closing the iterator early keeps what was there by
    then. A branch whose last token ends the answer is finished at once. Raises what `check_model`
    and `Backend.submit_many` raise.
    """
    branch = branches.get(branch_id)
    check_model(backend, branch)
    if branch.token_ids and branch.token_ids[-1] in tokenizer_of(backend).stop_ids:
        branches.finish(branch_id, branch.text, branch.token_ids, "stop")
        return
    tree = branches.tree(branch.tree_id)
    request = _request(tree, branch.token_ids, branch.sampling, branch_id)
    yield from stream(backend, [request], _StoredBranch(branches, branch_id))


@dataclass(frozen=True, slots=True)
class _StoredBranch:
    """Keeps a branch in its row."""

    branches: Branches
    id: str

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        self.branches.save_partial(self.id, text, token_ids)

    def ended(self, tag: Hashable, end: Finished) -> None:
        self.branches.finish(self.id, end.text, end.token_ids, end.reason, end.error)


def check_model(backend: Backend, branch: Branch) -> None:
    """Raise `InvalidInput` unless the loaded model is the one whose token ids the branch has."""
    require(backend, "begun")
    if backend.facts.name != branch.model:
        raise InvalidInput(
            _(
                "This branch was made with model {model}, and {loaded} is used here. Choose {model} to "
                "continue it."
            ).format(model=branch.model, loaded=backend.facts.called)
        )


def outline(branches: Sequence[Branch]) -> list[OutlineRow]:
    """The branches as they are read: each below its parent, in the order of where they left it."""
    below: dict[str | None, list[Branch]] = {}
    for branch in branches:
        below.setdefault(branch.parent_id, []).append(branch)

    def walk(parent_id: str | None, depth: int) -> Iterator[OutlineRow]:
        for branch in sorted(below.get(parent_id, []), key=lambda b: b.position):
            yield OutlineRow(branch, depth, len(below.get(branch.id, [])))
            yield from walk(branch.id, depth + 1)

    return list(walk(None, 0))


def below(branches: Sequence[Branch], branch_id: str) -> list[Branch]:
    """A branch of these and all that left it, directly or not."""
    rows = outline(branches)
    start = next((i for i, row in enumerate(rows) if row.branch.id == branch_id), len(rows))
    inside = takewhile(lambda row: row.depth > rows[start].depth, rows[start + 1 :])
    return [row.branch for row in (*rows[start : start + 1], *inside)]


def word_diff(left: str, right: str) -> list[Span]:
    """Two texts word by word, in Chinese character by character, by the longest common runs."""
    a, b = _words(left), _words(right)
    spans: list[Span] = []
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            spans.append(Span("both", "".join(a[a0:a1])))
            continue
        if a1 > a0:
            spans.append(Span("left", "".join(a[a0:a1])))
        if b1 > b0:
            spans.append(Span("right", "".join(b[b0:b1])))
    return spans


def _words(text: str) -> list[str]:
    """Words, blanks, and every other character alone; together they are the text."""
    return re.findall(r"[^\W\u3040-\u9fff]+|\s+|.", text, re.DOTALL)


def _request(tree: Tree, ids: Sequence[int], sampling: Sampling, tag: Hashable = None) -> Request:
    return Request(tree.prompt_ids, sampling, chat=tree.origin.chat, tag=tag, begun=tuple(ids))
