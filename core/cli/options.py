"""The options that commands share, and what their values mean.

Values are parsed here and range-checked by the plain values they become (`Sampling`, `GridSpec`);
messages name the option and the value.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from core.config import DEVICES, PRECISIONS
from core.errors import InvalidInput
from core.grid.axes import Axis, parse_axis
from core.i18n import _
from core.messages import checked_text
from core.personas.text import builtin_personas, find_persona


def number(name: str, kind: type) -> Callable[[str], Any]:
    """A parser of a single number; raises a usage error for anything else."""

    def parse(value: str) -> Any:
        try:
            return kind(value)
        except ValueError as error:
            raise typer.BadParameter(
                _("{name} must be a number, got {value!r}.").format(name=name, value=value)
            ) from error

    return parse


def one_of(name: str, legal: tuple[str, ...]) -> Callable[[str], str]:
    """A parser of one of a few words; raises a usage error for any other."""

    def parse(value: str) -> str:
        if value not in legal:
            raise typer.BadParameter(
                _("{name} must be one of {legal}, got {value!r}.").format(
                    name=name, legal=", ".join(legal), value=value
                )
            )
        return value

    return parse


Model = Annotated[
    str | None,
    typer.Option(
        help=_(
            "A model name, a checkpoint folder, a GGUF file, or a Hub id (owner/name). "
            "`models list` shows the names."
        )
    ),
]
Device = Annotated[
    str | None, typer.Option(parser=one_of("device", DEVICES), help=", ".join(DEVICES))
]
Precision = Annotated[
    str | None, typer.Option(parser=one_of("precision", PRECISIONS), help=", ".join(PRECISIONS))
]
System = Annotated[str, typer.Option(help=_("The system message."))]
PersonaName = Annotated[
    str | None, typer.Option("--persona", help=_("Use the system message of a built-in persona."))
]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object on standard output."))]
Lines = Annotated[
    str | None,
    typer.Option(
        help=_(
            "JSON Lines file in UTF-8, - for standard input; all lines run as one batch. Line n of "
            "the output answers line n of the input. An invalid or blank line gives an error in "
            "its place."
        )
    ),
]
Text = Annotated[str | None, typer.Option(help=_("The text to read."))]
Ids = Annotated[str | None, typer.Option(help=_("Token ids, separated by commas."))]
Temperature = Annotated[
    float, typer.Option(parser=number("temperature", float), help=_("0 (greedy) to 2."))
]
TopP = Annotated[
    float,
    typer.Option(
        "--top-p", parser=number("top_p", float), help=_("Above 0, up to 1: size of the nucleus.")
    ),
]
TopK = Annotated[
    int,
    typer.Option(
        "--top-k", parser=number("top_k", int), help=_("Only the k most likely tokens; 0 is off.")
    ),
]
Seed = Annotated[
    int | None, typer.Option(parser=number("seed", int), help=_("Makes sampling reproducible."))
]
MaxNew = Annotated[
    int | None,
    typer.Option(
        "--max-new-tokens",
        parser=number("max_new_tokens", int),
        help=_("Maximum length of the answer, in tokens."),
    ),
]
MaxLength = Annotated[
    int | None,
    typer.Option(
        "--max-length",
        parser=number("max_length", int),
        help=_("Maximum length of prompt plus answer, in tokens."),
    ),
]
Rows = Annotated[
    str | None,
    typer.Option(help=_("The axis of the rows, e.g. top_k=0,50 or persona=none,java-expert.")),
]
Columns = Annotated[
    str | None,
    typer.Option(help=_("The axis of the columns, e.g. model=embedded/fp32,embedded/int8.")),
]


def system_text(system: str, persona: str | None) -> str:
    """The system message of --system or --persona.

    Raises `InvalidInput` where both are given or the text is not valid UTF-8, `NotFound` for a
    persona that does not ship with the project.
    """
    if persona is None:
        return checked_text(system)
    if system:
        raise InvalidInput(
            _("Give --system or --persona, not both (got persona {persona!r}).").format(
                persona=persona
            )
        )

    return find_persona(persona, builtin_personas()).text.system


def axis(text: str) -> "Axis":
    """An axis of --rows or --columns: name=value,value; raises `InvalidInput` for anything else.

    A value of the persona axis is the name of a built-in persona, or "none".
    """
    name, equals, values = checked_text(text).partition("=")
    if not equals:
        raise InvalidInput(
            _("An axis is name=value,value, e.g. top_k=0,50; got {value!r}.").format(value=text)
        )
    if name == "persona":
        labels = tuple(part.strip() for part in values.split(",") if part.strip())
        systems = tuple("" if label == "none" else system_text("", label) for label in labels)
        return Axis("persona", systems, labels)
    return parse_axis(name, values)


def numbers(name: str, text: str, kind: type = float) -> tuple[Any, ...]:
    """Numbers with commas between them; raises `InvalidInput` for anything else."""
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(
            _("{name} must be numbers separated by commas, got {value!r}.").format(
                name=name, value=text
            )
        ) from error


def only_one(**given: str | None) -> None:
    """Raise `InvalidInput` unless exactly one of these ways to name the input is used, and not
    with an empty text."""
    names = ", ".join(given)
    used = {name: value for name, value in given.items() if value is not None}
    if len(used) != 1:
        raise InvalidInput(
            _("Give exactly one of {names}; got {used}.").format(
                names=names, used=", ".join(used) or _("none")
            )
        )
    [(name, value)] = used.items()
    if value == "":
        raise InvalidInput(
            _("{name} is empty, got {value!r}. Give it something to read.").format(
                name=name, value=value
            )
        )
