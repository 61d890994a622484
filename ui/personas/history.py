"""The history of a persona: its versions, what changed, what was made with each."""

from collections.abc import Iterable, Sequence

import streamlit as st

from core.backends.backend import Backend, tokenizer_of
from core.checks.rule import Rule, rule_label
from core.errors import InvalidInput
from core.i18n import _
from core.personas.book import PersonaBook
from core.personas.edits import Edits
from core.personas.text import PersonaEntry, PersonaText
from core.personas.uses import Use
from ui.shell import resources
from ui.shell.copying import copy_link_button
from ui.shell.session import state
from ui.shell.text import lines
from ui.shell.undo import offer_undo
from ui.versions.history import UNSAVED, HistoryState, Made, Part, Saved, compare_version, history

_PLACES = {
    "conversation": ("pages/1_Chat.py", ":material/chat:"),
    "run": ("pages/3_Playground.py", ":material/grid_view:"),
    "experiment": ("pages/8_Experiments.py", ":material/science:"),
}


def persona_history(backend: Backend, book: PersonaBook, edits: Edits, entry: PersonaEntry) -> None:
    """Draw it. `?version=N` opens one, and is kept up to date."""
    if not entry.own:
        _not_own(entry)
        return
    versions = {version.number: (version, text) for version, text in book.versions(entry.id)}
    _from_url(entry.id, versions)
    uses = resources.store().uses.of(entry.id)
    states = [
        Saved(
            number,
            persona_parts(text),
            note=version.note,
            at=version.created_at,
            made=_made([use for use in uses if use.version == number]),
        )
        for number, (version, text) in versions.items()
    ]
    unsaved = _unsaved(edits, entry)
    if unsaved is not None:
        states.insert(0, Saved(UNSAVED, persona_parts(unsaved)))

    def restore(number: int) -> None:
        before = edits.discard(entry.id) if edits.is_changed(entry) else None
        edits.restore(entry, versions[number][1])
        edits.set_note(entry.id, _("Version {number} restored").format(number=number))
        compare_version(entry.id, UNSAVED)
        st.toast(
            _("Version {number} is in the editor. Save to keep it.").format(number=number),
            icon=":material/history:",
        )
        if before is not None:
            offer_undo(
                _("Your unsaved changes were replaced."), lambda: edits.put_back(entry.id, before)
            )

    tokenizer = tokenizer_of(backend) if "token_ids" in backend.can else None
    chosen = history(entry.id, states, restore, tokenizer)
    st.query_params.pop("version", None)
    if chosen not in versions:
        return
    if chosen != next(iter(versions)):
        st.query_params["version"] = str(chosen)
    copy_link_button(
        f"link_version_{entry.id}",
        _("Copy the link to this version"),
        _("Copy link to version {number}").format(number=chosen),
        persona=entry.id,
        version=str(chosen),
    )


def persona_parts(text: PersonaText) -> tuple[Part, ...]:
    """A persona field by field, as its history compares it."""
    return (
        Part(_("Name"), text.name),
        Part(_("Description"), text.description),
        Part(_("System message"), text.system, spoken_to=True),
        Part(_("Questions to try"), text.examples),
        Part(_("Contract"), tuple(map(_said, text.contract))),
        Part(_("In scope"), text.scope.inside),
        Part(_("Out of scope"), text.scope.outside),
    )


def _said(rule: Rule) -> str:
    weight = _("must") if rule.weight == "must" else _("should")
    return _("{weight}: {rule}").format(weight=weight, rule=rule_label(rule))


def _unsaved(edits: Edits, entry: PersonaEntry) -> PersonaText | None:
    """What is in the editor, where that differs from what is saved; nothing that could not be."""
    if not edits.is_changed(entry):
        return None
    try:
        return edits.persona(entry)
    except InvalidInput as error:
        st.caption(lines(str(error)))
        return None


def _not_own(entry: PersonaEntry) -> None:
    if entry.builtin:
        said = _("Built-in personas do not change. Save a copy, and each save of it is kept here.")
    else:
        said = _(
            "Earlier versions are for the one who shares this persona. Save a copy, and each save "
            "of it is kept here."
        )
    st.info(said, icon=":material/history:")


def _from_url(persona_id: str, versions: Iterable[int]) -> None:
    """Compare the version of the link, unless another one was chosen since it was opened."""
    wanted = st.query_params.get("version", "")
    if not wanted or persona_id in state(HistoryState).after:
        return
    numbers = {str(number): number for number in versions}
    if wanted in numbers:
        compare_version(persona_id, numbers[wanted])
    else:
        said = _("There is no version {number} of this.").format(number=wanted[:20])
        st.warning(lines(said))


def _made(uses: Sequence[Use]) -> tuple[Made, ...]:
    untitled = {
        "conversation": _("Conversation"),
        "run": _("Grid run"),
        "experiment": _("Experiment"),
    }
    return tuple(
        Made(use.title or untitled[use.kind], icon, page, {use.kind: use.id})
        for use in uses
        for page, icon in (_PLACES[use.kind],)
    )
