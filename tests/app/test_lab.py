"""The distribution lab, driven without a browser."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.sampling.distribution import distribution, entropy_bits
from core.sampling.settings import Sampling
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend

# Of probabilities by OpenVINO's kernels and by torch's
PARITY = 1e-5
PAGE = str(Path(__file__).parents[2] / "pages" / "3_Playground.py")


def open_lab(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in {"view": "lab", **query}.items():
        at.query_params[name] = value
    return at.run()


def figure(at: AppTest) -> dict:
    (chart,) = at.get("plotly_chart")
    return json.loads(chart.proto.spec)


def figures(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def explained(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.caption)


@pytest.mark.parametrize("temperature", ["0", "0.3", "1", "1.7"])
@pytest.mark.parametrize("top_p", ["0.05", "0.8", "1"])
def test_the_words_end_at_the_number_of_the_bar(temperature: str, top_p: str):
    at = open_lab(lab_temperature=temperature, lab_top_p=top_p)
    assert not at.exception
    drawn = figure(at)["layout"]["yaxis2"]["ticktext"][0]
    words = next(c.value for c in at.caption if "emperature" in c.value and "bits" in c.value)
    heat, cut, openness = words.split("  \n")
    said = re.findall(r"[<>]?\s?[\d.]+\s%", heat + cut)
    if temperature == "0":
        assert drawn == "100\N{NO-BREAK SPACE}%"
    elif said and (temperature, top_p) != ("1", "1"):
        assert said[-1].strip() == drawn
    assert "bits" in openness


def shown_logits(prompt: str, begun: str = ""):
    from core.tokens.prefix import Prefix
    from ui.shell import resources

    engine = resources.host().backend()
    context = Prefix(prompt, begun=begun)
    ids = context.prompt_ids(engine.tokenizer) + context.begun_ids(engine.tokenizer)
    return engine.next_logits(ids)


def test_a_link_opens_the_prompt_and_the_settings():
    at = open_lab(
        lab_prompt="Who are you?",
        lab_begun="I am",
        lab_temperature="1.4",
        lab_top_p="0.9",
        lab_top_k="7",
        lab_count="5",
    )
    assert not at.exception
    assert at.text_area(key="lab_prompt").value == "Who are you?"
    assert at.text_area(key="lab_begun").value == "I am"
    shown = distribution(shown_logits("Who are you?", "I am"), Sampling(1.4, 0.9, 7))
    assert figures(at)["Entropy (bits)"] == f"{entropy_bits(shown.probabilities):.2f}"
    assert figures(at)["Nucleus"] == str(shown.kept_count)
    kept, cut, before = figure(at)["data"]
    top = shown.top(5)
    for place, token in enumerate(top):
        if shown.kept[token]:
            assert kept["x"][place] == pytest.approx(shown.probabilities[token], abs=PARITY)
            assert cut["x"][place] is None
        else:
            assert kept["x"][place] is None
            assert cut["x"][place] == pytest.approx(shown.tempered[token], abs=PARITY)
        assert before["x"][place] == pytest.approx(shown.raw[token], abs=PARITY)


def test_a_slider_changes_the_bars_and_the_figures_and_not_what_was_before():
    at = open_lab()
    first, figures_first = figure(at), figures(at)
    at.slider(key="lab_temperature").set_value(1.6).run()
    assert not at.exception
    second = figure(at)
    assert first["data"][0]["x"] != second["data"][0]["x"]
    assert first["data"][2]["x"] == second["data"][2]["x"]
    assert float(figures(at)["Entropy (bits)"]) > float(figures_first["Entropy (bits)"])
    assert "Temperature 1.6 flattens" in explained(at)


def test_what_the_settings_did_is_said_in_numbers():
    at = open_lab(lab_temperature="1", lab_top_p="1")
    vocabulary = len(shown_logits("Hello"))
    assert "probabilities unchanged" in explained(at)
    assert f"Nothing is cut off: any of the {vocabulary:,} tokens" in explained(at)
    at.slider(key="lab_top_k").set_value(3).run()
    assert f"The cutoff (top_k 3) keeps 3 of {vocabulary:,} tokens" in explained(at)
    at.slider(key="lab_temperature").set_value(0.0).run()
    assert "always chooses the most likely" in explained(at)
    assert figures(at)["Nucleus"] == "1"


def test_a_temperature_for_every_frame():
    at = open_lab(lab_part="heat")
    assert not at.exception
    spec = figure(at)
    assert len(spec["frames"]) == 20
    hottest = distribution(
        shown_logits("Tell me a short story about a fox."), Sampling(temperature=2.0)
    )
    last = spec["frames"][-1]
    assert last["name"] == "2"
    best = hottest.top(1)[0]
    assert last["data"][0]["x"][0] == pytest.approx(hottest.probabilities[best], abs=PARITY)
    assert f"{hottest.kept_count:,} kept" in last["layout"]["title"]["text"]


def test_a_thousand_draws_are_those_of_the_seeds():
    from core.engine.repeated_draws import draw_counts

    at = open_lab(lab_seed="7", lab_part="draws", lab_count="20")
    assert not at.exception
    shown = distribution(shown_logits("Tell me a short story about a fox."), Sampling())
    counts = draw_counts(shown.probabilities, seed=7, step=2, times=1000)
    drawn = figure(at)["data"][0]["x"]
    assert drawn == [counts[i] for i in shown.top(20) if shown.kept[i]]
    assert sum(drawn) == 1000
    assert "each seed from 7 to 1006, as token 3 of the answer" in explained(at)
    said = next(element.value for element in at.markdown if "a fair draw" in element.value)
    assert "degrees of freedom" in said
    at.button(key="lab_again").click().run()
    assert "each seed from 1007 to 2006" in explained(at)
    assert figure(at)["data"][0]["x"] != drawn


@pytest.mark.parametrize(
    ("example", "least", "most"),
    [
        ("opening", 2.0, 5.0),
        ("peaked", 0.0, 0.2),
        ("two", 0.9, 1.5),
        ("flat", 5.0, 9.0),
        ("text", 1.0, 6.0),
        ("chinese", 3.0, 7.0),
        ("chinese_two", 0.9, 1.5),
    ],
)
def test_an_example_shows_what_it_is_for(example: str, least: float, most: float):
    at = open_lab(lab_temperature="1", lab_top_p="1")
    at.button(key=f"lab_example_{example}").click().run()
    assert not at.exception
    assert least <= float(figures(at)["Entropy (bits)"]) <= most
    if example.endswith("two"):
        first, second = figure(at)["data"][0]["x"][:2]
        assert 0.25 < second <= first < 0.75


@pytest.mark.parametrize(
    "query",
    [
        {"lab_temperature": "9", "lab_top_p": "-1", "lab_top_k": "x", "lab_count": "1000000"},
        {"lab_seed": "99999999999", "lab_log": "maybe", "lab_plain": "7"},
        {"view": "nonsense"},
    ],
)
def test_a_tampered_link_falls_back_to_what_is_usual(query: dict[str, str]):
    at = open_lab(**query)
    assert not at.exception
    assert not at.error
    if "view" not in query:
        assert at.slider(key="lab_temperature").value == 0.8
        assert figures(at)["Entropy (bits)"]


@pytest.mark.parametrize(("prompt", "named"), [("  ", "write a prompt"), ("why " * 2000, "tokens")])
def test_a_prompt_that_cannot_be_read_is_explained_and_kept(prompt: str, named: str):
    at = open_lab()
    at.text_area(key="lab_prompt").set_value(prompt).run()
    assert not at.exception
    assert named in at.error[0].value
    assert at.text_area(key="lab_prompt").value == prompt


def test_plain_text_goes_on_without_the_form_of_a_chat():
    at = open_lab(lab_plain="true", lab_prompt="Once upon a time")
    assert not at.exception
    assert [area.key for area in at.text_area] == ["lab_prompt"]
    assert "·there" in figure(at)["layout"]["yaxis"]["ticktext"]


@pytest.mark.parametrize("view", ["lab", "steps"])
def test_a_model_without_probabilities_says_so(scripted: ScriptedBackend, view: str):
    at = open_lab(view=view)
    assert not at.exception
    assert "scripted does not report its tokens" in at.info[0].value
    assert not at.get("plotly_chart")
