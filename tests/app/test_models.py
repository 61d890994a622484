"""The models page: what is on offer, what it takes, and loading another."""

import shutil
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import EngineError
from core.models import machine
from core.models.machine import DeviceMemory
from core.models.plan import PAGE_TOKENS, gigabytes
from tests.patience import PAGE_S
from ui.models import places

pytestmark = pytest.mark.own_model
TEACHING = "Prompt Lab ChatGLM3 (teaching model)"
PAGE = str(Path(__file__).parents[2] / "pages" / "4_Models.py")


@pytest.fixture
def shelf(own_data: Path, small_checkpoint: Path) -> Path:
    """The operator's model directory, with one sound model and a damaged one."""
    folder = own_data / "models"
    shutil.copytree(small_checkpoint, folder / "small")
    shutil.copytree(small_checkpoint, folder / "broken")
    (folder / "broken" / "model-00002-of-00003.safetensors").unlink()
    return folder


def _opened() -> AppTest:
    from ui.shell import resources

    with suppress(EngineError):  # none is named that there is
        resources.host().begin()
    resources.host().wait()
    page = AppTest.from_file(PAGE, default_timeout=PAGE_S).run()
    assert not page.exception
    return page


def _loaded() -> set[str]:
    from ui.shell import resources

    return {resident.value for resident in resources.host().status().residents}


def _labels(page: AppTest) -> list[str]:
    return [expander.label for expander in page.expander]


def test_every_offer_says_what_it_takes(shelf: Path) -> None:
    page = _opened()
    labels = _labels(page)
    assert labels[:3] == [f"**{TEACHING}** · loaded", "**broken**", "**small**"]
    assert "**ChatGLM3 6B** · not downloaded" in labels
    six_b = next(e for e in page.expander if "ChatGLM3 6B**" in e.label)
    table = six_b.dataframe[0].value
    assert list(table["Weights"]) == ["12.5 GB", "6.8 GB", "4.0 GB"]
    assert "ChatGLM3-6B License" in six_b.caption[0].value
    assert six_b.button[0].label == "Download ChatGLM3 6B (12.5 GB)"


def test_the_memory_measured_is_what_was_planned(shelf: Path) -> None:
    from ui.shell import resources

    shown = _opened().dataframe[0].value
    assert shown["Planned"][0] == shown["Measured"][0]
    state = resources.host().status()
    plan, held = state.residents[0].plan, state.residents[0].now.cache_bytes
    assert list(shown["Planned"])[1] == gigabytes(plan.cache)
    assert list(shown["Measured"])[1] == gigabytes(held)
    # The library adds two pages of its own, which no request gets
    assert 0 <= held - plan.cache <= 2 * PAGE_TOKENS * plan.cache_per_token


