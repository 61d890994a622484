"""What of a run is kept and comes back, and what of a conversation the model reads."""

import pytest

from core.errors import InvalidInput
from core.interpreter.kept import KEPT, from_kept, to_keep
from core.interpreter.outputs import Ended, Failure, Figure, Note, Output, Table, Text
from core.interpreter.transcript import as_read, code_of, dropped, with_code
from core.messages import Message
from tests.scripted import ScriptedBackend

OUTPUTS: list[Output] = [
    Text("1\n"),
    Text("careful\n", "stderr"),
    Text("2", "result"),
    Table("   a\n0  1"),
    Failure("ValueError", "no", "Traceback"),
    Figure('{"data": []}'),
    Note("results"),
    Ended("It is over."),
]
FENCED = "I compute.\n```python\nprint(1)\n```"


def test_what_is_kept_comes_back() -> None:
    assert from_kept(to_keep(OUTPUTS)) == OUTPUTS


def test_what_is_too_large_is_left_out_and_said() -> None:
    outputs: list[Output] = [Text("1\n"), Figure("x" * KEPT), Table("a")]
    assert from_kept(to_keep(outputs)) == [Text("1\n"), Table("a"), Note("kept")]


@pytest.mark.parametrize(
    "values", [{}, {"kind": "html", "text": "<b>"}, {"kind": "picture", "png": "bm8="}]
)
def test_what_no_version_has_written_is_left_out(values: dict[str, str]) -> None:
    assert from_kept([values]) == []


def test_a_model_never_reads_what_it_wrote_after_its_code() -> None:
    said = [
        Message("user", "?"),
        Message("assistant", f"{FENCED}\nIt is 999."),
        Message("observation", "1", "interpreter"),
    ]
    read = as_read(ScriptedBackend(), said)
    assert read == [said[0], Message("assistant", FENCED), Message("observation", "1")]
    assert dropped(said[1]) == "It is 999."


@pytest.mark.parametrize("metadata", ["", "interpreter"])
def test_code_by_hand_takes_the_place_of_the_models(metadata: str) -> None:
    message = Message("assistant", "```python\nprint(1)\n```", metadata)
    changed = with_code(message, "print(2)\n")
    assert (code_of(changed), changed.metadata) == ("print(2)\n", metadata)
    with pytest.raises(InvalidInput, match="no code"):
        with_code(message, "\n ")


def test_what_was_said_before_the_code_stays() -> None:
    assert with_code(Message("assistant", FENCED), "x").content.startswith("I compute.\n")
    assert code_of(Message("assistant", "Nothing to run.")) is None
    assert code_of(Message("user", FENCED)) is None
