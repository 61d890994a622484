"""The playground page, driven without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGE = str(Path(__file__).parents[2] / "pages" / "3_Playground.py")


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def run_grid(at: AppTest, temperatures: str = "0, 1.2", top_ps: str = "0.5, 1") -> AppTest:
    at.text_area(key="grid_prompt").set_value("Who are you?")
    at.text_input(key="grid_temperatures").set_value(temperatures)
    at.text_input(key="grid_top_ps").set_value(top_ps)
    at.number_input(key="grid_tokens").set_value(8)
    return at.button(key="grid_run").click().run()


def run_of(at: AppTest) -> str:
    value = at.query_params["run"]
    return value if isinstance(value, str) else value[0]


def stored():
    from ui import resources

    return resources.store().runs


def texts(at: AppTest) -> list[str]:
    return [m.value for m in at.main.markdown]


def test_the_empty_page_teaches_with_an_example():
    at = open_page()
    assert not at.exception
    assert at.button(key="grid_example").label
    assert at.text_input(key="grid_temperatures").value


def test_a_grid_runs_and_is_found_again_by_its_url():
    at = run_grid(open_page())
    assert not at.exception
    assert not at.error
    run = stored().get(run_of(at))
    cells = stored().cells(run.id)
    assert run.finished
    assert len(cells) == 4
    assert all(1 <= len(cell.token_ids) <= 8 for cell in cells)
    assert all(cell.mean_logprob is not None for cell in cells)
    again = open_page(run=run.id)
    assert not again.exception
    assert texts(again) == texts(at)
    assert again.text_area(key="grid_prompt").value == "Who are you?"
    assert again.text_input(key="grid_temperatures").value == "0, 1.2"


def test_a_replay_gives_the_same_texts():
    at = run_grid(open_page())
    at.button(key="grid_replay").click().run()
    assert not at.exception
    assert "4" in at.success[0].value
    assert sum("identical" in c.value for c in at.caption) == 4
    assert len(stored().list()) == 1


@pytest.mark.parametrize(
    ("temperatures", "named"),
    [("0.2, warm", "warm"), ("3", "3"), ("0, 0.1, 0.2, 0.3, 0.4, 0.5", "5"), ("", "temperature")],
)
def test_values_that_cannot_be_used_are_named_and_nothing_is_lost(temperatures, named):
    at = run_grid(open_page(), temperatures)
    assert not at.exception
    assert named in at.error[0].value
    assert at.text_area(key="grid_prompt").value == "Who are you?"
    assert at.text_input(key="grid_temperatures").value == temperatures
    assert stored().list() == []


def test_a_prompt_over_the_window_leaves_no_empty_run():
    at = open_page()
    at.text_area(key="grid_prompt").set_value("why " * 5000)
    at.button(key="grid_run").click().run()
    assert not at.exception
    assert "tokens" in at.error[0].value
    assert stored().list() == []
    assert "run" not in at.query_params


def test_an_unknown_run_is_explained():
    at = open_page(run="nonsense")
    assert not at.exception
    assert "nonsense" in at.warning[0].value


def test_a_run_is_renamed_and_deleted():
    at = run_grid(open_page(), "0", "1")
    run = run_of(at)
    at.text_input(key=f"title_{run}").set_value("Cold").run()
    assert stored().get(run).title == "Cold"
    at.button(key=f"delete_{run}").click().run()
    assert not at.exception
    assert stored().list() == []


def part_of(whole, cells, model=None):
    """A stored run with the settings of `whole`, as if a server had ended after `cells`."""
    part = stored().create(
        prompt=whole.prompt,
        system="",
        model=model or whole.model,
        temperatures=whole.temperatures,
        top_ps=whole.top_ps,
        samples=1,
        base_seed=0,
        top_k=0,
        max_new_tokens=8,
    )
    for cell in cells:
        stored().save_cell(part.id, cell)
    return part


@pytest.fixture
def whole():
    return stored().get(run_of(run_grid(open_page())))


def test_a_run_with_gaps_names_them_and_fills_them_alone(whole):
    cells = stored().cells(whole.id)
    # Another text than the seed gives: filling must not run this cell again
    first = cells[0].filled(text="kept as it was")
    half = cells[2].filled(
        text="half", token_ids=cells[2].token_ids[:1], finish_reason="cancelled", mean_logprob=None
    )
    part = part_of(whole, [first, half])
    at = open_page(run=part.id)
    assert not at.exception
    assert "1 of 4" in at.info[0].value
    assert "T 0 · p 1, T 1.2 · p 0.5, T 1.2 · p 1." in at.info[0].value
    assert sum(c.value == "not run" for c in at.caption) == 2
    assert sum("stopped" in c.value for c in at.caption) == 1
    at.button(key="grid_fill").click().run()
    assert not at.exception
    assert not at.info
    assert not [b for b in at.button if b.key in ("grid_fill", "grid_score")]
    after = stored().cells(part.id)
    assert after[0] == first
    assert [c.token_ids for c in after] == [c.token_ids for c in cells]
    assert all(c.finish_reason in ("stop", "length") for c in after)
    assert [c.mean_logprob for c in after] == pytest.approx([c.mean_logprob for c in cells])


def test_texts_without_scores_are_scored_on_request(whole):
    cells = stored().cells(whole.id)
    part = part_of(whole, [cell.filled(mean_logprob=None) for cell in cells])
    at = open_page(run=part.id)
    assert "The texts of this run were not scored." in [c.value for c in at.caption]
    at.button(key="grid_score").click().run()
    assert not at.exception
    scores = [cell.mean_logprob for cell in stored().cells(part.id)]
    assert scores == pytest.approx([cell.mean_logprob for cell in cells])
    assert not [b for b in at.button if b.key == "grid_score"]


def test_a_run_of_another_model_waits_for_it(whole):
    cells = [cell.filled(mean_logprob=None) for cell in stored().cells(whole.id)[:2]]
    at = open_page(run=part_of(whole, cells, model="elsewhere").id)
    assert at.button(key="grid_fill").disabled
    assert at.button(key="grid_score").disabled
    assert any("elsewhere" in c.value for c in at.caption)


def test_every_preset_is_a_grid_that_can_run():
    from ui.playground_form import presets

    at = open_page()
    for key, preset in presets().items():
        at.button(key=f"preset_{key}").click().run()
        assert not at.exception
        assert at.text_input(key="grid_temperatures").value == preset.temperatures
        assert at.text_input(key="grid_top_ps").value == preset.top_ps


def test_the_example_runs_on_click():
    at = open_page()
    at.button(key="grid_example").click().run()
    assert not at.exception
    assert len(stored().cells(run_of(at))) == 9
    assert at.text_area(key="grid_prompt").value
