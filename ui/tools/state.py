"""What a visitor is in the middle of on the Tools page, and the kernels kept for it."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from core.tools.running import Outcome


@dataclass(slots=True)
class ToolsState:
    """outcomes: of the last trial of each tool, by its name. editing: the id of the own tool that
    is being changed; "" for a new one, None for none. held: the conversations whose kernels this
    session keeps, the last one last. uploads, file_boxes: count the boxes for texts, and those for
    files, each of which takes files once."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    editing: str | None = None
    held: list[Hashable] = field(default_factory=list)
    uploads: int = 0
    file_boxes: int = 0
