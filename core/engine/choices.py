"""What a visitor may choose from: the models that the operator offers and that are on this disk.

A link and a stored record call a choice by its value: `name/precision`, or `name`, which leaves the
precision to the plan. A path or an id of the hub is no value.
"""

import re
from collections.abc import Sequence

from core.config import PRECISIONS, Settings
from core.engine.residents import HostStatus, ModelChoice
from core.errors import NotFound
from core.i18n import _
from core.models import catalogue
from core.models.catalogue import CatalogueEntry
from core.servers.entries import masked

# The name of a model of the hub has a slash of its own
_PRECISION = re.compile("|".join(PRECISIONS) + r"|I?Q\d+(_\w+)?|B?F\d+|MXFP4\w*")


def split_model(value: str) -> tuple[str, str]:
    """The name and the precision of a value; "auto" where it names none."""
    name, slash, precision = value.rpartition("/")
    return (name, precision) if slash and _PRECISION.fullmatch(precision) else (value, "auto")


def value_of(name: str, precision: str) -> str:
    """The value of a stored name and precision, either of which may be empty."""
    return f"{name}/{precision}" if name and precision else name


def choice_of(value: str, settings: Settings) -> ModelChoice:
    """What a value loads; raises `NotFound` for what is not on offer here."""
    entries = {entry.name: entry for entry in usable(settings)}
    name, precision = (value, "auto") if value in entries else split_model(value)
    if name not in entries:
        raise NotFound(
            _("There is no model {name!r} here. Available models: {known}.").format(
                name=masked(name), known=", ".join(entries)
            )
        )
    if precision == "auto" and entries[name] == _named(settings):
        precision = settings.precision
    return ModelChoice(entries[name], settings.device, precision)


def values(settings: Settings, status: HostStatus) -> list[str]:
    """What can be chosen now: every loaded model as it is loaded, then the names of the others."""
    loaded = [resident.value for resident in status.residents]
    names = {resident.choice.entry.name for resident in status.residents}
    return [
        *dict.fromkeys(loaded),
        *(entry.name for entry in usable(settings) if entry.name not in names),
    ]


def usable(settings: Settings) -> Sequence[CatalogueEntry]:
    """The models that can be chosen: those whose files are here, of the catalogue and the one that
    the settings name, and those on servers."""
    found = catalogue.entries(settings)
    named = _named(settings)
    if named and named not in found:
        found = [named, *found]
    here = [entry for entry in found if entry.on_disk]
    # A model that is here keeps its name
    return [
        *here,
        *(e for e in catalogue.servers(settings) if e.name not in {h.name for h in here}),
    ]


def _named(settings: Settings) -> CatalogueEntry | None:
    try:
        return catalogue.find(settings.model, settings) if settings.model else None
    except NotFound:
        return None  # whoever asks for that one is told
