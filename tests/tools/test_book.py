"""Where tools come from: the operator's folder, users without code, texts to search in."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.config import Settings
from core.errors import InvalidInput, NotFound
from core.store import Store
from core.tools.book import ToolBook
from core.tools.folder import folder_tools
from core.tools.own import MOST_ROWS, OwnTool, Row
from core.tools.running import run_tool
from core.tools.search import passages, search_tool, words
from core.tools.tool import ENDLESS

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FILE = '''
from core.tools.tool import tool

@tool()
def {name}(city: str, days: int = 3) -> str:
    """Tell the tide of a city."""
    return f"{{city}} {{days}}"
'''


def test_a_function_of_the_folder_is_a_tool(tmp_path: Path) -> None:
    (tmp_path / "tide.py").write_text(FILE.format(name="tide"))
    (tide,) = folder_tools(tmp_path).tools
    assert (tide.name, tide.description, tide.origin) == (
        "tide",
        "Tell the tide of a city",
        "folder",
    )
    assert tide.parameters["required"] == ["city"]
    assert run_tool(tide, {"city": "Oslo"}).text == "Oslo 3"
    with pytest.raises(InvalidInput):
        run_tool(tide, {"city": "Oslo", "days": "many"})


def test_a_file_that_breaks_is_told_of_and_the_others_are_there(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("raise ValueError('no')")
    (tmp_path / "b.py").write_text("x = 1")
    (tmp_path / "c.py").write_text(FILE.format(name="tide"))
    (tmp_path / "d.py").write_text(FILE.format(name="tide"))
    (tmp_path / "e.py").write_text("raise SystemExit(2)")
    (tmp_path / "f.py").symlink_to(tmp_path / "nowhere")
    # As an editor locks the file that is being changed
    (tmp_path / ".#c.py").symlink_to("me@here.1")
    found = folder_tools(tmp_path)
    assert [tool.name for tool in found.tools] == ["tide"]
    assert [fault.split(".py")[0] for fault in found.faults] == ["a", "b", "d", "e", "f"]
    # Whoever comes to the page reads that, and not where the folder lies
    faults = (*found.faults, *folder_tools(tmp_path / "none").faults)
    assert not any(str(tmp_path) in fault for fault in faults)
    assert "none" in faults[-1]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "tide.py"
    file.write_text(FILE.format(name="tide"))
    assert folder_tools(tmp_path).tools[0].name == "tide"
    file.write_text(FILE.format(name="surf"))
    os.utime(file, ns=(1, 1))
    assert folder_tools(tmp_path).tools[0].name == "surf"


def _own(**values: Any) -> OwnTool:
    return OwnTool("trains", "When trains leave", CITY, **values)


def test_a_table_answers_by_its_arguments() -> None:
    rows = (Row({"city": "Oslo"}, "9:00"), Row({"city": "Rome"}, "10:00"))
    tool = _own(answering="table", rows=rows).tool()
    assert run_tool(tool, {"city": " oslo "}).text == "9:00"
    assert run_tool(tool, {"city": "Bern"}).failed
    other = _own(answering="table", rows=rows, answer="none today").tool()
    assert run_tool(other, {"city": "Bern"}).text == "none today"


@pytest.mark.parametrize("word", sorted(ENDLESS))
def test_own_tools_have_no_schema_that_takes_for_ever_to_check(word: str) -> None:
    def made(schema: dict[str, Any]) -> OwnTool:
        return OwnTool("t", "A tool", {"type": "object", "properties": {"a": schema}})

    values: dict[str, Any] = {
        **{"patternProperties": {"x": {}}, "dependentSchemas": {"x": {}}, "$dynamicRef": "#/a"},
        **{"unevaluatedItems": False, "unevaluatedProperties": False},
    }
    with pytest.raises(InvalidInput, match=re.escape(f"use {word}")):
        made({"anyOf": [{"items": {word: values.get(word, "a")}}]})
    # A parameter may be called so, or take it as a value
    assert made({"properties": {word: {"enum": [word, {word: 1}]}}}).tool()


def test_own_tools_are_kept_and_read_again(data_dir: Path) -> None:
    store = Store.open(data_dir / "lab.db")
    own = _own(answering="table", rows=(Row({"city": "Oslo"}, "9:00"),))
    document = store.tools.create(own.name, own.to_dict())
    assert OwnTool.from_dict(document.name, store.tools.get(document.id).content) == own
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(data_dir)})
    book = ToolBook.of(settings, store.tools.list())
    assert book.get("trains").origin == "own"
    store.tools.delete(document.id)
    assert [one.kind for one in store.binned()] == ["tool"]


def test_a_tool_that_cannot_be_read_is_told_of(data_dir: Path) -> None:
    store = Store.open(data_dir / "lab.db")
    store.tools.create("broken", {"answering": "by magic"})
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(data_dir)})
    book = ToolBook.of(settings, store.tools.list())
    assert book.faults
    with pytest.raises(NotFound, match="get_weather"):
        book.get("broken")
    assert ToolBook.of(replace(settings, tools=data_dir / "none")).faults


@pytest.mark.parametrize(
    "values",
    [
        {"answer": "x" * 30_000},
        {"answering": "table", "rows": tuple(Row({}, "x") for _ in range(MOST_ROWS + 1))},
        {"answering": "table", "rows": (Row({"town": "Oslo"}, "x"),)},
        {"answering": "get", "address": "https://api.example.org/{town}"},
    ],
)
def test_what_no_own_tool_can_be(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        _own(**values)


TEXTS = {
    "harbour.txt": "The ferry to Nesodden leaves at nine.\n\nTickets are sold on board.",
    "城市.txt": "北京的冬天很冷。\n\n" + "上海的夏天很热，常有雷雨。" * 3,
}


@pytest.mark.parametrize(
    ("query", "source"),
    [("when does the ferry leave", "harbour.txt"), ("上海夏天", "城市.txt")],
)
def test_a_passage_is_found_by_its_words(query: str, source: str) -> None:
    first = run_tool(search_tool(TEXTS), {"query": query}).text
    assert first.index(source) < 40


def test_words_that_stand_nowhere_find_nothing() -> None:
    assert run_tool(search_tool(TEXTS), {"query": "zeppelin"}).text == '{"results": []}'
    assert run_tool(search_tool({"a": ""}), {"query": "zeppelin"}).failed
    assert run_tool(search_tool({"a": "…!"}), {"query": "x"}).text == '{"results": []}'


def test_passages_have_all_of_a_text() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * (n * 20) for n in range(12))
    found = passages("a", text)
    assert words(" ".join(p.text for p in found)) == words(text)
    assert [p.number for p in found] == list(range(1, len(found) + 1))
