"""The figures against values made elsewhere, by scipy and statsmodels."""

import json
from pathlib import Path

import pytest

from core.statistics.comparison import holm, mid_p_mcnemar
from core.statistics.outcomes import wilson

REFERENCE = Path(__file__).parents[3] / "shared" / "golden" / "statistics" / "reference.json"

# A few of them, for where the file is not
OWN = {
    "wilson": [
        {"k": 71, "n": 100, "low": 0.6146110882442888, "high": 0.7898516425087772},
        {"k": 0, "n": 1, "low": 0.0, "high": 0.7934506856227626},
        {"k": 10, "n": 10, "low": 0.7224672001371109, "high": 1.0},
        {"k": 122, "n": 5000, "low": 0.020474643506570335, "high": 0.029055594583568004},
    ],
    "mcnemar": [
        {"only_a": 0, "only_b": 0, "mid_p": 1.0},
        {"only_a": 5, "only_b": 5, "mid_p": 1.0},
        {"only_a": 0, "only_b": 6, "mid_p": 0.015624999999999879},
        {"only_a": 21, "only_b": 8, "mid_p": 0.016124801710247993},
    ],
    "holm": [
        {
            "p": [0.993724, 8e-06, 0.006572, 0.987559, 0.218187, 0.19206],
            "adjusted": [1.0, 4.8e-05, 0.03286, 1.0, 0.76824, 0.76824],
        },
        {
            "p": [0.08957, 0.006933, 0.392053, 0.002246, 0.266736],
            "adjusted": [0.26871, 0.027732, 0.533472, 0.01123, 0.533472],
        },
    ],
}


@pytest.fixture(params=["own", "reference"])
def known(request: pytest.FixtureRequest) -> dict[str, list[dict]]:
    if request.param == "own":
        return OWN
    if not REFERENCE.is_file():
        pytest.skip("the reference values are not on this machine")
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


def test_wilson_intervals(known):
    for one in known["wilson"]:
        found = wilson(one["k"], one["n"])
        assert found == pytest.approx((one["low"], one["high"]), abs=1e-9)


def test_mid_p_mcnemar(known):
    for one in known["mcnemar"]:
        assert mid_p_mcnemar(one["only_a"], one["only_b"]) == pytest.approx(one["mid_p"], abs=1e-9)
        assert mid_p_mcnemar(one["only_b"], one["only_a"]) == pytest.approx(one["mid_p"], abs=1e-9)


def test_holm(known):
    for one in known["holm"]:
        assert holm(one["p"]) == pytest.approx(one["adjusted"], abs=1e-9)
