"""The commands about lessons: what there is, and whether their promises hold on a model."""

from typing import Annotated

import typer

from core.cli import options
from core.cli.outcome import OneLineErrors
from core.cli.session import opened
from core.config import Settings
from core.errors import InvalidInput
from core.i18n import _, set_language
from core.lessons.promises import check_lesson, find_seed
from core.lessons.shelf import languages, shelf

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    rich_markup_mode=None,
    help=_("Lessons: list, check."),
)


@app.command("list")
def list_lessons() -> None:
    """List the lessons in every language, and the files that cannot be used."""
    own = Settings.from_environment().lessons
    for shown in languages(own):
        found = shelf(own, shown)
        for lesson in found.lessons:
            if lesson.language == shown:
                typer.echo(f"{shown}\t{lesson.id}\t{lesson.title}")
        for problem in found.problems:
            if problem.file.parent.name == shown:
                typer.echo(f"{problem.file}\t{problem.reason}")


@app.command()
def check(
    lesson: Annotated[
        str | None, typer.Argument(metavar="LESSON", help=_("Only this lesson; without it, all."))
    ] = None,
    language: Annotated[str | None, typer.Option(help=_("Only this language, such as en."))] = None,
    seeds: Annotated[
        int,
        typer.Option(
            parser=options.number("seeds", int),
            help=_(
                "If a promise fails, try this many seeds, and report the first that keeps every "
                "promise."
            ),
        ),
    ] = 0,
    model: options.Model = None,
    device: options.Device = None,
    precision: options.Precision = None,
) -> None:
    """Run lessons and check every promise; exit with code 2 if one does not hold."""
    own = Settings.from_environment().lessons
    broken = 0
    with opened(model, device, precision) as engine:
        for shown in [language] if language else languages(own):
            set_language(shown)
            found = shelf(own, shown)
            wanted = [found.get(lesson)] if lesson else found.lessons
            for one in wanted:
                kept = check_lesson(engine, one)
                for promise in kept:
                    typer.echo(promise.told())
                failed = [promise for promise in kept if not promise.held]
                broken += len(failed)
                if failed and seeds and "seed" in one.values:
                    seed = find_seed(engine, one, seeds)
                    typer.echo(
                        _("  no seed below {seeds} keeps every promise").format(seeds=seeds)
                        if seed is None
                        else _("  seed {seed} keeps every promise").format(seed=seed)
                    )
            broken += len(found.problems)
            for problem in found.problems:
                typer.echo(f"{problem.file}: {problem.reason}")
    if broken:
        raise InvalidInput(
            _("{count} promises do not hold or files cannot be used; see above.").format(
                count=broken
            )
        )
