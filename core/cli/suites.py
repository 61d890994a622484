"""The commands on suites: list and export."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli import options, render
from core.cli.shelves import all_suites, find_persona, find_suite, opened_store
from core.i18n import _

FORMATS = ("promptlab", "promptfoo", "inspect")

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=_("Suites of test cases: list, export.")
)
OfPersona = Annotated[
    str | None,
    typer.Option("--persona", help=_("The suites of this persona, by its name.")),
]
UnderPersona = Annotated[
    str | None,
    typer.Option(
        "--persona",
        help=_("The suite of this persona, by its name, under its contract and system message."),
    ),
]


@app.command("list")
def list_suites(persona: OfPersona = None, as_json: options.Json = False) -> None:
    """List the suites that ship, and those of this machine."""
    store = opened_store()
    of = find_persona(store, persona) if persona else None
    found = [
        {
            "id": suite.id,
            "name": suite.name,
            "kind": suite.kind,
            "language": suite.language,
            "cases": len(suite.cases),
            "groups": list(suite.families),
        }
        for suite in all_suites(store, of)
    ]
    if as_json:
        render.emit({"suites": found})
        return
    for row in found:
        typer.echo(f"{row['id']}\t{row['cases']}\t{row['name']}")


@app.command()
def export(
    suite: Annotated[
        str, typer.Argument(metavar="SUITE", help=_("The name of a suite, or a suite file."))
    ],
    format: Annotated[
        str,
        typer.Option(
            parser=options.one_of("format", FORMATS),
            help=_(
                "promptlab: to edit and read again. promptfoo: a configuration in YAML. inspect: "
                "JSON Lines of samples."
            ),
        ),
    ] = "promptlab",
    persona: UnderPersona = None,
) -> None:
    """Write a suite to standard output, for this program or another one."""
    from core.experiments.file import named_suite
    from core.suites.contract import under_contract
    from core.suites.export import inspect_lines, promptfoo
    from core.suites.file import file_content

    store = opened_store()
    of = find_persona(store, persona) if persona else None
    named = named_suite(suite, Path(), of, lambda name, text: find_suite(store, name, text))
    found = under_contract(named, of)
    system = of.system if of else ""
    content = {
        # This program adds the contract of whichever persona it is taken for
        "promptlab": lambda: file_content(named),
        "promptfoo": lambda: promptfoo(found, system),
        "inspect": lambda: inspect_lines(found, system),
    }[format]()
    typer.echo(content.encode("utf-8", "backslashreplace"), nl=False)