def test_only_who_sits_at_the_machine_can_name_a_path(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = SimpleNamespace(ip_address=None, headers={})
    with monkeypatch.context() as patch:
        patch.setattr(places.st, "context", visitor)
        assert places._at_this_machine()
        visitor.headers = {"X-Forwarded-For": "192.0.2.1"}
        assert not places._at_this_machine()
        visitor.headers, visitor.ip_address = {}, "192.0.2.1"
        assert not places._at_this_machine()
    page = _opened()  # under test a visitor has an address
    assert "model_place" not in [box.key for box in page.text_input]
    assert not page.text_area


def test_a_model_added_by_its_path_stays_on_the_list(
    shelf: Path, small_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_at_this_machine", lambda: True)
    elsewhere = tmp_path / "elsewhere" / "mine"
    shutil.copytree(small_checkpoint, elsewhere)
    page = _opened()
    page.text_input("model_place").set_value(f"{elsewhere.parent}/").run()
    page.button(f"place_{elsewhere}").click().run()
    page.button("add_place").click().run()
    assert "**mine**" in _labels(page)
    page.button("load_small").click().run()
    assert "**mine**" in _labels(_opened())
    page.button("forget_mine").click().run()
    assert "**mine**" not in _labels(_opened())
    assert (elsewhere / "config.json").is_file()


def test_what_is_recommended_says_what_it_costs_and_how_quick_it_is(shelf: Path) -> None:
    page = _opened()
    said = [caption.value for caption in page.caption if "Of that: weights" in caption.value]
    assert 1 <= len(said) <= 3
    for text in said:
        assert "of memory" in text
        assert "tokens/s expected" in text
    assert any("SmolLM2 135M Instruct** · English · Apache 2.0" in t.value for t in page.markdown)
    keys = {button.key for button in page.button}
    assert {"again_download_smollm2-135m-instruct", "download_smollm2-135m-instruct"} <= keys


@pytest.mark.parametrize("precision", ["bf16", "nf4"])
def test_a_model_is_loaded_as_chosen(shelf: Path, precision: str) -> None:
    from ui.shell import resources

    page = _opened()
    options = page.radio("as_small").options
    assert options[0] == "recommended: fp32"
    page.radio("as_small").set_value(f"cpu {precision}").run()
    page.button("load_small").click().run()
    resources.host().wait()
    page.run()
    assert not page.exception
    assert not resources.host().status().failures
    assert {"**small** · loaded", f"**{TEACHING}** · loaded"} <= set(_labels(page))
    said = f"**small** is loaded: {precision} on CPU"
    assert any(said in text.value for text in page.markdown)
    assert _loaded() == {"embedded/fp32", f"small/{precision}"}


@pytest.mark.usefixtures("on_openvino")
def test_openvino_is_chosen_beside_the_precisions_and_says_when_torch_runs_it_instead(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.openvino import check
    from ui.shell import resources

    page = _opened()
    page.radio("as_small").set_value("cpu fp32 · OpenVINO").run()
    page.button("load_small").click().run()
    resources.host().wait()
    page.run()
    assert not page.exception
    assert not resources.host().status().failures
    said = "**small** is loaded: fp32 · OpenVINO on CPU"
    assert any(said in text.value for text in page.markdown)

    page.button("unload_small/fp32/openvino").click().run()
    resources.weight_cache().clear()
    monkeypatch.setattr(check, "TOLERANCE", 0.0)
    page.button("load_small").click().run()
    resources.host().wait()
    page.run()
    assert any("**small** is loaded: fp32 on CPU" in text.value for text in page.markdown)
    assert any("torch runs it instead" in text.value for text in page.caption)


def test_a_click_right_after_the_choice_loads_what_was_chosen(shelf: Path) -> None:
    """Both come to the server at once: the recommended precision was loaded instead."""
    from ui.shell import resources

    page = _opened()
    page.radio("as_small").set_value("cpu bf16")
    page.button("load_small").click().run()
    resources.host().wait()
    assert _loaded() == {"embedded/fp32", "small/bf16"}


def test_a_damaged_model_is_explained_and_the_loaded_one_stays(shelf: Path) -> None:
    page = _opened()
    broken = next(e for e in page.expander if "broken" in e.label)
    assert "is missing 1 of 3 shards" in broken.error[0].value
    assert not broken.button
    assert f"**{TEACHING}** · loaded" in _labels(page)


def test_what_does_not_fit_cannot_be_chosen(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _opened()
    place = DeviceMemory("cpu", "CPU", 32 * 10**9, 1000)
    monkeypatch.setattr(machine, "places", lambda freed=None: [place])
    page = _opened()
    small = next(e for e in page.expander if "small" in e.label)
    assert not small.button
    assert "choose a smaller model" in small.warning[0].value


def test_a_download_that_fails_says_so(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    from ui.shell import resources

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    page = _opened()
    page.button("download_chatglm3-6b").click().run()
    resources.downloads()["chatglm3-6b"].wait(60)
    page.run()
    six_b = next(e for e in page.expander if "ChatGLM3 6B**" in e.label)
    assert "HF_HUB_OFFLINE" in six_b.warning[0].value


def test_a_setting_that_names_no_model_leaves_the_page_usable(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.shell import resources

    monkeypatch.setenv("PROMPTLAB_MODEL", "nothing")
    page = _opened()
    assert "There is no model 'nothing'" in page.error[0].value
    page.button("load_embedded").click().run()
    resources.host().wait()
    assert _loaded() == {"embedded/fp32"}


def test_quantised_weights_are_kept_shown_and_deleted(shelf: Path) -> None:
    from ui.shell import resources

    page = _opened()
    assert "clear_cache" not in [button.key for button in page.button]
    page.radio("as_small").set_value("cpu nf4").run()
    page.button("load_small").click().run()
    resources.host().wait()
    page.run()
    page.button("unload_small/nf4").click().run()
    assert _loaded() == {"embedded/fp32"}
    page.button("load_small").click().run()
    resources.host().wait()
    page.run()
    assert not page.exception
    assert resources.host().status().residents[0].facts.cached
    assert any("from the cache on disk" in text.value for text in page.markdown)
    assert any("small (nf4)" in caption.value for caption in page.caption)
    page.button("clear_cache").click().run()
    assert not resources.weight_cache().manifests()
    assert "clear_cache" not in [button.key for button in page.button]
