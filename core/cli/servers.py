"""The commands about servers: which are listed, and what one can."""

from typing import Annotated

import typer

from core.cli import options, render
from core.cli.outcome import OneLineErrors
from core.cli.session import entry_of
from core.config import Settings
from core.errors import InvalidInput
from core.i18n import _
from core.models import catalogue
from core.servers.cards import keep_card
from core.servers.subjects import Finding

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    rich_markup_mode=None,
    help=_("Servers: list, probe."),
)


@app.command("list")
def list_servers(as_json: options.Json = False) -> None:
    """List the servers that --model knows by name."""
    found = [
        {
            "name": s.name,
            "host": s.host,
            "model": s.model,
            "here": s.here,
            "tokenizer": s.tokenizer,
        }
        for entry in catalogue.servers(Settings.from_environment())
        if (s := entry.server)
    ]
    if as_json:
        render.emit({"servers": found})
        return
    for row in found:
        typer.echo(f"{row['name']}\t{row['host']}\t{row['model']}")


@app.command("probe")
def probe_server(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("The name of a listed server."))],
    as_json: options.Json = False,
) -> None:
    """Try out what a server can, with some thirty small requests, and keep the card."""
    server = entry_of(name).server
    if server is None:
        raise InvalidInput(
            _("{name!r} is a model on this machine: there is no server to probe.").format(name=name)
        )
    # With the client, whose import takes seconds
    from core.servers.probe import probed

    for found in probed(server):
        if isinstance(found, Finding):
            if not as_json:
                typer.echo(f"{found.subject}\t{found.verdict}\t{found.detail}")
            continue
        keep_card(Settings.from_environment().data_dir, server, found)
        if as_json:
            render.emit(found.to_dict())
