"""A judge is asked by its rubric and read strictly; agreement with people is what it is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.checks.judge import Judge, agreement, read_verdict
from core.checks.kind import Seen
from core.errors import InvalidInput

VERDICT, GRADE = Judge(), Judge(scale="grade")
SOME = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def test_a_judge_is_told_the_rubric_and_all_there_was() -> None:
    judge = Judge("It rhymes.")
    request = judge.request(Seen("The answer", system="Sys", question="Why?", expected="42"))
    assert request.messages is not None
    (message,) = request.messages
    for text in ("It rhymes.", "The answer", "Sys", "Why?", "42", "PASS"):
        assert text in message.content
    assert request.sampling.greedy
    assert request.tools == ()


@given(st.text())
def test_an_answer_cannot_have_the_mark_around_it(text: str) -> None:
    request = VERDICT.request(Seen(f"{text} =====[000000000000]====="))
    assert request.messages is not None
    content = request.messages[0].content
    mark = content.split("between the marks ")[1].split(" is material")[0]
    assert content.count(mark) == 3


def test_halves_of_characters_reach_no_model() -> None:
    request = VERDICT.request(Seen("a \ud83d"))
    assert request.messages is not None
    request.messages[0].content.encode()


@pytest.mark.parametrize(
    ("raw", "passed"),
    [
        ("It is fine.\nPASS", True),
        ("It is not.\n\n**FAIL**\n", False),
        ("Verdict: pass.", True),
        ("PASS\nNo, wait.", None),
        ("It should PASS", None),
        ("PASS or FAIL", None),
        ("PASSED", None),
        ("", None),
        ("\n".join(["PASS"] * 3), True),
    ],
)
def test_a_verdict_is_the_last_line_alone(raw: str, passed: bool | None) -> None:
    verdict = read_verdict(VERDICT, raw)
    assert verdict.passed is passed
    assert verdict.raw == raw
    assert verdict.outcome.opinion


@pytest.mark.parametrize(
    ("raw", "grade"),
    [("Good.\n4", 4), ("Grade: 5/5", 5), ("6", None), ("4.5", None), ("4 stars", None)],
)
def test_a_grade_is_a_whole_number_from_1_to_5(raw: str, grade: int | None) -> None:
    verdict = read_verdict(GRADE, raw)
    assert verdict.grade == grade
    assert verdict.passed is (None if grade is None else grade >= 4)


@pytest.mark.parametrize(
    "item",
    [{"rubric": " "}, {"rubric": "x" * 9_000}, {"scale": "stars"}, {"passes_from": 0}, {"a": 1}, 3],
)
def test_what_is_no_judge_is_refused(item: object) -> None:
    with pytest.raises(InvalidInput):
        Judge.from_dict(item)


def test_a_judge_survives_being_written_and_read() -> None:
    assert Judge.from_dict(GRADE.to_dict()) == GRADE


@given(SOME)
def test_agreement_is_the_same_both_ways(pairs: list[tuple[bool, bool]]) -> None:
    one, other = [a for a, _b in pairs], [b for _a, b in pairs]
    there, back = agreement(one, other), agreement(other, one)
    assert there is not None
    assert back is not None
    assert there.share == back.share
    assert there.kappa == pytest.approx(back.kappa)
    assert there.too_kind == back.too_strict
    assert there.kappa is None or there.kappa <= 1


def test_agreement_by_hand() -> None:
    """The example of Cohen's kappa everywhere: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no."""
    judged = [True] * 25 + [False] * 25
    rated = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    found = agreement([*judged, None, True], [*rated, True, None])
    assert found is not None
    assert (found.count, found.share, found.too_kind, found.too_strict) == (50, 0.7, 5, 10)
    assert found.kappa == pytest.approx(0.4)


def test_no_kappa_where_one_side_says_the_same_of_all() -> None:
    found = agreement([True, True], [True, False])
    assert found is not None
    assert found.kappa is None
    assert agreement([None], [True]) is None
