"""The dialog of suites: which there are, what is in each, and its rows for an experiment."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.checks.rule import rule_label
from core.experiments.of_suites import rows_of
from core.experiments.spec import Row
from core.i18n import _, ngettext
from core.personas.book import PersonaBook
from core.personas.text import PersonaText
from core.suites.contract import under_contract
from core.suites.draft import NEW, SuiteForm
from core.suites.export import inspect_lines, promptfoo
from core.suites.file import file_content
from core.suites.suite import Case, Suite
from core.suites.titles import family_title, kind_help, kind_title
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.text import label
from ui.shell.undo import offer_undo
from ui.suites.state import ANYBODY, GIVEN, chosen_persona, mine, shown_suites
from ui.suites.writing import begin_writing, desk, write_suite

Take = Callable[[tuple[Row, ...]], None]
_HEIGHT = 250


def suite_picker(key: str, persona: PersonaText | None, take: Take) -> None:
    """Draw a button that opens the suites over the page.

    key: of the button. persona: whose suites are offered first. take: gets the rows that were
    chosen; may raise a `PromptLabError`, which is explained.
    """
    st.button(
        _("Test suites"),
        key=f"{key}_open",
        icon=":material/checklist:",
        type="tertiary",
        help=_("Questions in scope and out of scope, many turns, injection, and your own cases"),
        on_click=explained(_open),
        args=(key,),
    )
    if mine().open == key:
        dialog = st.dialog(_("Test suites"), width="large", on_dismiss=explained(_close))
        dialog(_dialog)(persona, take)


def _open(key: str) -> None:
    mine().open = key


def _close() -> None:
    mine().open = ""


def _dialog(given: PersonaText | None, take: Take) -> None:
    if not mine().open:
        st.rerun()
    with st.container(key="suites_dialog", gap="small"), boundary():
        if mine().writing:
            write_suite()
            return
        value, persona = chosen_persona(given)
        _whose(value, given)
        suites = shown_suites(persona)
        ids = [suite.id for suite in suites]
        chosen = mine().suite if mine().suite in ids else ids[0]
        found = {suite.id: suite for suite in suites}
        choice, shown = st.columns([2, 5], gap="medium")
        with choice:
            _list(found, chosen)
        with shown:
            _suite(found[chosen], persona, take)


def _whose(value: str, given: PersonaText | None) -> None:
    entries = PersonaBook(resources.store().personas).list()
    names = {ANYBODY: _("Any prompt")}
    if given:
        names[GIVEN] = _("{name} (as written)").format(name=given.name)
    names |= {entry.id: entry.text.name for entry in entries}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            _("Made for"),
            list(names),
            index=list(names).index(value),
            format_func=names.__getitem__,
            key="suites_persona",
            help=_("The scope and the contract of a persona make suites of its own."),
            on_change=explained(_choose_persona),
        )
        st.button(
            _("New suite"),
            key="suites_new",
            icon=":material/add:",
            on_click=explained(begin_writing),
            args=(NEW,),
        )


def _choose_persona() -> None:
    mine().persona = st.session_state["suites_persona"]


def _list(found: dict[str, Suite], chosen: str) -> None:
    with st.container(key="suites_list", gap="xsmall"):
        for id, suite in found.items():
            mark = ":orange[●] " if desk(id).typed else ""
            st.button(
                f"{mark}{label(suite.name)}",
                key=f"suite_{id}",
                type="secondary" if id == chosen else "tertiary",
                width="stretch",
                help=_("Unsaved changes") if mark else None,
                on_click=explained(_choose),
                args=(id,),
            )


def _choose(id: str) -> None:
    mine().suite = id


def _cases(count: int) -> str:
    return ngettext("{count:,} case", "{count:,} cases", count).format(count=count)


def _suite(suite: Suite, persona: PersonaText | None, take: Take) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        shipped = suite.kind != "own cases" and kind_title(suite.kind) in suite.name
        said = [] if shipped else [kind_title(suite.kind)]
        said.append(_cases(len(suite.cases)))
        st.markdown(f"**{label(suite.name)}** · {label(' · '.join(said))}", width="stretch")
        groups = _groups(suite)
    st.caption(kind_help(suite.kind))
    cases = tuple(case for case in suite.cases if not groups or case.family in groups)
    under = rows_of(replace(suite, cases=cases), persona) if cases else ()
    st.dataframe(_columns(cases, under), height=_HEIGHT, hide_index=True, key="suite_cases")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            ngettext("Add {count:,} row", "Add {count:,} rows", len(under)).format(
                count=len(under)
            ),
            key="suite_take",
            type="primary",
            icon=":material/playlist_add:",
            disabled=not under,
            on_click=explained(_take),
            args=(under, take),
        )
        _export(suite, persona)
        _own(suite)


def _columns(cases: Sequence[Case], rows: Sequence[Row]) -> dict[str, list[Any]]:
    """What the table of cases shows; a column in which nothing stands is left out."""
    columns: dict[str, list[Any]] = {
        _("Question"): [row.title for row in rows],
        _("Expected answer"): [case.expected for case in cases],
        _("Group"): [family_title(case.family) for case in cases],
        _("Turns"): [str(case.turns) if case.turns > 1 else "" for case in cases],
        _("Rules"): [" · ".join(rule_label(rule) for rule in row.rules) for row in rows],
        _("Source"): [case.source for case in cases],
    }
    return {name: values for name, values in columns.items() if any(values)}


def _groups(suite: Suite) -> list[str]:
    """The groups that are taken; none means all."""
    families = suite.families
    if len(families) < 2:
        return []
    key = f"suite_groups_{suite.id}"
    taken = st.session_state.get(key) or []
    name = _("Groups: {count}").format(count=len(taken)) if taken else _("Groups")
    with st.popover(name, icon=":material/filter_list:", type="tertiary", key="suite_groups"):
        chosen = st.pills(
            _("Only these groups"),
            families,
            selection_mode="multi",
            key=key,
            format_func=lambda family: label(family_title(family)),
            help=_("Without a choice all are taken."),
        )
    return list(chosen)


def _take(rows: tuple[Row, ...], take: Take) -> None:
    take(rows)
    st.toast(
        ngettext("{count:,} row added.", "{count:,} rows added.", len(rows)).format(
            count=len(rows)
        ),
        icon=":material/check:",
    )
    _close()


def _export(suite: Suite, persona: PersonaText | None) -> None:
    # As its rows are asked: other tools know no contract, and here it comes with the persona
    held, system = under_contract(suite, persona), persona.system if persona else ""
    with st.popover(_("Export"), icon=":material/download:", type="tertiary", key="suite_export"):
        for form, title, ending, content in (
            ("promptlab", _("Suite file"), "yaml", partial(file_content, suite)),
            ("promptfoo", _("promptfoo configuration"), "yaml", partial(promptfoo, held, system)),
            (
                "inspect",
                _("JSON Lines for Inspect"),
                "jsonl",
                partial(inspect_lines, held, system),
            ),
        ):
            st.download_button(
                title,
                content,
                file_name=f"{suite.id}-{form}.{ending}",
                key=f"suite_export_{form}",
                on_click="ignore",
                width="stretch",
            )


def _own(suite: Suite) -> None:
    """What may be done to a suite of users, and with one that ships."""
    documents = {one.id: one for one in resources.store().suites.list()}
    document = documents.get(suite.id)
    if document is None or not document.own:
        st.button(
            _("Change a copy"),
            key="suite_copy",
            icon=":material/content_copy:",
            type="tertiary",
            on_click=explained(_copy),
            args=(suite,),
        )
        return
    st.button(
        _("Edit"),
        key="suite_edit",
        icon=":material/edit:",
        type="tertiary",
        on_click=explained(begin_writing),
        args=(suite.id,),
    )
    st.button(
        _("Delete"),
        key="suite_delete",
        icon=":material/delete:",
        type="tertiary",
        on_click=explained(_delete),
        args=(suite,),
    )


def _copy(suite: Suite) -> None:
    """Begin a suite of one's own with its cases, unless another new one is being written."""
    own = desk(NEW)
    if not own.typed:
        name = _("{name}, changed").format(name=suite.name[:60])
        own.keep(SuiteForm.of(suite, name))
    begin_writing(NEW)


def _delete(suite: Suite) -> None:
    suites = resources.store().suites
    suites.delete(suite.id)
    offer_undo(_("{name} deleted.").format(name=suite.name), partial(suites.restore, suite.id))
