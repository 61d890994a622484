"""What a visitor is in the middle of with the grid: the form, and what a button asked for.

The form's widgets are forgotten when another page is shown; the form itself is not.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import streamlit as st

from core.grid.axes import AxisName
from ui.shell.session import state

Side = Literal["rows", "columns"]
SIDES: tuple[Side, Side] = ("rows", "columns")
LISTED = 20
# Fill the gaps of a run and score it, score its texts, or write them again and compare
Action = Literal["fill", "score", "replay"]


@dataclass(frozen=True, slots=True)
class GridForm:
    """What stands in the form: a field for each of its widgets, whose keys are `grid_` and a name.

    rows, columns: the settings on the two axes. …_values: numbers, as they are typed. …_chosen:
    what personas say, or names of models.
    """

    prompt: str = ""
    system: str = ""
    rows: AxisName = "temperature"
    rows_values: str = "0.2, 0.8, 1.4"
    rows_chosen: tuple[str, ...] = ()
    columns: AxisName = "top_p"
    columns_values: str = "0.5, 0.9, 1"
    columns_chosen: tuple[str, ...] = ()
    samples: int = 1
    temperature: float = 0.8
    top_p: float = 0.8
    top_k: int = 0
    tokens: int = 128
    seed: int = 0

    def axis(self, side: Side) -> AxisName:
        """The setting on an axis."""
        return self.rows if side == "rows" else self.columns

    def values(self, side: Side) -> str:
        """The numbers of an axis, as they are typed."""
        return self.rows_values if side == "rows" else self.columns_values

    def chosen(self, side: Side) -> tuple[str, ...]:
        """The personas or models of an axis."""
        return self.rows_chosen if side == "rows" else self.columns_chosen

    @property
    def models(self) -> tuple[str, ...]:
        """The models of the axis that has them; none where no axis does."""
        return next((self.chosen(side) for side in SIDES if self.axis(side) == "model"), ())


@dataclass(slots=True)
class GridState:
    """form: as it was drawn last. form_of: the id of the run that it was filled with.

    own: by axis, the personas or models of that run, by what it calls them: they stay on offer
    though they may have been changed or deleted since. example: whether the example is to run.
    wish: what is to be done with the run of that id. open_at: the id of the run above which the
    form is open; above all others it is one line. picked: how often a field of a chart was clicked.
    looked_up: an inspector was just opened, and is to be brought into view. listed: how many runs
    are.
    """

    form: GridForm = field(default_factory=GridForm)
    form_of: str | None = None
    own: dict[AxisName, dict[str, str]] = field(default_factory=dict)
    example: bool = False
    wish: tuple[str, Action] | None = None
    open_at: str | None = None
    picked: int = 0
    looked_up: bool = False
    listed: int = LISTED


def fill_in(**values: Any) -> None:
    """Set these fields of the form, before it is drawn; the others stay as they are typed."""
    kept = state(GridState)
    kept.form = replace(typed(), **values)
    for name, value in values.items():
        st.session_state[_key(name)] = _in_widget(value)


def typed() -> GridForm:
    """The form with what its widgets hold; one that is not on screen keeps its last value."""
    kept = state(GridState).form
    held: dict[str, Any] = {}
    for name in _names():
        value = st.session_state.get(_key(name), getattr(kept, name))
        held[name] = tuple(value) if isinstance(value, list) else value
    return replace(kept, **held)


def put_back() -> None:
    """Give the widgets that were forgotten their values again."""
    kept = state(GridState).form
    for name in _names():
        if _key(name) not in st.session_state:
            st.session_state[_key(name)] = _in_widget(getattr(kept, name))


def _names() -> list[str]:
    return [one.name for one in fields(GridForm)]


def _key(name: str) -> str:
    return f"grid_{name}"


def _in_widget(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
