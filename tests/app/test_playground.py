"""The playground page, driven without a browser."""

import threading
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.backends.events import TextDelta
from core.errors import InvalidInput
from core.grid.axes import Axis, parse_axis
from core.grid.records import LoadedAs
from core.grid.run import Scoring
from core.grid.spec import GridSpec
from core.grid.stored_run import complete_run
from core.personas.book import PersonaBook
from tests.patience import PAGE_S
from ui.grid.form import presets
from ui.grid.runs import run_job
from ui.shell import resources

# Of a log-probability that was read in other company
PARITY = 1e-4
PAGE = str(Path(__file__).parents[2] / "pages" / "3_Playground.py")

UNSCORED = {"mean_logprob": None, "entropies": (), "greedy_prefix": None}


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def run_grid(at: AppTest, temperatures: str = "0, 1.2", top_ps: str = "0.5, 1") -> AppTest:
    at.text_area(key="grid_prompt").set_value("Who are you?")
    at.text_input(key="grid_rows_values").set_value(temperatures)
    at.text_input(key="grid_columns_values").set_value(top_ps)
    at.number_input(key="grid_tokens").set_value(8)
    return at.button(key="grid_run").click().run()


def run_of(at: AppTest) -> str:
    value = at.query_params["run"]
    return value if isinstance(value, str) else value[0]


def stored():
    return resources.store().runs


def texts(at: AppTest) -> list[str]:
    return [m.value for m in at.main.markdown]


def test_the_empty_page_teaches_with_an_example():
    at = open_page()
    assert not at.exception
    assert at.button(key="grid_example").label
    assert at.text_input(key="grid_rows_values").value


def test_a_grid_runs_and_is_found_again_by_its_url():
    at = run_grid(open_page())
    assert not at.exception
    assert not at.error
    run = stored().get(run_of(at))
    cells = stored().cells(run.id)
    assert len(cells) == 4
    assert all(1 <= len(cell.token_ids) <= 8 for cell in cells)
    assert all(cell.mean_logprob is not None for cell in cells)
    again = open_page(run=run.id)
    assert not again.exception
    assert texts(again) == texts(at)
    again.button(key="grid_change").click().run()
    assert again.text_area(key="grid_prompt").value == "Who are you?"
    assert again.text_input(key="grid_rows_values").value == "0, 1.2"


def test_a_replay_gives_the_same_texts():
    at = run_grid(open_page())
    at.button(key="grid_replay").click().run()
    assert not at.exception
    assert "4" in at.success[0].value
    assert sum("identical" in c.value for c in at.caption) == 4
    assert len(stored().list()) == 1


@pytest.mark.parametrize(
    ("temperatures", "named"),
    [("0.2, warm", "warm"), ("3", "3"), ("0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6", "6"), ("", "none")],
)
def test_values_that_cannot_be_used_are_named_and_nothing_is_lost(temperatures, named):
    at = run_grid(open_page(), temperatures)
    assert not at.exception
    assert named in at.error[0].value
    assert at.text_area(key="grid_prompt").value == "Who are you?"
    assert at.text_input(key="grid_rows_values").value == temperatures
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
    assert "run" not in at.query_params
    at.button(key="undo").click().run()
    assert not at.exception
    assert run_of(at) == run
    assert [one.id for one in stored().list()] == [run]


def part_of(whole, cells, model=None):
    """A stored run with the settings of `whole`, as if a server had ended after `cells`."""
    part = stored().create(whole.spec, model or whole.model, whole.precision)
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
        text="half", token_ids=cells[2].token_ids[:1], finish_reason="cancelled", **UNSCORED
    )
    part = part_of(whole, [first, half])
    at = open_page(run=part.id)
    assert not at.exception
    assert "1 of 4" in at.info[0].value
    assert "Stopped on the way: T 1.2 · p 0.5 (1 token)." in at.info[0].value
    assert "Not run: T 0 · p 1, T 1.2 · p 1." in at.info[0].value
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
    assert [c.mean_logprob for c in after] == pytest.approx(
        [c.mean_logprob for c in cells], abs=PARITY
    )


