"""A tool: a name, a description, a JSON schema of its arguments, and what it does.

A typed Python function becomes one by `@tool`: the name is the function's, the description the
first paragraph of its docstring, the schema that of its annotations. Whatever calls it, arguments
are checked against the schema before it runs.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from core.errors import InvalidInput
from core.i18n import _

# builtin: of this project; folder: of the operator; own: of a visitor, without code; mcp: of a
# server that the operator lists.
Origin = Literal["builtin", "folder", "own", "mcp"]
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
Schema = dict[str, Any]
# Of one check of arguments, in keywords of the schema: some seconds
MOST_STEPS = 50_000
_steps_left: ContextVar[list[int]] = ContextVar("steps_left")


class ToolFailed(InvalidInput):
    """The tool cannot do what it was asked; the sentence is for the model too."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A result of which people see more than its text. shown: that, as plain values which no model
    reads; failed: the text is that of an error."""

    text: str
    shown: Sequence[Mapping[str, Any]] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """What a model may ask for.

    parameters: a JSON schema of type object. run: from checked arguments to a value of JSON, text,
    or `Seen`; raises `ToolFailed`. leaves: it sends its arguments off this machine. manual: it has
    no `run`; a person says the result. source: the name of the server that it is of. time_s: that a
    call may take, if not what is usual. stop: ends what runs, where nobody waits for it any more.
    now: what else a model is told of it at the moment, if anything. Raises `InvalidInput` for a
    name or a schema that no model can be given.
    """

    name: str
    description: str
    parameters: Schema
    run: Callable[[dict[str, Any]], Any] | None
    origin: Origin = "builtin"
    leaves: bool = False
    manual: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    time_s: float | None = None
    stop: Callable[[], None] | None = None
    now: Callable[[], str] | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise InvalidInput(
                _(
                    "{name!r} cannot be a tool's name: use up to 64 letters, digits, _ and -, "
                    "beginning with a letter."
                ).format(name=self.name)
            )
        check_schema(self.name, self.parameters)

    @property
    def schema(self) -> Schema:
        """As a model is told of it."""
        now = self.now() if self.now else ""
        return {
            "name": self.name,
            "description": f"{self.description}. {now}" if now else self.description,
            "parameters": self.parameters,
        }


# Words of a schema that can take for ever to check: not taken from those who cannot run code here
ENDLESS = frozenset(
    {
        *("pattern", "patternProperties", "unevaluatedProperties", "unevaluatedItems"),
        *("dependentSchemas", "$dynamicRef", "$dynamicAnchor", "$recursiveRef"),
    }
)


def endless_words(schema: Any) -> set[str]:
    """Those of `ENDLESS` that a schema uses. What a parameter is called is no such word."""
    found: set[str] = set()
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            found |= {key} & ENDLESS
            inner = (
                value.values() if key == "properties" and isinstance(value, Mapping) else [value]
            )
            for one in inner if key not in ("enum", "const", "default") else ():
                found |= endless_words(one)
    elif isinstance(schema, list):
        for one in schema:
            found |= endless_words(one)
    return found


def check_schema(name: str, parameters: Schema) -> None:
    """Raise `InvalidInput` unless it is a JSON schema of an object that refers to nothing
    outside."""
    from jsonschema import Draft202012Validator, SchemaError

    reason = ""
    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError as error:
        reason = error.message
    except RecursionError:
        reason = _("it is too deep")
    if not reason and parameters.get("type") != "object":
        reason = _('its type must be "object"')
    if not reason and not isinstance(parameters.get("properties", {}), dict):
        reason = _("its properties must be an object")
    if not reason and any(not ref.startswith("#/") for ref in _references(parameters)):
        reason = _("it refers to another document")
    if reason:
        raise InvalidInput(
            _(
                "The parameters of {name!r} are no usable JSON schema: {reason}. Correct them."
            ).format(name=name, reason=reason[:200])
        )


def _references(schema: Any) -> list[str]:
    if isinstance(schema, Mapping):
        # A parameter that is called so has a schema there
        own = [v for k, v in schema.items() if k in ("$ref", "$dynamicRef") and isinstance(v, str)]
        return own + [ref for value in schema.values() for ref in _references(value)]
    if isinstance(schema, list):
        return [ref for value in schema for ref in _references(value)]
    return []


class _TooMuch(Exception):
    """A schema that takes too many steps to check."""


@cache
def _validator() -> Any:
    """A class of validators that give up after `MOST_STEPS`: references can double with every
    step."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    def counted(keyword: Callable[..., Any]) -> Callable[..., Any]:
        def run(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            left = _steps_left.get()
            left[0] -= 1
            if left[0] < 0:
                raise _TooMuch
            yield from keyword(validator, value, instance, schema) or ()

        return run

    known = Draft202012Validator.VALIDATORS
    return extend(Draft202012Validator, {name: counted(one) for name, one in known.items()})


def faults_of(parameters: Schema, arguments: Mapping[str, Any]) -> list[str]:
    """What is wrong with these arguments, each in a few words for a model; nothing where they
    fit."""
    from referencing import Registry

    properties = parameters.get("properties", {})
    faults = [f"there is no parameter {name!r}" for name in arguments if name not in properties]
    if parameters.get("additionalProperties") not in (None, False):
        faults = []
    _steps_left.set([MOST_STEPS])
    try:
        # An empty registry: nothing is fetched, whatever a schema refers to
        for error in _validator()(parameters, registry=Registry()).iter_errors(dict(arguments)):
            if error.validator == "additionalProperties":
                continue
            where = ".".join(map(str, error.absolute_path))
            faults.append(f"{where}: {error.message}"[:200] if where else error.message[:200])
    except _TooMuch:
        faults.append("the schema of the parameters takes too long to check")
    except Exception as error:  # of a schema that leads nowhere, or round in a circle
        faults.append(f"the schema of the parameters cannot be used ({type(error).__name__})")
    return faults


def tool(
    *, leaves: bool = False, example: Mapping[str, Any] | None = None
) -> Callable[[Callable[..., Any]], Tool]:
    """Make a tool of a typed function; `Field(description=…)` of pydantic says what a parameter is.

    Raises `InvalidInput` for a function without annotations or without a docstring.
    """

    def made(function: Callable[..., Any]) -> Tool:
        model = _model_of(function)
        described = (
            (inspect.getdoc(function) or "")
            .strip()
            .split("\n\n")[0]
            .replace("\n", " ")
            .removesuffix(".")
        )
        if not described:
            raise InvalidInput(
                _("The tool {name!r} has no docstring: a model is told of it by that.").format(
                    name=function.__name__
                )
            )

        def run(arguments: dict[str, Any]) -> Any:
            checked = model.model_validate(arguments)
            return function(**{name: getattr(checked, name) for name in checked.model_fields_set})

        parameters = _plain_schema(model.model_json_schema())
        return Tool(
            function.__name__, described, parameters, run, leaves=leaves, example=example or {}
        )

    return made


def _model_of(function: Callable[..., Any]) -> Any:
    from pydantic import ConfigDict, create_model

    fields: dict[str, Any] = {}
    hints = inspect.get_annotations(function, eval_str=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in hints or parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise InvalidInput(
                _("The parameter {parameter!r} of the tool {name!r} needs a type.").format(
                    parameter=name, name=function.__name__
                )
            )
        required = parameter.default is parameter.empty
        fields[name] = (hints[name], ... if required else parameter.default)
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def _plain_schema(schema: Schema) -> Schema:
    """Without what pydantic adds for programs: titles, and that nothing else may be there."""
    properties = {name: _plain(one) for name, one in schema.get("properties", {}).items()}
    found: Schema = {"type": "object", "properties": properties}
    if schema.get("required"):
        found["required"] = schema["required"]
    if schema.get("$defs"):
        found["$defs"] = {name: _plain(one) for name, one in schema["$defs"].items()}
    return found


def _plain(one: Schema) -> Schema:
    kept = {key: value for key, value in one.items() if key != "title"}
    # In the order that people write them in
    return {key: kept[key] for key in ("description", "type") if key in kept} | kept
