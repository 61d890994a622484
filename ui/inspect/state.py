"""What a visitor is in the middle of with branches."""

from dataclasses import dataclass, field

from core.sampling.settings import Sampling


@dataclass(frozen=True, slots=True)
class Wish:
    """A branch that a click asks for. key: of the inspector. sampling: what it is to be drawn
    with."""

    key: str
    position: int
    token_id: int
    sampling: Sampling


@dataclass(slots=True)
class BranchState:
    """wish: the branch that was clicked last, until it is begun. go_on: the id of one that is to be
    written to its end, until it is.

    grown: by the key of an inspector, the branch that left it last. fresh: the last of all, which
    is to be in sight when it appears. opened: a branch that a click wants to see in its tree.
    shown: the id of the branch that is read. folded: those whose branches are hidden.
    """

    wish: Wish | None = None
    go_on: str | None = None
    grown: dict[str, str] = field(default_factory=dict)
    fresh: str | None = None
    opened: str | None = None
    shown: str | None = None
    folded: set[str] = field(default_factory=set)
