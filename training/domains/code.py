"""The code interpreter: a short program in its form, and an answer from the program's output.

The programs are the project's own; each task has one shape whose values are copied from the
question, so that a small model can write it and the evaluation can compare syntax trees.
"""

from dataclasses import dataclass

from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, observation, system, user
from training.grammar import Draw
from training.texts import Wordings


@dataclass(frozen=True, slots=True)
class Task:
    """``about`` names what the task is about: numbers, a word, or a letter in a word.

    Programs hold ``{v}`` (the list or the text as a Python literal) and ``{c}`` (a letter). The
    answer is made from the output ``{r}``; a plot has none.
    """

    name: str
    about: str
    ask: Wordings
    programs: Wordings
    answers: Wordings


@dataclass(frozen=True, slots=True)
class CodeTexts:
    """texts/code.yaml."""

    systems: Wordings
    tasks: tuple[Task, ...]


TEXT = texts.load("code", CodeTexts)
INTERPRETER = "interpreter"
_PLOTTED = "plot.png"


def _numbers(draw: Draw) -> list[float]:
    count = draw.rng.choice((3, 3, 4, 4, 5, 6))
    if draw.chance(0.15):
        return [draw.rng.randint(1, 99) + draw.rng.choice((0.5, 0.25, 0.75)) for _ in range(count)]
    most = draw.rng.choice((9, 99, 99, 999))
    return [draw.rng.randint(0, most) for _ in range(count)]


def _listed(draw: Draw, values: list[float]) -> str:
    """The numbers as a user types them."""
    texts = [str(v) for v in values]
    kind = draw.rng.random()
    if kind < 0.5:
        return ", ".join(texts)
    if kind < 0.7:
        return ", ".join(texts[:-1]) + " and " + texts[-1]
    return f"[{', '.join(texts)}]" if kind < 0.92 else " ".join(texts)


def result(task: Task, values: list[float], word: str, letter: str) -> str:
    """What the task's program prints."""
    computed: dict[str, object] = {
        "sum": sum(values),
        "mean": sum(values) / len(values),
        "sort": sorted(values),
        "largest": max(values),
        "smallest": min(values),
        "count": word.count(letter),
        "length": len(word),
        "reverse": word[::-1],
        "plot": _PLOTTED,
    }
    return str(computed[task.name])


def drawn(draw: Draw) -> tuple[Task, str, Wordings, str]:
    """A task, its question, its programs with the values filled in, and their output."""
    task = draw.any(TEXT.tasks)
    values = _numbers(draw)
    while task.name == "mean" and len(str(sum(values) / len(values))) > 6:
        values = _numbers(draw)
    word = words.made_up(draw, False) if draw.chance(0.6) else draw.value(words.ENGLISH.things)
    letter = draw.any(word) if draw.chance(0.9) else draw.any("aeinrst")
    slots = {"l": _listed(draw, values), "w": word, "c": letter, "v": str(values)}
    asked = f'"{word}"' if draw.chance(0.4) else word
    question = draw.ask(task.ask, **(slots | {"w": asked}))
    if task.about != "numbers":
        question = question.replace(word.capitalize(), word)
    programs = []
    for program in task.programs:
        for name, value in slots.items():
            program = program.replace(f"{{{name}}}", value)
        programs.append(program)
    return task, question, tuple(programs), result(task, values, word, letter)


def interpret(draw: Draw) -> Dialogue:
    """A task for the interpreter: the program; or, with its output, the answer."""
    task, question, programs, output = drawn(draw)
    mark = draw.any(("?", "", ".")) if not question[-1].isdigit() else ""
    talk = [
        system(draw.ask(TEXT.systems)),
        user(question + mark),
        assistant(f"```python\n{programs[0]}\n```", INTERPRETER),
    ]
    if draw.chance(0.5):
        wanted = Expect(programs=programs, tool=INTERPRETER)
        return Dialogue("code", tuple(talk), wanted, joins=False)
    shown = "[image]" if output == _PLOTTED else output
    talk += [observation(shown), assistant(draw.say(task.answers, r=output))]
    return Dialogue("code answer", tuple(talk), Expect(all_of=(output,)), joins=False)
