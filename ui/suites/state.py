"""What a visitor is in the middle of with suites. What was typed is in the database."""

from dataclasses import dataclass

from core.errors import NotFound, PromptLabError
from core.personas.book import PersonaBook
from core.personas.text import PersonaText
from core.suites.draft import Line
from core.suites.offered import suites_for
from core.suites.suite import Suite
from ui.shell import resources
from ui.shell.session import state

GIVEN, ANYBODY = "given", ""


@dataclass(slots=True)
class SuitesState:
    """open: the key of the picker whose dialog is open; "" for none. persona: whose suites are
    shown: an id, `GIVEN` for the one that the picker was given, `ANYBODY`; None where nothing was
    chosen. suite: the id of the one that is looked at. writing: the id of the suite that is being
    written, "new" for a new one, "" for none. refused: why a table was not taken. drawn: counts
    what changes the table of cases, which is then a new one. base: what the table began with, and
    for which number: what is done in it is told against that.
    """

    open: str = ""
    persona: str | None = None
    suite: str = ""
    writing: str = ""
    refused: str = ""
    drawn: int = 0
    base: tuple[int, tuple[Line, ...]] = (-1, ())


def mine() -> SuitesState:
    """The one of this visitor."""
    return state(SuitesState)


def own_suites() -> list[Suite]:
    """Those of users that can be seen here; one that cannot be read any more is left out."""
    found = []
    for document in resources.store().suites.list():
        try:
            found.append(Suite.from_dict(document.id, document.name, document.content))
        except PromptLabError:
            continue
    return found


def shown_suites(persona: PersonaText | None) -> list[Suite]:
    """All that are offered: users' own first."""
    return [*own_suites(), *suites_for(persona)]


def chosen_persona(given: PersonaText | None) -> tuple[str, PersonaText | None]:
    """Whose suites are shown: the value of the choice, and the persona."""
    value = mine().persona
    if value is None:
        value = GIVEN if given else ANYBODY
    if value == GIVEN and given:
        return GIVEN, given
    if value in (ANYBODY, GIVEN):
        return ANYBODY, None
    try:
        return value, PersonaBook(resources.store().personas).get(value).text
    except NotFound:
        return ANYBODY, None
