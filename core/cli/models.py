"""The commands about models: what there is, what one would take, is it sound, download it."""

import contextlib
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli import options, render
from core.cli.outcome import OneLineErrors
from core.cli.session import entry_of, quiet
from core.config import DEVICES, Settings
from core.errors import CheckpointError, FetchError, NotEnoughMemory, PromptLabError
from core.i18n import _, compact
from core.models import catalogue, machine, tensors
from core.models.catalogue import CatalogueEntry
from core.models.checkpoint import inspect
from core.models.fetching import fetch as download
from core.models.hub import look_up
from core.models.plan import Advice, Plan, all_plans, gigabytes, recommend
from core.models.preparing import plans_of
from core.models.tensors import Report
from core.models.tokenizers import open_tokenizer
from core.models.weight_cache import WeightCache

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    rich_markup_mode=None,
    help=_("Models: list, starter, plan, check, fetch, cache, size, export."),
)


@app.command("list")
def list_models(as_json: options.Json = False) -> None:
    """List the models that --model knows by name, and whether they can be loaded here."""
    with quiet():
        found = [_listed(entry) for entry in catalogue.entries(Settings.from_environment())]
    if as_json:
        render.emit({"models": found})
        return
    for row in found:
        state = (
            _("can be loaded")
            if row["loadable"]
            else _("cannot be loaded: {reason}").format(reason=" ".join(row["error"].split()))
        )
        typer.echo(f"{row['name']}\t{row['folder']}\t{state}")


@app.command()
def plan(
    model: Annotated[
        str | None, typer.Argument(metavar="NAME", help=_("A model name, or its folder."))
    ] = None,
    device: options.Device = None,
    as_json: options.Json = False,
) -> None:
    """Show how much memory a model takes in every precision, and which one to choose."""
    entry = entry_of(model)
    if entry.hub and not entry.on_disk:
        with quiet():
            entry = look_up(entry)
    wanted = device or DEVICES[0]
    places = [place for place in machine.places() if wanted in (DEVICES[0], place.kind)]
    here = entry.on_disk
    openvino = Settings.from_environment().openvino
    plans = plans_of(entry.opened(), places, openvino) if here else all_plans(entry.sizes, places)
    advice: Advice | None = None
    refusal = None
    try:
        advice = recommend(plans)
    except NotEnoughMemory as error:
        refusal = str(error)
    if as_json:
        render.emit(_plan_object(entry, plans, advice, refusal))
    else:
        _print_plans(plans, advice, refusal)


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help=_("The model's folder, or a GGUF file."))
    ],
    as_json: options.Json = False,
) -> None:
    """Check every weight file without loading it: what it is, and what is missing or damaged."""
    with quiet():
        checkpoint = inspect(folder)
        open_tokenizer(checkpoint)
        report = tensors.check(checkpoint)
    if as_json:
        render.emit(_report_object(report))
    else:
        _print_report(report)
    if report.faults:
        raise CheckpointError(report.faults[0])


@app.command()
def fetch(
    model: Annotated[str, typer.Argument(metavar="NAME", help=_("A model from the catalogue."))],
) -> None:
    """Download a model; files that are already here are not downloaded again. Ctrl-C stops it."""
    entry = entry_of(model)
    _fetch(entry)
    typer.echo(str(entry.folder))


@app.command()
def starter() -> None:
    """Download the model that newcomers meet, once, unless the settings name another.

    Where it cannot be had, standard error says so, and the app starts on the embedded one.
    """
    settings = Settings.from_environment()
    entry = catalogue.find(catalogue.STARTER, settings)
    if settings.model or entry.on_disk or not entry.published:
        return
    typer.echo(
        _(
            "Downloading {title} once ({size}, licence {licence}) from {source} to {folder}. "
            "`PROMPTLAB_MODEL=embedded make run` does without it."
        ).format(
            title=entry.title,
            size=gigabytes(entry.published.bytes),
            licence=entry.licence,
            source=entry.source,
            folder=entry.folder,
        ),
        err=True,
    )
    try:
        _fetch(entry)
    except FetchError as error:
        typer.echo(
            f"{error} " + _("Until then the app starts on the small model that it comes with."),
            err=True,
        )


def _fetch(entry: CatalogueEntry) -> None:
    """Download it, with a percentage on standard error."""
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        percent = 100 * done // total if total else 100
        if percent > told:
            told = percent
            typer.echo(
                f"\r{percent} % · {gigabytes(done)} / {gigabytes(total)}", err=True, nl=False
            )

    with quiet():
        try:
            download(entry, tell)
        finally:
            if told >= 0:
                typer.echo(err=True)


