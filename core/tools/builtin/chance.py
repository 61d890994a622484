"""A random number; with a seed the same one every time."""

import random
from typing import Annotated

from pydantic import Field

from core.i18n import _
from core.tools.tool import ToolFailed, tool

MOST = 10**15


@tool(example={"low": 1, "high": 6, "seed": 7})
def random_number(
    low: Annotated[int, Field(description="The lowest number")],
    high: Annotated[int, Field(description="The highest number")],
    seed: Annotated[int | None, Field(description="The same seed gives the same number")] = None,
) -> dict[str, int]:
    """Draw a random whole number."""
    if low > high:
        raise ToolFailed(
            _("The lowest number, {low}, is above the highest, {high}.").format(low=low, high=high)
        )
    if max(abs(low), abs(high)) > MOST:
        raise ToolFailed(_("The numbers must be within ±{most}.").format(most=MOST))
    source = random.SystemRandom() if seed is None else random.Random(seed)
    return {"number": source.randint(low, high)}
