"""A tree of branches and where it comes from, as it is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.backends.events import StoredReason
from core.sampling.settings import Sampling

# Where the answer at the root of a tree of branches comes from.
OriginKind = Literal["message", "cell", "typed"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an inspected answer comes from.

    id: of the message, or "RUN/INDEX" of a cell; empty for a typed text.
    title: what was asked, to name a tree by. model, precision: that wrote it; empty where nobody
    knows.
    text: the answer in words, to be encoded anew when another model is loaded.
    chat: the answer is a reply in chat format; otherwise plain text.
    branch: the id of the branch, when it is one of a tree that there is already.
    """

    kind: OriginKind
    id: str = ""
    title: str = ""
    model: str = ""
    text: str = ""
    chat: bool = True
    branch: str | None = None
    precision: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of branches: one prompt, one answer at the root, and what went on from its tokens.

    shared: everyone who has its link can read it. own: it can be changed by who looks at it.
    """

    id: str
    name: str
    origin: Origin
    prompt_ids: tuple[int, ...]
    created_at: datetime
    updated_at: datetime
    shared: bool = False
    own: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """One answer in a tree. `token_ids` and `text` are the whole answer, from its beginning.

    parent_id: None for the root. position: the place, from 0, in the answer at which it left its
    parent. token_id, piece: the token that was taken there. finish_reason: None while it is
    written.
    """

    id: str
    tree_id: str
    parent_id: str | None
    position: int
    token_id: int | None
    piece: str
    name: str
    model: str
    sampling: Sampling
    token_ids: tuple[int, ...]
    text: str
    finish_reason: StoredReason | None
    error: str | None
    created_at: datetime
    precision: str = ""
