"""Branches of an answer: begun again at one of its tokens with another one, stored as they come.

A branch draws with its seed at the number of tokens that the answer has by then, the one that
was taken among them. So a branch with the settings and the seed of its parent, at the token that
was drawn there, is the parent again (in float32).
"""

import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from core.errors import InvalidInput, PromptLabError
from core.events import Event, Finished, TextDelta
from core.i18n import _
from core.sampling import Sampling
from core.storage import Store
from core.storage.records import Branch, Tree

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.requests import Request
    from core.models.text import Tokenizer

SAVE_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Place:
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
    store: Store,
    engine: "Engine",
    parent_id: str,
    position: int,
    token_id: int,
    sampling: Sampling,
) -> Branch:
    """A stored branch that has its first token and waits to be grown.

    Raises `InvalidInput` when another model than the branch's is loaded, `PromptTooLong` when
    there is no room for what would follow; nothing is stored then.
    """
    parent = store.branches.get(parent_id)
    tree = store.branches.tree(parent.tree_id)
    check_model(engine, parent)
    ids = (*parent.token_ids[:position], token_id)
    sampling = sampling.with_seed()
    if token_id not in engine.tokenizer.stop_ids:
        engine.check(_request(tree, ids, sampling))
    return store.branches.begin(
        parent_id,
        position,
        token_id,
        engine.tokenizer.piece(token_id),
        sampling,
        answer_text(engine.tokenizer, ids, tree.origin.chat),
    )


def grow(store: Store, engine: "Engine", branch_id: str) -> Generator[Event, None, None]:
    """Write a branch on from its last token; stored twice a second and whatever ends it.

    Closing the iterator early (a stop, a refresh) keeps what was there by then. A branch whose
    last token ends the answer is finished at once.
    """
    branch = store.branches.get(branch_id)
    check_model(engine, branch)
    if branch.token_ids and branch.token_ids[-1] in engine.tokenizer.stop_ids:
        store.branches.finish(branch_id, branch.text, branch.token_ids, "stop")
        return
    tree = store.branches.tree(branch.tree_id)
    stream = engine.submit(_request(tree, branch.token_ids, branch.sampling))
    text, ids = "", list[int]()
    end: Finished | None = None
    saved = float("-inf")
    try:
        for event in stream:
            if isinstance(event, TextDelta):
                text += event.text
                ids += event.token_ids
                if time.monotonic() - saved >= SAVE_EVERY_S:
                    store.branches.save_partial(branch_id, text, ids)
                    saved = time.monotonic()
            elif isinstance(event, Finished):
                end = event
                _keep(store, branch_id, end)
            yield event
    finally:
        if end is None:
            _keep(store, branch_id, stream.cancel())


def check_model(engine: "Engine", branch: Branch) -> None:
    """Raise `InvalidInput` unless the loaded model is the one whose token ids the branch has."""
    loaded = engine.loaded.facts.name
    if loaded != branch.model:
        raise InvalidInput(
            _(
                "This branch was made with model {model}, and {loaded} is loaded. Load {model} to "
                "continue it."
            ).format(model=branch.model, loaded=loaded)
        )


def answer_text(tokenizer: "Tokenizer", ids: Sequence[int], chat: bool) -> str:
    """What an answer says, as a stream of it would: contents of a reply, or plain text."""
    from core.engine.reply import PlainText, ReplyText

    text = ReplyText(tokenizer) if chat else PlainText(tokenizer)
    return text.feed(ids) + text.finish()


def outline(branches: Sequence[Branch]) -> list[Place]:
    """The branches as they are read: each below its parent, in the order of where they left it."""
    below: dict[str | None, list[Branch]] = {}
    for branch in branches:
        below.setdefault(branch.parent_id, []).append(branch)

    def walk(parent_id: str | None, depth: int) -> Iterator[Place]:
        for branch in sorted(below.get(parent_id, []), key=lambda b: b.position):
            yield Place(branch, depth, len(below.get(branch.id, [])))
            yield from walk(branch.id, depth + 1)

    return list(walk(None, 0))


def compare(left: str, right: str) -> list[Span]:
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


def _request(tree: Tree, ids: Sequence[int], sampling: Sampling) -> "Request":
    from core.engine.requests import Request

    return Request(tree.prompt_ids, sampling, chat=tree.origin.chat, begun=tuple(ids))


def _keep(store: Store, branch_id: str, end: Finished) -> None:
    try:
        store.branches.finish(branch_id, end.text, end.token_ids, end.reason, end.error)
    except PromptLabError:
        # The tree was deleted while the branch was being written
        if end.reason != "cancelled":
            raise