def test_texts_without_scores_are_scored_on_request(whole):
    cells = stored().cells(whole.id)
    part = part_of(whole, [cell.filled(**UNSCORED) for cell in cells])
    at = open_page(run=part.id)
    at.segmented_control(key="part").set_value("measures").run()
    assert "have not been scored" in at.info[0].value
    at.button(key="grid_score").click().run()
    assert not at.exception
    scores = [cell.mean_logprob for cell in stored().cells(part.id)]
    assert scores == pytest.approx([cell.mean_logprob for cell in cells], abs=PARITY)
    assert not [b for b in at.button if b.key == "grid_score"]


def test_a_run_of_another_model_waits_for_it(whole):
    cells = [cell.filled(**UNSCORED) for cell in stored().cells(whole.id)[:2]]
    at = open_page(run=part_of(whole, cells, model="elsewhere").id)
    assert at.button(key="grid_fill").disabled
    assert at.button(key="grid_score").disabled
    assert any("elsewhere" in c.value for c in at.caption)


def test_every_preset_is_a_grid_that_can_run():
    at = open_page()
    for key, preset in presets().items():
        at.button(key=f"preset_{key}").click().run()
        assert not at.exception
        assert at.selectbox(key="grid_rows").value == preset.rows[0]
        assert at.text_input(key="grid_columns_values").value == preset.columns[1]
        assert parse_axis(*preset.rows).name != parse_axis(*preset.columns).name


def test_the_example_runs_on_click():
    at = open_page()
    at.button(key="grid_example").click().run()
    assert not at.exception
    assert len(stored().cells(run_of(at))) == 9
    assert at.subheader[0].value


# --- axes -----------------------------------------------------------------------------------


def test_the_first_screen_has_a_prompt_two_axes_and_a_button():
    at = open_page()
    assert [box.label for box in at.main.selectbox] == ["Rows", "Columns"]
    assert [e.label for e in at.main.expander] == ["More settings"]
    assert at.button(key="grid_run").label == "Run the grid"


def test_choosing_the_axis_of_the_other_side_swaps_the_two():
    at = open_page()
    at.text_input(key="grid_rows_values").set_value("0.1, 0.3").run()
    at.selectbox(key="grid_rows").set_value("top_p").run()
    assert not at.exception
    assert at.selectbox(key="grid_columns").value == "temperature"
    assert at.text_input(key="grid_columns_values").value == "0.1, 0.3"
    assert at.text_input(key="grid_rows_values").value == "0.5, 0.9, 1"


def test_personas_are_an_axis_and_the_run_keeps_their_words():
    at = open_page()
    at.text_area(key="grid_prompt").set_value("Who are you?")
    at.selectbox(key="grid_rows").set_value("persona").run()
    expert = next(
        e for e in PersonaBook(resources.store().personas).list() if e.id == "java-expert"
    )
    at.multiselect(key="grid_rows_chosen").set_value(["", expert.text.system])
    at.selectbox(key="grid_columns").set_value("seed").run()
    at.text_input(key="grid_columns_values").set_value("0 7")
    at.number_input(key="grid_tokens").set_value(8)
    at.number_input(key="grid_samples").set_value(2)
    at.button(key="grid_run").click().run()
    assert not at.exception
    assert not at.error
    run = stored().get(run_of(at))
    assert run.spec.rows.labels == ("no persona", "Java expert")
    assert run.spec.rows.values == ("", expert.text.system)
    cells = stored().cells(run.id)
    assert [cell.seed for cell in cells] == [0, 1, 7, 8] * 2
    again = open_page(run=run.id)
    again.button(key="grid_change").click().run()
    assert again.multiselect(key="grid_rows_chosen").value == ["", expert.text.system]
    assert "Java expert" in again.multiselect(key="grid_rows_chosen").options
    assert sum("2 samples, " in c.value for c in again.caption) == 4


