"""What of a run is kept and comes back, and what of a conversation the model reads."""

from pathlib import Path

import pytest

from core.errors import InterpreterError, InvalidInput
from core.interpreter.kept import KEPT, from_kept, to_keep
from core.interpreter.outputs import Ended, Failure, Figure, Note, Output, Table, Text
from core.interpreter.transcript import as_read, code_of, dropped, files_there, with_code
from core.messages import Message
from core.store import Store
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


class Kernel:
    """Says which files it has, or is at work or ended meanwhile."""

    alive = True

    def __init__(self, refusal: Exception | None = None) -> None:
        self._refusal = refusal

    def files(self, wait_s: float = 0.0) -> dict[str, int]:
        if self._refusal:
            raise self._refusal
        return {"given.csv": 1, "written.png": 2}


def test_files_that_a_kernel_cannot_tell_of_are_those_that_were_given(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "promptlab.db")
    talk = store.conversations.create().id
    store.conversations.put_file(talk, "given.csv", b"1")

    def there(kernel: Kernel | None) -> list[str]:
        return [*files_there(store.conversations, talk, kernel)]  # type: ignore[arg-type]

    assert there(Kernel()) == ["given.csv", "written.png"]
    assert there(Kernel(InvalidInput("It is at work."))) == ["given.csv"]
    assert there(Kernel(InterpreterError("It is over."))) == ["given.csv"]
    assert there(None) == ["given.csv"]


def test_what_was_said_before_the_code_stays() -> None:
    assert with_code(Message("assistant", FENCED), "x").content.startswith("I compute.\n")
    assert code_of(Message("assistant", "Nothing to run.")) is None
    assert code_of(Message("user", FENCED)) is None
