"""The wordings that the corpus is drawn from: the YAML files of this folder.

A file is read into the dataclass that its domain declares, and what does not fit is told with its
place. Two marks save repetition, both filled in here from the file's own `shared`: ``<name>`` in a
wording stands for that text, and an entry ``{each: name, p: text}`` for all wordings of that list,
each with ``text`` for its ``<p>``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

import yaml

FOLDER = Path(__file__).parent
Wordings: TypeAlias = tuple[str, ...]
T = TypeVar("T")

_SHARED = re.compile(r"<(\w+)>")
# The one in C takes a fifth of the time
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TextError(ValueError):
    """A file of texts is not in the form that its domain reads."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Ways to ask for one thing and ways to answer; an answer has to hold one word of ``must``."""

    ask: Wordings
    say: Wordings
    must: Wordings = ()


def load(name: str, shape: type[T]) -> T:
    """The texts of NAME.yaml as a ``shape``, a dataclass of texts, tuples, mappings and the like.

    Raises TextError, which says where the file is not of that shape, and how it would be.
    """
    return cast(T, _shaped(_read(name), shape, f"training/texts/{name}.yaml"))


def names() -> list[str]:
    """The files' names without their ending, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def strings(name: str) -> list[str]:
    """Every text of NAME.yaml, without the keys."""
    return list(_strings(_read(name)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


@cache
def _read(name: str) -> Any:
    """What NAME.yaml holds, with its shared parts where they are named."""
    file = f"training/texts/{name}.yaml"
    try:
        found = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        raise TextError(f"{file} is no valid YAML: {error}") from error
    shared = found.pop("shared", {}) if isinstance(found, dict) else {}
    return _filled(found, shared, file)


def _filled(value: Any, shared: Mapping[str, Any], file: str) -> Any:
    """``value`` with the parts of ``shared`` that it names."""

    def part(name: str) -> Any:
        if name not in shared:
            raise TextError(f"{file}: {name!r} is not in `shared`; there is {_listed(shared)}.")
        return shared[name]

    if isinstance(value, str):
        return _SHARED.sub(lambda match: part(match[1]), value)
    if isinstance(value, dict):
        return {key: _filled(inner, shared, file) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    filled: list[Any] = []
    for entry in value:
        if isinstance(entry, dict) and "each" in entry:
            filled += _filled(part(entry["each"]), {**shared, **entry}, file)
        else:
            filled.append(_filled(entry, shared, file))
    return filled


def _shaped(value: Any, shape: Any, where: str) -> Any:
    """``value`` as ``shape``; raises TextError with ``where`` it is not."""
    inner = get_args(shape)
    if shape is str:
        if not isinstance(value, str):
            raise TextError(f"{where}: {value!r} is no text; put it in quotes.")
        return value
    if get_origin(shape) is tuple:
        if not isinstance(value, list) or not value:
            raise TextError(f"{where}: a list is expected, each entry after a dash.")
        return tuple(_shaped(v, inner[0], f"{where}, entry {i}") for i, v in enumerate(value, 1))
    if not isinstance(value, dict):
        raise TextError(f"{where}: names with a colon are expected, and what belongs to each.")
    if not is_dataclass(shape):
        return {key: _shaped(v, inner[1], f"{where}: {key}") for key, v in value.items()}
    kinds = get_type_hints(shape)
    if unknown := set(value) - set(kinds):
        raise TextError(f"{where}: {_listed(unknown)} is not read; there is {_listed(kinds)}.")
    needed = {f.name for f in fields(shape) if f.default is MISSING}
    if missing := needed - set(value):
        raise TextError(f"{where}: {_listed(missing)} is missing.")
    make: Any = shape
    return make(**{key: _shaped(v, kinds[key], f"{where}: {key}") for key, v in value.items()})


def _listed(found: Any) -> str:
    return ", ".join(sorted(map(str, found))) or "nothing"
