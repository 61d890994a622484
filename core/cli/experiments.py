"""The commands on experiments: run, report, list, example.

Exit codes, for a team's own pipeline: 0 where every threshold holds, 1 where one does not, 2 where
the experiment cannot run or is not complete.
"""

from pathlib import Path
from typing import Annotated

import typer

from core.cli import options, render
from core.cli.shelves import find_persona, find_suite, made_folder, opened_store
from core.i18n import _

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=_("Experiments: run, report, list, example.")
)

Out = Annotated[
    str | None,
    typer.Option(
        help=_(
            "A folder for the report: result.json, report.html, report.md, answers.csv and more."
        )
    ),
]


@app.command()
def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help=_("An experiment file, YAML."))],
    model: options.Model = None,
    as_json: options.Json = False,
    out: Out = None,
    device: options.Device = None,
    precision: options.Precision = None,
) -> None:
    """Run the experiment of a file, and say what its answers show.

    Run again, it goes on where it was, and asks only what has changed. Exit code 0: every threshold
    holds. 1: one does not. 2: it cannot run, or answers are missing.
    """
    # Only now, as they take long to import
    from core.cli.results import Found, tell
    from core.cli.running import Models, completed
    from core.cli.tools import tool_book
    from core.experiments.file import parse_experiment, read_file
    from core.experiments.tools import finder

    path = Path(file)
    content = read_file(path)
    folder = made_folder(out)
    store = opened_store()
    wanted = parse_experiment(
        content,
        path.parent,
        lambda name: find_persona(store, name),
        lambda name, persona: find_suite(store, name, persona),
        lambda names: finder(tool_book(store))(names),
    )
    models = Models(model or wanted.model or None, device, precision)
    try:
        experiment, answers = completed(
            store, f"file {path.resolve()}", wanted.title, wanted.spec, models
        )
    finally:
        models.close()
    end(tell([Found(experiment, answers, wanted.thresholds)], as_json, folder))


@app.command()
def report(
    experiment: Annotated[
        str, typer.Argument(metavar="ID", help=_("The id of an experiment; `list` shows them."))
    ],
    as_json: options.Json = False,
    out: Out = None,
) -> None:
    """Say what the answers of an experiment show, without asking for more."""
    from core.cli.results import Found, tell
    from core.experiments.thresholds import Thresholds

    folder = made_folder(out)
    store = opened_store()
    found = store.experiments.get(experiment)
    tell([Found(found, store.experiments.answers(found), Thresholds())], as_json, folder)


@app.command("list")
def list_experiments(as_json: options.Json = False) -> None:
    """List the experiments of this machine, the last changed first."""
    found = [{"id": id, "title": title} for id, title in opened_store().experiments.list()]
    if as_json:
        render.emit({"experiments": found})
        return
    for row in found:
        typer.echo(f"{row['id']}\t{row['title']}")


@app.command()
def example() -> None:
    """Print an experiment file to begin with."""
    from core.experiments.file import EXAMPLE

    typer.echo(EXAMPLE, nl=False)


def end(code: int) -> None:
    """End the command with this exit code."""
    if code:
        raise typer.Exit(code)
