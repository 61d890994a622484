"""The interpreter's programs are what they claim: they run, and print the right result."""

import contextlib
import io

import pytest

from training.dialogue import Expect
from training.domains import code
from training.grammar import Draw


@pytest.mark.parametrize("seed", range(60))
def test_every_program_prints_its_result(seed: int) -> None:
    task, question, programs, output = code.drawn(Draw(seed))
    assert question
    for program in programs:
        if task.name == "plot":
            compile(program, "plot", "exec")
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(program, {})  # our own program, never a model's
        assert printed.getvalue().strip() == output


def test_all_tasks_are_drawn() -> None:
    draw = Draw(1)
    assert {code.drawn(draw)[0].name for _ in range(300)} == {task.name for task in code.TEXT.tasks}


def test_programs_are_compared_by_their_syntax_tree() -> None:
    expect = Expect(programs=("numbers = [1, 2]\nprint(sum(numbers))",))
    fenced = "```python\nnumbers = [1,2]  # two\nprint( sum(numbers) )\n```"
    assert expect.faults_in(fenced) == []
    assert expect.faults_in(fenced.replace("1", "3"))
    assert expect.faults_in("```python\nprint(\n```")
    assert expect.faults_in("The sum is 3.")
