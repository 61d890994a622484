"""What a visitor is in the middle of with branches."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class BranchState:
    """shown: the id of the branch that is read. folded: those whose branches are hidden.

    grown: by the key of an inspector, the branch that left it last. opened: a branch that a click
    wants to see in its tree.
    """

    shown: str | None = None
    folded: set[str] = field(default_factory=set)
    grown: dict[str, str] = field(default_factory=dict)
    opened: str | None = None
