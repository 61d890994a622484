"""What the embedded model can do: examples to click, each with the figure that was measured.

Everything shown comes from the checkpoint's evaluation.json, which `python -m training.evaluate`
writes: questions that training never saw, and the share of them that was answered rightly.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.i18n import _, translated
from core.models.measured import evaluation
from ui.chat.state import ChatState, Draft, ask_anew
from ui.shell.boundary import explained
from ui.shell.session import state

COLUMNS = 2
LONGEST = 60


def abilities() -> None:
    """Draw the examples by group, and the table of figures under them."""
    result = evaluation()
    if not result:
        return
    st.header(_("What it knows"), anchor=False)
    st.caption(
        _(
            "Click one to try it. The percentage is the share of correct answers, at temperature "
            "0, to questions that the model never saw in training."
        )
    )
    found = {ability["name"]: ability for ability in result["abilities"]}
    for row in result["rows"]:
        shown = [found[name] for name in row["abilities"] if not found[name]["tools"]]
        if shown:
            with st.expander(f"{labels()[row['name']]} · **{row['greedy']:.0%}**"):
                _examples(shown)
    with st.expander(_("All results")):
        _figures(result["rows"])


def labels() -> dict[str, str]:
    """The rows' names as a reader sees them, by the name in evaluation.json."""
    return {
        "questions in English": _("Questions in English"),
        "questions in Chinese": _("Questions in Chinese"),
        "copying and looking up": _("Copies and looks up"),
        "roles and limits from the system message": _(
            "Follows roles and limits from the system message"
        ),
        "one rule of form": _("Follows one formatting rule"),
        "several rules of form": _("Follows several formatting rules"),
        "injection withstood": _("Resists prompt injection"),
        "recall": _("Recalls what was said"),
        "tool call": _("Calls tools"),
        "answer from a tool's result": _("Answer from a tool's result"),
        "code interpreter": _("Code interpreter"),
        "says that it does not know": _("Admits what it does not know"),
        "fluent form": _("Writes well-formed text without loops"),
    }


def _examples(shown: list[Mapping[str, Any]]) -> None:
    for start in range(0, len(shown), COLUMNS):
        columns = st.columns(COLUMNS)
        for column, ability in zip(columns, shown[start : start + COLUMNS], strict=False):
            last = ability["turns"][-1]
            column.button(
                last if len(last) <= LONGEST else last[:LONGEST] + "…",
                key=f"ability_{ability['name']}",
                width="stretch",
                help=_help(ability),
                on_click=explained(_take),
                args=(ability["turns"], ability["system"]),
            )
            name = labels().get(ability["name"]) or translated(ability["name"].capitalize())
            column.caption(f"{name} · {ability['greedy']:.0%}")
    if state(ChatState).pending:
        st.switch_page("pages/1_Chat.py")


def _help(ability: Mapping[str, Any]) -> str | None:
    """What is sent besides the text on the button: system message and earlier questions."""
    parts = (
        [_("System message: {text}").format(text=ability["system"])] if ability["system"] else []
    )
    parts += ability["turns"][:-1]
    return "\n\n".join(part.replace("$", "\\$") for part in parts) or None


def _take(turns: list[str], system: str) -> None:
    """Send these questions in a new conversation with this system message."""
    ask_anew(turns, Draft(system=system))


def _figures(rows: list[Mapping[str, Any]]) -> None:
    percent = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    st.dataframe(
        [
            {
                _("Ability"): labels()[row["name"]],
                _("At temperature 0"): row["greedy"],
                _("At 0.8 / top_p 0.9"): row["sampled"],
                _("Questions"): row["n"],
            }
            for row in rows
        ],
        column_config={_("At temperature 0"): percent, _("At 0.8 / top_p 0.9"): percent},
        hide_index=True,
        width="stretch",
    )
