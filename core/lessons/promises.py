"""What lessons promise, checked on a model: so that no class is embarrassed.

A promise is a line of `promises`, or a prediction with `promised`. It holds or it does not with
the experiment exactly as the file has it, seeds included.
"""

from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.backends.backend import Backend
from core.errors import InvalidInput
from core.i18n import _
from core.lessons.conditions import Figures, number
from core.lessons.experiment import conduct, run
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise and whether it held. found: the figures that it speaks of, as they came out."""

    lesson: str
    language: str
    promise: str
    held: bool
    found: Mapping[str, float]

    def told(self) -> str:
        """In one line: the promise, what was found, and what to do where it did not hold."""
        figures = ", ".join(f"{name} = {number(value)}" for name, value in self.found.items())
        if self.held:
            return _("{language}/{lesson}: {promise} holds ({figures}).").format(
                language=self.language, lesson=self.lesson, promise=self.promise, figures=figures
            )
        return _(
            "{language}/{lesson}: {promise} does not hold ({figures}). Change experiment.seed, its "
            "question or the promise in content/{language}/{lesson}.md."
        ).format(language=self.language, lesson=self.lesson, promise=self.promise, figures=figures)


def check_lesson(backend: Backend, lesson: Lesson, seed: int | None = None) -> list[Kept]:
    """Run a lesson and check what it promises; with another seed where one is given."""
    experiment = lesson.experiment
    if seed is not None:
        experiment = changed(lesson.values, {("seed",): seed})
    return list(_kept(lesson, run(backend, experiment).figures))


@dataclass(frozen=True, slots=True)
class Checking:
    """What is being checked now, and which share of all is done."""

    title: str
    done: float


def check_all(
    backend: Backend, lessons: Sequence[Lesson]
) -> Generator[tuple[Hashable, Any], None, list[Kept]]:
    """Check these lessons, for a job: tells `Checking` before each, and returns all promises."""
    kept: list[Kept] = []
    for place, lesson in enumerate(lessons):
        yield "checking", Checking(lesson.title, place / len(lessons))
        result = yield from conduct(backend, lesson.experiment)
        kept += _kept(lesson, result.figures)
    return kept


def find_seed(backend: Backend, lesson: Lesson, most: int) -> int | None:
    """The first seed below `most` with which all promises hold; None where there is none.

    Raises `InvalidInput` for a lesson whose experiment draws nothing.
    """
    if "seed" not in lesson.values:
        raise InvalidInput(
            _("The experiment of {lesson} samples nothing, so a seed makes no difference.").format(
                lesson=lesson.id
            )
        )
    for seed in range(most):
        if all(kept.held for kept in check_lesson(backend, lesson, seed)):
            return seed
    return None


def _kept(lesson: Lesson, figures: Figures) -> Iterator[Kept]:
    def kept(promise: str, held: bool, names: tuple[str, ...]) -> Kept:
        return Kept(lesson.id, lesson.language, promise, held, {n: figures[n] for n in names})

    for promise in lesson.promises:
        yield kept(promise.source, promise.holds(figures), promise.names)
    prediction = lesson.prediction
    if prediction.estimate and prediction.estimate.promised is not None:
        promised, figure = prediction.estimate.promised, prediction.estimate.figure
        yield kept(
            f"predict: {figure} = {number(promised)} ± {number(prediction.estimate.within)}",
            abs(figures[figure] - promised) <= prediction.estimate.within,
            (figure,),
        )
    for choice in prediction.choices:
        if choice.promised:
            held = prediction.right(figures) is choice
            yield kept(f"predict: {choice.when.source}", held, choice.when.names)
    if prediction.choices:
        names = tuple(dict.fromkeys(n for c in prediction.choices for n in c.when.names))
        yield kept("predict: one of the choices is right", bool(prediction.right(figures)), names)