@pytest.mark.own_model
def test_models_write_side_by_side_and_nobody_loses_theirs():
    at = open_page()
    at.text_area(key="grid_prompt").set_value("Who are you?")
    at.selectbox(key="grid_columns").set_value("model").run()
    assert at.multiselect(key="grid_columns_chosen").value[0] == "embedded/fp32"
    at.multiselect(key="grid_columns_chosen").set_value(["embedded/fp32", "embedded/bf16"])
    at.text_input(key="grid_rows_values").set_value("0")
    at.number_input(key="grid_tokens").set_value(6)
    at.run()
    assert not at.warning
    at.button(key="grid_run").click().run()
    assert not at.exception
    assert not at.error
    cells = stored().cells(run_of(at))
    assert [cell.loaded_as.precision for cell in cells] == ["fp32", "bf16"]
    assert all(cell.greedy_prefix is not None for cell in cells)
    loaded = {resident.value for resident in resources.host().status().residents}
    assert loaded == {"embedded/fp32", "embedded/bf16"}


# --- the best of a run ------------------------------------------------------------------------


def test_a_star_and_a_note_are_kept_and_the_best_can_be_seen_alone(whole):
    cells = stored().cells(whole.id)
    at = open_page(run=whole.id, cell="2-1")
    at.button(key="star_read_2").click().run()
    at.text_input(key=f"note_{whole.id}_2").set_value("calm *and* clear").run()
    assert not at.exception
    kept = stored().cells(whole.id)[2]
    assert (kept.starred, kept.note) == (True, "calm *and* clear")
    at = open_page(run=whole.id, only="starred")
    assert not at.exception
    shown = texts(at)
    assert kept.text in shown
    assert not [c for c in cells if c.index != 2 and c.text != kept.text and c.text in shown]
    assert any("calm \\*and\\* clear" in c for c in captions(at))
    at.button(key="star_2").click().run()
    assert not stored().cells(whole.id)[2].starred


def test_without_a_star_there_is_nothing_to_choose(whole):
    at = open_page(run=whole.id)
    assert [control.key for control in at.segmented_control if control.key == "only"] == []


