"""The commands about tools, with a server of the operator's among them."""

import json
import sys
from pathlib import Path

import pytest

RAW = Path(__file__).parents[1] / "tools" / "raw_server.py"


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


def test_what_a_terminal_would_obey_is_left_out_of_a_result(run):
    text = json.dumps({"text": "\x1b]0;mine\x07hello"})
    code, out, _err = run("tools", "call", "raw_say", "--json", text)
    assert (code, out) == (0, "hello\n")
