"""Thirty answers that nobody chose: held-out prompts of all abilities in turn, fixed seeds.

``python -m training.samples`` writes ``training/samples.md``.
"""

import itertools
from pathlib import Path

import typer

from core.backends.events import Finished
from training.dialogue import Dialogue
from training.evaluate import OUT, SAMPLED, answers, cases, opened

COUNT = 30
SEED = 30
HEAD = f"""# {COUNT} samples

Held-out prompts of every ability in turn, answered at temperature {SAMPLED.temperature} with
top_p {SAMPLED.top_p}, seed {SEED}. Nothing here was picked by hand; `python -m training.samples`
writes this file. ✓ marks an answer that the evaluation counts as right.
"""


def chosen() -> list[Dialogue]:
    """The first held-out prompt of each ability, then the second ones, until there are enough."""
    turns = zip(*cases(SEED, 4).values(), strict=False)
    return list(itertools.islice((d for turn in turns for d in turn), COUNT))


def transcript(number: int, dialogue: Dialogue, answer: Finished) -> str:
    """One sample as Markdown; what the model wrote is the last paragraph."""
    right = "✓" if not dialogue.expect.faults(answer) else "✗"
    lines = [f"## {number}. {dialogue.ability} {right}"]
    if dialogue.tools:
        names = ", ".join(str(tool["name"]) for tool in dialogue.tools)
        lines.append(f"*tools: {names}*")
    lines += [_said(m.role, m.metadata, m.content) for m in dialogue.messages[:-1]]
    lines.append("**→** " + _said("assistant", answer.metadata, answer.text))
    return "\n\n".join(lines)


def _said(role: str, metadata: str, content: str) -> str:
    who = f"{role} → {metadata}" if metadata else role
    return f"**{who}:**\n\n~~~text\n{content}\n~~~"


def main(folder: Path = OUT, out: Path = Path(__file__).parent / "samples.md") -> None:
    """Writes the samples of the checkpoint in FOLDER."""
    dialogues = chosen()
    with opened(folder) as backend:
        said = answers(backend, dialogues, SAMPLED, SEED)
    parts = [
        transcript(number, dialogue, answer)
        for number, (dialogue, answer) in enumerate(zip(dialogues, said, strict=True), 1)
    ]
    out.write_text("\n\n".join([HEAD, *parts]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
