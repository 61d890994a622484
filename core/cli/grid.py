"""The grid on the command line: what the options say, and the run, one model after another."""

from core.backends.backend import Backend
from core.backends.events import Finished
from core.cli import options
from core.cli.session import opened
from core.engine.choices import split_model
from core.errors import EngineError, InvalidInput
from core.grid.axes import DEFAULTS, Axis, AxisName, parse_axis
from core.grid.records import Cell, cells_of, filled
from core.grid.run import loaded_as, run_grid, score_cells
from core.grid.spec import GridSpec
from core.i18n import _
from core.sampling.settings import Sampling


def grid_spec(
    prompt: str,
    system: str,
    rows: str | None,
    columns: str | None,
    temperature: str | None,
    top_p: str | None,
    samples: int,
    fixed: Sampling,
) -> GridSpec:
    """The grid of the options: --temperature and --top-p are axes where --rows and --columns name
    none, and one fixed value otherwise. Raises `InvalidInput` for what cannot run."""
    given = {"temperature": temperature, "top_p": top_p}
    named = {side: options.axis(text) for side, text in (("r", rows), ("c", columns)) if text}
    free: list[AxisName] = ["temperature", "top_p"]
    used = {axis.name for axis in named.values()}
    for name in used & set(given):
        if given[name] is not None:
            raise InvalidInput(
                _("{name} is already an axis; got {value!r} for it as well.").format(
                    name=name, value=given[name]
                )
            )
    rest = [name for name in free if name not in used]
    for side in ("r", "c"):
        if side not in named:
            name = rest.pop(0) if side == "r" else rest.pop()
            text = given[name]
            named[side] = Axis(name, DEFAULTS[name]) if text is None else parse_axis(name, text)
    values = fixed.to_dict()
    for name in rest:
        text = given[name]
        if text is not None:
            values[name] = _single(name, text)
    return GridSpec(prompt, named["r"], named["c"], system, samples, Sampling.from_dict(values))


def _single(name: str, text: str) -> float:
    axis = parse_axis(name, text)
    if len(axis.values) > 1:
        raise InvalidInput(
            _("{name} is not an axis here: give it one value, got {value!r}.").format(
                name=name, value=text
            )
        )
    return float(axis.values[0])


def run_cells(
    spec: GridSpec, model: str | None, device: str | None, precision: str | None
) -> list[Cell]:
    """Every cell with its text and scores; raises `EngineError` for one that failed."""
    done: list[Cell] = []
    said = set[str]()
    if not spec.models:
        with opened(model, device, precision) as backend:
            done = _run(backend, spec, cells_of(spec))
    for value in spec.models:
        name, wanted = split_model(value)
        own = [cell for cell in cells_of(spec) if spec.model_at(cell.place) == value]
        with opened(name, device, None if wanted == "auto" else wanted, said) as backend:
            done += _run(backend, spec, own)
    return sorted(done, key=lambda cell: cell.index)


def _run(backend: Backend, spec: GridSpec, cells: list[Cell]) -> list[Cell]:
    empty = {cell.index: cell for cell in cells}
    made_by = loaded_as(backend)
    done = [
        filled(empty[index], event, made_by)
        for index, event in run_grid(backend, spec, cells)
        if isinstance(event, Finished) and index is not None
    ]
    for cell in done:
        if cell.error:
            raise EngineError(cell.error)
    return score_cells(backend, spec, done)
