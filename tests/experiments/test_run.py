"""Experiments: what is asked, what is kept, and what an edit or an end in the middle leaves."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event

from core.checks.rule import rule
from core.errors import EngineError, InvalidInput
from core.experiments.draft import Writing, with_rows
from core.experiments.estimate import estimated
from core.experiments.records import Answer, Place, missing
from core.experiments.run import (
    Holding,
    Kept,
    check_experiment,
    complete_experiment,
    request_of,
)
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.speed import measured
from core.messages import Message
from core.servers.prices import Price
from core.store import Store
from tests.experiments.conftest import ROWS
from tests.scripted import ScriptedBackend

Of = Callable[[ScriptedBackend], Holding]


def test_all_are_asked_and_kept_with_seeds_of_their_own(
    store: Store, small: ExperimentSpec, holding: Of
) -> None:
    backend = ScriptedBackend("yes indeed")
    made = store.experiments.create(small, "scripted")
    list(complete_experiment(store.experiments, made, holding(backend)))
    answers = store.experiments.answers(made)
    assert [a.place for a in answers] == [
        Place(v, r, t) for v in range(2) for r in range(4) for t in range(2)
    ]
    assert all(a.passed(small) for a in answers)
    by_place = {a.place: a.seed for a in answers}
    # Variants share the seeds of a row's tries; tries and rows do not
    assert all(by_place[Place(0, r, t)] == by_place[Place(1, r, t)] for _v, r, t in by_place)
    assert len(set(by_place.values())) == 8
    asked = {(r.tag, r.sampling.seed, r.messages) for r in backend.asked}
    assert asked == {
        (place, seed, request_of(small, place).messages) for place, seed in by_place.items()
    }


def test_equal_variants_draw_for_themselves(small: ExperimentSpec) -> None:
    one = small.variants[0]
    twice = replace(small, variants=(one, replace(one, name="again")))
    assert len(set(twice.variant_keys)) == 2
    assert twice.seed_of(0, 0, 0) != twice.seed_of(1, 0, 0)


def test_a_stopped_experiment_goes_on_where_it_was(
    store: Store, small: ExperimentSpec, holding: Of
) -> None:
    backend = ScriptedBackend("yes")
    made = store.experiments.create(small, "scripted")
    with closing(complete_experiment(store.experiments, made, holding(backend), at_once=1)) as run:
        for _tag, told in run:
            if isinstance(told, Kept) and len(store.experiments.answers(made)) == 5:
                break
    there = store.experiments.answers(made)
    asked = len(backend.asked)
    list(complete_experiment(store.experiments, made, holding(backend)))
    assert len(store.experiments.answers(made)) == 16
    # One may have been under way when it was stopped
    assert len(backend.asked) - asked == 16 - len(there)
    assert store.experiments.answers(made)[: len(there)] != []


def test_only_what_changed_is_asked_again(store: Store, small: ExperimentSpec, holding: Of) -> None:
    backend = ScriptedBackend("yes")
    made = store.experiments.create(small, "scripted")
    list(complete_experiment(store.experiments, made, holding(backend)))
    store.experiments.rate(made, Place(0, 0, 0), rating="fail", note="no")
    changed = replace(
        small,
        variants=(replace(small.variants[0], name="renamed"), Variant("c", "New.")),
        rows=(*ROWS[:3], Row("9", (("input", "Another?"),))),
        rules=(rule("contains", words=("no",)),),
    )
    before, made = made, store.experiments.update(made.id, changed)
    answers = store.experiments.answers(made)
    assert {a.place.variant for a in answers} == {0}
    assert {a.place.row for a in answers} == {0, 1, 2}
    assert answers[0].rating == "fail"
    # They were checked again, by the rule of today
    assert not any(a.passed(changed) for a in answers)
    assert len(missing(changed, answers)) == 16 - 6
    # Taken back, all of them are there again, checked by the rules of then
    made = store.experiments.update(made.id, small)
    assert made.spec == before.spec
    again = store.experiments.answers(made)
    assert len(again) == 16
    assert [a.passed(small) for a in again] == [False] + [True] * 15
    # Other seeds are other answers
    assert not store.experiments.answers(store.experiments.update(made.id, replace(small, seed=8)))


def test_the_stamp_is_another_as_soon_as_the_answers_are(
    store: Store, small: ExperimentSpec, holding: Of
) -> None:
    kept = store.experiments
    made = kept.create(small, "scripted")
    stamps = {kept.stamp(made)}

    def other() -> bool:
        """Whether the stamp is one that was not seen before, and stays as long as nothing
        changes."""
        now = kept.stamp(made)
        fresh = now not in stamps and now == kept.stamp(made)
        stamps.add(now)
        return fresh

    backend = ScriptedBackend("yes")
    for _attempt in range(3):
        list(complete_experiment(kept, made, holding(backend), 1))
        assert other()
    place = kept.answers(made)[0].place
    kept.save_answer(made, replace(kept.answer(made, place), texts=("Asked again.",)))
    assert other()
    for change in ({"rating": "fail"}, {"note": "one"}, {"note": "two"}, {"rating": ""}):
        kept.rate(made, place, **change)
        assert other()
    made = kept.update(made.id, replace(small, rules=(rule("contains", words=("no",)),)))
    assert other()
    made = kept.update(made.id, small, model="embedded")
    assert other()


def test_failures_are_no_answers_and_end_it(
    store: Store, small: ExperimentSpec, holding: Of
) -> None:
    backend = ScriptedBackend("yes", fails="The server is gone.")
    made = store.experiments.create(small, "scripted")
    with pytest.raises(EngineError, match="The server is gone"):
        list(complete_experiment(store.experiments, made, holding(backend), at_once=1))
    answers = store.experiments.answers(made)
    assert 3 <= len(answers) < 16
    assert {a.passed(small) for a in answers} == {None}
    backend.fails = None
    list(complete_experiment(store.experiments, made, holding(backend)))
    assert [a.passed(small) for a in store.experiments.answers(made)] == [True] * 16


def test_a_row_that_cannot_be_asked_leaves_the_others_alone(
    store: Store, small: ExperimentSpec, holding: Of
) -> None:
    class Short(ScriptedBackend):
        def submit_many(self, requests):  # type: ignore[no-untyped-def]
            if "Question 2" in requests[0].messages[-1].content:
                raise InvalidInput("It is too long.")
            return super().submit_many(requests)

    made = store.experiments.create(small, "scripted")
    list(complete_experiment(store.experiments, made, holding(Short("yes"))))
    found = {a.place.row: a for a in store.experiments.answers(made)}
    assert [found[r].answered for r in range(4)] == [True, False, True, True]
    assert found[1].error == "It is too long."


def test_turns_follow_each_other_and_planted_history_is_not_asked(
    store: Store, holding: Of
) -> None:
    case = Row(
        "case",
        messages=(
            Message("user", "Is the sky green?"),
            Message("assistant", "Yes, it is green."),
            Message("user", "Really?"),
            Message("user", "And the sea?"),
        ),
    )
    spec = ExperimentSpec((Variant("a", "Be true."),), (case,), tries=1)
    backend = ScriptedBackend("one", "two")
    made = store.experiments.create(spec, "scripted")
    list(complete_experiment(store.experiments, made, holding(backend)))
    (answer,) = store.experiments.answers(made)
    assert answer.texts == ("one", "two")
    said = [[(m.role, m.content) for m in r.messages or ()] for r in backend.asked]
    assert said[0] == [
        ("system", "Be true."),
        ("user", "Is the sky green?"),
        ("assistant", "Yes, it is green."),
        ("user", "Really?"),
    ]
    assert said[1] == [*said[0], ("assistant", "one"), ("user", "And the sea?")]


def test_follow_ups_are_templates_too(store: Store, holding: Of) -> None:
    spec = ExperimentSpec((Variant("a", follow_ups=("Why {{ input }}?",)),), ROWS[:1], tries=1)
    backend = ScriptedBackend("one", "two")
    made = store.experiments.create(spec, "scripted")
    list(complete_experiment(store.experiments, made, holding(backend)))
    assert (backend.asked[1].messages or ())[-1].content == "Why Question 1??"


def test_each_variant_is_answered_by_its_model(store: Store, small: ExperimentSpec) -> None:
    models = {name: ScriptedBackend(name, name=name) for name in ("here", "there")}

    @contextmanager
    def hold(model: str) -> Iterator[ScriptedBackend]:
        yield models[model]

    spec = replace(small, variants=(small.variants[0], replace(small.variants[1], model="there")))
    made = store.experiments.create(spec, "here")
    list(complete_experiment(store.experiments, made, hold))
    for answer in store.experiments.answers(made):
        assert answer.texts == (("here", "there")[answer.place.variant],)
        assert answer.model == answer.texts[0]


def test_what_is_stored_is_read_as_it_was(store: Store, small: ExperimentSpec) -> None:
    case = Row(
        "c/1",
        (("input", "a"), ("city", "北京")),
        (Message("user", "a"), Message("assistant", "b", "tool"), Message("user", "c")),
        (rule("contains", words=("x",), weight="should"),),
        "expected",
        "group",
    )
    spec = replace(small, rows=(*small.rows, case))
    made = store.experiments.create(spec, "scripted", "Title")
    assert store.experiments.get(made.id) == made
    assert store.experiments.list() == [(made.id, "Title")]
    store.experiments.delete(made.id)
    assert [one.kind for one in store.binned()] == ["experiment"]
    store.restore(store.binned()[0])
    assert store.experiments.get(made.id).spec == spec


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"variants": ()}, "1 to 20 variants"),
        ({"variants": (Variant("a"), Variant("a"))}, "'a'"),
        ({"rows": ()}, "1 to 10,000 rows"),
        ({"rows": (ROWS[0], ROWS[0])}, "'1'"),
        ({"tries": 0}, "1 to 20 tries"),
        ({"tries": 21}, "1 to 20 tries"),
        ({"seed": -1}, "seed"),
        ({"variants": (Variant("a", template="{{ city }}"),)}, r"a: .*\{\{ city \}\}"),
        ({"variants": (Variant("a", follow_ups=("{{ city }}",)),)}, r"\{\{ city \}\}"),
    ],
)
def test_what_cannot_run_is_refused_before_it_starts(
    small: ExperimentSpec, change: dict, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        replace(small, **change)


def test_an_estimate_follows_from_answers_of_this_machine(
    store: Store, small: ExperimentSpec, holding: Of
) -> None:
    made = store.experiments.create(small, "scripted")
    assert estimated(made, []).seconds is None
    list(complete_experiment(store.experiments, made, holding(ScriptedBackend("a b c")), most=4))
    answers = store.experiments.answers(made)
    assert len(answers) == 4
    # From all over the table, not its first corner; and of whole questions, so that they compare
    assert len({a.place.row for a in answers}) > 1
    assert {a.place for a in answers} == {
        Place(v, a.place.row, a.place.attempt) for a in answers for v in range(2)
    }
    speed = measured(answers, 2.0)
    assert speed
    assert speed.new_tokens == 3
    guess = estimated(made, answers, speed, {0: Price(1e6, 1e6, "EUR"), 1: Price(1e6, 1e6, "EUR")})
    assert guess.answers == 12
    assert guess.new_tokens == 36
    # Three times as many answers of the same kind take three times as long
    assert guess.seconds == pytest.approx(6.0)
    half = 6 * (3 + answers[0].prompt_tokens)
    assert guess.costs == pytest.approx({"EUR": 2 * half})
    # Euros and dollars are no sum
    mixed = {0: Price(1e6, 1e6, "EUR"), 1: Price(2e6, 2e6, "USD")}
    guess = estimated(made, answers, speed, mixed)
    assert guess.costs == pytest.approx({"EUR": half, "USD": 2 * half})
    assert not estimated(made, answers, speed).costs


def test_what_is_being_written_survives_and_can_be_changed(
    store: Store, small: ExperimentSpec
) -> None:
    made = store.experiments.create(small, "scripted", "Title")
    writing = Writing(store.drafts, made.id)
    assert writing.form(made).spec(writing.rows(made)) == small
    form = writing.form(made).with_copy(0).with_variant(1, system="Other.").without(2)
    writing.keep(form)
    writing.keep_rows(with_rows(ROWS, ROWS[:1]))
    again = Writing(store.drafts, made.id)
    assert again.form(made) == form
    assert [one.name for one in form.variants] == ["a", "A"]
    assert [row.key for row in again.rows(made)] == ["1", "2", "3", "4", "1 (2)"]
    again.discard()
    assert Writing(store.drafts, made.id).form(made).spec(again.rows(made)) == small


def test_only_what_no_question_fits_is_refused_before_the_start(small: ExperimentSpec) -> None:
    class Short(ScriptedBackend):
        def check(self, request):  # type: ignore[no-untyped-def]
            if len(request.messages[-1].content) > 20:
                raise InvalidInput("It is too long.")

    long = Row("long", (("input", "x" * 100),))
    check_experiment(Short(), replace(small, rows=(long, *small.rows)), range(2))
    with pytest.raises(InvalidInput, match="too long"):
        check_experiment(Short(), replace(small, rows=(long,)), range(2))


def test_the_rows_of_an_experiment_are_not_read_to_keep_an_answer(
    store: Store, small: ExperimentSpec
) -> None:
    experiment = store.experiments.create(small, "embedded")
    place, asked = Place(0, 1, 1), list[str]()

    def heard(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", heard)
    try:
        answer = Answer(place, small.seed_of(*place), ("yes",), "stop")
        store.experiments.save_answer(experiment, answer.checked(small))
        store.experiments.rate(experiment, place, rating="pass")
        store.experiments.stamp(experiment)
        assert not any("experiments.rows" in statement for statement in asked)
        assert store.experiments.get(experiment.id).spec == small
        assert any("experiments.rows" in statement for statement in asked)
    finally:
        event.remove(Engine, "before_cursor_execute", heard)
