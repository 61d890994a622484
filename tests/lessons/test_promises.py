"""What every lesson promises holds on the model that ships, with the seeds as they are written.

After a new checkpoint: `python -m core lessons check --seeds 20` names a seed for each that fails.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.engine.engine import Engine
from core.errors import InvalidInput
from core.i18n import LANGUAGES
from core.lessons.conditions import condition, filled
from core.lessons.experiment import Experiment, run, to_end
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson, Prediction
from core.lessons.promises import Checking, check_all, check_lesson, find_seed
from core.lessons.shelf import shelf
from tests.scripted import ScriptedBackend

ENGLISH = shelf(None, "en").lessons
LESSONS = [lesson for language in LANGUAGES for lesson in shelf(None, language).lessons]


def name(lesson: Lesson) -> str:
    return f"{lesson.language}-{lesson.id}"


def first_of_each_kind(lessons: Sequence[Lesson], languages: Sequence[str]) -> list[Any]:
    """The lessons as parameters: all but one for each kind of experiment, the languages in turns,
    are for the long tests."""
    firsts: dict[type, str] = {}
    for lesson in ENGLISH:
        shown = languages[len(firsts) % len(languages)]
        firsts.setdefault(type(lesson.experiment), f"{shown}-{lesson.id}")
    return [
        pytest.param(
            lesson,
            id=name(lesson),
            marks=() if name(lesson) in firsts.values() else pytest.mark.long,
        )
        for lesson in lessons
    ]


@pytest.mark.parametrize("lesson", first_of_each_kind(LESSONS, list(LANGUAGES)))
def test_the_promises_hold(engine: Engine, lesson: Lesson) -> None:
    kept = check_lesson(engine, lesson)
    assert kept
    failed = [promise.told() for promise in kept if not promise.held]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_a_lesson_promises_something(lesson: Lesson) -> None:
    assert len(lesson.promises) >= 1


def _small(lesson: Lesson) -> Experiment:
    """The experiment in a small edition, where it draws answers."""
    paths = {("samples",): 2, ("max_new_tokens",): 6}
    return changed(lesson.values, {p: v for p, v in paths.items() if p[0] in lesson.values})


@pytest.mark.parametrize("lesson", first_of_each_kind(ENGLISH, ["en"]))
def test_a_run_has_the_figures_it_says_and_the_same_seed_gives_the_same(
    engine: Engine, lesson: Lesson
) -> None:
    experiment = _small(lesson)
    first = run(engine, experiment)
    assert set(first.figures) == experiment.figures
    text = filled(lesson.sections["seen"], first.figures)
    assert text
    assert "{" not in text
    if lesson.id != "precision":
        assert run(engine, experiment) == first


def test_another_seed_draws_other_answers(engine: Engine) -> None:
    lesson = shelf(None, "en").get("temperature")
    one, two = (
        run(engine, changed(lesson.values, {("seed",): seed, ("max_new_tokens",): 12}))
        for seed in (1, 1000)
    )
    texts = [{a.text for a in r.answers if a.group == "hot"} for r in (one, two)]  # type: ignore[attr-defined]
    assert texts[0] != texts[1]


def test_a_promise_that_fails_says_what_was_found_and_what_to_do(engine: Engine) -> None:
    lesson = shelf(None, "en").get("roles")
    broken = condition("control_plain > 100", lesson.experiment.figures, "promises 1")
    kept = check_lesson(engine, replace(lesson, promises=(broken,)))
    told = kept[0].told()
    assert not kept[0].held
    assert told.startswith("en/roles: control_plain > 100 does not hold (control_plain = 4)")
    assert "content/en/roles.md" in told


def test_a_seed_is_looked_for_only_where_one_is_drawn(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="roles samples nothing"):
        find_seed(engine, shelf(None, "en").get("roles"), 3)


def test_the_first_seed_that_keeps_all_promises_is_found() -> None:
    lesson = shelf(None, "en").get("wrong-fact")
    promised = condition("seed >= 2", lesson.experiment.figures, "promises 1")
    lesson = replace(lesson, promises=(promised,), prediction=Prediction("?", (), None))
    backend = ScriptedBackend()
    assert find_seed(backend, lesson, 9) == 2
    assert {request.sampling.seed for request in backend.asked} == set(
        range(2 + lesson.values["samples"])
    )
    assert find_seed(backend, lesson, 2) is None


def test_all_lessons_are_checked_one_after_the_other() -> None:
    backend = ScriptedBackend()
    lessons = [shelf(None, "en").get(lesson_id) for lesson_id in ("injection", "wrong-fact")]
    told = [event for _tag, event in check_all(backend, lessons) if isinstance(event, Checking)]
    assert told == [Checking(lessons[0].title, 0), Checking(lessons[1].title, 0.5)]
    each = [kept for lesson in lessons for kept in check_lesson(backend, lesson)]
    assert to_end(check_all(backend, lessons)) == each


def test_a_prediction_is_judged_by_the_figures() -> None:
    prediction = shelf(None, "en").get("temperature").prediction
    assert prediction.judge(0, {"different_cold": 1})
    assert not prediction.judge(0, {"different_cold": 5})
    assert prediction.judge(1, {"different_cold": 5})
