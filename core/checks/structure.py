"""Kinds of rules on JSON: that an answer is JSON, and that it fits a schema.

Covered: a schema is data of a stranger. It is checked when the rule is made; what it refers to
must be in it, so that nothing is ever fetched; its expressions and its work have limits of time.
Not covered: keywords that cannot be limited are refused (patternProperties, unevaluated…).
"""

import json
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from core.checks.fields import Field
from core.checks.kind import Kind, Outcome, Seen, Values, text_of
from core.checks.patterns import TookTooLong, checked_pattern, searched
from core.checks.reading import code_blocks, shown
from core.errors import InvalidInput
from core.i18n import _

TIME_LIMIT_S = 1.0
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_UNLIMITED = ("patternProperties", "unevaluatedProperties", "unevaluatedItems")
_ends_at: ContextVar[float] = ContextVar("ends_at")


def json_of(text: str, in_prose: bool = False) -> Any:
    """The JSON that a text is, with or without ``` around it; raises `ValueError` for others.

    in_prose: the first block of code that is JSON will do. NaN and Infinity are no JSON.
    """
    bare = text.strip()
    if bare.startswith("```") and bare.endswith("```"):
        blocks = list(code_blocks(bare))
        if len(blocks) == 1 and blocks[0].language in ("", "json", "jsonc", "json5"):
            bare = blocks[0].code
        elif "\n" not in bare:
            inner = bare.strip("`").strip()
            bare = inner[4:] if inner[:4].casefold() == "json" else inner
    try:
        return _loaded(bare)
    except ValueError:
        if not in_prose:
            raise
        for block in code_blocks(text):
            try:
                return _loaded(block.code)
            except ValueError:
                continue
        raise


def _loaded(text: str) -> Any:
    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _json(values: Values, seen: Seen) -> Outcome:
    try:
        value = json_of(seen.text, bool(values["in_prose"]))
    except ValueError as error:
        return Outcome(False, _("Not JSON: {reason}.").format(reason=shown(str(error), 120)))
    return _top(values, value) or Outcome(True, _("It is JSON."))


def _top(values: Values, value: Any) -> Outcome | None:
    wanted = {"object": dict, "array": list}.get(text_of(values, "top"))
    if wanted is None or isinstance(value, wanted):
        return None
    return Outcome(False, _("It is JSON, but {kind}.").format(kind=shown(json.dumps(value), 40)))


def _fits(values: Values, seen: Seen) -> Outcome:
    try:
        value = json_of(seen.text, bool(values["in_prose"]))
    except ValueError as error:
        return Outcome(False, _("Not JSON: {reason}.").format(reason=shown(str(error), 120)))
    token = _ends_at.set(time.monotonic() + TIME_LIMIT_S)
    try:
        first = next(_validator(text_of(values, "schema")).iter_errors(value), None)
    except RecursionError:
        raise InvalidInput(_("The schema refers to itself without an end. Correct it.")) from None
    finally:
        _ends_at.reset(token)
    if first is None:
        return Outcome(True, _("It fits the schema."))
    why = _("At {path}: {reason}").format(
        path=shown(first.json_path, 80), reason=shown(first.message, 160)
    )
    return Outcome(False, why)


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    """The validator of a schema that `check_schema` let through."""
    import jsonschema
    from jsonschema.validators import extend
    from referencing import Registry

    base = jsonschema.Draft202012Validator
    limited = extend(base, {name: _limited(keyword) for name, keyword in base.VALIDATORS.items()})
    limited = extend(limited, {"pattern": _pattern})
    # An empty registry: it fetches nothing
    return limited(json.loads(schema), registry=Registry())


def _limited(keyword: Callable[..., Any]) -> Callable[..., Any]:
    def run(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if time.monotonic() > _ends_at.get():
            raise TookTooLong(
                _("The schema was stopped after {seconds:g} s. Make it simpler.").format(
                    seconds=TIME_LIMIT_S
                )
            )
        yield from keyword(validator, value, instance, schema) or ()

    return run


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(instance, str) and searched(pattern, instance) is None:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def check_schema(values: Values) -> None:
    """Raises `InvalidInput` where the schema is none, or may not be used here."""
    import jsonschema
    from referencing.exceptions import Unresolvable

    try:
        schema = json.loads(text_of(values, "schema"))
        _walk(schema, 0)
        jsonschema.Draft202012Validator.check_schema(schema)
        _references(schema)
    except RecursionError:
        raise InvalidInput(_("The schema is nested too deep. Make it simpler.")) from None
    except (jsonschema.SchemaError, Unresolvable) as error:
        reason = getattr(error, "message", None) or str(error)
        raise InvalidInput(
            _("This is not a JSON schema ({reason}). Correct it.").format(reason=shown(reason, 160))
        ) from error


def _walk(part: Any, depth: int) -> None:
    if depth > 50:
        raise RecursionError
    if isinstance(part, dict):
        for name, value in part.items():
            if name in _REFERENCES and isinstance(value, str) and not value.startswith("#"):
                raise InvalidInput(
                    _(
                        "The schema refers to {address}, and nothing is fetched. Put what it "
                        "needs under $defs, and refer to that: #/$defs/name."
                    ).format(address=shown(value, 100))
                )
            if name in _UNLIMITED and isinstance(value, dict | bool):
                raise InvalidInput(
                    _("The schema uses {keyword}, which is not supported. Remove it.").format(
                        keyword=name
                    )
                )
            if name == "pattern" and isinstance(value, str):
                checked_pattern(value)
            _walk(value, depth + 1)
    elif isinstance(part, list):
        for value in part:
            _walk(value, depth + 1)


def _references(schema: Any) -> None:
    """Raises where a reference leads nowhere: found now, not at the first answer."""
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            for name in _REFERENCES:
                if isinstance(part.get(name), str):
                    resolver.lookup(part[name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


_IN_PROSE = Field(
    "in_prose",
    "flag",
    lambda: _("Text around it is allowed"),
    False,
    lambda: _("The first block of code between ``` and ``` that is JSON counts."),
)

KINDS: tuple[Kind, ...] = (
    Kind(
        "valid_json",
        "format",
        lambda: _("Is valid JSON"),
        lambda: _("The whole answer is JSON; ``` around it does not matter."),
        (
            Field(
                "top",
                "choice",
                lambda: _("What it is"),
                "any",
                choices=(
                    ("any", lambda: _("Anything")),
                    ("object", lambda: _("An object: {…}")),
                    ("array", lambda: _("A list: […]")),
                ),
            ),
            _IN_PROSE,
        ),
        lambda v: _("is valid JSON"),
        _json,
    ),
    Kind(
        "json_schema",
        "format",
        lambda: _("Is JSON that fits a schema"),
        lambda: _("The answer is JSON, and fits this JSON Schema (draft 2020-12)."),
        (
            Field(
                "schema",
                "json",
                lambda: _("JSON Schema"),
                '{"type": "object", "required": ["answer"]}',
            ),
            _IN_PROSE,
        ),
        lambda v: _("is JSON that fits the schema"),
        _fits,
        check_schema,
    ),
)
