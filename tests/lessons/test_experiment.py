"""What all experiments have in common: how they run, and what a learner may change of them."""

import pytest

from core.backends.events import Finished
from core.errors import EngineError, NotSupported
from core.lessons.experiment import Control, Range, conduct, run
from core.lessons.results import Answers
from core.lessons.shelf import shelf
from tests.scripted import ScriptedBackend

FACT = shelf(None, "en").get("wrong-fact").experiment


def test_an_experiment_tells_its_answers_as_they_come_and_returns_what_they_show() -> None:
    backend = ScriptedBackend("Green, I think.", "Orange.")
    events = list(conduct(backend, FACT))
    tags = [tag for tag, event in events if isinstance(event, Finished)]
    assert sorted(tags) == list(range(36))  # type: ignore[type-var]
    result = run(backend, FACT)
    assert isinstance(result, Answers)
    assert {answer.text: (answer.marks, answer.tokens) for answer in result.answers} == {
        "Green, I think.": (("green",), 3),
        "Orange.": (("orange",), 1),
    }
    assert set(result.figures) == FACT.figures


@pytest.mark.parametrize("lesson_id", ["seeds", "top-p", "tokens", "roles"])
def test_a_model_that_cannot_do_what_is_needed_is_asked_nothing(lesson_id: str) -> None:
    backend = ScriptedBackend()
    with pytest.raises(NotSupported, match="scripted does not report its tokens"):
        run(backend, shelf(None, "en").get(lesson_id).experiment)
    assert not backend.asked


def test_an_answer_that_fails_ends_the_experiment() -> None:
    with pytest.raises(EngineError, match="broke"):
        run(ScriptedBackend(fails="The model broke."), FACT)


def test_only_experiments_that_draw_need_seeds_that_replay() -> None:
    seeded = {lesson.id for lesson in shelf(None, "en").lessons if lesson.experiment.seeded}
    drawn = {lesson.id for lesson in shelf(None, "en").lessons if "seed" in lesson.values}
    assert seeded == drawn


@pytest.mark.parametrize(
    ("lesson_id", "names"),
    [
        ("max-length", {"ask", "temperature_short", "max_length_short", "seed"}),
        ("wrong-fact", {"ask1", "ask3", "said1_right", "said4_corrected", "temperature", "seed"}),
        ("system-messages", {"system_java", "system_travel", "ask1"}),
        ("roles", {"user1_plain"}),
        ("precision", {"ask1", "ask5"}),
    ],
)
def test_links_name_settings_as_they_always_did(lesson_id: str, names: set[str]) -> None:
    controls = shelf(None, "en").get(lesson_id).experiment.controls()
    assert names <= {control.name for control in controls}


def test_a_control_knows_what_it_may_be() -> None:
    assert Control("ask", ("ask",), "?").range is None
    assert Control("top_p", ("settings", 0, "top_p"), 1.0, of="cold").range == Range(0.05, 1, 0.05)
    assert Control("seed", ("seed",), 1).range.whole  # type: ignore[union-attr]
