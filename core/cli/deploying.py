"""The commands about models that a server is to run: what it takes there, and the folder that it is loaded
from."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli import options, render
from core.cli.models import app
from core.cli.session import entry_of, quiet
from core.errors import InvalidInput
from core.i18n import _, ngettext
from core.models.catalogue import CatalogueEntry
from core.models.exporting import export
from core.models.hub import look_up
from core.models.plan import Precision, gigabytes
from core.models.sizing import Load, Shape, Sizing, sized

_WINDOW = 8192


@app.command("size")
def size(
    model: Annotated[
        str | None, typer.Argument(metavar="NAME", help=_("A model name, or its folder."))
    ] = None,
    parameters: Annotated[
        float | None,
        typer.Option(help=_("How many parameters, where there is no model yet: 130e9.")),
    ] = None,
    layers: Annotated[int | None, typer.Option(help=_("With --parameters: its layers."))] = None,
    kv_heads: Annotated[
        int | None,
        typer.Option(help=_("With --parameters: heads of keys and values. All heads if unknown.")),
    ] = None,
    hidden: Annotated[
        int | None,
        typer.Option(help=_("With --parameters: its width. A usual one if unknown.")),
    ] = None,
    people: Annotated[int, typer.Option(help=_("Conversations at the same time."))] = 10,
    window: Annotated[int | None, typer.Option(help=_("Tokens of each conversation."))] = None,
    filled: Annotated[
        float, typer.Option(help=_("How much of the window they fill on average, up to 1."))
    ] = 1.0,
    bits: Annotated[int, typer.Option(help=_("Bits of a weight: 16, 8 or 4."))] = 16,
    cache_bits: Annotated[int, typer.Option(help=_("Bits of a key or value: 16 or 8."))] = 16,
    gpu: Annotated[float, typer.Option(help=_("Memory of one GPU, in GB."))] = 80.0,
    as_json: options.Json = False,
) -> None:
    """Work out how many GPUs a server needs for a model and so many people."""
    shape, longest = _shape(model, parameters, layers, kv_heads, hidden)
    load = Load(people, window or longest, filled, bits, cache_bits)  # type: ignore[arg-type]
    found = sized(shape, load, gpu)
    if as_json:
        render.emit(_object(shape, load, found))
        return
    for line in _lines(load, found, gpu):
        typer.echo(line)


def _shape(
    model: str | None,
    parameters: float | None,
    layers: int | None,
    kv_heads: int | None,
    hidden: int | None,
) -> tuple[Shape, int]:
    """The model's shape, and the window that is meant where none is said."""
    if parameters is not None:
        if layers is None or model is not None:
            raise InvalidInput(_("--parameters goes with --layers, and without a model's name."))
        return Shape.guessed(parameters, layers, kv_heads, hidden=hidden), _WINDOW
    if layers is not None or kv_heads is not None or hidden is not None:
        raise InvalidInput(_("--layers, --kv-heads and --hidden go with --parameters alone."))
    entry = _known(model)
    return Shape.of(entry.sizes), min(entry.sizes.window, _WINDOW)


def _known(model: str | None) -> CatalogueEntry:
    entry = entry_of(model)
    if entry.server:
        raise InvalidInput(
            _("{name!r} is on a server already. Name a model by its folder.").format(name=model)
        )
    with quiet():
        return look_up(entry) if entry.hub and not entry.on_disk else entry


def _lines(load: Load, found: Sizing, gpu: float) -> list[str]:
    """What it takes, for people."""
    lines = [
        _("weights\t{size}").format(size=gigabytes(found.weights)),
        _("KV cache\t{size}: {each:.1f} KB for each of {tokens:,} tokens").format(
            size=gigabytes(found.cache), each=found.cache_per_token / 1e3, tokens=found.cache_tokens
        ),
        _("activations\t{size}").format(size=gigabytes(found.activations)),
        ngettext(
            "{count} GPU of {gpu:g} GB\t{used} of {usable} used on it",
            "{count} GPUs of {gpu:g} GB\t{used} of {usable} used on each",
            found.gpus,
        ).format(
            count=found.gpus,
            gpu=gpu,
            used=gigabytes(found.on_each),
            usable=gigabytes(found.usable),
        ),
    ]
    return [*lines, f"vllm serve … {' '.join(_options(load, found))}"]


def _options(load: Load, found: Sizing) -> list[str]:
    """Of vLLM's command."""
    given = ["--max-model-len", str(load.window)]
    if found.tensor > 1:
        given += ["--tensor-parallel-size", str(found.tensor)]
    if found.pipeline > 1:
        given += ["--pipeline-parallel-size", str(found.pipeline)]
    if load.cache_bits == 8:
        given += ["--kv-cache-dtype", "fp8"]
    return given


def _object(shape: Shape, load: Load, found: Sizing) -> dict[str, Any]:
    return {
        "parameters": shape.parameters,
        "layers": shape.layers,
        "people": load.people,
        "window": load.window,
        "weights": found.weights,
        "cache_per_token": found.cache_per_token,
        "cache_tokens": found.cache_tokens,
        "cache": found.cache,
        "activations": found.activations,
        "gpus": found.gpus,
        "tensor_parallel": found.tensor,
        "pipeline_parallel": found.pipeline,
        "on_each": found.on_each,
        "usable": found.usable,
        "options": _options(load, found),
    }


@app.command("export")
def export_model(
    model: Annotated[str, typer.Argument(metavar="NAME", help=_("A model name, or its folder."))],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("A new folder."))],
    precision: Annotated[str, typer.Option(help=_("bf16, fp16 or fp32."))] = "bf16",
) -> None:
    """Write a model as a folder that vLLM and others load: of a GGUF file, or of ChatGLM3's own layout."""
    entry = _known(model)
    with quiet():
        numbers: Precision = precision  # type: ignore[assignment]
        made = export(entry.opened().source, folder, numbers)
    typer.echo(
        _("{folder}: {size} of weights").format(folder=made.folder, size=gigabytes(made.bytes))
    )
