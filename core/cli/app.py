"""The commands: ask, chat, grid, score, tokenize, models.

Heavy imports happen inside the commands, so that `--help` is quick. Exit code 0, or 2 with one
line on standard error that says what was wrong.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.cli.session import (
    emit,
    explained,
    messages_of,
    opened,
    parse_each,
    read_lines,
    tokenizer_of,
    tools_of,
)
from core.config import Settings
from core.errors import InvalidInput, PromptLabError
from core.i18n import _
from core.messages import Message, with_system
from core.sampling import Sampling

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=_("Prompt Lab on the command line."),
)


def _number(name: str, kind: type) -> Callable[[str], Any]:
    """A parser of an option whose message names the option and the value."""

    def parse(value: str) -> Any:
        try:
            return kind(value)
        except ValueError as error:
            raise typer.BadParameter(
                _("{name} must be a number, got {value!r}.").format(name=name, value=value)
            ) from error

    return parse


Model = Annotated[str | None, typer.Option(help=_("A model's name, or a checkpoint folder."))]
Device = Annotated[str | None, typer.Option(help=_("auto, cpu, cuda or mps."))]
Precision = Annotated[str | None, typer.Option(help=_("auto, float32, bfloat16 or float16."))]
System = Annotated[str, typer.Option(help=_("The system message."))]
PersonaName = Annotated[str | None, typer.Option("--persona", help=_("A built-in persona."))]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object on standard output."))]
Lines = Annotated[str | None, typer.Option(help=_("JSON Lines to read; - for standard input."))]
Temperature = Annotated[
    float, typer.Option(parser=_number("temperature", float), help=_("0 (greedy) to 2."))
]
TopP = Annotated[
    float,
    typer.Option(
        "--top-p", parser=_number("top_p", float), help=_("Over 0, up to 1: size of the nucleus.")
    ),
]
TopK = Annotated[
    int,
    typer.Option(
        "--top-k", parser=_number("top_k", int), help=_("The k likeliest tokens only; 0 is off.")
    ),
]
Seed = Annotated[int | None, typer.Option(parser=_number("seed", int), help=_("Fixes the draws."))]
MaxNew = Annotated[
    int | None,
    typer.Option(
        "--max-new-tokens", parser=_number("max_new_tokens", int), help=_("Longest answer.")
    ),
]
MaxLength = Annotated[
    int | None,
    typer.Option("--max-length", parser=_number("max_length", int), help=_("Prompt plus answer.")),
]


@app.command()
def ask(
    prompt: Annotated[str | None, typer.Argument(help=_("The question."))] = None,
    model: Model = None,
    system: System = "",
    persona: PersonaName = None,
    temperature: Temperature = 0.8,
    top_p: TopP = 0.8,
    top_k: TopK = 0,
    seed: Seed = None,
    max_new_tokens: MaxNew = None,
    max_length: MaxLength = None,
    lines: Lines = None,
    as_json: Json = False,
    device: Device = None,
    precision: Precision = None,
) -> None:
    """Ask one question, or all of a file at once."""
    with explained():
        sampling = Sampling(temperature, top_p, top_k, max_new_tokens, max_length, seed)
        system = _system(system, persona)
        if lines is not None and prompt is not None:
            raise InvalidInput(_("Give a question or --lines FILE, not both."))
        if lines is None and not (prompt or "").strip():
            raise InvalidInput(_("The prompt is empty. Give a question, or --lines FILE."))
        items = read_lines(lines) if lines is not None else []
        with opened(model, device, precision) as engine:
            if lines is not None:
                _ask_lines(engine, items, system, sampling)
                return
            from core.chat import chat_request
            from core.events import Finished, TextDelta

            request = chat_request(engine, system, [Message("user", prompt or "")], sampling)
            with closing(iter(engine.submit(request))) as events:
                for event in events:
                    if isinstance(event, TextDelta) and not as_json:
                        typer.echo(event.text, nl=False)
                    if isinstance(event, Finished):
                        if event.error:
                            raise InvalidInput(event.error)
                        if as_json:
                            emit(_answer(event, sampling))
                        else:
                            typer.echo()


def _ask_lines(engine: Any, items: Sequence[bytes], system: str, sampling: Sampling) -> None:
    from core.engine.requests import Request

    def parse(value: dict[str, Any]) -> Request:
        settings = value.get("settings") or {}
        if not isinstance(settings, dict):
            raise InvalidInput(
                _("settings must be an object, got {value!r}.").format(value=settings)
            )
        own = Sampling.from_dict({**sampling.to_dict(), **settings}).with_seed()
        messages = messages_of(value)
        if messages[0].role != "system":
            messages = with_system(system, messages)
        request = Request(tuple(engine.tokenizer.prompt_ids(messages, tools_of(value))), own)
        engine.check(request)
        return request

    parsed = parse_each(items, parse)
    requests = [
        Request(r.prompt_ids, r.sampling, r.chat, index)
        for index, r in enumerate(parsed)
        if isinstance(r, Request)
    ]
    ends = engine.submit_many(requests).results() if requests else {}
    for index, request in enumerate(parsed):
        if isinstance(request, PromptLabError):
            emit({"error": str(request)})
        elif ends[index].error:
            emit({"error": ends[index].error})
        else:
            emit(_answer(ends[index], request.sampling))


def _answer(end: Any, sampling: Sampling) -> dict[str, Any]:
    return {
        "text": end.text,
        "raw": end.raw,
        "token_ids": list(end.token_ids),
        "prompt_tokens": end.usage.prompt_tokens,
        "new_tokens": end.usage.new_tokens,
        "finish_reason": end.reason,
        "seed": end.seed,
        "settings": {**sampling.to_dict(), "seed": end.seed},
    }


@app.command()
def chat(
    model: Model = None,
    system: System = "",
    persona: PersonaName = None,
    temperature: Temperature = 0.8,
    top_p: TopP = 0.8,
    top_k: TopK = 0,
    seed: Seed = None,
    max_new_tokens: MaxNew = None,
    device: Device = None,
    precision: Precision = None,
) -> None:
    """Talk in the terminal. /clear, /system TEXT, /quit; Ctrl-C stops an answer."""
    with explained():
        sampling = Sampling(temperature, top_p, top_k, max_new_tokens, None, seed)
        system = _system(system, persona)
        with opened(model, device, precision) as engine:
            typer.echo(_("/clear, /system TEXT, /quit; Ctrl-C stops an answer."), err=True)
            messages: list[Message] = []
            while True:
                try:
                    line = input("> ").strip()
                except (EOFError, KeyboardInterrupt):
                    return
                if line == "/quit":
                    return
                if line == "/clear":
                    messages = []
                elif line.startswith("/system"):
                    system, messages = line.removeprefix("/system").strip(), []
                elif line:
                    messages = _turn(engine, system, [*messages, Message("user", line)], sampling)


def _turn(engine: Any, system: str, messages: list[Message], sampling: Sampling) -> list[Message]:
    from core.chat import chat_request
    from core.events import TextDelta

    text = ""
    try:
        stream = engine.submit(chat_request(engine, system, messages, sampling))
        with closing(iter(stream)) as events:
            for event in events:
                if isinstance(event, TextDelta):
                    text += event.text
                    typer.echo(event.text, nl=False)
    except KeyboardInterrupt:
        typer.echo(" …", nl=False)
    except PromptLabError as error:
        typer.echo(str(error), err=True)
        return messages[:-1]
    typer.echo()
    return [*messages, Message("assistant", text)]


@app.command()
def grid(
    prompt: Annotated[str, typer.Argument(help=_("The prompt of every cell."))],
    temperature: Annotated[str, typer.Option(help=_("1 to 5 values."))] = "0.2,0.8,1.4",
    top_p: Annotated[str, typer.Option("--top-p", help=_("1 to 5 values."))] = "0.5,0.9,1.0",
    samples: Annotated[
        int, typer.Option(parser=_number("samples", int), help=_("Texts per cell, 1 to 8."))
    ] = 1,
    seed: Annotated[
        int, typer.Option(parser=_number("seed", int), help=_("Sample k draws with this plus k."))
    ] = 0,
    top_k: TopK = 0,
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", parser=_number("max_new_tokens", int))
    ] = 64,
    model: Model = None,
    system: System = "",
    persona: PersonaName = None,
    as_json: Json = False,
    device: Device = None,
    precision: Precision = None,
) -> None:
    """One prompt under temperatures x top_p values, all at once."""
    with explained():
        from core import grid as grids

        spec = grids.GridSpec(
            prompt=prompt,
            system=_system(system, persona),
            temperatures=_numbers("temperature", temperature),
            top_ps=_numbers("top_p", top_p),
            samples=samples,
            base_seed=seed,
            top_k=top_k,
            max_new_tokens=max_new_tokens,
        )
        with opened(model, device, precision) as engine:
            from core.events import Finished

            empty = grids.cells_of(spec)
            done = [
                grids.filled(empty[tag], event)
                for tag, event in grids.run_grid(engine, spec)
                if isinstance(event, Finished) and tag is not None
            ]
            done.sort(key=lambda cell: cell.index)
            cells = grids.score_cells(engine, spec, done)
        if as_json:
            emit({"cells": [_cell(cell) for cell in cells]})
            return
        for cell in cells:
            typer.echo(f"T {cell.temperature:g}  top_p {cell.top_p:g}  seed {cell.seed}")
            typer.echo(f"  {cell.text}\n")


def _cell(cell: Any) -> dict[str, Any]:
    names = ("temperature", "top_p", "sample", "seed", "text", "token_ids", "finish_reason")
    return {**{n: getattr(cell, n) for n in names}, "mean_logprob": cell.mean_logprob}


@app.command()
def score(
    text: Annotated[str | None, typer.Option(help=_("The text to score."))] = None,
    ids: Annotated[str | None, typer.Option(help=_("Token ids, with commas."))] = None,
    lines: Lines = None,
    top: Annotated[int, typer.Option(help=_("Alternatives per token."), min=0, max=100)] = 5,
    model: Model = None,
    as_json: Json = False,
    device: Device = None,
    precision: Precision = None,
) -> None:
    """How likely the model finds each token of a text."""
    with explained():
        if [text, ids, lines].count(None) != 2:
            raise InvalidInput(_("Give exactly one of --text, --ids and --lines."))
        items = read_lines(lines) if lines is not None else []
        single = None if lines is not None else _ids_option(ids)
        with opened(model, device, precision) as engine:
            from core.engine import scoring

            def parse(value: dict[str, Any]) -> list[int]:
                found = _ids_of(engine.tokenizer, value)
                scoring.check(engine, found)
                return found

            if lines is None:
                chosen = single if single is not None else engine.tokenizer.encode(text or "")
                rows = [asdict(s) for s in scoring.score(engine, chosen, top)]
                if as_json:
                    emit({"tokens": rows})
                else:
                    for row in rows:
                        logprob = "" if row["logprob"] is None else f"{row['logprob']:.3f}"
                        typer.echo(f"{row['piece']}\t{logprob}\t{row['rank'] or ''}")
                return
            parsed = parse_each(items, parse)
            good = [p for p in parsed if not isinstance(p, PromptLabError)]
            results = iter(scoring.score_many(engine, good, top))
            for item in parsed:
                if isinstance(item, PromptLabError):
                    emit({"error": str(item)})
                else:
                    emit({"tokens": [asdict(s) for s in next(results)]})


@app.command()
def tokenize(
    text: Annotated[str | None, typer.Argument(help=_("The text to cut into tokens."))] = None,
    lines: Lines = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Text as tokens; needs the tokenizer alone."""
    with explained():
        if (text is None) == (lines is None) or text == "":
            raise InvalidInput(_("Give a text, or --lines FILE."))
        items = read_lines(lines) if lines is not None else []
        tokenizer = tokenizer_of(model)

        def row(found: Sequence[int]) -> dict[str, Any]:
            return {"ids": list(found), "pieces": [tokenizer.piece(i) for i in found]}

        if lines is None:
            result = row(tokenizer.encode(text or ""))
            if as_json:
                emit(result)
            else:
                for token_id, piece in zip(result["ids"], result["pieces"], strict=True):
                    typer.echo(f"{token_id}\t{piece}")
            return
        for item in parse_each(items, lambda value: _ids_of(tokenizer, value)):
            emit({"error": str(item)} if isinstance(item, PromptLabError) else row(item))


