"""What a class predicts is counted once for each browser, and kept within bounds."""

from concurrent.futures import ThreadPoolExecutor

from core.classroom.door import MOST_MEMBERS
from core.classroom.predictions import MOST_LESSONS, Predictions


def test_the_last_prediction_of_a_browser_counts() -> None:
    made = Predictions()
    for member, value in (("a", 0), ("b", 1), ("a", 2), ("a", 1)):
        made.put("seeds", member, value)
    assert made.counts("seeds") == {1: 2}
    assert made.counts("roles") == {}


def test_a_class_at_once_is_counted_whole() -> None:
    made = Predictions()
    with ThreadPoolExecutor(16) as threads:
        for number in range(300):
            threads.submit(made.put, "seeds", f"student {number % 30}", number % 3)
    assert sum(made.counts("seeds").values()) == 30


def test_clearing_forgets_a_lesson_and_hides_its_answer() -> None:
    made = Predictions()
    made.put("seeds", "a", 0)
    made.put("roles", "a", 1)
    made.reveal("seeds", True)
    assert made.revealed("seeds")
    made.clear("seeds")
    assert made.counts("seeds") == {}
    assert not made.revealed("seeds")
    assert made.counts("roles") == {1: 1}


def test_the_latest_lesson_is_the_one_that_the_class_is_at() -> None:
    made = Predictions()
    assert made.latest() is None
    for lesson in ("seeds", "roles", "seeds"):
        made.put(lesson, "a", 0)
    assert made.latest() == "seeds"


def test_no_link_fills_the_memory() -> None:
    made = Predictions()
    for number in range(MOST_LESSONS * 2):
        made.put(f"lesson {number}", "a", 0)
    for number in range(MOST_MEMBERS * 2):
        made.put("seeds", f"{number}", 0)
    assert len(made._made) == MOST_LESSONS
    assert sum(made.counts("seeds").values()) == MOST_MEMBERS
