"""The second step of the form: the questions, typed one a line, or from a table, a file or a suite.

What cannot be read is told of where it was given, and stays there; what was there before stays too.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from core.errors import InvalidInput
from core.experiments.control import over_many_turns
from core.experiments.draft import are_lines, lines_of, rows_of_lines, with_rows
from core.experiments.records import Experiment
from core.experiments.spec import Row
from core.experiments.table import Table, read_table
from core.i18n import _, ngettext, sentences
from core.personas.book import PersonaBook
from core.personas.text import PersonaText
from core.suites.titles import row_group_title
from ui.experiments.state import mine, typed_form, writing
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.held import held, held_inside
from ui.shell.text import label, lines, spoken
from ui.shell.undo import offer_undo
from ui.suites.picker import suite_picker

_SHOWN = 200
_HEIGHT = 112
_FILES = ("csv", "tsv", "txt", "jsonl", "ndjson")


def questions_step(saved: Experiment | None, rows: Sequence[Row]) -> str:
    """Draw the questions; why they cannot be asked as they are typed, "" where they can."""
    mine_now = writing(saved)
    typed = mine_now.typed("lines")
    with st.container(key="typed_questions", gap="xsmall"):
        title = "**" + _("2 · Questions") + "**" + (f" · {_count(rows)}" if rows else "")
        if rows or typed:
            with st.container(
                horizontal=True, wrap=False, vertical_alignment="center", gap="small"
            ):
                st.markdown(title, width="stretch")
                _clear(saved)
        else:
            st.markdown(title)
        problem = ""
        if are_lines(rows):
            problem = _lines(saved, rows, typed)
        else:
            _preview(rows)
        with st.container(horizontal=True, gap="xsmall"):
            _table(saved)
            suite_picker("ex_suites", _persona(saved), partial(take_suite, saved))
    return problem


def _persona(saved: Experiment | None) -> PersonaText | None:
    """The persona whose system message a variant has, so that its suites are offered first."""
    systems = [one.system for one in typed_form(saved).variants if one.system.strip()]
    entries = PersonaBook(resources.store().personas).list() if systems else []
    found = {entry.text.system: entry.text for entry in reversed(entries)}
    return next((found[system] for system in systems if system in found), None)


def _count(rows: Sequence[Row]) -> str:
    return ngettext("{count:,} row", "{count:,} rows", len(rows)).format(count=len(rows))


# --- one a line ---------------------------------------------------------------------------


def _lines(saved: Experiment | None, rows: Sequence[Row], typed: str | None) -> str:
    text = lines_of(rows) if typed is None else typed

    def keep(value: str) -> None:
        mine_now = writing(saved)
        mine_now.keep_typed("lines", value)
        mine_now.keep_rows(rows_of_lines(value, mine_now.rows(saved)))

    st.text_area(
        _("Questions, one a line"),
        label_visibility="collapsed",
        placeholder=_("One question a line"),
        height=_HEIGHT,
        **_told_below("ex_lines", text, keep),
    )
    try:
        rows_of_lines(text, rows)
    except InvalidInput as error:
        return str(error)
    return ""


def _told_below(key: str, value: str, keep: Any) -> dict[str, Any]:
    """As `held`; what cannot be read is told of by the form, and not as a notice that goes."""

    def quietly(text: str) -> None:
        with suppress(InvalidInput):
            keep(text)

    return held(key, value, quietly)


# --- a table ------------------------------------------------------------------------------


def _table(saved: Experiment | None) -> None:
    refused = mine().refused.get(writing(saved).about, "")
    popover = st.popover(
        _("Table or file"),
        icon=":material/table:",
        type="tertiary",
        help=_("Paste rows from a sheet, or take a file"),
        key="ex_table",
    )
    with popover, st.container(key="typed_table"):
        with st.container():
            if refused:
                st.error(lines(refused), icon=":material/error:")
        st.file_uploader(
            _("CSV, TSV or JSON Lines, up to 10,000 rows"),
            _FILES,
            key=f"ex_file_{mine().files}",
            on_change=explained(_take_file),
            args=(saved,),
        )
        st.text_area(
            _("Or paste rows, with the column names above them"),
            height=110,
            **held_inside(
                "ex_paste",
                writing(saved).typed("table") or "",
                lambda text: writing(saved).keep_typed("table", text),
            ),
        )
        st.button(
            _("Add these rows"),
            key="ex_take_paste",
            icon=":material/add:",
            on_click=explained(_take_paste),
            args=(saved,),
        )
        st.caption(
            _(
                "A question template uses a column by its name: {example}. Columns named expected, "
                "group and key hold the wanted answer, the group that a row is summed up in, and "
                "the row's name."
            ).format(example="`{{ city }}`")
        )


def _take_file(saved: Experiment | None) -> None:
    uploaded = st.session_state.get(f"ex_file_{mine().files}")
    if uploaded is None:
        mine().refused.pop(writing(saved).about, None)
        return
    if _took(saved, uploaded.getvalue(), uploaded.name):
        mine().files += 1


def _take_paste(saved: Experiment | None) -> None:
    text = st.session_state.get("ex_paste", "")
    writing(saved).keep_typed("table", text)
    if _took(saved, text, ""):
        writing(saved).keep_typed("table", None)


def _took(saved: Experiment | None, content: bytes | str, name: str) -> bool:
    """Add the rows of a table behind those that are there; else keep why not."""
    mine_now, refused = writing(saved), mine().refused
    try:
        table = read_table(content, name)
        add_rows(saved, table.rows)
    except InvalidInput as error:
        refused[mine_now.about] = str(error)
        return False
    refused.pop(mine_now.about, None)
    _tell(table)
    return True


def add_rows(saved: Experiment | None, rows: Sequence[Row]) -> None:
    """Put rows behind those that are there."""
    mine_now = writing(saved)
    mine_now.keep_rows(with_rows(mine_now.rows(saved), rows))
    mine_now.keep_typed("lines", None)


def take_suite(saved: Experiment | None, rows: Sequence[Row]) -> None:
    """Put the rows of a suite behind those that are there; beside many turns stands a variant
    without a system message."""
    add_rows(saved, rows)
    form = typed_form(saved)
    beside = form.with_control() if over_many_turns(rows) else form
    if beside != form:
        writing(saved).keep(beside)
        st.toast(
            _(
                "Variant added: {name}. It shows how the model alone holds from turn to turn."
            ).format(name=label(beside.variants[-1].name)),
            icon=":material/add:",
        )


def _tell(table: Table) -> None:
    said = ngettext("{count:,} row added.", "{count:,} rows added.", len(table.rows)).format(
        count=len(table.rows)
    )
    if table.encoding:
        said = sentences((said, _("Read as {encoding}.").format(encoding=table.encoding)))
    st.toast(said, icon=":material/check:")


def _preview(rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name, _value in row.fields))
    wanted = st.text_input(
        _("Search the rows"),
        key="ex_search",
        label_visibility="collapsed",
        placeholder=_("Search the rows"),
        icon=":material/search:",
        live=True,
    )
    found = [row for row in rows if not wanted or _has(row, wanted)]
    st.dataframe(_data(found[:_SHOWN], columns), height=_HEIGHT, hide_index=True, key="ex_rows")
    said = []
    if set(columns) - {"input"}:
        names = ", ".join(f"`{{{{ {name} }}}}`" for name in columns)
        said.append(_("Columns: {names}").format(names=names))
    if len(found) > _SHOWN or wanted:
        shown = min(len(found), _SHOWN)
        said.append(_("{shown:,} of {count:,} rows").format(shown=shown, count=len(rows)))
    if said:
        st.caption(" · ".join(said))


def _has(row: Row, wanted: str) -> bool:
    text = " ".join((row.key, row.title, row.group, *(value for _name, value in row.fields)))
    return wanted.casefold() in text.casefold()


def _data(rows: Sequence[Row], columns: Sequence[str]) -> dict[str, list[str]]:
    """What the table shows: of a suite's cases what they ask, of others their columns."""
    data: dict[str, list[str]] = {}
    if any(row.messages for row in rows):
        data[_("Question")] = [row.title for row in rows]
        data[_("Group")] = [row_group_title(row.group) for row in rows]
        columns = [name for name in columns if name != "input"]
    for name in columns:
        data[name] = [dict(row.fields).get(name, "") for row in rows]
    return data


def _clear(saved: Experiment | None) -> None:
    st.button(
        spoken(_("Remove all questions")),
        key="ex_clear",
        icon=":material/delete:",
        type="tertiary",
        help=_("Remove all questions"),
        on_click=explained(_clear_all),
        args=(saved,),
    )


def _clear_all(saved: Experiment | None) -> None:
    mine_now = writing(saved)
    rows, typed = mine_now.rows(saved), mine_now.typed("lines")
    mine_now.keep_rows(())
    mine_now.keep_typed("lines", None)

    def undo() -> None:
        mine_now.keep_rows(rows)
        mine_now.keep_typed("lines", typed)

    offer_undo(_("{rows} removed.").format(rows=_count(rows)), undo)