@app.command()
def models(as_json: Json = False) -> None:
    """The models that can be named with --model."""
    with explained():
        from core.models import catalogue

        entries = catalogue.entries(Settings.from_environment())
        if as_json:
            emit({"models": [{"name": e.name, "folder": str(e.folder)} for e in entries]})
            return
        for entry in entries:
            typer.echo(f"{entry.name}\t{entry.folder}")


def _system(system: str, persona: str | None) -> str:
    if persona is None:
        return system
    if system:
        raise InvalidInput(_("Give --system or --persona, not both."))
    from core.personas import builtin_personas, find_persona

    return find_persona(persona, builtin_personas()).text.system


def _numbers(name: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(
            _("{name} must be numbers with commas, got {value!r}.").format(name=name, value=text)
        ) from error


def _ids_option(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise InvalidInput(
            _("--ids must be whole numbers with commas, got {value!r}.").format(value=text)
        ) from error


def _ids_of(tokenizer: Any, value: dict[str, Any]) -> list[int]:
    if "messages" in value:
        return tokenizer.prompt_ids(messages_of(value), tools_of(value))
    if isinstance(value.get("text"), str):
        return tokenizer.encode(value["text"])
    ids = value.get("ids")
    if isinstance(ids, list) and all(type(i) is int for i in ids):
        return ids
    raise InvalidInput(_("A line needs text, ids (whole numbers) or messages."))


def main() -> None:
    """Run the command line; usage errors are one line too."""
    try:
        code = app(standalone_mode=False)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Typer carries its own copy of click, whose usage errors know how to say themselves
        say = getattr(error, "format_message", None)
        if say is None:
            raise
        typer.echo(" ".join(say().split()) or _("Usage: python -m core --help"), err=True)
        sys.exit(2)
    sys.exit(code or 0)
