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
from core.models.tokenizer import ChatGLMTokenizer
from training import corpus
from training.dialogue import Dialogue
from training.domains import registry
from training.generate import GREEDY, Answer, Sampling, answers, prompt, reply

SAMPLED = Sampling(0.8, 0.9)
DIVERSITY_PROMPTS = (
    "Tell me a story about a fox.",
    "What is temperature?",
    "Hello!",
    "Who are you?",
)
DIVERSITY_TEMPERATURES = (0.2, 1.0, 1.8)
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
    """The shortest held-out prompt that works greedily, as something to try."""
    good = [d for d, ok in zip(dialogues, works, strict=True) if ok] or dialogues
    best = min(good, key=lambda d: (len(d.messages), len(d.prompt_key())))
    first = best.messages[0]
    turns = [m.content for m in best.messages if m.role == "user"]
    return {
        "example": turns[-1],
        "turns": turns,
        "system": first.content if first.role == "system" else "",
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
    total = {"name": "fluent form", "n": len(fluent["greedy"]), "example": "Hello!"}
    total |= {"turns": ["Hello!"], "system": ""}
    abilities.append(total | {mode: _rate(ok) for mode, ok in fluent.items()})
    return {
        "model": {"parameters": sum(p.numel() for p in model.parameters())},
        "abilities": abilities,
        "diversity": diversity(model, tokenizer),
        "failures": failures,
    }


def diversity(model: ChatGLMForCausalLM, tokenizer: ChatGLMTokenizer) -> dict[str, Any]:
    """How many of 16 answers differ, for each prompt and temperature (top_p 1)."""
    return {
        text: {
            str(t): len(set(reply(model, tokenizer, text, Sampling(t), 16)))
            for t in DIVERSITY_TEMPERATURES
        }
        for text in DIVERSITY_PROMPTS
    }


def _rate(works: list[bool]) -> float:
    return round(sum(works) / len(works), 3)


def table(result: dict[str, Any]) -> str:
    """The result as a Markdown table."""
    lines = ["| ability | greedy | T 0.8, top_p 0.9 | n |", "|---|---|---|---|"]
    for row in result["abilities"]:
        lines.append(f"| {row['name']} | {row['greedy']:.0%} | {row['sampled']:.0%} | {row['n']} |")
    lines += ["", "| distinct of 16 | T 0.2 | T 1.0 | T 1.8 |", "|---|---|---|---|"]
    for text, counts in result["diversity"].items():
        lines.append(f"| {text} | " + " | ".join(str(c) for c in counts.values()) + " |")
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
