"""Writing a suite: its cases in a table, by hand or from a sheet, and the rules for all of them.

What is typed is kept as a draft; saving makes a version.
"""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.checks.rule import Rule
from core.errors import InvalidInput
from core.experiments.of_suites import cases_of
from core.experiments.table import read_table
from core.i18n import _, ngettext
from core.suites.draft import NEW, Line, SuiteDesk, SuiteForm
from core.suites.file import parse_file
from core.suites.suite import KINDS, Case, Suite
from core.suites.titles import kind_help, kind_title
from ui.checks.editor import rules_editor
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.held import held
from ui.shell.text import lines
from ui.suites.state import mine, own_suites
from ui.versions.history import Part, Saved, history

_FILES = ("csv", "tsv", "txt", "jsonl", "ndjson", "yaml", "yml", "json")
_SUITE_FILES = (".yaml", ".yml", ".json")
_HEIGHT = 220


def desk(id: str) -> SuiteDesk:
    """What this visitor writes of that suite."""
    return SuiteDesk(resources.store().drafts, id)


def begin_writing(id: str) -> None:
    """Write this suite; `NEW` for a new one."""
    now = mine()
    now.writing, now.refused = id, ""
    now.drawn += 1


def write_suite() -> None:
    """Draw the form of the suite that is being written."""
    id = mine().writing
    saved = next((suite for suite in own_suites() if suite.id == id), None)
    own = desk(id)
    form = own.form(saved)
    _head(own, saved, form)
    _table(own, saved, form)
    _from_sheet(own, saved)
    with st.expander(_("Rules for every case"), icon=":material/rule:", expanded=bool(form.rules)):
        rules_editor(f"suite_rules_{id}", form.rules, lambda rules: _keep_rules(own, saved, rules))
    problem = _problem(form)
    if problem and own.typed:
        st.info(lines(problem), icon=":material/info:")
    _ends(own, saved, bool(problem))
    states = _versions(saved.id) if saved else []
    if saved and len(states) > 1:
        with st.expander(_("Versions"), icon=":material/history:"):
            history(f"suite_{saved.id}", states, lambda n: _restore(saved, n))


def _head(own: SuiteDesk, saved: Suite | None, form: SuiteForm) -> None:
    def keep(name: str) -> Any:
        return lambda value: own.keep(replace(own.form(saved), **{name: value}))

    name, kind = st.columns([3, 2], gap="small")
    with name:
        st.text_input(
            _("Name of the suite"), max_chars=80, **held("suite_name", form.name, keep("name"))
        )
    with kind:
        st.selectbox(
            _("Kind"),
            KINDS,
            format_func=kind_title,
            help=kind_help(form.kind),
            **held("suite_kind", form.kind, keep("kind")),
        )


def _table(own: SuiteDesk, saved: Suite | None, form: SuiteForm) -> None:
    now = mine()
    # What is done in a table that is drawn anew would be lost: it stays as it began
    if now.base[0] != now.drawn:
        now.base = now.drawn, form.lines
    key = f"suite_table_{now.drawn}"
    st.data_editor(
        _frame(now.base[1]),
        num_rows="dynamic",
        hide_index=True,
        height=_HEIGHT,
        key=key,
        column_config={
            "question": st.column_config.TextColumn(_("Question"), width="large"),
            "expected": st.column_config.TextColumn(_("Expected answer")),
            "group": st.column_config.TextColumn(_("Group"), width="small"),
        },
        on_change=explained(lambda: _edited(own, saved, st.session_state[key])),
    )
    several = sum(bool(line.rest.get("messages")) for line in form.lines)
    if several:
        st.caption(
            ngettext(
                "{count:,} case is a conversation: the table shows its last question.",
                "{count:,} cases are conversations: the table shows the last question of each.",
                several,
            ).format(count=several)
        )


def _frame(shown: tuple[Line, ...]) -> Any:
    """The table's texts, as texts even where there are none yet."""
    import pandas as pd

    names = ("question", "expected", "group")
    return pd.DataFrame(
        {name: [getattr(line, name) for line in shown] for name in names}, dtype="object"
    ).astype("str")


def _edited(own: SuiteDesk, saved: Suite | None, done: Any) -> None:
    """Keep what was done in the table since it began."""
    form = replace(own.form(saved), lines=mine().base[1])
    own.keep(form.edited(done["edited_rows"], done["added_rows"], done["deleted_rows"]))


