"""What commands take from the database: personas and suites by name; and where they write."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.config import Settings
from core.errors import InvalidInput
from core.i18n import _

if TYPE_CHECKING:
    from core.personas.text import PersonaText
    from core.store import Store
    from core.suites.suite import Suite


def opened_store() -> "Store":
    """The database that the app keeps things in, seen from the common space."""
    from core.store import Store

    return Store.open(Settings.from_environment().database)


def find_persona(store: "Store", name: str) -> "PersonaText":
    """The persona of that id or name, built-in or of the database; raises `NotFound`."""
    from core.personas import text
    from core.personas.book import PersonaBook

    return text.find_persona(name, PersonaBook(store.personas).list()).text


def all_suites(store: "Store", persona: "PersonaText | None") -> "list[Suite]":
    """The suites that ship, for a persona or for any prompt, and those of the database."""
    from core.suites.offered import suites_for
    from core.suites.suite import Suite

    own = [Suite.from_dict(one.id, one.name, one.content) for one in store.suites.list()]
    return [*suites_for(persona), *own]


def find_suite(store: "Store", name: str, persona: "PersonaText | None") -> "Suite":
    """The suite of that name; raises `NotFound`."""
    from core.suites import offered

    return offered.find_suite(name, all_suites(store, persona))


def made_folder(out: str | None) -> Path | None:
    """The folder of --out; raises `InvalidInput` where it cannot be made, before anything runs."""
    if out is None:
        return None
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            _("The folder {folder} cannot be made ({reason}).").format(folder=out, reason=error)
        ) from error
    return folder
