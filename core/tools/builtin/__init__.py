"""The tools that come with the project. None of them leaves this machine, and none is a shell."""

from core.tools.builtin.calculator import calculator
from core.tools.builtin.chance import random_number
from core.tools.builtin.dates import convert_time, current_time, days_between
from core.tools.builtin.units import convert_units
from core.tools.builtin.weather import get_weather
from core.tools.tool import Tool

BUILTIN: tuple[Tool, ...] = (
    calculator,
    convert_units,
    current_time,
    convert_time,
    days_between,
    get_weather,
    random_number,
)
