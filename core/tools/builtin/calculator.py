"""Arithmetic: an expression is parsed and walked, by a list of what is allowed; never evaluated."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from core.i18n import _
from core.tools.tool import ToolFailed, tool

LONGEST = 400
DEEPEST = 40
# Above that a whole number takes more memory and time than an answer is worth
MOST_BITS = 4_096
MOST_FACTORIAL = 300
Number = int | float

_BINARY: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _rounded(value: Number, digits: int | None = None) -> Number:
    """Rounded to so many digits behind the point, or before it. Python reckons with 10 to the power
    of `digits`, however large, and holds the whole app up meanwhile: no number here has so many."""
    return round(value) if digits is None else round(value, max(-MOST_BITS, digits))


_FUNCTIONS: dict[str, Callable[..., Number]] = {
    "abs": abs,
    "round": _rounded,
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "floor": math.floor,
    "ceil": math.ceil,
}
_NAMES: dict[str, Number] = {"pi": math.pi, "e": math.e, "tau": math.tau}
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "^": "^", "，": ","})


@tool(example={"expression": "(12.5 + 7) * 4"})
def calculator(
    expression: Annotated[str, Field(description="The arithmetic expression, e.g. (2 + 3) * 4")],
) -> dict[str, Number]:
    """Calculate the value of an arithmetic expression."""
    return {"result": value_of(expression)}


def value_of(expression: str) -> Number:
    """The value of an expression of numbers, + - * / // % ** ^, brackets, a few functions and
    constants. Raises `ToolFailed` for anything else and for numbers that are too large."""
    text = expression.strip().rstrip("=? ").translate(_SIGNS).replace("^", "**")
    if not text or len(text) > LONGEST:
        raise ToolFailed(
            _("An expression has 1 to {most} characters, got {count}.").format(
                most=LONGEST, count=len(text)
            )
        )
    try:
        tree = ast.parse(text, mode="eval")
        found = _value(tree.body, 0)
    except ZeroDivisionError as error:
        raise ToolFailed(_("The expression divides by zero.")) from error
    except OverflowError as error:
        raise _too_large() from error
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise ToolFailed(
            _("{expression!r} is not an expression that can be calculated.").format(
                expression=text[:80]
            )
        ) from error
    if isinstance(found, float) and found.is_integer() and abs(found) < 2**53:
        return int(found)
    return _bounded(found)


def _value(node: ast.expr, depth: int) -> Number:
    if depth > DEEPEST:
        raise ValueError("too deep")
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return _bounded(node.value)  # type: ignore[arg-type]
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, depth + 1)
        case ast.UnaryOp(op=ast.UAdd()):
            return _value(node.operand, depth + 1)
        case ast.BinOp(op=ast.Pow()):
            return _power(_value(node.left, depth + 1), _value(node.right, depth + 1))
        case ast.BinOp() if type(node.op) in _BINARY:
            left, right = _value(node.left, depth + 1), _value(node.right, depth + 1)
            return _bounded(_BINARY[type(node.op)](left, right))
        case ast.Call(func=ast.Name(id="factorial"), args=[one], keywords=[]):
            whole = _value(one, depth + 1)
            if not isinstance(whole, int) or not 0 <= whole <= MOST_FACTORIAL:
                raise ToolFailed(
                    _("factorial takes a whole number from 0 to {most}.").format(
                        most=MOST_FACTORIAL
                    )
                )
            return math.factorial(whole)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*(_value(one, depth + 1) for one in node.args)))
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
    raise ValueError(type(node).__name__)


def _power(base: Number, exponent: Number) -> Number:
    """base ** exponent, refused before it is reckoned where it would be too large."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if base.bit_length() * exponent > MOST_BITS and abs(base) > 1:
            raise _too_large()
        return _bounded(base**exponent)
    found = base**exponent
    if isinstance(found, complex):
        raise ToolFailed(_("The result is no real number."))
    return _bounded(found)


def _bounded(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise _too_large()
    if isinstance(value, float) and not math.isfinite(value):
        raise _too_large()
    return value


def _too_large() -> ToolFailed:
    return ToolFailed(_("A number in this calculation is too large."))
