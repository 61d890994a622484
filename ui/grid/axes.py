"""The two axes of the grid's form: which setting varies, and its values.

Numbers are typed as a list; personas and models are chosen from what there is.
"""

from typing import Any, Literal

import streamlit as st

from core.grid.axes import DEFAULTS, MAX_AXIS, NAMES, Axis, AxisName, Value, parse_axis
from core.grid.measure_labels import axis_explained, axis_label
from core.grid.over_models import offered_models
from core.i18n import _
from core.personas.book import PersonaBook
from ui.shell import resources
from ui.shell.session import session

Side = Literal["rows", "columns"]
SIDES: tuple[Side, Side] = ("rows", "columns")


def axis_editor(side: Side, label: str) -> None:
    """Draw the choice of one axis and of its values."""
    pick, values = st.columns(2, gap="small")
    name: AxisName = pick.selectbox(
        label,
        NAMES,
        format_func=axis_label,
        key=f"grid_{side}",
        on_change=_axis_changed,
        args=(side,),
    )
    with values:
        if name in ("persona", "model"):
            options = list(_texts(name))
            key = f"grid_{side}_chosen"
            st.session_state[key] = [v for v in st.session_state[key] if v in options]
            st.multiselect(
                _("Choose 1 to {most}").format(most=MAX_AXIS),
                options,
                key=key,
                max_selections=MAX_AXIS,
            )
        else:
            st.text_input(_("1 to {most} values").format(most=MAX_AXIS), key=f"grid_{side}_values")
    st.caption(axis_explained(name))


def chosen_axis(side: Side) -> Axis:
    """The axis as it stands in the form; raises `InvalidInput` for values that cannot be."""
    form = session().results["grid_form"]
    name: AxisName = form[f"grid_{side}"]
    if name not in ("persona", "model"):
        return parse_axis(name, form[f"grid_{side}_values"])
    texts, labels = _texts(name), tuple(form[f"grid_{side}_chosen"])
    return Axis(name, tuple(texts[label] for label in labels), labels)


def axis_fields(side: Side, axis: Axis) -> dict[str, Any]:
    """What the form holds for an axis of a stored run."""
    fields: dict[str, Any] = {f"grid_{side}": axis.name}
    if axis.name in ("persona", "model"):
        # A persona may have been changed or deleted since: the run's own text stays on offer
        session().results[f"grid_own_{axis.name}"] = dict(
            zip(axis.labels, map(str, axis.values), strict=True)
        )
        fields[f"grid_{side}_chosen"] = list(axis.labels)
    else:
        fields[f"grid_{side}_values"] = typed(axis.values)
    return fields


def use_numbers(side: Side, name: AxisName, values: str) -> None:
    """Set an axis of the form."""
    st.session_state[f"grid_{side}"] = name
    st.session_state[f"grid_{side}_values"] = values


def typed(values: tuple[Value, ...]) -> str:
    """Numbers as a list to type."""
    return ", ".join(v if isinstance(v, str) else f"{v:g}" if v < 1e6 else str(v) for v in values)


def _axis_changed(side: Side) -> None:
    """Start from sensible values; an axis that the other side has changes places with this one."""
    form = session().results["grid_form"]
    name: AxisName = st.session_state[f"grid_{side}"]
    other: Side = "columns" if side == "rows" else "rows"
    if st.session_state[f"grid_{other}"] == name:
        for field in ("", "_values", "_chosen"):
            st.session_state[f"grid_{other}{field}"] = form[f"grid_{side}{field}"]
            st.session_state[f"grid_{side}{field}"] = form[f"grid_{other}{field}"]
        return
    if name in ("persona", "model"):
        st.session_state[f"grid_{side}_chosen"] = _first(name)
    else:
        st.session_state[f"grid_{side}_values"] = typed(DEFAULTS[name])


def _first(name: AxisName) -> list[str]:
    """What to start from: no persona and two of them, or the loaded model in three precisions."""
    options = list(_texts(name))
    if name == "model":
        facts = resources.engine().loaded.facts
        now = f"{facts.name}/{facts.precision}"
        same = [v for v in options if v.startswith(f"{facts.name}/") and v != now]
        options = [v for v in (now, *same) if v in options]
    return options[:3]


def _texts(name: AxisName) -> dict[str, str]:
    """What can be chosen, by its label."""
    own = session().results.get(f"grid_own_{name}", {})
    if name == "persona":
        book = PersonaBook(resources.store()).list()
        entries = {entry.text.name: entry.text.system for entry in book}
        return {_("no persona"): "", **entries, **own}
    offered = offered_models(resources.settings(), resources.host().freed())
    return {**{value: value for value in offered}, **own}
