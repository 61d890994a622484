"""The weather of some cities, from a sample that comes with the project.

It is a demonstration: the values are made up, the same every time, and each result says so.
"""

import json
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.i18n import _
from core.tools.tool import ToolFailed, tool

SAMPLE = Path(__file__).parent / "weather.json"


@tool(example={"city": "Reykjavik"})
def get_weather(
    city: Annotated[str, Field(description="The name of the city")],
) -> dict[str, str | int]:
    """Look up the weather of a city, in sample data."""
    found = _cities().get(" ".join(city.split()).casefold())
    if found is None:
        raise ToolFailed(
            _("The sample has no weather for {city!r}. It has {some} and others.").format(
                city=city[:40], some=", ".join(list(_sample())[:4])
            )
        )
    return {**_sample()[found], "source": "sample data"}


@cache
def _sample() -> dict[str, dict[str, str | int]]:
    rows = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return {
        name: {"temperature": temperature, "unit": "°C", "sky": sky, "wind_km_h": wind}
        for name, _also, temperature, sky, wind in rows
    }


@cache
def _cities() -> dict[str, str]:
    rows = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return {also.casefold(): name for name, others, *_rest in rows for also in (name, *others)}
