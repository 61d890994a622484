"""The home page's examples of what the embedded model can do."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.models.measured import FILE
from tests.patience import PAGE_S
from ui.home.abilities import labels

ROOT = Path(__file__).parents[2]


@pytest.fixture
def result() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))


def home() -> AppTest:
    return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PAGE_S).run()


def test_every_row_has_a_label(result):
    assert {row["name"] for row in result["rows"]} <= set(labels())


def test_an_example_for_each_ability_that_needs_no_tool(result):
    shown = {b.key for b in home().button if b.key and b.key.startswith("ability_")}
    assert shown == {f"ability_{a['name']}" for a in result["abilities"] if not a["tools"]}


def test_the_figures_shown_are_the_evaluation_s(result):
    at = home()
    heads = [e.label for e in at.expander]
    for row in result["rows"]:
        for head in heads:
            if head.startswith(labels()[row["name"]]):
                assert head.endswith(f"**{row['greedy']:.0%}**")
    (table,) = at.dataframe
    assert list(table.value["At temperature 0"]) == [row["greedy"] for row in result["rows"]]


def test_a_clicked_example_is_sent_with_its_system_message_and_all_its_questions(result):
    from ui.shell import resources

    ability = next(a for a in result["abilities"] if a["system"] and not a["tools"])
    at = home()
    at.button(f"ability_{ability['name']}").click().run()
    assert not at.exception
    # The click leads into the chat
    [talk] = resources.store().conversations.list()
    assert talk.system == ability["system"]
    said = [m for m in at.chat_message if m.name == "user"]
    assert len(said) == len(ability["turns"])
    assert not at.session_state["state"]["ChatState"].pending
