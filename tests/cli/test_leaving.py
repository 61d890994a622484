"""Where prompts go is said once, on standard error, before they leave this machine."""

import io
import json
import sys

import pytest
import yaml

from core.personas.file import file_content
from core.personas.text import PersonaText, Scope
from core.servers.listed import Server
from tests.bad_server import one_model, serving

SAID = "What you send goes to 127.0.0.1, and leaves this machine.\n"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Two names of a server that stands for one elsewhere."""
    monkeypatch.setattr(Server, "here", False)
    with serving(one_model) as found:
        file = tmp_path / "servers.yaml"
        names = ("there", "again")
        file.write_text(json.dumps({"servers": [{"name": n, "url": found.url} for n in names]}))
        monkeypatch.setenv("PROMPTLAB_SERVERS", str(file))
        yield found


@pytest.fixture
def files(tmp_path):
    """What commands read, by their names."""
    variants = [{"name": "A"}, {"name": "B", "model": "again"}, {"name": "C", "model": "embedded"}]
    experiment = {
        "format": "promptlab-experiment",
        "version": 1,
        "variants": [{**one, "max_new_tokens": 4} for one in variants],
        "rows": ["Hello!"],
        "rules": [{"kind": "length", "unit": "characters", "at_least": 1}],
    }
    persona = PersonaText("mine", "Be kind.", scope=Scope(("Hello?",), ()))
    made = {
        "EXPERIMENT": yaml.safe_dump(experiment),
        "PERSONA": file_content([persona], "yaml"),
        "LINES": json.dumps({"messages": [{"role": "user", "content": "Hello"}]}),
    }
    for name, text in made.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {name: str(tmp_path / f"{name}.yaml") for name in made}


COMMANDS = (
    "ask Hello --model there",
    "ask Hello --model there --json",
    "ask --lines LINES --model there",
    "chat --model there",
    "grid Hello --model there --rows seed=0 --columns top_p=1",
    "grid Hello --rows model=embedded,there,again --columns seed=0 --max-new-tokens 4",
    "experiment run EXPERIMENT --model there",
    "experiment run EXPERIMENT --model there --json",
    "persona check PERSONA --model there --tries 1",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_host_is_named_once_and_never_where_answers_are(run, server, files, monkeypatch, command):
    monkeypatch.setattr(sys, "stdin", io.StringIO("Hello\n"))
    code, out, err = run(*(files.get(word, word) for word in command.split()))
    assert code in (0, 1), err
    assert any(path.endswith("completions") for path, _body, _headers in server.asked)
    assert err == SAID
    assert "leaves this machine" not in out


@pytest.mark.parametrize("command", ["ask Hello --max-new-tokens 4", "chat --max-new-tokens 4"])
def test_nothing_is_said_of_what_stays_here(run, server, monkeypatch, command):
    monkeypatch.setattr(sys, "stdin", io.StringIO("Hello\n"))
    code, _out, err = run(*command.split())
    assert (code, err) == (0, "")
    assert server.asked == []


def test_a_server_that_cannot_be_reached_is_sent_nothing_and_only_that_is_said(
    run, tmp_path, monkeypatch
):
    monkeypatch.setattr(Server, "here", False)
    with serving(one_model) as gone:
        url = gone.url
    file = tmp_path / "servers.yaml"
    file.write_text(json.dumps({"servers": [{"name": "there", "url": url}]}))
    monkeypatch.setenv("PROMPTLAB_SERVERS", str(file))
    code, out, err = run("ask", "Hello", "--model", "there")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "leaves" not in err
