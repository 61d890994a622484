"""A judge on the experiments page: asked there, read there, and never more than an opinion."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.checks.judge import RUBRIC
from core.checks.rule import rule
from core.experiments.opinions import Judging
from core.experiments.records import Experiment, Place
from core.experiments.run import complete_experiment
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.store import Store
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend, ScriptedHost

ROOT = Path(__file__).parents[2]
PAGE = str(ROOT / "pages" / "8_Experiments.py")
KIND, RUDE, VAGUE = "It is kind.\nPASS", "**Rude** :smile:\nFAIL", "Hard to say."


@pytest.fixture
def store(own_data: Path) -> Store:
    from ui.shell import resources

    return resources.store()


@pytest.fixture
def experiment(store: Store, scripted: ScriptedBackend) -> Experiment:
    """Two variants, three questions, one try: six answers, all of which pass."""
    rows = tuple(Row(str(n), (("input", f"Question {n}?"),)) for n in range(1, 4))
    spec = ExperimentSpec(
        (Variant("Short"), Variant("Long")), rows, (rule("contains", words=("yes",)),), tries=1
    )
    made = store.experiments.create(spec, "embedded", "Kept")
    hold = ScriptedHost(ScriptedBackend("yes")).hold
    list(complete_experiment(store.experiments, made, hold))
    return made


def judging(backend: ScriptedBackend, *answers: str) -> None:
    """Let the model on the page say these in turn."""
    backend.__init__(*answers)  # type: ignore[misc]


def open_page(experiment: Experiment) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    at.query_params["experiment"], at.query_params["read"] = experiment.id, "scores"
    at.run()
    assert not at.exception
    return at


def asked(at: AppTest, experiment: Experiment) -> AppTest:
    """Ask the judge, and wait for its end."""
    from ui.shell import resources

    at.button(key="judge_start").click().run()
    job = resources.jobs().get(("judge", experiment.id))
    assert job
    job.wait()
    at.run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    return "\n".join(one.value for one in (*at.markdown, *at.caption, *at.error))


def keys(at: AppTest) -> set[str]:
    return {str(button.key) for button in at.button}


def test_a_judge_is_asked_and_says_what_it_thinks(
    experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, KIND, KIND, RUDE)
    at = asked(open_page(experiment), experiment)
    assert "The judge passed 4 of 6 answers." in said(at)
    assert "opinion" in said(at)
    assert "This judge has an opinion of every answer." in said(at)
    assert "judge_start" not in keys(at)
    # What it wrote is one click away, and drawn as it is
    assert RUDE in [one.value for one in at.text]


def test_a_verdict_that_cannot_be_read_is_none(
    experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, KIND, VAGUE)
    at = asked(open_page(experiment), experiment)
    assert "The judge passed 3 of 3 answers. On 3 it gave no verdict." in said(at)


def test_a_judge_that_never_gives_a_verdict_is_called_unfit(
    experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, VAGUE)
    at = asked(open_page(experiment), experiment)
    assert "The judge gave no verdict on any of 6 answers." in said(at)
    assert "small models cannot judge" in said(at)
    assert VAGUE in [one.value for one in at.text]


def test_what_a_judge_says_changes_no_figure_of_the_experiment(
    store: Store, experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, RUDE)
    before = store.experiments.answers(experiment)
    at = open_page(experiment)
    first = [one.value for one in at.dataframe]
    assert first
    asked(at, experiment)
    assert store.experiments.answers(experiment) == before
    after = [one.value for one in at.dataframe]
    assert all(one.equals(other) for one, other in zip(first, after, strict=False))


def test_agreement_with_ratings_is_counted_and_differences_are_listed(
    store: Store, experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, KIND)
    assert "Rate some answers by hand" in said(asked(open_page(experiment), experiment))
    for place, rating in ((Place(0, 0, 0), "pass"), (Place(1, 2, 0), "fail")):
        store.experiments.rate(experiment, place, rating=rating)  # type: ignore[arg-type]
    at = open_page(experiment)
    assert "on 1 of 2 answers (50 %)" in said(at)
    assert "Too kind: 1. Too strict: 0." in said(at)
    # The judge passed all: what chance alone would agree on is not told
    assert "kappa" not in said(at).casefold().replace("kappa is 1", "")
    assert "judge_open_1_2_0" in keys(at)
    assert "judge_open_0_0_0" not in keys(at)
    assert "**failed by hand**" in said(at)
    at.button(key="judge_open_1_2_0").click().run()
    assert at.query_params["answer"] in ("2-3-1", ["2-3-1"])


def test_a_part_is_judged_and_goes_on(
    store: Store, experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, KIND)
    at = open_page(experiment)
    at.number_input(key=f"judge_most_{experiment.id}").set_value(2).run()
    asked(at, experiment)
    assert "The judge passed 2 of 2 answers." in said(at)
    assert at.button(key="judge_start").label == "Go on judging"
    asked(at, experiment)
    assert "The judge passed 4 of 4 answers." in said(at)
    assert len(scripted.asked) == 4


def test_a_judge_at_work_is_stopped_and_what_it_said_stays(
    store: Store, experiment: Experiment, scripted: ScriptedBackend
) -> None:
    from ui.shell import resources

    judging(scripted, KIND)
    scripted.hold()
    at = open_page(experiment)
    at.button(key="judge_start").click().run()
    assert scripted.began.wait(60)
    at.run()
    assert "judge_start" not in keys(at)
    at.button(key="judge_stop").click().run()
    job = resources.jobs().get(("judge", experiment.id))
    assert job
    job.wait()
    scripted.go_on()
    at = open_page(experiment)
    assert "judge_start" in keys(at)
    assert "The judge passed" not in said(at)
    assert "The judge passed 6 of 6" in said(asked(at, experiment))


def test_a_judge_that_fails_says_why_and_can_be_asked_again(
    experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, KIND)
    scripted.fails = "no more memory"
    at = asked(open_page(experiment), experiment)
    assert "no more memory" in said(at)
    scripted.fails = None
    assert "The judge passed 6 of 6" in said(asked(at, experiment))


def test_the_rubric_is_kept_as_it_is_typed_and_an_empty_one_is_refused(
    store: Store, experiment: Experiment, scripted: ScriptedBackend
) -> None:
    key = f"judge_rubric_{experiment.id}"
    at = open_page(experiment)
    assert at.text_area(key=key).value == RUBRIC
    at.text_area(key=key).set_value("  ").run()
    assert "A judge needs a rubric" in said(at)
    assert "judge_start" not in keys(at)
    at.text_area(key=key).set_value("It is kind.").run()
    assert open_page(experiment).text_area(key=key).value == "It is kind."
    asked(at, experiment)
    (by,) = store.experiments.judges(experiment)
    assert by.judge.rubric == "It is kind."
    assert "It is kind." in scripted.asked[0].messages[0].content  # type: ignore[index]


def test_grades_pass_from_where_it_is_said(
    store: Store, experiment: Experiment, scripted: ScriptedBackend
) -> None:
    judging(scripted, "Fine.\n3", "Good.\n5")
    at = open_page(experiment)
    at.segmented_control(key=f"judge_scale_{experiment.id}").set_value("grade").run()
    asked(at, experiment)
    assert "The judge passed 3 of 6 answers." in said(at)
    at.selectbox(key=f"judge_passes_from_{experiment.id}").set_value(3).run()
    assert "The judge passed 6 of 6 answers." in said(at)
    assert len(scripted.asked) == 6
    at.selectbox(key=f"judge_passes_from_{experiment.id}").set_value(4).run()
    assert "The judge passed 3 of 6 answers." in said(at)


def test_what_the_judge_reads_is_shown_word_for_word(
    experiment: Experiment, scripted: ScriptedBackend
) -> None:
    at = open_page(experiment)
    asked(at, experiment)
    shown = {one.value for one in at.code}
    first = scripted.asked[0]
    assert first.messages is not None
    assert first.messages[0].content in shown


def test_a_judge_that_is_kept_wrong_is_left_aside(
    store: Store, experiment: Experiment, scripted: ScriptedBackend
) -> None:
    store.drafts.put("judge", experiment.id, {"rubric": 5, "scale": "stars", "most": "x"})
    at = open_page(experiment)
    assert at.text_area(key=f"judge_rubric_{experiment.id}").value == RUBRIC


def test_a_judge_is_known_by_what_it_is_asked() -> None:
    from core.checks.judge import Judge

    by = Judging(Judge("Kind.", "grade", 2), "m")
    assert Judging.from_dict(by.to_dict()) == by
