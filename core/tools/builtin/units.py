"""Units, by pint: lengths, masses, temperatures, speeds, volumes, data and what else it knows."""

import math
import re
from functools import cache
from typing import Annotated, Any

from pydantic import Field

from core.i18n import _
from core.tools.tool import ToolFailed, tool

# One unit, or a few with signs between them: the library's parser is for those who are trusted
_UNIT = re.compile(
    r"[A-Za-zµμΩ°_]{1,30}(?:\s?(?:[*/]|\*\*|\^| per )\s?(?:[A-Za-z_]{1,30}|[1-3])){0,3}"
)
_SPELLED = {
    "°c": "degC",
    "c": "degC",
    "celsius": "degC",
    "°f": "degF",
    "f": "degF",
    "fahrenheit": "degF",
    "mph": "mile/hour",
    "kmh": "km/hour",
    "kph": "km/hour",
    "km/h": "km/hour",
}


@tool(example={"value": 26.2, "from_unit": "miles", "to_unit": "km"})
def convert_units(
    value: Annotated[float, Field(description="The number to convert")],
    from_unit: Annotated[str, Field(description="The unit it is in, e.g. miles")],
    to_unit: Annotated[str, Field(description="The unit that is wanted, e.g. km")],
) -> dict[str, Any]:
    """Convert a number from one unit to another."""
    import pint

    try:
        made = _registry().Quantity(value, _unit(from_unit)).to(_unit(to_unit))
    except (pint.DimensionalityError, pint.OffsetUnitCalculusError) as error:
        raise ToolFailed(
            _("{one} cannot be converted to {other}.").format(one=from_unit, other=to_unit)
        ) from error
    found = float(made.magnitude)
    if not math.isfinite(found):
        raise ToolFailed(_("The result is too large."))
    return {"value": float(f"{found:.10g}"), "unit": to_unit.strip()}


def _unit(text: str) -> Any:
    import pint

    wanted = text.strip()
    wanted = _SPELLED.get(wanted.casefold(), wanted)
    try:
        if not _UNIT.fullmatch(wanted):
            raise ValueError(wanted)
        return _registry().Unit(wanted)
    except (pint.UndefinedUnitError, pint.DefinitionSyntaxError, ValueError, TypeError) as error:
        raise ToolFailed(_("There is no unit {name!r}.").format(name=text[:40])) from error


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
