"""JSON Lines: what ends a line, what a line may hold, and strict JSON in the answers."""

import io
import json
import sys

import pytest

from core.backends.scores import LikelyToken, TokenScore
from core.cli.render import emit, scores_object

HUGE = 10**400


def user(text):
    return {"messages": [{"role": "user", "content": text}]}


def test_only_a_line_feed_ends_a_line(run_json, lines_file):
    text = "a\u2028b\u2029c\x85d\x0be"
    raw = json.dumps({"text": text}, ensure_ascii=False).encode()
    escaped = json.dumps({"text": text}).encode() + b"\r"
    rows = run_json("tokenize", "--lines", lines_file(raw, escaped))
    [alone] = run_json("tokenize", text, "--json")
    assert rows == [alone, alone]


def test_blank_lines_are_answered_in_their_place(run_json, lines_file):
    rows = run_json("tokenize", "--lines", lines_file({"text": "a"}, b"", b" \r", {"text": "b"}))
    assert [set(row) for row in rows] == [
        {"ids", "pieces"}, {"error"}, {"error"}, {"ids", "pieces"},
    ]  # fmt: skip
    assert "blank" in rows[1]["error"]


def test_no_lines_give_none_and_the_last_needs_no_end(run_json, tmp_path):
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"")
    assert run_json("tokenize", "--lines", file) == []
    file.write_bytes(b'\xef\xbb\xbf{"text": "a"}')
    [row] = run_json("tokenize", "--lines", file)
    assert row["pieces"] == ["▁a"]


