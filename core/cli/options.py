"""The options that commands share, and the values made of them.

Ranges are not checked here but by `core.sampling`, so that every way in gives the same message.
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from core.errors import InvalidInput
from core.i18n import _

Number = TypeVar("Number", int, float)

Model = Annotated[
    str | None,
    typer.Option("--model", help=_("A name that `models` lists, or a checkpoint folder.")),
]
Device = Annotated[str | None, typer.Option("--device", help=_("auto, cpu, cuda or mps."))]
Precision = Annotated[
    str | None, typer.Option("--precision", help=_("auto, float32, bfloat16 or float16."))
]
System = Annotated[str | None, typer.Option("--system", help=_("The system message."))]
Persona = Annotated[
    str | None, typer.Option("--persona", help=_("A built-in persona, by id or name."))
]
Temperature = Annotated[float, typer.Option("--temperature", help=_("0 (most likely token) to 2."))]
TopP = Annotated[float, typer.Option("--top-p", help=_("Nucleus size, over 0, up to 1."))]
TopK = Annotated[int, typer.Option("--top-k", help=_("Only the k most likely tokens; 0 is off."))]
Seed = Annotated[int | None, typer.Option("--seed", help=_("Same seed, same text."))]
MaxNewTokens = Annotated[
    int | None, typer.Option("--max-new-tokens", help=_("Longest answer, in tokens."))
]
MaxLength = Annotated[
    int | None, typer.Option("--max-length", help=_("Longest prompt plus answer, in tokens."))
]
AsJson = Annotated[bool, typer.Option("--json", help=_("Print one JSON object."))]
Lines = Annotated[
    str | None,
    typer.Option("--lines", help=_("A JSON Lines file (- is standard input), one batch.")),
]


def system_message(system: str | None, persona: str | None) -> str:
    """The system message of --system or --persona; empty where neither is given.

    Raises `InvalidInput` for both at once, `NotFound` for an unknown persona.
    """
    if persona is None:
        return checked_text(system or "")
    if system is not None:
        raise InvalidInput(
            _("--system and --persona {name!r} exclude each other. Give one.").format(name=persona)
        )
    from core.personas import builtin_personas, find_persona

    return find_persona(persona, builtin_personas()).text.system


def checked_prompt(prompt: str) -> str:
    """`prompt`, unless it is blank or not text (`InvalidInput`)."""
    if not prompt.strip():
        raise InvalidInput(
            _("The prompt {prompt!r} is empty. Write something.").format(prompt=prompt)
        )
    return checked_text(prompt)


def checked_text(text: str) -> str:
    """`text`, unless it holds bytes or half characters that are not Unicode (`InvalidInput`)."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            _("The text {text} is not valid Unicode. Write it as UTF-8.").format(text=ascii(text))
        ) from error
    return text


def numbers(name: str, values: str) -> tuple[float, ...]:
    """Numbers separated by commas; raises `InvalidInput` for anything else."""
    return tuple(_number(name, value, float) for value in values.split(","))


def token_ids(values: str) -> list[int]:
    """Token ids separated by commas; raises `InvalidInput` for anything else."""
    return [_number("--ids", value, int) for value in values.split(",")]


def _number(name: str, value: str, kind: Callable[[str], Number]) -> Number:
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidInput(
            _("{name} takes numbers separated by commas, got {value!r}.").format(
                name=name, value=value
            )
        ) from error
