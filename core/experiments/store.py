"""Experiments and their answers in the database; each answer is saved as it ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from core.backends.events import ToolCall
from core.errors import NotFound
from core.experiments.records import Answer, Experiment, Mark, Place, Rating
from core.experiments.spec import ExperimentSpec, rules_key
from core.i18n import _
from core.storage.ids import new_id, now
from core.storage.ownership import Shelf, listed
from core.storage.schema import AnswerRow, ExperimentRow

_Key = tuple[str, str, int]


class Experiments(Shelf[ExperimentRow]):
    """The experiments of one space."""

    kind = "experiment"
    row_type = ExperimentRow

    def create(self, spec: ExperimentSpec, model: str, title: str = "") -> Experiment:
        """A new experiment without answers."""
        with self._database.writing() as session:
            row = ExperimentRow(
                id=new_id(),
                space=self._space,
                title=title,
                spec=spec.to_dict(),
                rows=[one.to_dict() for one in spec.rows],
                model=model,
                created_at=now(),
                updated_at=now(),
            )
            session.add(row)
            return self._record(row, spec)

    def get(self, experiment_id: str) -> Experiment:
        """The experiment of that id."""
        with self._database.reading() as session:
            return self._record(self._seen(session, experiment_id))

    def list(self, limit: int = 50) -> Sequence[tuple[str, str]]:
        """The ids and titles of the experiments, the last changed first."""
        with self._database.reading() as session:
            query = (
                select(ExperimentRow)
                .options(defer(ExperimentRow.rows))
                .where(listed(ExperimentRow, self._space))
                .order_by(ExperimentRow.updated_at.desc())
                .limit(limit)
            )
            return [(row.id, self._title(row)) for row in session.scalars(query)]

    def update(
        self,
        experiment_id: str,
        spec: ExperimentSpec,
        count_tokens: Callable[[str], int] | None = None,
    ) -> Experiment:
        """Change what an experiment is to do. Answers to what has not changed stay; where the
        rules have, they are checked again. The others are not shown, and are back where a change is
        taken back. count_tokens: for rules on numbers of tokens."""
        with self._database.writing() as session:
            row = self._own(session, experiment_id)
            row.spec, row.rows = spec.to_dict(), [one.to_dict() for one in spec.rows]
            row.updated_at = now()
            experiment = self._record(row, spec)
            for stored, place in _matching(session, experiment):
                rules = spec.rules_of(place.row)
                if stored.checked_by != rules_key(rules, spec.rows[place.row].expected):
                    again = _answer(stored, place).checked(spec, count_tokens)
                    stored.marks, stored.checked_by = _marks(again), again.checked_by
            return experiment

    def rename(self, experiment_id: str, title: str) -> None:
        """Give an experiment a title."""
        with self._database.writing() as session:
            self._own(session, experiment_id).title = title

    # --- answers --------------------------------------------------------------------------

    def save_answer(self, experiment: Experiment, answer: Answer) -> None:
        """Keep an answer in place of an earlier one to the same; a rating and a note stay."""
        with self._database.writing() as session:
            self._own(session, experiment.id)
            variant, row, attempt = _key(experiment, answer.place)
            session.merge(
                AnswerRow(
                    experiment_id=experiment.id,
                    variant=variant,
                    row=row,
                    attempt=attempt,
                    seed=answer.seed,
                    texts=list(answer.texts),
                    calls=[[asdict(call) for call in calls] for calls in answer.calls],
                    finish_reason=answer.reason,
                    error=answer.error,
                    model=answer.model,
                    prompt_tokens=answer.prompt_tokens,
                    new_tokens=answer.new_tokens,
                    seconds=answer.seconds,
                    checked_by=answer.checked_by,
                    marks=_marks(answer),
                    created_at=now(),
                )
            )

    def answers(self, experiment: Experiment) -> Sequence[Answer]:
        """What was answered, in the order of variants, rows and tries."""
        with self._database.reading() as session:
            self._seen(session, experiment.id)
            found = [_answer(row, place) for row, place in _matching(session, experiment)]
        return sorted(found, key=lambda answer: answer.place)

    def answer(self, experiment: Experiment, place: Place) -> Answer:
        """One answer; raises `NotFound` where there is none yet."""
        with self._database.reading() as session:
            self._seen(session, experiment.id)
            return _answer(_stored(session, experiment, place), place)

    def rate(
        self,
        experiment: Experiment,
        place: Place,
        *,
        rating: Rating | None = None,
        note: str | None = None,
    ) -> None:
        """Mark an answer by hand; what is None stays as it is."""
        with self._database.writing() as session:
            self._own(session, experiment.id)
            row = _stored(session, experiment, place)
            if rating is not None:
                row.rating = rating
            if note is not None:
                row.note = note

    def _title(self, row: ExperimentRow) -> str:
        return row.title or " · ".join(one["name"] for one in row.spec["variants"])

    def _missing(self, id: str) -> str:
        return _(
            "There is no experiment {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)

    def _record(self, row: ExperimentRow, spec: ExperimentSpec | None = None) -> Experiment:
        return Experiment(
            id=row.id,
            title=self._title(row),
            spec=spec or ExperimentSpec.from_dict(row.spec, row.rows),
            model=row.model,
            created_at=row.created_at,
            updated_at=row.updated_at,
            shared=bool(row.shared),
            own=self._owns(row),
        )


def _key(experiment: Experiment, place: Place) -> _Key:
    return _variant(experiment, place.variant), experiment.spec.row_keys[place.row], place.attempt


def _variant(experiment: Experiment, place: int) -> str:
    """What answers of a variant are kept under: what it says, and by what model."""
    model = sha256(experiment.model_of(place).encode()).hexdigest()[:7]
    return f"{experiment.spec.variant_keys[place]}.{model}"


def _matching(session: Session, experiment: Experiment) -> Iterator[tuple[AnswerRow, Place]]:
    """The answers to what the experiment asks now, with their places."""
    spec = experiment.spec
    variants = {_variant(experiment, v): v for v in range(len(spec.variants))}
    rows = {key: r for r, key in enumerate(spec.row_keys)}
    for stored in session.scalars(_of(experiment.id)):
        if stored.variant in variants and stored.row in rows and stored.attempt < spec.tries:
            place = Place(variants[stored.variant], rows[stored.row], stored.attempt)
            if stored.seed == spec.seed_of(*place):
                yield stored, place


def _of(experiment_id: str) -> Any:
    return select(AnswerRow).where(AnswerRow.experiment_id == experiment_id)


def _stored(session: Session, experiment: Experiment, place: Place) -> AnswerRow:
    row = session.get(AnswerRow, (experiment.id, *_key(experiment, place)))
    if row is None:
        raise NotFound(_("This answer is not there yet. Continue the experiment first."))
    return row


def _marks(answer: Answer) -> Any:
    return [[list(mark) for mark in marks] for marks in answer.marks]


def _answer(row: AnswerRow, place: Place) -> Answer:
    return Answer(
        place=place,
        seed=row.seed,
        texts=tuple(row.texts),
        reason=row.finish_reason,  # type: ignore[arg-type]
        error=row.error,
        calls=tuple(tuple(ToolCall(**call) for call in calls) for calls in row.calls),
        model=row.model,
        prompt_tokens=row.prompt_tokens,
        new_tokens=row.new_tokens,
        seconds=row.seconds,
        marks=tuple(tuple(Mark(*mark) for mark in marks) for marks in row.marks),
        checked_by=row.checked_by,
        rating=row.rating,  # type: ignore[arg-type]
        note=row.note,
    )
