"""Experiments and their answers in the database; each answer is saved as it ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.backends.events import ToolCall
from core.checks.judge import Verdict
from core.errors import NotFound
from core.experiments.opinions import Judging, Opinion, texts_key
from core.experiments.records import Answer, Experiment, Mark, Place, Rating
from core.experiments.spec import ExperimentSpec, rules_key
from core.experiments.tools import Between
from core.i18n import _
from core.storage.ids import new_id, now
from core.storage.ownership import Shelf, listed
from core.storage.schema import AnswerRow, ExperimentRow, OpinionRow

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
        model: str = "",
    ) -> Experiment:
        """Change what an experiment is to do, and on what model, unless that stays. Answers to what
        has not changed stay; where the rules have, they are checked again. The others are not
        shown, and are back where a change is taken back. count_tokens: for rules on numbers of
        tokens."""
        with self._database.writing() as session:
            row = self._own(session, experiment_id)
            row.spec, row.rows = spec.to_dict(), [one.to_dict() for one in spec.rows]
            row.updated_at, row.model = now(), model or row.model
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
                    calls=_calls(answer),
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

    def stamp(self, experiment: Experiment) -> str:
        """As long as it stays, so does what `answers` gives, which takes some twenty times as
        long."""
        spec = experiment.spec
        asked = spec.variant_keys, spec.row_keys, spec.tries, spec.seed, experiment.model
        with self._database.reading() as session:
            self._seen(session, experiment.id)
            of = AnswerRow.experiment_id == experiment.id
            last = session.execute(select(func.count(), func.max(AnswerRow.created_at)).where(of))
            changed = select(ExperimentRow.updated_at).where(ExperimentRow.id == experiment.id)
            by_hand = select(
                *(AnswerRow.variant, AnswerRow.row, AnswerRow.attempt),
                *(AnswerRow.rating, AnswerRow.note),
            ).where(of, or_(AnswerRow.rating != "", AnswerRow.note != ""))
            found = last.all(), session.scalar(changed), session.execute(by_hand).all()
        return sha256(repr((experiment.id, asked, found)).encode()).hexdigest()

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

    # --- opinions of judges ---------------------------------------------------------------

    def opinions(self, experiment: Experiment, by: Judging) -> Sequence[Opinion]:
        """What a judge said of the answers that are there now, in their order."""
        with self._database.reading() as session:
            self._seen(session, experiment.id)
            query = select(OpinionRow).filter_by(experiment_id=experiment.id, judge=by.key)
            said = {(row.variant, row.row, row.attempt): row for row in session.scalars(query)}
            if not said:
                return []
            found = [
                _opinion(row, place, by)
                for answered, place in _matching(session, experiment)
                if (row := said.get((answered.variant, answered.row, answered.attempt)))
                and row.judged == texts_key(answered.texts)
            ]
        return sorted(found, key=lambda opinion: opinion.place)

    def judges(self, experiment: Experiment) -> Sequence[Judging]:
        """The judges that were asked about an experiment, the last one first."""
        with self._database.reading() as session:
            self._seen(session, experiment.id)
            last = func.max(OpinionRow.created_at)
            query = (
                select(OpinionRow.by)
                .filter_by(experiment_id=experiment.id)
                .group_by(OpinionRow.judge)
                .order_by(last.desc())
            )
            return [Judging.from_dict(by) for by in session.scalars(query)]

    def save_opinion(
        self, experiment: Experiment, answer: Answer, by: Judging, opinion: Opinion
    ) -> None:
        """Keep what a judge said of an answer, in place of what it said before."""
        with self._database.writing() as session:
            self._own(session, experiment.id)
            variant, row, attempt = _key(experiment, answer.place)
            session.merge(
                OpinionRow(
                    experiment_id=experiment.id,
                    variant=variant,
                    row=row,
                    attempt=attempt,
                    judge=by.key,
                    by=dict(by.to_dict()),
                    judged=texts_key(answer.texts),
                    passed=opinion.verdict.passed,
                    grade=opinion.verdict.grade,
                    raw=opinion.verdict.raw,
                    created_at=now(),
                )
            )

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


def _opinion(row: OpinionRow, place: Place, by: Judging) -> Opinion:
    passed = row.passed if row.grade is None else row.grade >= by.judge.passes_from
    return Opinion(place, Verdict(passed, row.grade, row.raw))


def _calls(answer: Answer) -> Any:
    """By turn, the calls; where tools ran or could have, with what was said around them."""
    found: list[Any] = []
    for turn, calls in enumerate(answer.calls):
        made = [asdict(call) for call in calls]
        between = answer.between[turn] if turn < len(answer.between) else ()
        kept = {"calls": made, "between": [one.to_dict() for one in between]}
        found.append(kept if between else made)
    return found


def _marks(answer: Answer) -> Any:
    return [[list(mark) for mark in marks] for marks in answer.marks]


def _answer(row: AnswerRow, place: Place) -> Answer:
    turns = [turn if isinstance(turn, dict) else {"calls": turn} for turn in row.calls]
    between = tuple(tuple(map(Between.from_dict, turn.get("between", ()))) for turn in turns)
    return Answer(
        place=place,
        seed=row.seed,
        texts=tuple(row.texts),
        reason=row.finish_reason,  # type: ignore[arg-type]
        error=row.error,
        calls=tuple(tuple(ToolCall(**call) for call in turn["calls"]) for turn in turns),
        between=between if any(between) else (),
        model=row.model,
        prompt_tokens=row.prompt_tokens,
        new_tokens=row.new_tokens,
        seconds=row.seconds,
        marks=tuple(tuple(Mark(*mark) for mark in marks) for marks in row.marks),
        checked_by=row.checked_by,
        rating=row.rating,  # type: ignore[arg-type]
        note=row.note,
    )