def test_standard_input(run_json, monkeypatch):
    lines = io.TextIOWrapper(io.BytesIO('{"text": "你"}\n\n'.encode()), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", lines)
    first, second = run_json("tokenize", "--lines", "-")
    assert first == run_json("tokenize", "--text", "你", "--json")[0]
    assert "error" in second


BAD_ASK = [
    (
        b'{"messages": [{"role": "user", "content": "x"}], "settings": {"temperature": 1e999}}',
        "inf",
    ),
    (b'{"messages": [{"role": "user", "content": "x"}], "settings": {"temperature": NaN}}', "NaN"),
    (b'{"messages": [{"role": "user", "content": "x"}], "settings": {"seed": 1e999}}', "seed"),
    (
        b'{"messages": [{"role": "user", "content": "x"}], "settings": {"top_p": -Infinity}}',
        "Infin",
    ),
    (b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
    (b'{"messages": [{"role": "user", "content": "\xff"}]}', "UTF-8"),
    (b'{"seed": ' + b"1" * 5000 + b"}", "JSON"),
    ({**user("x"), "settings": {"temperature": HUGE}}, "temperature"),
    ({**user("x"), "settings": {"top_p": HUGE}}, "top_p"),
    ({**user("x"), "settings": {"seed": HUGE}}, "seed"),
    ({**user("x"), "settings": {"seed": -HUGE}}, "seed"),
    ({**user("x"), "settings": {"top_k": True}}, "top_k"),
    ({**user("x"), "settings": {"temperature": "1"}}, "'1'"),
    ({**user("x"), "settings": 0}, "settings"),
    ({**user("x"), "tools": [1]}, "tools"),
    ({**user("x"), "tools": [{"name": "\ud800"}]}, "UTF-8"),
    ({"messages": [{"role": ["user"], "content": "x"}]}, "['user']"),
    ({"messages": [{"role": {"a": 1}, "content": "x"}]}, "role"),
    ({"messages": [{"role": None, "content": "x"}]}, "None"),
    ({"messages": [{"role": "user"}]}, "content"),
    ({"messages": [{"role": "user", "content": "x", "metadata": []}]}, "metadata"),
    ({"messages": [{"role": "user", "content": "x", "metadata": "\udfff"}]}, "UTF-8"),
    ({"messages": [{"role": "user", "content": "x", "tools": []}]}, "'tools'"),
    ({"messages": ["x"]}, "'x'"),
    ({"messages": "x"}, "'x'"),
    (user(" "), "empty"),
    ({"text": "x"}, "'text'"),
]


def test_every_bad_line_says_what_is_wrong_and_spoils_only_itself(run_json, lines_file):
    good = {**user("Hi"), "settings": {"max_new_tokens": 2, "top_k": HUGE, "seed": None}}
    rows = run_json("ask", "--lines", lines_file(*[line for line, _said in BAD_ASK], good))
    for (line, said), row in zip(BAD_ASK, rows[:-1], strict=True):
        assert set(row) == {"error"}, line
        assert said in row["error"], line
    assert rows[-1]["new_tokens"] <= 2


@pytest.mark.parametrize("command", ["score", "tokenize"])
def test_a_line_to_read_names_one_thing(command, run_json, lines_file):
    bad = [
        ({}, "none"),
        ({"text": "a", "ids": [5]}, "ids, text"),
        ({"text": 5}, "5"),
        ({"text": "\ud800"}, "UTF-8"),
        ({"text": "a", "extra": 1}, "'extra'"),
        ({"ids": "5"}, "'5'"),
        ({"ids": [5.0]}, "5.0"),
        ({"ids": [HUGE]}, "vocabulary"),
        ({"ids": [-1]}, "-1"),
        ({"messages": []}, "messages"),
    ]
    rows = run_json(command, "--lines", lines_file(*[line for line, _said in bad], {"ids": [5]}))
    for (line, said), row in zip(bad, rows[:-1], strict=True):
        assert set(row) == {"error"}, line
        assert said in row["error"], line
    assert "error" not in rows[-1]


def test_a_line_of_ask_is_scored_and_tokenized_as_the_prompt_it_makes(run_json, lines_file):
    tools = [{"name": "search"}]
    line = {**user("Hi"), "tools": tools, "settings": {"max_new_tokens": 1, "seed": 1}}
    file = lines_file(line)
    [tokens] = run_json("tokenize", "--lines", file)
    [scores] = run_json("score", "--lines", file)
    [answer] = run_json("ask", "--lines", file)
    assert [token["id"] for token in scores["tokens"]] == tokens["ids"]
    assert len(tokens["ids"]) == answer["prompt_tokens"]
    assert tokens["pieces"][2] == "<|system|>"


def test_the_system_option_holds_where_a_line_has_no_system_message(run_json, lines_file):
    settings = {"settings": {"temperature": 0, "max_new_tokens": 1}}
    own = {"messages": [{"role": "system", "content": "Be brief."}, *user("Hi")["messages"]]}
    rows = run_json(
        "ask", "--system", "Be brief.", "--seed", 3, "--lines",
        lines_file({**user("Hi"), **settings}, {**own, **settings}),
    )  # fmt: skip
    assert rows[0] == rows[1]
    assert rows[0]["settings"]["seed"] == 3


def test_the_first_token_alone_has_no_prediction(run_json):
    [result] = run_json("score", "--ids", "5", "--json")
    [token] = result["tokens"]
    assert (token["logprob"], token["rank"], token["top"]) == (None, None, [])


def test_a_padding_row_has_no_logprob(run_json, engine, loaded, monkeypatch):
    rows = loaded.model.config.vocab_size
    monkeypatch.setattr(engine.tokenizer, "vocab_size", rows - 10)
    [result] = run_json("score", "--ids", f"5,{rows - 1},6", "--top", 100, "--json")
    assert [token["logprob"] is None for token in result["tokens"]] == [True, True, False]
    assert all(len(token["top"]) == 100 for token in result["tokens"][1:])


def test_impossible_alternatives_are_left_out():
    top = (LikelyToken(1, "a", -0.5), LikelyToken(2, "b", float("-inf")))
    [token] = scores_object([TokenScore(2, "b", float("-inf"), 2, top)])["tokens"]
    assert token["logprob"] is None
    assert token["top"] == [{"id": 1, "piece": "a", "logprob": -0.5}]


def test_output_is_utf8_and_strict(capsysbinary):
    emit({"text": "你\u2028", "folder": "\udcff"})
    out = capsysbinary.readouterr().out
    assert "你".encode() in out
    assert json.loads(out) == {"text": "你\u2028", "folder": "\udcff"}
    with pytest.raises(ValueError, match="JSON"):
        emit({"logprob": float("nan")})
