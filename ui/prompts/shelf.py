"""The shelf of prompts: keeping what a variant says, and taking it again, in any version; what
changed between two, and what used each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.backends.tokenizer import Tokenizer
from core.experiments.prompt import Prompt, origin_of, taken_from
from core.i18n import _
from core.personas.uses import Use
from core.storage.documents import MAX_NAME, Document
from core.storage.versions import MAX_NOTE, Version
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.held import held
from ui.shell.session import state
from ui.shell.text import label
from ui.shell.undo import offer_undo
from ui.versions.history import UNSAVED, Made, Part, Saved, compare_version, history

Take = Callable[[dict[str, Any]], object]
Reads = Callable[[], Tokenizer | None]


@dataclass(slots=True)
class ShelfState:
    """chosen: by shelf, which prompt. open: the shelf whose prompt shows its versions."""

    chosen: dict[str, str] = field(default_factory=dict)
    open: str = ""


def prompt_shelf(
    key: str,
    current: Mapping[str, Any],
    use: Take,
    tokenizer: Reads,
    close: Callable[[], object] = lambda: None,
) -> None:
    """Draw it, in a popover, which `close` closes: it would stay before a dialog. current: what the
    variant says, with its `origin`. use: is given a prompt's fields and its origin. tokenizer:
    gives that of the model that reads the variant, None where it is not loaded or has none."""
    prompts = resources.store().prompts.list()
    by_id = {one.id: one for one in prompts}
    now = Prompt.from_dict(current)
    came_from = taken_from(str(current.get("origin", "")))
    _keeping(key, now, by_id.get(came_from[0]) if came_from else None)
    if not prompts:
        st.caption(_("Prompts that you keep appear here, each with all its versions."))
        return
    document = _choice(key, by_id, came_from[0] if came_from else None)
    _taking(key, document, now, use, close)
    if state(ShelfState).open == key:
        dialog = st.dialog(
            label(document.name),
            width="large",
            on_dismiss=explained(_close),
        )
        dialog(_versions)(document, now, use, tokenizer)


# --- keeping ------------------------------------------------------------------------------


def _keeping(key: str, now: Prompt, source: Document | None) -> None:
    """Save as a new prompt, or as the next version of the one it was taken from."""
    name_key, note_key = f"shelf_name_{key}", f"shelf_note_{key}"
    if name_key not in st.session_state and source and source.own:
        st.session_state[name_key] = source.name
    st.text_input(_("Keep this prompt as"), key=name_key, max_chars=MAX_NAME, placeholder=_("Name"))
    st.text_input(
        _("Note on this version"),
        key=note_key,
        max_chars=MAX_NOTE,
        placeholder=_("What changed? (optional)"),
        label_visibility="collapsed",
    )

    def keep() -> None:
        saved = _save(st.session_state[name_key].strip(), now, st.session_state[note_key].strip())
        st.session_state[note_key] = ""
        state(ShelfState).chosen[key] = saved.id
        st.toast(
            _("Kept as {name}, version {number}.").format(
                name=label(saved.name), number=saved.version
            ),
            icon=":material/check:",
        )

    st.button(
        _("Keep"),
        key=f"shelf_keep_{key}",
        icon=":material/bookmark_add:",
        disabled=now.empty,
        help=_("Under a name that you have used already it becomes the next version."),
        on_click=explained(keep),
    )


def _save(name: str, prompt: Prompt, note: str) -> Document:
    prompts = resources.store().prompts
    known = next(
        (p for p in prompts.list() if p.own and p.name.casefold() == name.casefold()), None
    )
    if known:
        return prompts.save(known.id, known.name, prompt.to_dict(), note)
    return prompts.create(name, prompt.to_dict(), note)


# --- taking -------------------------------------------------------------------------------


def _choice(key: str, by_id: Mapping[str, Document], usual: str | None) -> Document:
    now = state(ShelfState)
    chosen = now.chosen.get(key, usual or "")
    chosen = chosen if chosen in by_id else next(iter(by_id))

    def keep(id: str) -> None:
        now.chosen[key] = id

    st.selectbox(
        _("Your prompts"),
        list(by_id),
        format_func=lambda id: by_id[id].name,
        **held(f"shelf_prompt_{key}", chosen, keep),
    )
    return by_id[chosen]


def _taking(
    key: str, document: Document, now: Prompt, use: Take, close: Callable[[], object]
) -> None:
    kept = Prompt.from_dict(document.content)

    def take() -> None:
        use(kept.to_dict() | {"origin": origin_of(document.id, document.version)})

    def look() -> None:
        close()
        _open(key, document.id)

    def delete() -> None:
        prompts = resources.store().prompts
        prompts.delete(document.id)
        offer_undo(
            _("{name} was deleted.").format(name=document.name),
            lambda: prompts.restore(document.id),
        )

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Use"),
            key=f"shelf_use_{key}",
            type="primary",
            icon=":material/input:",
            disabled=kept == now,
            help=_("Put it into this variant, in place of what stands there."),
            on_click=explained(take),
        )
        st.button(
            _("History"),
            key=f"shelf_history_{key}",
            icon=":material/history:",
            help=_("What changed from version to version, and the experiments that used each"),
            on_click=explained(look),
        )
        if document.own:
            st.button(
                _("Delete"),
                key=f"shelf_delete_{key}",
                type="tertiary",
                icon=":material/delete:",
                on_click=explained(delete),
            )
    if kept == now:
        st.caption(_("The variant says this now."))


# --- versions -----------------------------------------------------------------------------


def _open(key: str, id: str) -> None:
    state(ShelfState).open = key
    # What it opens with is the newest change, whatever was compared the last time
    compare_version(_about(id), UNSAVED)


def _close() -> None:
    state(ShelfState).open = ""


def _about(id: str) -> str:
    return f"prompt_{id}"


def _versions(document: Document, now: Prompt, use: Take, tokenizer: Reads) -> None:
    if not state(ShelfState).open:
        st.rerun()
    with st.container(key="shelf_versions"), boundary():
        store = resources.store()
        versions = {one.number: one for one in store.prompts.versions(document.id)}
        uses = store.prompt_uses.of(document.id)
        states = [_saved(one, uses) for one in versions.values()]
        parts = _parts(now)
        changed = not now.empty and all(one.parts != parts for one in states)
        # Of what others share one version is seen, which is not the only one
        if changed or not document.own:
            states.insert(0, Saved(UNSAVED, parts))

        def restore(number: int) -> None:
            kept = Prompt.from_dict(versions[number].content)
            use(kept.to_dict() | {"origin": origin_of(document.id, number)})
            _close()

        if not document.own:
            st.caption(_("Earlier versions are for the one who shares this prompt."))
        history(_about(document.id), states, restore, tokenizer(), leave=_close)


def _saved(version: Version, uses: Sequence[Use]) -> Saved:
    return Saved(
        version.number,
        _parts(Prompt.from_dict(version.content)),
        note=version.note,
        at=version.created_at,
        made=tuple(
            Made(
                one.title or _("Experiment"),
                ":material/science:",
                "pages/8_Experiments.py",
                {"experiment": one.id},
            )
            for one in uses
            if one.version == version.number
        ),
    )


def _parts(prompt: Prompt) -> tuple[Part, ...]:
    return (
        Part(_("System message"), prompt.system, spoken_to=True),
        Part(_("Question template"), prompt.template, spoken_to=True),
        Part(_("Follow-up questions, one a line"), prompt.follow_ups, spoken_to=True),
    )
