"""The one loop from cases to kept answers, over a model that needs no tokens."""

import pytest

from core.backends.events import Finished, TextDelta, TextPart, ToolCall
from core.cases.case import Case
from core.cases.run import Answered, run_cases
from core.errors import InvalidInput, NotFound, StorageError
from core.messages import Message
from core.sampling.settings import Sampling
from tests.scripted import ScriptedBackend


def case(tag: object, question: str = "Why?") -> Case:
    return Case(tag, (Message("user", question),), Sampling())  # type: ignore[arg-type]


def test_every_case_is_answered_under_its_tag():
    backend, results = ScriptedBackend("One.", "Two."), Answered()
    told = list(run_cases(backend, [case("a"), case(("b", 2))], results))
    assert {tag: end.text for tag, end in results.found.items()} == {"a": "One.", ("b", 2): "Two."}
    for tag, end in results.found.items():
        assert "".join(e.text for t, e in told if t == tag and isinstance(e, TextDelta)) == end.text


def test_what_is_complete_is_not_asked_again():
    backend, results = ScriptedBackend("One.", "Two."), Answered()
    list(run_cases(backend, [case("a")], results))
    list(run_cases(backend, [case("a"), case("b")], results))
    assert [request.tag for request in backend.asked] == ["a", "b"]
    assert not list(run_cases(backend, [case("a"), case("b")], results))


def test_closing_early_keeps_what_there_was_and_the_next_run_takes_it_up():
    backend, results = ScriptedBackend("One two."), Answered()
    backend.hold()
    running = run_cases(backend, [case("a")], results)
    next(event for _tag, event in running if isinstance(event, TextDelta))
    running.close()
    assert (results.found["a"].text, results.found["a"].reason) == ("One", "cancelled")
    backend.go_on()
    list(run_cases(backend, [case("a")], results))
    assert (results.found["a"].text, results.found["a"].reason) == ("One two.", "stop")


def test_a_text_without_token_ids_is_complete():
    backend, results = ScriptedBackend("One."), Answered()
    list(run_cases(backend, [case("a")], results))
    assert results.found["a"].token_ids == ()
    assert results.complete() == {"a"}


def test_a_place_that_was_deleted_meanwhile_ends_nothing_else():
    class Deleted(Answered):
        def ended(self, tag: object, end: Finished) -> None:
            raise NotFound("gone")

    backend = ScriptedBackend("One two.")
    backend.hold()
    running = run_cases(backend, [case("a")], Deleted())
    next(event for _tag, event in running if isinstance(event, TextDelta))
    running.close()


def test_a_write_that_fails_loses_no_answer():
    class Busy(Answered):
        refused = 1

        def ended(self, tag: object, end: Finished) -> None:
            if self.refused:
                self.refused -= 1
                raise StorageError("The database is busy.")
            super().ended(tag, end)  # type: ignore[arg-type]

    backend, results = ScriptedBackend("One two."), Busy()
    cases = [case(tag) for tag in range(9)]
    with pytest.raises(StorageError, match="busy"):
        list(run_cases(backend, cases, results))
    assert set(results.found) == {*range(9)}


def test_a_reply_may_say_something_and_ask_for_a_tool():
    call = ToolCall("get_weather", "tool_call(city='Oslo')", {"city": "Oslo"})
    backend, results = ScriptedBackend([TextPart("Let me see."), call]), Answered()
    list(run_cases(backend, [case("a")], results))
    end = results.found["a"]
    assert (end.text, end.parts, end.metadata) == (
        "Let me see.",
        (TextPart("Let me see."), call),
        "get_weather",
    )


@pytest.mark.parametrize("question", ["", "  \n"])
def test_a_case_that_asks_nothing_is_refused(question):
    with pytest.raises(InvalidInput, match="empty"):
        case("a", question)
