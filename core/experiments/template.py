"""Templates of prompts: Jinja2 in its immutable sandbox, with a row's fields as variables.

A template comes from a file or from another visitor, so it is not trusted. Besides what the sandbox
refuses (attributes that begin with an underscore, calls that change things) it has no includes,
macros, assignments and loops within loops, and only the filters and methods that give no long text
for a short one.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from core.errors import InvalidInput
from core.i18n import _

MAX_TEMPLATE = 20_000
# Of what a template gives: no window holds more
MAX_RENDERED = 1_000_000
# Steps of all loops of a template together
MAX_STEPS = 20_000
# A template without one asks for the row as it is
PLAIN = "{{ input }}"
_FILTERS = (
    *("abs", "capitalize", "d", "default", "first", "float", "int", "last", "length", "list"),
    *("lower", "reverse", "round", "sort", "string", "title", "trim", "truncate", "unique"),
    *("upper", "wordcount"),
)
_METHODS = {
    *("capitalize", "endswith", "isdigit", "lower", "lstrip", "rstrip", "split", "splitlines"),
    *("startswith", "strip", "title", "upper"),
}


def variables(template: str) -> frozenset[str]:
    """The names that a template needs; raises `InvalidInput` for what is no template."""
    from jinja2 import TemplateError, meta

    tree = _parsed(template)
    try:
        return frozenset(meta.find_undeclared_variables(tree))
    except (TemplateError, RecursionError) as error:
        # A filter or a test that there is not is met here first
        raise _refused(str(error)) from error


def check_template(template: str, fields: Mapping[str, str] | frozenset[str]) -> None:
    """Raise `InvalidInput` for what is no template, and for names that no column has."""
    missing = sorted(variables(template) - set(fields))
    if missing:
        raise InvalidInput(
            _(
                "The template uses {missing}, and no column of the table is called that. Columns: "
                "{known}."
            ).format(
                missing=", ".join(f"{{{{ {name} }}}}" for name in missing),
                known=", ".join(sorted(fields)) or _("none"),
            )
        )


def rendered(template: str, fields: Mapping[str, str]) -> str:
    """The text that a template gives for these fields; raises `InvalidInput`."""
    from jinja2 import TemplateError

    compiled = _compiled(template)
    parts, length = [], 0
    try:
        for part in compiled.generate(**fields):
            parts.append(part)
            length += len(part)
            if length > MAX_RENDERED:
                raise _too_long()
    except InvalidInput:
        raise
    except TemplateError as error:
        raise _refused(str(error)) from error
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise _refused(str(error)) from error
    except MemoryError as error:
        raise _too_long() from error
    return "".join(parts)


def _too_long() -> InvalidInput:
    return InvalidInput(
        _("The template gives a text of over {most:,} characters. Shorten it.").format(
            most=MAX_RENDERED
        )
    )


def _refused(reason: str) -> InvalidInput:
    # Below the first line stands where in the template, which has one line mostly
    said = reason.partition("\n")[0][:200].removesuffix(".")
    return InvalidInput(_("The template cannot be used ({reason}).").format(reason=said))


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError

    class Bounded(ImmutableSandboxedEnvironment):
        """A sandbox in which nothing grows without end."""

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return isinstance(obj, str) and attr in _METHODS

        def wrap_str_format(self, value: Any) -> None:
            """None: `str.format` is judged like any other method; its widths make long texts."""

        intercepted_binops = frozenset(("*", "**", "%"))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            for one, other in ((left, right), (right, left)):
                repeated = operator == "*" and isinstance(one, str | list | tuple)
                if repeated and (not isinstance(other, int) or len(one) * other > MAX_STEPS):
                    raise SecurityError(_("a text or list is repeated too often"))
            if operator == "**" and (abs(left) > 1e6 or abs(right) > 64):
                raise SecurityError(_("a power is too large"))
            if operator == "%" and isinstance(left, str):
                raise SecurityError(_("texts are not formatted with %"))
            return super().call_binop(context, operator, left, right)

    made = Bounded(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    made.globals = {}
    made.filters = {name: made.filters[name] for name in _FILTERS} | {_STEPS: _steps}
    return made


_STEPS = "_steps"


def _steps(values: Any) -> Any:
    found = list(islice(values, MAX_STEPS + 1))
    if len(found) > MAX_STEPS:
        raise _refused(_("a loop has too many steps"))
    return found


def _parsed(template: str) -> Any:
    from jinja2 import TemplateError

    if len(template) > MAX_TEMPLATE:
        raise InvalidInput(
            _("A template can have at most {most:,} characters, got {count:,}.").format(
                most=MAX_TEMPLATE, count=len(template)
            )
        )
    try:
        tree = _environment().parse(template)
        _check_parts(tree)
    except (TemplateError, RecursionError) as error:
        raise _refused(str(error)) from error
    return tree


def _check_parts(tree: Any) -> None:
    from jinja2 import nodes

    forbidden = (
        *(nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Macro),
        *(nodes.CallBlock, nodes.FilterBlock, nodes.Assign, nodes.AssignBlock, nodes.With),
    )
    if next(tree.find_all(forbidden), None) is not None:
        raise _refused(_("it has something other than variables, filters, conditions and loops"))
    for one in tree.find_all(nodes.Getattr):
        # Known before the first row is asked, and not by every row
        if one.attr not in _METHODS:
            raise _refused(_("no text has .{name}").format(name=one.attr[:80]))
    loops = list(tree.find_all(nodes.For))
    nested = any(next(one.find_all(nodes.For), None) is not None for one in loops)
    if nested or any(one.recursive for one in loops):
        raise _refused(_("it has a loop within a loop"))


@lru_cache(maxsize=256)
def _compiled(template: str) -> Any:
    from jinja2 import TemplateError, nodes

    environment, tree = _environment(), _parsed(template)
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _STEPS, [], [], None, None)
    try:
        code = environment.compile(tree)
    except (TemplateError, RecursionError, SyntaxError, MemoryError) as error:
        # The last three: Python has bounds of its own for what is nested
        raise _refused(str(error)) from error
    return environment.template_class.from_code(environment, code, dict(environment.globals))
