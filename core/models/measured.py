"""What was measured of the embedded model: the figures that its training wrote beside the
checkpoint."""

import json
from functools import cache
from typing import Any

from core.models.catalogue import EMBEDDED_FOLDER

FILE = EMBEDDED_FOLDER / "evaluation.json"
# In the file: of questions for the tools of this project, how many there are and which share is
# right; as the model likes, and where it can write only valid calls
CALLS, VALID_CALLS = "calls", "valid_calls"


@cache
def evaluation() -> dict[str, Any]:
    """All of it; empty where nothing was measured. Not to be changed."""
    if not FILE.is_file():
        return {}
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
