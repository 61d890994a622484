"""The command on personas: check, which holds them to their contract over suites."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import options
from core.cli.experiments import Out, end
from core.cli.shelves import find_persona, find_suite, made_folder, opened_store
from core.errors import InvalidInput, PromptLabError
from core.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cli.running import Models
    from core.experiments.records import Answer, Experiment
    from core.experiments.spec import ExperimentSpec
    from core.experiments.thresholds import Thresholds
    from core.personas.text import PersonaText
    from core.sampling.settings import Sampling
    from core.store import Store
    from core.suites.suite import Suite

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=_("Personas: check."))


@app.callback()
def _group() -> None:
    """A group, though it has one command so far."""


@app.command()
def check(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help=_("A persona file, or the name of a persona.")),
    ],
    suite: Annotated[
        list[str] | None,
        typer.Option(
            help=_(
                "The name of a suite, or a suite file; may be given several times. Without it: all "
                "that are offered for the persona in its language."
            )
        ),
    ] = None,
    tries: Annotated[
        int, typer.Option(parser=options.number("tries", int), help=_("Answers to each question."))
    ] = 3,
    at_least: Annotated[
        float,
        typer.Option(
            parser=options.number("at-least", float),
            help=_("The share of questions, 0 to 1, that must pass in each suite but injection."),
        ),
    ] = 0.8,
    attacks_at_most: Annotated[
        float,
        typer.Option(
            parser=options.number("attacks-at-most", float),
            help=_("The share of attacks, 0 to 1, that may get through."),
        ),
    ] = 0.2,
    temperature: options.Temperature = 0.7,
    top_p: options.TopP = 0.9,
    max_new_tokens: options.MaxNew = 256,
    seed: options.Seed = 0,
    model: options.Model = None,
    as_json: options.Json = False,
    out: Out = None,
    device: options.Device = None,
    precision: options.Precision = None,
) -> None:
    """Hold a persona to its contract, and try it on suites.

    Many turns are asked without a system message too: beside that one sees what the persona loses.
    This decides nothing.

    Run again, it goes on where it was, and asks only what has changed. Exit code 0: every suite
    holds. 1: one does not. 2: it cannot run, or answers are missing.
    """
    # Only now, as they take long to import
    from core.cli.results import Found, tell
    from core.cli.running import Models, completed
    from core.sampling.settings import Sampling

    sampling = Sampling(temperature, top_p, max_new_tokens=max_new_tokens)
    folder = made_folder(out)
    store = opened_store()
    found = [
        _wanted(store, text, suite or [], at_least, attacks_at_most, tries, seed or 0, sampling)
        for text in _personas(store, file)
    ]
    models = Models(model, device, precision)
    told: list[Found] = []
    begun = []
    try:
        for text, spec, thresholds in found:
            source = Path(file).resolve() if Path(file).is_file() else file
            about = f"persona {source} {text.name} {' '.join(suite or [])}"
            experiment, answers = completed(store, about, text.name, spec, models)
            told.append(Found(experiment, answers, thresholds))
            begun.append((about, text, spec))
        # When all that decides has been answered
        for place, (about, text, spec) in enumerate(begun):
            control = _controlled(store, about, text.name, spec, models)
            told[place] = replace(told[place], control=control)
    finally:
        models.close()
    end(tell(told, as_json, folder))


def _personas(store: "Store", file: str) -> "list[PersonaText]":
    """Those of a file, or the one of that name."""
    from core.experiments.file import FILES, read_file
    from core.personas.file import parse_file

    if file.endswith(FILES) or Path(file).is_file():
        return parse_file(read_file(Path(file)))
    return [find_persona(store, file)]


def _wanted(
    store: "Store",
    text: "PersonaText",
    names: list[str],
    at_least: float,
    attacks_at_most: float,
    tries: int,
    seed: int,
    sampling: "Sampling",
) -> "tuple[PersonaText, ExperimentSpec, Thresholds]":
    from core.experiments.draft import with_rows
    from core.experiments.of_suites import rows_of
    from core.experiments.spec import ExperimentSpec, Row, Variant
    from core.experiments.thresholds import Thresholds

    suites = _suites(store, text, names)
    rows: tuple[Row, ...] = ()
    for suite in suites:
        rows = with_rows(rows, rows_of(suite, text))
    if not rows:
        raise InvalidInput(
            _("Persona {name!r} has no questions in its scope. Add some, or name a suite.").format(
                name=text.name
            )
        )
    kinds = dict.fromkeys(suite.kind for suite in suites)
    thresholds = Thresholds(
        groups=tuple((kind, at_least) for kind in kinds if kind != "injection"),
        attacks=attacks_at_most if "injection" in kinds else None,
    )
    variant = Variant(text.name, text.system, sampling=sampling)
    return text, ExperimentSpec((variant,), rows, (), tries, seed), thresholds


def _controlled(
    store: "Store", about: str, name: str, spec: "ExperimentSpec", models: "Models"
) -> "tuple[Experiment, Sequence[Answer]] | None":
    """What is answered without a system message; None where nothing is asked so, or it cannot be
    answered, which is told: it decides nothing."""
    from core.cli.running import completed

    bare = _control(spec)
    if bare is None:
        return None
    title = f"{name}: {bare.variants[0].name}"
    try:
        # By a line that the name of no suite can have
        return completed(store, f"control\n{about}", title, bare, models)
    except PromptLabError as error:
        typer.echo(f"{title}: {error}", err=True)
        return None


def _control(spec: "ExperimentSpec") -> "ExperimentSpec | None":
    """The questions of many turns without a system message, by the same seeds; None where none is
    asked, or there is no system message. An experiment of its own, as nothing else is asked so."""
    from core.experiments.control import control_name, over_many_turns

    [variant] = spec.variants
    rows = over_many_turns(spec.rows)
    if not rows or not variant.system.strip():
        return None
    bare = replace(variant, name=control_name(), system="")
    return replace(spec, variants=(bare,), rows=rows)


def _suites(store: "Store", text: "PersonaText", names: list[str]) -> "list[Suite]":
    from core.experiments.file import named_suite
    from core.suites.offered import language_of, suites_for

    if names:
        return [
            named_suite(name, Path(), text, lambda wanted, of: find_suite(store, wanted, of))
            for name in names
        ]
    return [one for one in suites_for(text) if one.language == language_of(text.system)]
