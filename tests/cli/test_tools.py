"""The commands about tools, with a server of the operator's among them."""

import json
import sys
from pathlib import Path

import pytest

from core.store import Store
from core.tools.own import OwnTool

RAW = Path(__file__).parents[1] / "tools" / "raw_server.py"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.fixture(autouse=True)
def _server(tmp_path, monkeypatch):
    raw = {"name": "raw", "command": sys.executable, "args": [str(RAW)]}
    (tmp_path / "mcp.yaml").write_text(json.dumps({"servers": [raw]}))
    monkeypatch.setenv("PROMPTLAB_MCP", str(tmp_path / "mcp.yaml"))


def test_tools_of_a_server_are_listed_with_its_name(run, run_json):
    (found,) = run_json("tools", "list", "--json")
    (tool,) = [one for one in found["tools"] if one["origin"] == "mcp"]
    assert (tool["name"], tool["server"], tool["leaves"]) == ("raw_say", "raw", True)
    code, out, _err = run("tools", "list")
    assert code == 0
    assert "raw_say\tmcp:raw\tSay it" in out.splitlines()


def test_a_tool_of_a_server_is_called(run):
    code, out, _err = run("tools", "call", "raw_say", "--json", '{"text": "hello"}')
    assert (code, out) == (0, "hello\n")
    code, out, err = run("tools", "call", "raw_say", "--json", '{"text": "fail"}')
    assert code != 0
    assert "not today" in err


def test_a_tool_without_code_is_listed_and_called(run, run_json, data_dir):
    store = Store.open(data_dir / "promptlab.db")
    for own in (
        OwnTool("train_times", "Tell when the next train leaves", CITY, "fixed", answer="10:42"),
        OwnTool("ask_clerk", "Ask the clerk", CITY, "manual"),
    ):
        store.tools.create(own.name, own.to_dict())
    (found,) = run_json("tools", "list", "--json")
    assert {one["name"] for one in found["tools"] if one["origin"] == "own"} == {
        "train_times",
        "ask_clerk",
    }
    code, out, _err = run("tools", "call", "train_times", "--json", '{"city": "Rome"}')
    assert (code, out) == (0, "10:42\n")
    code, _out, err = run("tools", "call", "ask_clerk", "--json", '{"city": "Rome"}')
    assert code != 0
    assert "ask_clerk" in err


def test_what_a_terminal_would_obey_is_left_out_of_a_result(run):
    text = json.dumps({"text": "\x1b]0;mine\x07hello"})
    code, out, _err = run("tools", "call", "raw_say", "--json", text)
    assert (code, out) == (0, "hello\n")
