"""The commands: ask, chat, grid, score, tokenize; models, lessons, servers, tools, personas, suites
and experiments are groups of their own.

Heavy imports happen inside the commands, so that `--help` is quick, and after the options have
been checked, so that a slip is told at once. How a command ends: `core.cli.outcome`.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

import typer

from core.backends.backend import Backend, require, scorer_of, tokenizer_of
from core.backends.events import TextDelta
from core.backends.request import Request
from core.cases.case import Case
from core.cases.run import Answered, turn
from core.chat.turn import call_form
from core.cli import (
    deploying,
    experiments,
    lessons,
    options,
    personas,
    render,
    servers,
    suites,
    tools,
)
from core.cli.classroom import classroom
from core.cli.computing import Computing, interpreter, kernel
from core.cli.grid import grid_spec, run_cells
from core.cli.lines import answer_lines, ids_of, read_lines, request_of
from core.cli.outcome import OneLineErrors
from core.cli.session import opened, opened_tokenizer
from core.cli.talk import Talk
from core.errors import EngineError, InvalidInput
from core.i18n import _
from core.interpreter.tool import python_tool
from core.messages import Message, checked_text, with_system
from core.sampling.settings import Sampling

MAX_TOP = 100

app = typer.Typer(
    cls=OneLineErrors,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=_("Prompt Lab on the command line."),
)
# The commands about models, those of `deploying` among them
app.add_typer(deploying.app, name="models")
app.add_typer(lessons.app, name="lessons")
app.add_typer(servers.app, name="servers")
app.add_typer(tools.app, name="tools")
app.add_typer(personas.app, name="persona")
app.add_typer(suites.app, name="suite")
app.add_typer(experiments.app, name="experiment")
app.command()(classroom)
app.command()(interpreter)


@app.command()
def ask(
    prompt: Annotated[str | None, typer.Argument(metavar="PROMPT", help=_("The question."))] = None,
    model: options.Model = None,
    system: options.System = "",
    persona: options.PersonaName = None,
    temperature: options.Temperature = 0.8,
    top_p: options.TopP = 0.8,
    top_k: options.TopK = 0,
    seed: options.Seed = None,
    max_new_tokens: options.MaxNew = None,
    max_length: options.MaxLength = None,
    lines: options.Lines = None,
    as_json: options.Json = False,
    device: options.Device = None,
    precision: options.Precision = None,
) -> None:
    """Ask one question, or every question in a file at once.

    Each line of the file: {"messages": [{"role", "content", "metadata"?}], "tools"?: [...],
    "settings"?: {...}}. The options apply to whatever a line does not set.
    """
    options.only_one(**{"PROMPT": prompt, "--lines": lines})
    sampling = Sampling(temperature, top_p, top_k, max_new_tokens, max_length, seed)
    system = options.system_text(system, persona)
    if lines is not None:
        items = read_lines(lines)
        with opened(model, device, precision) as backend:
            rows = answer_lines(
                items,
                lambda line: _request(backend, line, system, sampling),
                lambda requests: _answers(backend, requests),
            )
            render.emit_all(rows)
        return
    question = Message("user", prompt or "")
    if not question.content.strip():
        raise InvalidInput(_("The prompt is empty. Write something first."))
    case = Case(None, tuple(with_system(system, [question])), sampling)
    kept = Answered()
    with opened(model, device, precision) as backend:
        for event in turn(backend, case.request, kept):
            if isinstance(event, TextDelta) and not as_json:
                typer.echo(event.text, nl=False)
    end = kept.found[case.tag]
    if end.error:
        raise EngineError(end.error)
    if as_json:
        render.emit(render.answer_object(end, sampling))
    else:
        typer.echo()


def _request(backend: Backend, line: dict[str, Any], system: str, sampling: Sampling) -> Request:
    """What a line of `ask` wants, checked, so that it cannot harm the batch."""
    request = request_of(line, system, sampling)
    backend.check(request)
    return request


def _answers(backend: Backend, requests: list[Request]) -> Iterable[dict[str, Any]]:
    tagged = [replace(request, tag=index) for index, request in enumerate(requests)]
    ends = backend.submit_many(tagged).results()
    return [
        render.answer_object(ends[index], request.sampling)
        for index, request in enumerate(requests)
    ]


@app.command()
def chat(
    model: options.Model = None,
    system: options.System = "",
    persona: options.PersonaName = None,
    temperature: options.Temperature = 0.8,
    top_p: options.TopP = 0.8,
    top_k: options.TopK = 0,
    seed: options.Seed = None,
    max_new_tokens: options.MaxNew = None,
    max_length: options.MaxLength = None,
    use: Annotated[
        str,
        typer.Option(
            "--tools",
            metavar="NAMES",
            help=_("Tools to offer, separated by commas; see `tools list`."),
        ),
    ] = "",
    strict: Annotated[
        bool,
        typer.Option(
            "--valid-calls",
            help=_(
                "Only valid calls: the model can write no other calls than those of the tools, with "
                "the parameters that they have. What it writes besides is free."
            ),
        ),
    ] = False,
    computing: Annotated[
        bool,
        typer.Option("--interpreter", help=_("Run the Python code that the model writes.")),
    ] = False,
    device: options.Device = None,
    precision: options.Precision = None,
) -> None:
    """Chat in the terminal; /help lists the commands, Ctrl-C stops an answer."""
    sampling = Sampling(temperature, top_p, top_k, max_new_tokens, max_length, seed)
    system = options.system_text(system, persona)
    offered = tools.chosen(use)
    if strict and not offered:
        raise InvalidInput(_("--valid-calls goes with --tools. Name the tools to offer."))
    sandbox = kernel() if computing else None
    with opened(model, device, precision) as backend:
        if offered:
            require(backend, "tools")
        if strict:
            require(backend, "valid_calls")
        if offered and sandbox:
            if call_form(backend) == "chatglm3":
                raise InvalidInput(
                    _(
                        "{model} has learned tools and the interpreter as two modes. Use --tools or "
                        "--interpreter, not both."
                    ).format(model=backend.facts.called)
                )
            Talk(backend, system, sampling, (*offered, python_tool(sandbox)), strict).run()
        elif sandbox:
            Computing(backend, system, sampling, sandbox).run()
        else:
            Talk(backend, system, sampling, offered, strict).run()


@app.command()
def grid(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help=_("The prompt for every cell."))],
    rows: options.Rows = None,
    columns: options.Columns = None,
    temperature: Annotated[
        str | None,
        typer.Option(
            help=_(
                "One to six temperatures with commas, for the rows; a single one together with --rows."
            )
        ),
    ] = None,
    top_p: Annotated[
        str | None,
        typer.Option(
            "--top-p",
            help=_(
                "One to six values with commas, for the columns; a single one together with --columns."
            ),
        ),
    ] = None,
    samples: Annotated[
        int,
        typer.Option(parser=options.number("samples", int), help=_("Texts per cell, 1 to 8.")),
    ] = 1,
    seed: Annotated[
        int,
        typer.Option(parser=options.number("seed", int), help=_("Sample k uses this seed plus k.")),
    ] = 0,
    top_k: options.TopK = 0,
    max_new_tokens: options.MaxNew = 64,
    max_length: options.MaxLength = None,
    model: options.Model = None,
    system: options.System = "",
    persona: options.PersonaName = None,
    as_json: options.Json = False,
    device: options.Device = None,
    precision: options.Precision = None,
) -> None:
    """Run one prompt for all values of two axes at once.

    Axes: temperature, top_p, top_k, max_new_tokens, max_length, seed, persona, model. Models are
    run one after another; a value is a name, or name/precision.
    """
    fixed = Sampling(top_k=top_k, max_new_tokens=max_new_tokens, max_length=max_length, seed=seed)
    system = options.system_text(system, persona)
    spec = grid_spec(
        checked_text(prompt), system, rows, columns, temperature, top_p, samples, fixed
    )
    cells = run_cells(spec, model, device, precision)
    if as_json:
        render.emit({"cells": [render.cell_object(spec, cell) for cell in cells]})
    else:
        render.print_cells(spec, cells)


@app.command()
def score(
    text: options.Text = None,
    ids: options.Ids = None,
    lines: options.Lines = None,
    top: Annotated[
        int,
        typer.Option(
            parser=options.number("top", int), help=_("Alternatives per token, 0 to 100.")
        ),
    ] = 5,
    model: options.Model = None,
    as_json: options.Json = False,
    device: options.Device = None,
    precision: options.Precision = None,
) -> None:
    """Show how likely the model finds each token of a text, given the tokens before it.

    Each line of the file: {"text"}, {"ids"} or {"messages"}, the prompt as the model reads it.
    """
    options.only_one(**{"--text": text, "--ids": ids, "--lines": lines})
    if not 0 <= top <= MAX_TOP:
        raise InvalidInput(
            _("top must be 0 to {most}, got {value}.").format(most=MAX_TOP, value=top)
        )
    items = read_lines(lines) if lines is not None else []
    single = _line_of(text, ids)
    with opened(model, device, precision) as backend:
        scorer, tokenizer = scorer_of(backend), tokenizer_of(backend)
        if lines is None:
            (scores,) = scorer.score_many([ids_of(tokenizer, single)], top)
            if as_json:
                render.emit(render.scores_object(scores))
            else:
                render.print_scores(scores)
            return

        def parse(line: dict[str, Any]) -> list[int]:
            found = ids_of(tokenizer, line)
            scorer.check_text(found)
            return found

        def answer(all_ids: list[list[int]]) -> Iterable[dict[str, Any]]:
            return map(render.scores_object, scorer.score_many(all_ids, top))

        render.emit_all(answer_lines(items, parse, answer))


@app.command()
def tokenize(
    prompt: Annotated[
        str | None, typer.Argument(metavar="TEXT", help=_("The text to split into tokens."))
    ] = None,
    text: options.Text = None,
    ids: options.Ids = None,
    lines: options.Lines = None,
    model: options.Model = None,
    as_json: options.Json = False,
) -> None:
    """Turn text into tokens, or ids into their pieces; needs only the tokenizer.

    Each line of the file: {"text"}, {"ids"} or {"messages"}, the prompt as the model reads it.
    """
    options.only_one(**{"TEXT": prompt, "--text": text, "--ids": ids, "--lines": lines})
    items = read_lines(lines) if lines is not None else []
    single = _line_of(prompt if text is None else text, ids)
    tokenizer = opened_tokenizer(model)

    def parse(line: dict[str, Any]) -> list[int]:
        found = ids_of(tokenizer, line)
        foreign = next((i for i in found if not 0 <= i < tokenizer.vocab_size), None)
        if foreign is not None:
            raise InvalidInput(
                _("Token id {id} is outside the vocabulary (0 to {last}).").format(
                    id=foreign, last=tokenizer.vocab_size - 1
                )
            )
        return found

    if lines is not None:
        rows = answer_lines(
            items, parse, lambda found: [render.pieces_object(tokenizer, row) for row in found]
        )
        render.emit_all(rows)
    elif as_json:
        render.emit(render.pieces_object(tokenizer, parse(single)))
    else:
        render.print_pieces(tokenizer, parse(single))


def _line_of(text: str | None, ids: str | None) -> dict[str, Any]:
    """The input of the options as a line of a file would give it."""
    if ids is not None:
        return {"ids": list(options.numbers("--ids", ids, int))}
    return {"text": checked_text(text or "")}


def main() -> None:
    """Run the command line on the arguments of this process."""
    app(prog_name="python -m core")