def test_texts_that_are_the_same_are_shown_once(whole):
    cells = stored().cells(whole.id)
    for index in (1, 3):
        same = cells[0].filled(index=index, row=index // 2, column=1)
        stored().save_cell(whole.id, same)
    stored().save_cell(whole.id, cells[2].filled(text="another", token_ids=(9, 2)))
    at = open_page(run=whole.id)
    assert texts(at).count(cells[0].text) == 1
    assert sum(c == "Same text as **T\u00a00\u00a0·\u00a0p\u00a00.5**" for c in captions(at)) == 2


# --- the form of a run --------------------------------------------------------------------------


def has_form(at):
    return any(box.key == "grid_prompt" for box in at.text_area)


def test_the_form_is_one_line_above_a_run_and_opens_with_one_click(whole):
    at = open_page(run=whole.id)
    assert not has_form(at)
    assert at.subheader[0].value == "Who are you?"
    assert any("top" in c and "0, 1.2 × " in c and "0.5, 1 · " in c for c in captions(at))
    at.button(key="grid_change").click().run()
    assert at.text_area(key="grid_prompt").value == "Who are you?"
    at.button(key="grid_close").click().run()
    assert not has_form(at)
    at.button(key="grid_change").click().run()
    run_grid(at, "0.5", "1")
    assert not at.exception
    assert run_of(at) != whole.id
    assert not has_form(at)
    assert stored().get(run_of(at)).spec.rows.values == (0.5,)


def test_a_form_that_cannot_run_stays_open(whole):
    at = open_page(run=whole.id)
    at.button(key="grid_change").click().run()
    run_grid(at, "warm")
    assert "warm" in at.error[0].value
    assert at.text_input(key="grid_rows_values").value == "warm"
    assert run_of(at) == whole.id


# --- whose a run is -----------------------------------------------------------------------------


def test_a_run_that_somebody_shares_is_read_and_not_changed(whole):
    theirs = resources.store().of("f" * 32).runs
    run = theirs.create(whole.spec, whole.model, whole.precision, "Theirs")
    for cell in stored().cells(whole.id)[:3]:
        theirs.save_cell(run.id, cell)
    theirs.mark(run.id, 0, starred=True, note="the best")
    at = open_page(run=run.id)
    assert run.id in at.warning[0].value
    theirs.share(run.id, True)
    at = open_page(run=run.id, cell="1-1")
    assert not at.exception
    assert not at.error
    assert any(c.startswith("Shared with you") for c in captions(at))
    keys = [b.key or "" for b in at.button]
    assert not [k for k in keys if k.startswith(("star", "grid_fill", "grid_score", "delete"))]
    assert not [k.key for k in at.text_input]
    assert "the best" in [c.value for c in at.caption]
    at.button(key="grid_change").click().run()
    assert has_form(at)


def test_a_run_is_shared_on_purpose(whole):
    at = open_page(run=whole.id)
    at.toggle(key=f"shared_{whole.id}").set_value(True).run()
    assert stored().get(whole.id).shared
    at.toggle(key=f"shared_{whole.id}").set_value(False).run()
    assert not stored().get(whole.id).shared


# --- a cell under the inspector ---------------------------------------------------------------


def captions(at):
    return [c.value for c in at.main.caption]


def test_a_sample_of_a_cell_is_inspected_and_branched_from(whole):
    cells = stored().cells(whole.id)
    at = open_page(run=whole.id, cell="2-2")
    at.button(key="inspect_cell_3").click().run()
    assert not at.exception
    assert at.query_params["inspect"] in ("1", ["1"])
    said = f"{len(cells[3].token_ids)} tokens · mean log-probability {cells[3].mean_logprob:.2f}"
    assert any(c.startswith(said) for c in captions(at))
    key = f"cell_{whole.id}_3"
    at.session_state[f"{key}_strip_token"] = 2
    at.run()
    assert any("Temperature 1.2, top_p 1 and top_k off keep" in c for c in captions(at))
    other = next(
        b for b in at.button if (b.key or "").startswith(f"{key}_take_") and "◆" not in b.label
    )
    other.click().run()
    assert not at.exception
    assert not at.error
    tree = resources.store().branches.list()[0]
    assert (tree.origin.kind, tree.origin.id) == ("cell", f"{whole.id}/3")
    root, branch = resources.store().branches.of(tree.id)
    assert root.token_ids == cells[3].token_ids
    assert branch.token_ids[:2] == root.token_ids[:2]
    assert branch.token_ids[2] != root.token_ids[2]
    assert branch.sampling.seed == cells[3].seed
    at.button(key="cell_close").click().run()
    assert "inspect" not in at.query_params
    assert not any(c.startswith(said) for c in captions(at))


def test_each_sample_has_an_inspector_of_its_own_and_another_cell_closes_it():
    at = open_page()
    at.number_input(key="grid_samples").set_value(2)
    at = run_grid(at, "1.2", "0.9, 1")
    cells = stored().cells(run_of(at))
    at = open_page(run=run_of(at), cell="1-1", inspect="2")
    assert not at.exception
    said = f"{len(cells[1].token_ids)} tokens · mean log-probability {cells[1].mean_logprob:.2f}"
    assert sum(c.startswith(said) and "mean entropy" in c for c in captions(at)) == 1
    at.button(key="read_1-2").click().run()
    assert not at.exception
    assert "inspect" not in at.query_params
    assert not any("mean entropy" in c for c in captions(at))


def test_a_cell_of_another_model_or_precision_says_whose_numbers_are_shown(whole):
    cells = stored().cells(whole.id)
    elsewhere = cells[0].filled(
        loaded_as=LoadedAs("chatglm3-6b", "fp16", "cuda"), token_ids=(64_000, 64_001)
    )
    stored().save_cell(whole.id, elsewhere)
    stored().save_cell(whole.id, cells[1].filled(loaded_as=LoadedAs("embedded", "int8", "cpu")))
    at = open_page(run=whole.id, cell="1-1", inspect="1")
    assert not at.exception
    assert not at.error
    assert "ChatGLM3 6B wrote this answer, and Prompt Lab ChatGLM3" in at.info[0].value
    # The text in the tokens of the loaded model, not ids of a vocabulary that it does not have
    assert any("tokens · mean log-probability" in c for c in captions(at))
    at = open_page(run=whole.id, cell="1-2", inspect="1")
    assert "wrote this text in int8, and is used here in fp32" in at.info[0].value
    at = open_page(run=whole.id, cell="2-1", inspect="1")
    assert not at.info


# --- links ----------------------------------------------------------------------------------


def test_a_link_opens_the_cell_the_part_and_the_measure(whole):
    at = open_page(run=whole.id, cell="2-1", part="measures", measure="distinct_2")
    assert not at.exception
    assert at.selectbox(key="measure").value == "distinct_2"
    text = stored().cells(whole.id)[2].text
    read = [m.value for m in at.markdown]
    assert read.count(text) == 1
    assert "**T 1.2 · p 0.5**" in read
    at.button(key="cell_next").click().run()
    assert at.query_params["cell"] in ("2-2", ["2-2"])
    assert stored().cells(whole.id)[3].text in [m.value for m in at.markdown]


@pytest.mark.parametrize("cell", ["9-9", "0-1", "x", "1", "1-2-3", "²-1"])
def test_a_cell_that_is_not_there_is_explained(whole, cell):
    at = open_page(run=whole.id, cell=cell)
    assert not at.exception
    assert repr(cell) in at.warning[0].value


@pytest.mark.parametrize("part", ["texts", "measures", "entropy", "two", "code"])
def test_every_part_can_be_drawn(whole, part):
    at = open_page(run=whole.id, part=part)
    assert not at.exception
    assert not at.error


def test_two_runs_are_laid_over_each_other(whole):
    other = stored().get(run_of(run_grid(open_page(), "1.2, 2", "1, 0.1")))
    at = open_page(run=whole.id, part="two", over=other.id, cell="2-2")
    assert not at.exception
    assert not at.error
    texts_there = [m.value for m in at.main.markdown]
    assert stored().cells(whole.id)[3].text in texts_there
    assert stored().cells(other.id)[0].text in texts_there
    alone = open_page(run=whole.id, part="two", over="nonsense")
    assert "nonsense" in alone.warning[0].value


def test_a_text_is_no_markup(whole):
    cells = stored().cells(whole.id)
    evil = "![x](http://example.org/x.png) <script>alert(1)</script>"
    stored().save_cell(whole.id, cells[0].filled(text=evil))
    at = open_page(run=whole.id, cell="1-1")
    drawn = [m for m in at.main.markdown if "script" in m.value]
    assert drawn
    assert all("![" + "x" not in m.value and not m.allow_html for m in drawn)


# --- jobs -----------------------------------------------------------------------------------


def test_a_grid_that_ended_while_nobody_looked_is_there_on_return(scripted):
    scripted.hold()
    run = stored().create(GridSpec("Who are you?"), "scripted")
    job = resources.jobs().start(run_job(run.id), partial(complete_run, stored(), scripted, run))
    assert scripted.began.wait(60)
    elsewhere = open_page(view="branches")
    assert not elsewhere.exception
    assert job.running
    scripted.go_on()
    job.wait(60)
    at = open_page(run=run.id)
    assert not at.exception
    assert not at.info
    assert sum(text == "An answer of five words." for text in texts(at)) == 1
    assert sum(c.startswith("Same text as") for c in captions(at)) == 8


def test_what_ended_a_job_is_told_to_who_comes_back_and_once(whole):
    def work():
        yield None, Scoring()
        raise InvalidInput("out of luck")

    resources.jobs().start(run_job(whole.id), work).wait(60)
    at = open_page(run=whole.id)
    assert [error.value for error in at.error] == ["out of luck"]
    assert len(texts(at)) >= 4
    assert not at.run().error


def test_a_page_attaches_to_a_job_and_is_drawn_anew_at_its_end(whole):
    """Whoever comes while a grid is written sees it to its end, wherever it was begun."""
    attached = threading.Event()

    def work():
        yield 0, TextDelta("on its way")
        attached.wait(60)
        stored().save_cell(whole.id, stored().cells(whole.id)[0].filled(text="at its end"))

    job = resources.jobs().start(run_job(whole.id), work)
    told = job.events

    def events():
        attached.set()
        return told()

    job.events = events
    at = open_page(run=whole.id)
    assert not at.exception
    assert "at its end" in texts(at)
    assert not job.running


def test_a_deleted_run_is_stopped_first(scripted):
    run = stored().create(GridSpec("Who are you?"), "scripted")
    at = open_page(run=run.id)
    scripted.hold()
    job = resources.jobs().start(run_job(run.id), partial(complete_run, stored(), scripted, run))
    assert scripted.began.wait(60)
    at.button(key=f"delete_{run.id}").click().run()
    assert not at.exception
    assert not job.running
    assert resources.jobs().get(run_job(run.id)) is None
    assert stored().list() == []


# --- a model that gives no tokens -----------------------------------------------------------


def test_without_tokens_a_grid_is_written_and_the_page_says_what_is_lacking(scripted):
    at = run_grid(open_page())
    assert not at.exception
    assert not at.error
    cells = stored().cells(run_of(at))
    assert [cell.finish_reason for cell in cells] == ["stop"] * 4
    assert sum("5 tokens · finished" in c for c in captions(at)) == 1
    assert "Also the text of" in " ".join(captions(at))
    assert not [b for b in at.button if b.key in ("grid_fill", "grid_score")]
    at = open_page(run=run_of(at), cell="1-1")
    inspect = at.button(key="inspect_cell_0")
    assert inspect.disabled
    assert "does not report its tokens" in inspect.help
    for part in ("measures", "entropy"):
        at = open_page(run=run_of(at), part=part)
        assert not at.exception
        assert "without tokens" in at.info[0].value
    at = open_page(run=run_of(at), part="measures", measure="length")
    assert not at.info


# --- the form ---------------------------------------------------------------------------------


def test_the_numbers_of_a_stored_run_stand_in_the_form_as_they_are():
    odd = Axis("temperature", (0.1234567, 1.0, 0.2))
    run = stored().create(GridSpec("x", odd, Axis("seed", (0, 1_000_001))), "embedded")
    at = open_page(run=run.id)
    at.button(key="grid_change").click().run()
    assert at.text_input(key="grid_rows_values").value == "0.1234567, 1, 0.2"
    assert at.session_state["state"]["GridState"].form.columns_values == "0, 1000001"


def test_what_is_typed_is_there_again_after_another_view():
    at = open_page()
    at.text_area(key="grid_prompt").set_value("Why?")
    at.number_input(key="grid_seed").set_value(7)
    at.run()
    for view in ("branches", "grid"):
        at.segmented_control(key="playground_view").set_value(view).run()
        assert not at.exception
    assert at.text_area(key="grid_prompt").value == "Why?"
    assert at.number_input(key="grid_seed").value == 7


def test_a_run_that_another_window_has_deleted_is_explained():
    at = run_grid(open_page())
    [run] = stored().list()
    stored().delete(run.id)
    at.text_input(key=f"title_{run.id}").set_value("Foxes").run()
    assert not at.exception
    assert "may have been deleted" in at.toast[0].value
