"""What every lesson promises holds on the model that ships, with the seeds as they are written.

After a new checkpoint: `python -m core lessons check --seeds 20` names a seed for each that fails.
"""

import pytest

from core.engine.engine import Engine
from core.errors import InvalidInput
from core.lessons.conditions import condition, filled
from core.lessons.experiment import run
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson
from core.lessons.promises import check_lesson, find_seed
from core.lessons.shelf import shelf

LESSONS = [lesson for language in ("en", "zh") for lesson in shelf(None, language).lessons]


def name(lesson: Lesson) -> str:
    return f"{lesson.language}-{lesson.id}"


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_the_promises_hold(engine: Engine, lesson: Lesson) -> None:
    kept = check_lesson(engine, lesson)
    assert kept
    failed = [promise.told() for promise in kept if not promise.held]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_a_lesson_promises_something(lesson: Lesson) -> None:
    assert len(lesson.promises) >= 1


def _small(lesson: Lesson) -> object:
    """The experiment in a small edition, where it draws answers."""
    paths = {("samples",): 2, ("max_new_tokens",): 6}
    return changed(lesson.values, {p: v for p, v in paths.items() if p[0] in lesson.values})


@pytest.mark.parametrize("lesson", shelf(None, "en").lessons, ids=lambda lesson: lesson.id)
def test_a_run_has_the_figures_it_says_and_the_same_seed_gives_the_same(
    engine: Engine, lesson: Lesson
) -> None:
    experiment = _small(lesson)
    first = run(engine, experiment)  # type: ignore[arg-type]
    assert set(first.figures) == experiment.figures  # type: ignore[attr-defined]
    text = filled(lesson.sections["seen"], first.figures)
    assert text
    assert "{" not in text
    if lesson.id != "precision":
        assert run(engine, experiment) == first  # type: ignore[arg-type]


def test_another_seed_draws_other_answers(engine: Engine) -> None:
    lesson = shelf(None, "en").get("temperature")
    one, two = (
        run(engine, changed(lesson.values, {("seed",): seed, ("max_new_tokens",): 12}))
        for seed in (1, 1000)
    )
    texts = [{a.text for a in r.answers if a.group == "hot"} for r in (one, two)]  # type: ignore[attr-defined]
    assert texts[0] != texts[1]


def test_a_promise_that_fails_says_what_was_found_and_what_to_do(engine: Engine) -> None:
    from dataclasses import replace

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
    lesson = shelf(None, "en").get("max-length")
    assert find_seed(engine, lesson, 2) in (0, 1, None)


def test_a_prediction_is_judged_by_the_figures() -> None:
    prediction = shelf(None, "en").get("temperature").prediction
    assert prediction.judge(0, {"different_cold": 1})
    assert not prediction.judge(0, {"different_cold": 5})
    assert prediction.judge(1, {"different_cold": 5})
