"""Measures each ability on wordings and values that training never saw.

``python -m training.evaluate [FOLDER]`` prints a table and writes ``evaluation.json`` there.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import typer
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from core.models.chatglm import ChatGLMForCausalLM
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from training import corpus
from training.dialogue import Dialogue
from training.domains import registry
from training.generate import GREEDY, Answer, Sampling, answers, prompt, reply

SAMPLED = Sampling(0.8, 0.9)
# What is drawn 16 times over for the number of distinct answers.
DIVERSITY_PROMPTS = (
    "Tell me a story about a fox.",
    "What is temperature?",
    "Hello!",
    "Who are you?",
)
CURVE = tuple(
    Sampling(temperature, top_p)
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


@dataclass(frozen=True, slots=True)
class Fluency:
    """Checks that need no expectation: the form of any answer."""

    words: frozenset[str]

    def faults(self, answer: Answer, dialogue: Dialogue) -> list[str]:
        """Loops, a missing end, and words that are neither the corpus' nor the prompt's."""
        found = [] if answer.ended else ["does not end"]
        if repeats(answer.content):
            found.append("repeats itself")
        known = {w.lower() for m in dialogue.messages[:-1] for w in _WORD.findall(m.content)}
        said = {w.lower() for w in _WORD.findall(answer.content)}
        odd = said - self.words - known
        return [*found, f"invents {sorted(odd)}"] if odd else found


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
    """Held-out dialogues by ability, ``each`` of every domain."""
    found: dict[str, list[Dialogue]] = {}
    for domain in registry.DOMAINS:
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


def evaluate(
    model: ChatGLMForCausalLM,
    tokenizer: ChatGLMTokenizer,
    seed: int = 1,
    each: int = 60,
) -> dict[str, Any]:
    """All abilities, greedily and sampled, and the diversity; the same input, the same result."""
    fluency = Fluency(corpus_words(seed))
    abilities: list[dict[str, Any]] = []
    fluent: dict[str, list[bool]] = {"greedy": [], "sampled": []}
    failures: dict[str, list[str]] = {}
    for name, dialogues in cases(seed, each).items():
        prompts = [prompt(tokenizer, d) for d in dialogues]
        works: dict[str, list[bool]] = {}
        for mode, sampling in (("greedy", GREEDY), ("sampled", SAMPLED)):
            said = answers(model, tokenizer, prompts, sampling, seed)
            checked = [
                d.expect.faults(a.content, a.metadata) for d, a in zip(dialogues, said, strict=True)
            ]
            works[mode] = [not faults for faults in checked]
            fluent[mode] += [not fluency.faults(a, d) for d, a in zip(dialogues, said, strict=True)]
            if mode == "greedy":
                failures[name] = [
                    f"{d.prompt_key()!r} -> {a.content!r}: {faults}"
                    for d, a, faults in zip(dialogues, said, checked, strict=True)
                    if faults
                ][:6]
        row = {
            "name": name,
            "n": len(dialogues),
            **_example(dialogues, works["greedy"]),
        }
        abilities.append(row | {mode: _rate(ok) for mode, ok in works.items()})
    return {
        "model": {"parameters": sum(p.numel() for p in model.parameters())},
        "rows": _rows(abilities, fluent),
        "abilities": abilities,
        "part": part(model, tokenizer),
        "curve": curve(model, tokenizer, fluency, seed, each),
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


def share_right(model: ChatGLMForCausalLM, tokenizer: ChatGLMTokenizer, each: int) -> float:
    """The share of held-out answers that are right at temperature 0, ``each`` of every domain."""
    dialogues = [d for group in cases(2, each).values() for d in group]
    said = answers(model, tokenizer, [prompt(tokenizer, d) for d in dialogues], GREEDY)
    pairs = zip(dialogues, said, strict=True)
    return _rate([not d.expect.faults(a.content, a.metadata) for d, a in pairs])


def part(model: ChatGLMForCausalLM, tokenizer: ChatGLMTokenizer) -> dict[str, float]:
    """The share of right answers at temperature 0 by row, on the same few questions always."""
    groups = cases(1, PART_EACH)
    dialogues = [d for group in groups.values() for d in group]
    said = answers(model, tokenizer, [prompt(tokenizer, d) for d in dialogues], GREEDY)
    right: dict[str, list[bool]] = {}
    for d, a in zip(dialogues, said, strict=True):
        right.setdefault(d.ability, []).append(not d.expect.faults(a.content, a.metadata))
    return {
        row.name: _rate([ok for ability in row.abilities for ok in right.get(ability, ())])
        for row in registry.ROWS
    }


def curve(
    model: ChatGLMForCausalLM,
    tokenizer: ChatGLMTokenizer,
    fluency: Fluency,
    seed: int,
    each: int,
) -> list[dict[str, Any]]:
    """For each setting: the share of right and of well-formed answers, and how many of 16 answers
    to one question differ (``distinct``, by question)."""
    found = cases(seed, max(1, each // 3))
    dialogues = [d for name in CURVE_ABILITIES for d in found.get(name, ())]
    prompts = [prompt(tokenizer, d) for d in dialogues]
    points = []
    for sampling in CURVE:
        said = answers(model, tokenizer, prompts, sampling, seed)
        pairs = list(zip(dialogues, said, strict=True))
        points.append(
            {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "right": _rate([not d.expect.faults(a.content, a.metadata) for d, a in pairs]),
                "fluent": _rate([not fluency.faults(a, d) for d, a in pairs]),
                "distinct": distinct(model, tokenizer, sampling),
            }
        )
    return points


def distinct(
    model: ChatGLMForCausalLM, tokenizer: ChatGLMTokenizer, sampling: Sampling
) -> dict[str, int]:
    """How many of 16 answers differ, for each prompt."""
    return {
        text: len(set(reply(model, tokenizer, text, sampling, 16))) for text in DIVERSITY_PROMPTS
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
    logging.set_verbosity_error()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = ChatGLMTokenizer(folder / "tokenizer.model")
    result = evaluate(model, tokenizer, each=each)
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
