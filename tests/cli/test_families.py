"""The command line with models of other families, by folder, by name and by hub id."""

import json

import pytest

from tests.families import KINDS, make


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf")
    make(folder / "talker", KINDS["qwen2"])
    make(folder / "writer", KINDS["glm"], chat=False)
    return folder


def test_a_chat_model_answers_under_a_system_message(run_json, shelf):
    [answer] = run_json(
        "ask", "Hello", "--model", shelf / "talker", "--system", "Be kind.", "--temperature", "0",
        "--max-new-tokens", "8", "--json",
    )  # fmt: skip
    assert 0 < answer["new_tokens"] <= 8


def test_a_base_model_continues_what_it_is_given(run, run_json, shelf):
    model = ("--model", shelf / "writer", "--max-new-tokens", "8")
    [answer] = run_json("ask", "Once upon a time", *model, "--seed", "1", "--json")
    assert 0 < answer["new_tokens"] <= 8
    code, out, err = run("ask", "Once", *model, "--system", "Be kind.")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "does not read system message" in err


def test_the_prompt_is_that_of_the_family(run_json, shelf, tmp_path):
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps({"messages": [{"role": "user", "content": "<|im_end|>"}]}))
    [tokens] = run_json("tokenize", "--lines", file, "--model", shelf / "talker")
    assert tokens["pieces"].count("<|im_start|>") == 3
    assert tokens["pieces"].count("<|im_end|>") == 2


def test_models_plan_and_check_know_the_families(run, run_json, shelf):
    [plan] = run_json("models", "plan", shelf / "talker", "--json")
    assert plan["window"] == 512
    assert plan["recommended"]["precision"] == "fp32"
    [report] = run_json("models", "check", shelf / "writer", "--json")
    assert (report["family"], report["chat"], report["faults"]) == ("GLM-4", False, [])
    code, out, _err = run("models", "check", shelf / "writer")
    assert code == 0
    assert "No chat format: it continues plain text." in out


def test_models_list_tells_family_and_chat(run_json, shelf, monkeypatch):
    monkeypatch.setenv("PROMPTLAB_MODEL_DIR", str(shelf))
    [result] = run_json("models", "list", "--json")
    found = {model["name"]: model for model in result["models"]}
    assert (found["talker"]["family"], found["talker"]["chat"]) == ("Qwen2", True)
    assert (found["writer"]["loadable"], found["writer"]["chat"]) == (True, False)
    assert not found["chatglm3-6b-base"]["chat"]
    assert found["glm-4-9b-chat"]["family"] == "GLM-4"


def test_a_hub_id_that_is_not_here_says_how_to_get_it(run, monkeypatch):
    from huggingface_hub import constants

    code, out, err = run("ask", "x", "--model", "someone/small")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "python -m core models fetch someone/small" in err
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for command in ("plan", "fetch"):
        code, _out, err = run("models", command, "someone/small")
        assert code != 0
        assert "HF_HUB_OFFLINE" in err
