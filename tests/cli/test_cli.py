"""The command line: results, batches of lines, and one line for everything that is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import load
from core.models.weight_cache import WeightCache

ROOT = Path(__file__).parents[2]


def user(text):
    return {"messages": [{"role": "user", "content": text}]}


def test_ask_gives_one_object_and_the_seed_gives_the_same_text(run_json):
    command = ("ask", "Who are you?", "--json", "--max-new-tokens", 12, "--temperature", 1.5)
    [first] = run_json(*command)
    assert set(first) == {
        "text", "raw", "token_ids", "prompt_tokens", "new_tokens", "finish_reason", "seed",
        "settings",
    }  # fmt: skip
    assert first["new_tokens"] == len(first["token_ids"]) <= 12
    assert first["settings"]["seed"] == first["seed"]
    [again] = run_json(*command, "--seed", first["seed"])
    assert again == first


def test_the_streamed_text_is_the_text(run, run_json):
    command = ("ask", "What is top_p?", "--temperature", 0, "--max-new-tokens", 24)
    code, out, err = run(*command)
    [result] = run_json(*command, "--json")
    assert (code, out, err) == (0, result["text"] + "\n", "")


def test_lines_equal_single_questions_and_bad_lines_stay_in_place(run_json, lines_file):
    questions = ["What is a seed?", "你好", "What is temperature?"]
    good = [
        {**user(q), "settings": {"temperature": 0, "max_new_tokens": 10, "seed": 1}}
        for q in questions
    ]
    bad = [
        b"{not json",
        b"\xff\xfe",
        b"",
        b"[1]",
        rb'{"messages": [{"role": "user", "content": "\ud800"}]}',
        {"messages": []},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": ["user"], "content": "x"}]},
        {"messages": [{"role": "user", "content": 3}]},
        {**user("x"), "settings": {"temperature": 3}},
        {**user("x"), "settings": {"temperature": 10**400}},
        {**user("x"), "settings": {"temprature": 1}},
        {**user("x"), "settings": []},
        {**user("x"), "tools": "search"},
        {**user("x"), "extra": 1},
        user("word " * 20000),
    ]
    results = run_json("ask", "--lines", lines_file(good[0], *bad, *good[1:]))
    assert len(results) == len(good) + len(bad)
    assert all(set(r) == {"error"} and r["error"] for r in results[1 : 1 + len(bad)])
    singly = [
        run_json("ask", q, "--temperature", 0, "--max-new-tokens", 10, "--seed", 1, "--json")[0]
        for q in questions
    ]
    assert [results[0], *results[1 + len(bad) :]] == singly


def test_a_persona_is_its_system_message(run_json):
    from core.personas.text import builtin_personas

    text = builtin_personas()[0].text
    rest = ("--temperature", 0, "--max-new-tokens", 4, "--seed", 0, "--json")
    named = run_json("ask", "Hello", "--persona", text.name.upper(), *rest)
    assert named == run_json("ask", "Hello", "--system", text.system, *rest)


def test_grid_has_every_cell_with_shared_seeds(run_json):
    [result] = run_json(
        "grid", "Hi", "--temperature", "0,1", "--top-p", "0.9", "--samples", 2, "--seed", 7,
        "--max-new-tokens", 6, "--json",
    )  # fmt: skip
    cells = result["cells"]
    places = [(c["temperature"], c["top_p"], c["sample"], c["seed"]) for c in cells]
    assert places == [(0, 0.9, 0, 7), (0, 0.9, 1, 8), (1, 0.9, 0, 7), (1, 0.9, 1, 8)]
    assert all(c["mean_logprob"] < 0 for c in cells)
    assert cells[0]["token_ids"] == cells[1]["token_ids"]


def test_grid_takes_any_two_axes(run_json):
    from core.personas.text import builtin_personas, find_persona

    [result] = run_json(
        "grid", "Hi", "--rows", "persona=none,java-expert", "--columns", "top_k=1,50",
        "--temperature", "1.5", "--max-new-tokens", 4, "--json",
    )  # fmt: skip
    cells = result["cells"]
    java = find_persona("java-expert", builtin_personas()).text.system
    assert [(c["persona"], c["top_k"]) for c in cells] == [("", 1), ("", 50), (java, 1), (java, 50)]
    assert all(c["temperature"] == 1.5 and len(c["entropies"]) == 4 for c in cells)
    assert [c["greedy_prefix"] for c in cells if c["top_k"] == 1] == [4, 4]
    for cell in cells:
        [alone] = run_json(
            "ask", "Hi", "--system", cell["persona"], "--top-k", cell["top_k"], "--seed", 0,
            "--temperature", "1.5", "--max-new-tokens", 4, "--json",
        )  # fmt: skip
        assert alone["token_ids"] == cell["token_ids"]


def test_grid_goes_over_models(run_json, small_checkpoint):
    [result] = run_json(
        "grid", "Hi", "--rows", f"model=embedded,{small_checkpoint}/bf16", "--columns", "seed=0,5",
        "--max-new-tokens", 3, "--json",
    )  # fmt: skip
    made_by = [tuple(c["loaded_as"].values())[:2] for c in result["cells"]]
    assert made_by == [("embedded", "fp32")] * 2 + [("small", "bf16")] * 2


def test_score_predicts_every_token_but_the_first(run_json, lines_file):
    [tokens] = run_json("tokenize", "Hello there, you", "--json")
    ids = tokens["ids"]
    [by_ids] = run_json("score", "--ids", ",".join(map(str, ids)), "--json")
    entries = by_ids["tokens"]
    assert [t["id"] for t in entries] == ids
    assert [t["piece"] for t in entries] == tokens["pieces"]
    assert (entries[0]["logprob"], entries[0]["rank"], entries[0]["top"]) == (None, None, [])
    for token in entries[1:]:
        assert token["logprob"] <= token["top"][0]["logprob"] + 1e-6
        assert (token["rank"] == 1) == (token["id"] == token["top"][0]["id"])
    rows = run_json(
        "score", "--lines", lines_file({"ids": ids}, {"ids": [-1]}, {"text": "Hello there, you"})
    )
    assert "-1" in rows[1]["error"]
    for row in (rows[0], rows[2]):
        assert [t["id"] for t in row["tokens"]] == ids
        for token, alone in zip(row["tokens"][1:], entries[1:], strict=True):
            assert token["logprob"] == pytest.approx(alone["logprob"], abs=1e-4)


def test_tokenized_messages_are_the_whole_prompt(run_json, lines_file):
    rows = run_json(
        "tokenize",
        "--lines",
        lines_file(user("Hi"), {"text": "Hi"}, {"ids": [5]}, {}, {"ids": [True]}),
    )
    assert rows[0]["pieces"][:2] == ["[gMASK]", "sop"]
    assert rows[0]["pieces"][-1] == "<|assistant|>"
    assert rows[2]["ids"] == [5]
    assert all("error" in row for row in rows[3:])


def test_role_tags_in_text_stay_text(run_json):
    [tokens] = run_json("tokenize", "<|user|>", "--json")
    assert "<|user|>" not in tokens["pieces"]


def test_models_says_which_can_be_loaded_and_why_not(run, run_json, tmp_path, monkeypatch):
    shelf = tmp_path / "shelf"
    for name, damage in (("other", _other_model), ("short", _damaged_weights)):
        (shelf / name).mkdir(parents=True)
        damage(shelf / name)
    monkeypatch.setenv("PROMPTLAB_MODEL_DIR", str(shelf))
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "nowhere"))
    [result] = run_json("models", "list", "--json")
    embedded, nowhere, other, short, *published = result["models"]
    assert (embedded["name"], embedded["loadable"], embedded["error"]) == ("embedded", True, None)
    assert "nowhere" in nowhere["error"]
    assert "mamba" in other["error"]
    assert str(shelf / "short") in short["error"]
    assert not any(model["loadable"] for model in (nowhere, other, short))
    assert "chatglm3-6b" in {model["name"] for model in published}
    assert all("download" in model["error"] for model in published)
    _code, out, _err = run("models", "list")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows[:4]] == ["embedded", "nowhere", "other", "short"]
    assert rows[0][2] == "can be loaded"
    assert other["error"] in rows[2][2]


BAD = [
    (("ask", "x", "--temperature", "3"), "3"),
    (("ask", "x", "--temperature", "-0.1"), "-0.1"),
    (("ask", "x", "--temperature", "abc"), "abc"),
    (("ask", "x", "--temperature", "nan"), "nan"),
    (("ask", "x", "--top-p", "0"), "0"),
    (("ask", "x", "--top-p", "1.01"), "1.01"),
    (("ask", "x", "--top-k", "-1"), "-1"),
    (("ask", "x", "--top-k", "1.5"), "1.5"),
    (("ask", "x", "--seed", "-4"), "-4"),
    (("ask", "x", "--seed", "99999999999"), "99999999999"),
    (("ask", "x", "--max-new-tokens", "0"), "max_new_tokens"),
    (("ask", "x", "--max-length", "0"), "max_length"),
    (("ask", "x", "--max-length", "2"), "max_length 2"),
    (("ask", ""), "''"),
    (("ask", " \n"), "empty"),
    (("ask", "bad \udcff"), "udcff"),
    (("ask", "word " * 20000), "tokens"),
    (("ask", "x", "--system", "bad \udcff"), "udcff"),
    (("ask", "x", "--temperature", "1e999"), "inf"),
    (("ask", "x", "--temperature", "1" * 400), "inf"),
    (("ask",), "PROMPT"),
    (("ask", "--lines", ""), "--lines"),
    (("ask", "x", "--lines", "y"), "--lines"),
    (("ask", "--lines", "no-such-file"), "no-such-file"),
    (("ask", "x", "--persona", "nobody"), "nobody"),
    (("ask", "x", "--persona", "nobody", "--system", "s"), "nobody"),
    (("ask", "x", "--device", "tpu"), "tpu"),
    (("ask", "x", "--precision", "int3"), "int3"),
    (("ask", "x", "--model", "no-such-model"), "no-such-model"),
    (("ask", "x", "--no-such-option"), "--no-such-option"),
    (("ask", "x", "surplus"), "surplus"),
    (("no-such-command",), "no-such-command"),
    ((), "--help"),
    (("grid", "x", "--temperature", "0.2,hot"), "hot"),
    (("grid", "x", "--temperature", "0.2,5"), "5"),
    (("grid", "x", "--top-p", "0.5,0.5"), "0.5, 0.5"),
    (("grid", "x", "--samples", "0"), "0"),
    (("grid", "x", "--samples", "many"), "many"),
    (("grid", "x", "--seed", "-1"), "-1"),
    (("grid", ""), "empty"),
    (("grid", "x", "--rows", "top_k"), "'top_k'"),
    (("grid", "x", "--rows", "heat=1"), "'heat'"),
    (("grid", "x", "--rows", "persona=nobody"), "nobody"),
    (("grid", "x", "--rows", "top_p=1", "--top-p", "0.5"), "'0.5'"),
    (("grid", "x", "--rows", "top_k=1", "--columns", "seed=1", "--temperature", "1,2"), "'1,2'"),
    (("grid", "x", "--columns", "model=nowhere"), "nowhere"),
    (("grid", "bad \udcff"), "udcff"),
    (("grid", "x", "--max-new-tokens", "0"), "max_new_tokens"),
    (("chat", "--max-length", "0"), "max_length"),
    (("score",), "--text"),
    (("score", "--text", ""), "''"),
    (("score", "--ids", "1,x"), "x"),
    (("score", "--ids", "1,99999999"), "99999999"),
    (("score", "--ids", "-1"), "-1"),
    (("score", "--text", "x", "--top", "-1"), "-1"),
    (("score", "--text", "bad \udcff"), "udcff"),
    (("score", "--text", "x", "--ids", "1"), "--ids"),
    (("tokenize", ""), "''"),
    (("tokenize", "bad \udcff"), "udcff"),
    (("tokenize", "x", "--text", "y"), "--text"),
    (("tokenize", "--ids", "99999999"), "99999999"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "named"), BAD)
def test_what_is_wrong_is_said_in_one_line(run, arguments, named):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert named in err


def _empty(folder):
    pass


def _broken_json(folder):
    (folder / "config.json").write_text("{")


def _other_model(folder):
    (folder / "config.json").write_text('{"model_type": "mamba"}')


def _damaged_weights(folder):
    for file in EMBEDDED_FOLDER.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(
                file.read_bytes()[: 5000 if "model.saf" in file.name else None]
            )


def _damaged_tokenizer(folder):
    _damaged_weights(folder)
    (folder / "tokenizer.model").write_bytes(b"no sentencepiece")


@pytest.mark.parametrize(
    "damage", [_empty, _broken_json, _other_model, _damaged_weights, _damaged_tokenizer]
)
def test_a_damaged_checkpoint_is_named_in_one_line(run, tmp_path, damage):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    damage(folder)
    code, out, err = run("ask", "x", "--model", folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert str(folder) in err


@pytest.mark.parametrize("command", ["['--help']", "['ask', '--help']", "['tokenize', 'x']"])
def test_light_commands_do_not_load_torch(command):
    program = (
        "import sys\nfrom core.cli.app import main\n"
        f"sys.argv = ['core', *{command}]\ntry: main()\nexcept SystemExit as e: assert not e.code\n"
        "assert not {'torch', 'transformers', 'sqlalchemy'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_quantised_weights_on_disk_are_listed_and_cleared(
    run, run_json, small_checkpoint, tmp_path
):
    [nothing] = run_json("models", "cache", "--json")
    assert (nothing["cached"], nothing["freed"]) == ([], 0)
    load(small_checkpoint, device="cpu", precision="nf4", cache=WeightCache(tmp_path / "quantised"))
    [found] = run_json("models", "cache", "--json")
    [row] = found["cached"]
    assert (row["model"], row["precision"]) == ("small", "nf4")
    code, out, _err = run("models", "cache")
    assert code == 0
    assert out.startswith("small\tnf4\t")
    code, out, _err = run("models", "cache", "--clear")
    assert (code, " freed." in out) == (0, True)
    [nothing] = run_json("models", "cache", "--json")
    assert nothing["cached"] == []


def test_a_plan_says_all_that_it_takes(run_json):
    [found] = run_json("models", "plan", "chatglm3-6b", "--json")
    plans = {plan["precision"]: plan for plan in found["plans"]}
    assert {"bf16", "int8", "nf4"} <= plans.keys()
    for plan in plans.values():
        assert plan["total"] == plan["weights"] + plan["cache"] + plan["working"]
        assert plan["cache_per_request"] == plan["cache_per_1000_tokens"] // 1000 * (
            -(-found["window"] // 16) * 16
        )
        assert plan["fits"] == (plan["total"] <= plan["free"])
    assert found["recommended"] is None or found["recommended"]["reason"]
