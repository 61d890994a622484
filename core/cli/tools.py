"""The commands about tools: which there are, and calling one by hand."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from core.backends.calls import json_arguments
from core.cli import options, render
from core.cli.outcome import OneLineErrors
from core.cli.shelves import opened_store
from core.config import Settings
from core.errors import InvalidInput
from core.i18n import _
from core.interpreter.outputs import plain
from core.tools.book import ToolBook
from core.tools.running import run_tool
from core.tools.tool import Tool

if TYPE_CHECKING:
    from core.store import Store

_START_S = 30.0

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    rich_markup_mode=None,
    help=_("Tools: list, call."),
)


@app.command("list")
def list_tools(as_json: options.Json = False) -> None:
    """List the tools that a model can be offered."""
    book = tool_book()
    if as_json:
        rows = [
            {
                **tool.schema,
                "origin": tool.origin,
                "leaves": tool.leaves,
                **({"server": tool.source} if tool.source else {}),
            }
            for tool in book.tools
        ]
        render.emit({"tools": rows, "faults": list(book.faults)})
        return
    for tool in book.tools:
        origin = f"{tool.origin}:{tool.source}" if tool.source else tool.origin
        typer.echo(f"{tool.name}\t{origin}\t{plain(tool.description)}")
    for fault in book.faults:
        typer.echo(fault, err=True)


@app.command("call")
def call_tool(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("The tool's name."))],
    arguments: Annotated[
        str, typer.Option("--json", metavar="JSON", help=_("The arguments, as one JSON object."))
    ] = "{}",
) -> None:
    """Call a tool and print its result as a model would read it."""
    tool = tool_book().get(name)
    given, problem = json_arguments(arguments)
    if given is None or problem:
        raise InvalidInput(
            _("--json must be one JSON object, as {example}; got {value!r}.").format(
                example=json.dumps(dict(tool.example) or {"city": "Oslo"}, ensure_ascii=False),
                value=arguments[:80],
            )
        )
    found = run_tool(tool, given)
    if found.failed:
        raise InvalidInput(plain(found.text))
    # Somebody else's text, and a terminal would obey what is for terminals in it
    typer.echo(plain(found.text))


def chosen(names: str) -> tuple[Tool, ...]:
    """The tools of names with commas between them; raises `NotFound`."""
    wanted = [name for name in map(str.strip, names.split(",")) if name]
    if not wanted:
        return ()
    return tool_book().chosen(wanted)


def tool_book(store: "Store | None" = None) -> ToolBook:
    """All tools, those that were defined on the Tools page among them; each MCP server is given the
    time that it needs to start. store: where the database is open already."""
    kept = (store or opened_store()).tools.list()
    return ToolBook.of(Settings.from_environment(), kept, wait_s=_START_S)