@app.command()
def cache(
    clear: Annotated[bool, typer.Option("--clear", help=_("Delete all of them."))] = False,
    as_json: options.Json = False,
) -> None:
    """Show the quantised weights that are kept on disk to make the next start faster."""
    found = WeightCache(Settings.from_environment().quantised)
    kept = found.manifests()
    freed = found.clear() if clear else 0
    if as_json:
        rows = [
            {"model": m.name, "folder": m.source, "precision": m.precision, "bytes": m.bytes}
            for m in kept
        ]
        render.emit({"folder": str(found.folder), "cached": rows, "freed": freed})
        return
    for manifest in kept:
        size = gigabytes(manifest.bytes)
        typer.echo(f"{manifest.name}\t{manifest.precision}\t{size}\t{manifest.source}")
    if clear:
        typer.echo(_("{size} freed.").format(size=gigabytes(freed)))
    elif not kept:
        typer.echo(_("No quantised weights are stored in {folder}.").format(folder=found.folder))


def _listed(entry: "CatalogueEntry") -> dict[str, Any]:
    """An entry as JSON; `error` is null for a model that can be loaded."""
    error, family, parameters, window = _why_not(entry), None, None, None
    with contextlib.suppress(PromptLabError):  # told by `error`
        family = entry.family.name
        parameters, window = entry.sizes.parameters, entry.sizes.window
    return {
        "name": entry.name,
        "folder": str(entry.folder),
        "on_disk": entry.on_disk,
        "family": family,
        "chat": entry.chat,
        "parameters": parameters,
        "window": window,
        "licence": entry.licence,
        "loadable": error is None,
        "error": error,
    }


def _why_not(entry: "CatalogueEntry") -> str | None:
    """Why a model cannot be loaded, as far as the headers of its files tell."""
    if entry.absent:
        return entry.absent
    try:
        checkpoint = entry.opened()
        open_tokenizer(checkpoint)
    except CheckpointError as error:
        return str(error)
    return next(iter(tensors.check(checkpoint).faults), None)


def _plan_object(
    entry: "CatalogueEntry",
    plans: "list[Plan]",
    advice: "Advice | None",
    refusal: str | None,
) -> dict[str, Any]:
    return {
        "model": entry.name,
        "parameters": entry.sizes.parameters,
        "window": entry.sizes.window,
        "plans": [
            {
                "precision": plan.precision,
                "openvino": plan.openvino,
                "device": plan.place.device,
                "device_name": plan.place.name,
                "weights": plan.weights,
                "cache_per_1000_tokens": 1000 * plan.cache_per_token,
                "cache_per_request": plan.cache_per_request(entry.sizes.window),
                "cache_tokens": plan.cache_tokens,
                "cache": plan.cache,
                "working": plan.working,
                "total": plan.total,
                "free": plan.place.free,
                "fits": plan.fits,
            }
            for plan in plans
        ],
        "recommended": None
        if advice is None
        else {
            "precision": advice.plan.precision,
            "device": advice.plan.place.device,
            "reason": advice.reason,
        },
        "error": refusal,
    }


def _print_plans(plans: "list[Plan]", advice: "Advice | None", refusal: str | None) -> None:
    for plan in plans:
        columns = (
            plan.called,
            plan.place.device,
            _("weights {size}").format(size=gigabytes(plan.weights)),
            _("cache {size} for {tokens} tokens").format(
                size=gigabytes(plan.cache), tokens=plan.cache_tokens
            ),
            _("working {size}").format(size=gigabytes(plan.working)),
            _("total {size} of {free} free").format(
                size=gigabytes(plan.total), free=gigabytes(plan.place.free)
            ),
            _("fits") if plan.fits else _("does not fit"),
        )
        typer.echo("\t".join(columns))
    typer.echo(_("Recommended: {reason}").format(reason=advice.reason) if advice else refusal)


def _report_object(report: "Report") -> dict[str, Any]:
    sizes = report.checkpoint.sizes
    return {
        "folder": str(report.checkpoint.folder),
        "type": report.checkpoint.config["model_type"],
        "family": report.checkpoint.family.name,
        "chat": report.checkpoint.chat,
        "parameters": sizes.parameters,
        "layers": sizes.layers,
        "window": sizes.window,
        "numbers": report.dtypes,
        "shards": [
            {
                "file": shard.file.name,
                "bytes": shard.file.stat().st_size,
                "tensors": len(shard.tensors),
                "fault": shard.fault,
            }
            for shard in report.shards
        ],
        "faults": list(report.faults),
    }


def _print_report(report: "Report") -> None:
    sizes = report.checkpoint.sizes
    typer.echo(
        _("{type}, {parameters} parameters in {layers} layers, {numbers}, window {window}").format(
            type=report.checkpoint.config["model_type"],
            parameters=compact(sizes.parameters),
            layers=sizes.layers,
            numbers=report.dtypes or _("unknown number type"),
            window=sizes.window,
        )
    )
    if not report.checkpoint.chat:
        typer.echo(_("No chat format: it continues plain text."))
    for shard in report.shards:
        state = shard.fault or _("{count} tensors").format(count=len(shard.tensors))
        typer.echo(f"{shard.file.name}\t{gigabytes(shard.file.stat().st_size)}\t{state}")
    for fault in report.faults:
        typer.echo(_("problem: {fault}").format(fault=fault))
    if not report.faults:
        typer.echo(_("No problems found in the headers."))
