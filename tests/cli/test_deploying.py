"""What a model takes on a server is printed, and one is written out for it."""

import json

import pytest

from core.models.catalogue import EMBEDDED_FOLDER


def test_how_many_gpus_a_model_and_its_people_take(run_json):
    [found] = run_json(
        *("models", "size", "--parameters", "130e9", "--layers", "70", "--kv-heads", "8"),
        *("--people", "50", "--window", "8192", "--gpu", "80", "--json"),
    )
    assert found["weights"] == 260_000_000_000
    assert found["cache"] == found["cache_per_token"] * 50 * 8192
    assert found["gpus"] == found["tensor_parallel"] * found["pipeline_parallel"] == 8
    assert found["on_each"] <= found["usable"] < 80e9
    assert found["options"] == ["--max-model-len", "8192", "--tensor-parallel-size", "8"]


def test_of_a_model_in_the_catalogue_nothing_need_be_said(run):
    code, out, _err = run("models", "size", "chatglm3-6b", "--gpu", "24")
    assert code == 0
    assert "12.5 GB" in out
    assert "1 GPU of 24 GB" in out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--parameters", "1e9"), "--layers"),
        (("embedded", "--layers", "3"), "--parameters"),
        (("embedded", "--people", "0"), "people"),
        (("embedded", "--bits", "5"), "bits"),
        (("embedded", "--gpu", "nan"), "gpu"),
        (("nowhere",), "nowhere"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(run, wrong, said):
    code, _out, err = run("models", "size", *wrong)
    assert code
    assert said in err
    assert "Traceback" not in err


def test_a_model_is_written_for_other_programs(run, tmp_path):
    folder = tmp_path / "native"
    code, out, _err = run("models", "export", "embedded", folder, "--precision", "fp32")
    assert code == 0
    assert str(folder) in out
    assert json.loads((folder / "config.json").read_text())["model_type"] == "glm"
    code, _out, err = run("models", "export", EMBEDDED_FOLDER, folder)
    assert code
    assert "not empty" in err
