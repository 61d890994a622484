"""Dates and time zones, by the zones of the system or of the tzdata package."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field

from core.i18n import _
from core.tools.tool import ToolFailed, tool

_Zone = Annotated[str, Field(description="The time zone or its city, e.g. Europe/Paris or Tokyo")]


@tool(example={"time_zone": "Asia/Shanghai"})
def current_time(time_zone: _Zone) -> dict[str, str]:
    """Tell the current date and time in a time zone."""
    now = datetime.now(zone_of(time_zone))
    return {"time": now.strftime("%Y-%m-%d %H:%M"), "day": now.strftime("%A")}


@tool(example={"time": "2026-07-01 09:30", "from_zone": "Paris", "to_zone": "Tokyo"})
def convert_time(
    time: Annotated[str, Field(description="The time, as 2026-07-01 09:30")],
    from_zone: Annotated[str, Field(description="The time zone that it is given in")],
    to_zone: Annotated[str, Field(description="The time zone that is wanted")],
) -> dict[str, str]:
    """Convert a time from one time zone to another."""
    try:
        given = datetime.fromisoformat(time.strip())
    except ValueError as error:
        raise ToolFailed(
            _("{time!r} is no time. Write it as 2026-07-01 09:30.").format(time=time[:40])
        ) from error
    try:
        there = given.replace(tzinfo=zone_of(from_zone)).astimezone(zone_of(to_zone))
    except OverflowError as error:
        raise ToolFailed(_("{time!r} is out of range.").format(time=time[:40])) from error
    return {"time": there.strftime("%Y-%m-%d %H:%M"), "day": there.strftime("%A")}


@tool(example={"start": "2026-01-01", "end": "2026-12-25"})
def days_between(
    start: Annotated[str, Field(description="The first date, as 2026-01-31")],
    end: Annotated[str, Field(description="The last date, as 2026-12-25")],
) -> dict[str, int | str]:
    """Count the days between two dates."""
    span: timedelta = _date(end) - _date(start)
    return {"days": span.days, "end_day": _date(end).strftime("%A")}


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ToolFailed(
            _("{date!r} is no date. Write it as 2026-01-31.").format(date=text[:40])
        ) from error


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, or of that city; raises `ToolFailed` where there is none."""
    wanted = name.strip()
    found = _zones().get(wanted.casefold().replace(" ", "_"))
    try:
        if found:
            return ZoneInfo(found)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        pass
    raise ToolFailed(
        _("There is no time zone {name!r}. Use a name such as Europe/Paris, or UTC.").format(
            name=wanted[:40]
        )
    )


@cache
def _zones() -> dict[str, str]:
    """Names of zones by what people may write: the whole name, or its city."""
    names = sorted(available_timezones())
    cities = {name.rsplit("/", 1)[-1].casefold(): name for name in names if "/" in name}
    return cities | {name.casefold(): name for name in names}
