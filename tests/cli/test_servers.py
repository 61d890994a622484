"""The commands about servers."""

import json

from core.servers.cards import kept_card
from core.servers.listed import Server
from core.servers.subjects import SUBJECTS
from tests.bad_server import one_model, serving


def _listed(server, tmp_path, monkeypatch):
    file = tmp_path / "servers.yaml"
    file.write_text(json.dumps({"servers": [{"name": "there", "url": server.url}]}))
    monkeypatch.setenv("PROMPTLAB_SERVERS", str(file))


def test_what_was_tried_out_is_kept(run, run_json, tmp_path, monkeypatch):
    data = tmp_path / "not" / "yet"
    monkeypatch.setenv("PROMPTLAB_DATA", str(data))
    with serving(one_model) as server:
        _listed(server, tmp_path, monkeypatch)
        code, out, err = run("servers", "probe", "there")
        assert (code, err) == (0, "")
        assert [line.split("\t")[0] for line in out.splitlines()] == list(SUBJECTS)
        there = Server("there", server.url)
        first = kept_card(data, there)
        assert first is not None
        assert (first[0].model, first[0].window) == ("big", 4096)
        (said,) = run_json("servers", "probe", "there", "--json")
        again = kept_card(data, there)
    assert again is not None
    assert again[1] > first[1]
    assert said["findings"] == [
        {"subject": one.subject, "verdict": one.verdict, "detail": one.detail}
        for one in again[0].findings
    ]


def test_where_nothing_answers_no_card_is_kept(run, tmp_path, monkeypatch):
    with serving(one_model) as server:
        _listed(server, tmp_path, monkeypatch)
    code, _out, err = run("servers", "probe", "there")
    assert code != 0
    assert "cannot be reached" in err
    assert kept_card(tmp_path, Server("there", server.url)) is None