def _from_sheet(own: SuiteDesk, saved: Suite | None) -> None:
    with st.popover(_("From a sheet or a file"), icon=":material/table:", key="suite_sheet"):
        if mine().refused:
            st.error(lines(mine().refused), icon=":material/error:")
        file = f"suite_file_{mine().drawn}"
        st.file_uploader(
            _("CSV, TSV, JSON Lines or a suite file"),
            _FILES,
            key=file,
            on_change=explained(lambda: _take_file(own, saved, st.session_state.get(file))),
        )
        paste = f"suite_paste_{mine().drawn}"
        st.text_area(_("Or paste rows, with the column names above them"), height=110, key=paste)
        st.button(
            _("Add these cases"),
            key="suite_take_paste",
            icon=":material/add:",
            on_click=explained(lambda: _take(own, saved, st.session_state.get(paste) or "", "")),
        )
        st.caption(
            _(
                "The first column is the question. Columns called expected, group and key give the "
                "answer that is wanted, what a case is summed up with, and its name."
            )
        )


def _take_file(own: SuiteDesk, saved: Suite | None, uploaded: Any) -> None:
    if uploaded is not None:
        _take(own, saved, uploaded.getvalue(), uploaded.name)


def _take(own: SuiteDesk, saved: Suite | None, content: bytes | str, name: str) -> None:
    """Add the cases of a table or a suite file behind those that are there; else keep why not."""
    now = mine()
    try:
        form = own.form(saved)
        if name.lower().endswith(_SUITE_FILES):
            read = SuiteForm.of(parse_file(content))
            form = replace(
                read if not form.lines else form, lines=(*form.lines, *read.lines), name=form.name
            )
            form = replace(form, name=form.name or read.name)
        else:
            form = form.with_cases(_cases(content, name))
    except InvalidInput as error:
        now.refused = str(error)
        return
    own.keep(form)
    now.refused = ""
    now.drawn += 1


def _cases(content: bytes | str, name: str) -> tuple[Case, ...]:
    return cases_of(read_table(content, name))


def _keep_rules(own: SuiteDesk, saved: Suite | None, rules: tuple[Rule, ...]) -> None:
    own.keep(replace(own.form(saved), rules=rules))


def _problem(form: SuiteForm) -> str:
    """Why it cannot be kept as it is; "" where it can."""
    if not form.name.strip():
        return _("Give the suite a name.")
    try:
        form.suite()
    except InvalidInput as error:
        return str(error)
    return ""


def _ends(own: SuiteDesk, saved: Suite | None, wrong: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            _("Save"),
            key="suite_save",
            type="primary",
            icon=":material/check:",
            disabled=wrong or not own.typed,
            on_click=explained(_save),
            args=(own, saved),
        )
        st.button(
            _("Back"),
            key="suite_back",
            help=_("What you typed is kept."),
            on_click=explained(_back),
        )
        if own.typed:
            st.button(
                _("Discard changes"),
                key="suite_discard",
                type="tertiary",
                on_click=explained(_discard),
                args=(own,),
            )
        st.text_input(
            _("Note on this version"),
            key=f"suite_note_{mine().drawn}",
            label_visibility="collapsed",
            placeholder=_("What changed (optional)"),
            max_chars=200,
        )


def _save(own: SuiteDesk, saved: Suite | None) -> None:
    form = own.form(saved)
    suite, suites = form.suite(own.about), resources.store().suites
    note = st.session_state.get(f"suite_note_{mine().drawn}") or ""
    if saved:
        kept = suites.save(saved.id, suite.name, suite.to_dict(), note)
    else:
        kept = suites.create(suite.name, suite.to_dict(), note)
    own.discard()
    mine().suite = kept.id
    _back()


def _back() -> None:
    mine().writing = ""
    mine().drawn += 1


def _discard(own: SuiteDesk) -> None:
    own.discard()
    if own.about == NEW:
        mine().writing = ""
    mine().drawn += 1


# --- versions -----------------------------------------------------------------------------


def _versions(id: str) -> list[Saved]:
    return [
        Saved(version.number, _parts(version.content), version.note, version.created_at)
        for version in resources.store().suites.versions(id)
    ]


def _parts(content: dict[str, Any]) -> tuple[Part, ...]:
    suite = Suite.from_dict("", content.get("name", ""), content)
    said = tuple(
        " · ".join(part for part in (case.asked, case.expected, case.family) if part)
        for case in suite.cases
    )
    return (Part(_("Name of the suite"), suite.name), Part(_("Cases"), said))


def _restore(saved: Suite, number: int) -> None:
    """Put a version into the form."""
    version = resources.store().suites.version(saved.id, number)
    name = version.content.get("name", saved.name)
    desk(saved.id).keep(SuiteForm.of(Suite.from_dict(saved.id, name, version.content)))
    mine().drawn += 1
