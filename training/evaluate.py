"""Measures each ability on wordings and values that training never saw.

``python -m training.evaluate [FOLDER]`` prints a table and writes ``evaluation.json`` there. Each
question is a case and what its answer must satisfy the check, run on any backend as all cases are.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import typer

from core.backends.backend import Backend
from core.backends.events import Finished
from core.cases.case import Case, Check
from core.cases.run import Answered, run_cases
from core.engine.opening import open_model
from core.errors import EngineError
from core.models.preparing import prepare
from core.sampling.settings import Sampling
from training import corpus
from training.dialogue import Dialogue, assistant, user
from training.domains import registry

# The longest answer, in tokens.
LIMIT = 160
GREEDY = Sampling(0.0, 1.0, max_new_tokens=LIMIT)
SAMPLED = Sampling(0.8, 0.9, max_new_tokens=LIMIT)
# What is drawn 16 times over for the number of distinct answers.
DIVERSITY_PROMPTS = (
    "Tell me a story about a fox.",
    "What is temperature?",
    "Hello!",
    "Who are you?",
)
CURVE = tuple(
    Sampling(temperature, top_p, max_new_tokens=LIMIT)
    for temperature, top_p in (
        (0.2, 1.0),
        (0.6, 1.0),
        (1.0, 1.0),
        (1.4, 1.0),
        (1.8, 1.0),
        (1.8, 0.9),
        (1.8, 0.7),
        (1.8, 0.5),
    )
)
# The abilities whose held-out questions the curve is measured on.
CURVE_ABILITIES = ("explain", "settings", "identity", "persona answers", "recall", "story")
# A small fixed part, for a quick look at whether a checkpoint is still what was measured.
PART_EACH = 6
OUT = Path(__file__).parents[1] / "core" / "models" / "embedded"
_WORD = re.compile(r"[A-Za-z]+")


@contextmanager
def opened(folder: Path) -> Iterator[Backend]:
    """The checkpoint in ``folder`` as a backend, in float32 on the CPU, by the quicker of the
    kernels."""
    logging.getLogger("ContinuousBatchingLogger").setLevel(logging.ERROR)
    engine = open_model(prepare(folder, device="cpu", precision="fp32", openvino=True))
    try:
        yield engine
    finally:
        engine.close()


def answers(
    backend: Backend, dialogues: Sequence[Dialogue], sampling: Sampling, seed: int = 1
) -> list[Finished]:
    """The last answer of each dialogue written anew, drawn with a seed of its own.

    Raises EngineError where the model failed.
    """
    kept = Answered()
    cases = [
        Case(i, d.messages[:-1], replace(sampling, seed=seed * 100_000 + i), d.tools)
        for i, d in enumerate(dialogues)
    ]
    for _ in run_cases(backend, cases, kept):
        pass
    if failed := next((end.error for end in kept.found.values() if end.error), None):
        raise EngineError(failed)
    return [kept.found[i] for i in range(len(dialogues))]


@dataclass(frozen=True, slots=True)
class Fluency:
    """A check that needs no expectation: the form of an answer.

    ``words``: those that an answer may hold, in lower case; the corpus' and the prompt's.
    """

    words: frozenset[str]

    def after(self, dialogue: Dialogue) -> "Fluency":
        """The check of an answer to this dialogue, which may repeat its words."""
        asked = " ".join(m.content for m in dialogue.messages[:-1])
        return Fluency(self.words | {word.lower() for word in _WORD.findall(asked)})

    def faults(self, answer: Finished) -> list[str]:
        """Loops, a missing end, and words that nobody knows."""
        found = [] if answer.reason == "stop" else ["does not end"]
        if repeats(answer.text):
            found.append("repeats itself")
        odd = {w.lower() for w in _WORD.findall(answer.text)} - self.words
        return [*found, f"invents {sorted(odd)}"] if odd else found


def pass_each(checks: Sequence[Check], said: Sequence[Finished]) -> list[bool]:
    """Whether each answer passes its check."""
    return [not check.faults(answer) for check, answer in zip(checks, said, strict=True)]


def repeats(text: str) -> bool:
    """Whether four words in a row occur three times."""
    parts = text.split()
    grams = Counter(tuple(parts[i : i + 4]) for i in range(len(parts) - 3))
    return any(count >= 3 for count in grams.values())


def corpus_words(seed: int, count: int = 20_000) -> frozenset[str]:
    """The words of the assistant in a part of the training corpus, in lower case."""
    return frozenset(
        word.lower()
        for dialogue in corpus.conversations(seed, count)
        for message in dialogue.messages
        for word in _WORD.findall(message.content)
    )


def cases(seed: int, each: int) -> dict[str, list[Dialogue]]:
    """Held-out dialogues by ability, ``each`` of every domain that is measured so."""
    found: dict[str, list[Dialogue]] = {}
    for domain in (domain for domain in registry.DOMAINS if domain.measured):
        for dialogue in corpus.heldout(seed, domain, each):
            found.setdefault(dialogue.ability, []).append(dialogue)
    return found


def _example(dialogues: list[Dialogue], works: list[bool]) -> dict[str, Any]:
    """A held-out prompt that works greedily, as something to try: few turns, short enough for a
    button."""
    good = [d for d, ok in zip(dialogues, works, strict=True) if ok] or dialogues
    best = min(good, key=lambda d: (len(d.messages), abs(len(d.messages[-2].content) - 32)))
    first = best.messages[0]
    return {
        "turns": [m.content for m in best.messages if m.role == "user"],
        "system": first.content if first.role == "system" else "",
        "tools": bool(best.tools) or any(m.metadata for m in best.messages),
    }


def evaluate(backend: Backend, seed: int = 1, each: int = 60) -> dict[str, Any]:
    """All abilities, greedily and sampled, and the diversity; the same input, the same result."""
    fluency = Fluency(corpus_words(seed))
    abilities: list[dict[str, Any]] = []
    fluent: dict[str, list[bool]] = {"greedy": [], "sampled": []}
    failures: dict[str, list[str]] = {}
    groups = cases(seed, each)
    every = [d for dialogues in groups.values() for d in dialogues]
    modes = {
        "greedy": iter(answers(backend, every, GREEDY, seed)),
        "sampled": iter(answers(backend, every, SAMPLED, seed)),
    }
    for name, dialogues in groups.items():
        checks = [d.expect for d in dialogues]
        works: dict[str, list[bool]] = {}
        for mode, rest in modes.items():
            said = list(islice(rest, len(dialogues)))
            works[mode] = pass_each(checks, said)
            fluent[mode] += pass_each([fluency.after(d) for d in dialogues], said)
            if mode == "greedy":
                failures[name] = [
                    f"{d.prompt_key()!r} -> {a.text!r}: {faults}"
                    for d, a in zip(dialogues, said, strict=True)
                    if (faults := d.expect.faults(a))
                ][:6]
        row = {"name": name, "n": len(dialogues), **_example(dialogues, works["greedy"])}
        abilities.append(row | {mode: _rate(ok) for mode, ok in works.items()})
    return {
        "model": {"parameters": backend.facts.parameters},
        "rows": _rows(abilities, fluent),
        "abilities": abilities,
        "part": part(backend),
        "curve": curve(backend, fluency, seed, each),
        "failures": failures,
    }


def _rows(abilities: list[dict[str, Any]], fluent: dict[str, list[bool]]) -> list[dict[str, Any]]:
    """The abilities joined into the rows of the table, each question counting once."""
    rows = []
    for row in registry.ROWS:
        parts = [a for a in abilities if a["name"] in row.abilities]
        n = sum(a["n"] for a in parts)
        if n:
            rates = {m: round(sum(a[m] * a["n"] for a in parts) / n, 3) for m in fluent}
            names = [a["name"] for a in parts]
            rows.append({"name": row.name, "n": n, **rates, "aim": row.aim, "abilities": names})
    rates = {mode: _rate(ok) for mode, ok in fluent.items()}
    n = len(fluent["greedy"])
    rows.append({"name": "fluent form", "n": n, **rates, "aim": [0.99, 0.95], "abilities": []})
    return rows


def share_right(backend: Backend, each: int) -> float:
    """The share of held-out answers that are right at temperature 0, ``each`` of every domain."""
    dialogues = [d for group in cases(2, each).values() for d in group]
    return _rate(pass_each([d.expect for d in dialogues], answers(backend, dialogues, GREEDY)))


def part(backend: Backend) -> dict[str, float]:
    """The share of right answers at temperature 0 by row, on the same few questions always."""
    dialogues = [d for group in cases(1, PART_EACH).values() for d in group]
    works = pass_each([d.expect for d in dialogues], answers(backend, dialogues, GREEDY))
    right: dict[str, list[bool]] = {}
    for d, ok in zip(dialogues, works, strict=True):
        right.setdefault(d.ability, []).append(ok)
    return {
        row.name: _rate([ok for ability in row.abilities for ok in right.get(ability, ())])
        for row in registry.ROWS
    }


def curve(backend: Backend, fluency: Fluency, seed: int, each: int) -> list[dict[str, Any]]:
    """For each setting: the share of right and of well-formed answers, and how many of 16 answers
    to one question differ (``distinct``, by question)."""
    found = cases(seed, max(1, each // 3))
    dialogues = [d for name in CURVE_ABILITIES for d in found.get(name, ())]
    points = []
    for sampling in CURVE:
        said = answers(backend, dialogues, sampling, seed)
        points.append(
            {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "right": _rate(pass_each([d.expect for d in dialogues], said)),
                "fluent": _rate(pass_each([fluency.after(d) for d in dialogues], said)),
                "distinct": distinct(backend, sampling),
            }
        )
    return points


def distinct(backend: Backend, sampling: Sampling) -> dict[str, int]:
    """How many of 16 answers differ, for each prompt."""
    return {
        text: len(
            {
                end.text
                for end in answers(
                    backend, [Dialogue("", (user(text), assistant("")))] * 16, sampling
                )
            }
        )
        for text in DIVERSITY_PROMPTS
    }


def _rate(works: list[bool]) -> float:
    return round(sum(works) / len(works), 3)


def table(result: dict[str, Any]) -> str:
    """The result as Markdown tables: rows with their aims, abilities, the curve."""
    lines = ["| | T 0 | aim | T 0.8, top_p 0.9 | aim | n |", "|---|---|---|---|---|---|"]
    for row in result["rows"]:
        cells = [
            f"{rate:.0%}{'' if rate >= aim else ' (missed)'} | {aim:.0%}"
            for rate, aim in zip((row["greedy"], row["sampled"]), row["aim"], strict=True)
        ]
        lines.append(f"| {row['name']} | {' | '.join(cells)} | {row['n']} |")
    lines += ["", "| ability | T 0 | T 0.8, top_p 0.9 | n |", "|---|---|---|---|"]
    for row in result["abilities"]:
        lines.append(f"| {row['name']} | {row['greedy']:.0%} | {row['sampled']:.0%} | {row['n']} |")
    heads = " | ".join(f"distinct of 16: {text}" for text in DIVERSITY_PROMPTS)
    lines += ["", f"| temperature | top_p | right | well-formed | {heads} |"]
    lines.append("|---" * (4 + len(DIVERSITY_PROMPTS)) + "|")
    for point in result["curve"]:
        counts = " | ".join(str(n) for n in point["distinct"].values())
        lines.append(
            f"| {point['temperature']} | {point['top_p']} | {point['right']:.0%} "
            f"| {point['fluent']:.0%} | {counts} |"
        )
    return "\n".join(lines)


def evaluate_folder(folder: Path, each: int = 60, write: bool = True) -> dict[str, Any]:
    """Evaluates an exported checkpoint in float32; writes evaluation.json without failures."""
    with opened(folder) as backend:
        result = evaluate(backend, each=each)
    if write:
        kept = {key: value for key, value in result.items() if key != "failures"}
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        (folder / "evaluation.json").write_text(text + "\n", encoding="utf-8")
    return result


def main(folder: Path = OUT, each: int = 60, failures: bool = False) -> None:
    """Evaluates the checkpoint in FOLDER."""
    result = evaluate_folder(folder, each)
    print(table(result))
    if failures:
        for name, lines in result["failures"].items():
            print(f"\n## {name}", *lines, sep="\n")


if __name__ == "__main__":
    typer.run(main)
