"""What the answers of a persona are held to: its contract of rules, and the scope of its
questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

import streamlit as st

from core.checks.kind import Seen
from core.errors import InvalidInput
from core.i18n import _
from core.personas.edits import Edits, Field, contract_of, scope_of, written
from core.personas.text import MAX_RULES, MAX_SCOPE, PersonaEntry, Scope, held_to
from core.personas.trials import Tried
from ui.checks.editor import Rules, rules_editor
from ui.checks.outcomes import holding_line
from ui.shell.boundary import boundary
from ui.shell.held import held


def contract_part(edits: Edits, entry: PersonaEntry, last: Tried | None) -> None:
    """Draw the rules. last: the newest answer of the preview, which they are tried on."""
    now = edits.now(entry)
    st.caption(
        _(
            "What every answer must show, whatever the question. The preview says under each answer "
            "which rules hold."
        )
    )

    def keep(rules: Rules) -> None:
        edits.change(entry, "contract", written(rules))

    rules_editor(
        f"contract_{entry.id}",
        contract_of(now),
        keep,
        seen(last) if last else None,
        most=MAX_RULES,
        ground=Seen("", system=now["system"], question=last.question if last else ""),
    )


def scope_part(edits: Edits, entry: PersonaEntry) -> None:
    """Draw the questions inside and outside of what a persona is for."""
    now = edits.now(entry)
    st.caption(
        _(
            "Questions that this persona should answer, and some that it should decline. They are "
            "what suites and experiments ask it."
        )
    )
    boxes: tuple[tuple[Field, str, str], ...] = (
        ("inside", _("In scope, one per line"), _("How do I return an order?")),
        ("outside", _("Out of scope, one per line"), _("Who won the game last night?")),
    )
    for name, title, placeholder in boxes:
        st.text_area(
            title,
            height=180,
            placeholder=placeholder,
            help=_("Up to {most} questions. ↵ stands for a line break within a question.").format(
                most=MAX_SCOPE
            ),
            **held(f"{name}_{entry.id}", now[name], partial(edits.change, entry, name)),
        )
    with boundary():
        scope_of(now)


def seen(tried: Tried) -> Seen:
    """An answer of the preview or the comparison, as rules look at it."""
    return Seen(tried.text, tried.reason, tried.system, tried.question)


@dataclass(frozen=True, slots=True)
class Promise:
    """What answers are held to as it stands in the editor, saved or not."""

    contract: Rules
    scope: Scope

    @classmethod
    def of(cls, fields: Mapping[Field, str]) -> Self:
        """The promise of a persona's fields; a scope that cannot be one holds to nothing."""
        try:
            scope = scope_of(fields)
        except InvalidInput:
            scope = Scope()
        return cls(contract_of(fields), scope)

    def line(self, tried: Tried, key: str) -> None:
        """Draw which rules hold in an answer; nothing while there is none, or without rules."""
        if tried.reason and not tried.error:
            rules = held_to(self.contract, self.scope, tried.question)
            holding_line(rules, seen(tried), key)
