"""``python -m benchmarks.precisions FOLDER``: what each precision costs in time and in quality
here.

Time: one step of `FOLDER` for one sequence and for nine, the quickest of several, so that other
work on the machine counts little. Quality: how far the scores of the embedded model are from those
in fp32, over the answers that it gives in fp32. Printed are Markdown tables.
"""

import time
from pathlib import Path
from typing import Annotated, Any, cast

import torch
import typer

from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import LoadedModel, load

PRECISIONS = ("bf16", "fp16", "int8", "nf4")
QUESTIONS = (
    "What is top_p?",
    "Write a poem about a lighthouse.",
    "Write a story about a fox.",
    "What is 12 + 30?",
    "什么是温度？",
    "写一首关于月亮的诗。",
    "Name three fruits.",
    "Who are you?",
)
NEW_TOKENS = 48
CONTEXT = 50


@torch.inference_mode()
def step_seconds(loaded: LoadedModel, sequences: int, steps: int) -> float:
    """The quickest of several steps of `sequences` at once, after `CONTEXT` tokens each."""
    ids = torch.randint(3, 60000, (sequences, CONTEXT), device=loaded.model.device)
    cache = loaded.model(ids, use_cache=True, logits_to_keep=1).past_key_values
    best = float("inf")
    for _step in range(steps):
        started = time.perf_counter()
        loaded.model(ids[:, -1:], past_key_values=cache, use_cache=True)
        best = min(best, time.perf_counter() - started)
    return best


@torch.inference_mode()
def answers(exact: LoadedModel) -> list[tuple[torch.Tensor, torch.Tensor, int]]:
    """Prompts with their greedy answers, their log-probabilities, and where the answers begin."""
    found = []
    for question in QUESTIONS:
        prompt = exact.tokenizer.prompt_ids([Message("user", question)])
        ids = torch.tensor([prompt])
        whole = exact.model.generate(  # type: ignore[operator]
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=NEW_TOKENS,
            eos_token_id=sorted(exact.tokenizer.stop_ids),
            pad_token_id=0,
        )
        begin = len(prompt) - 1
        scores = exact.model(whole).logits[0, begin:-1].float().log_softmax(-1)
        found.append((whole, scores, begin))
    return found


@torch.inference_mode()
def distance(
    loaded: LoadedModel, exact: list[tuple[torch.Tensor, torch.Tensor, int]]
) -> tuple[int, float, float]:
    """Positions, mean Kullback-Leibler divergence from fp32 in nats, share of equal top tokens."""
    divergence, equal, count = 0.0, 0, 0
    for ids, expected, begin in exact:
        given = loaded.model(ids).logits[0, begin:-1].float().log_softmax(-1)
        divergence += (expected.exp() * (expected - given)).sum().item()
        equal += int((given.argmax(-1) == expected.argmax(-1)).sum())
        count += len(expected)
    return count, divergence / count, equal / count


def _load(folder: Path, precision: str) -> LoadedModel:
    return load(folder, device="cpu", precision=cast(Any, precision))


def main(
    folder: Annotated[Path | None, typer.Argument(help="A checkpoint of full width.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps to take the quickest of.")] = 20,
) -> None:
    """Measure every precision on the CPU."""
    exact = answers(_load(EMBEDDED_FOLDER, "fp32"))
    print("| precision | positions | KL from fp32, nats | same top token |\n|---|---|---|---|")
    for precision in PRECISIONS:
        count, divergence, equal = distance(_load(EMBEDDED_FOLDER, precision), exact)
        print(f"| {precision} | {count} | {divergence:.5f} | {equal:.1%} |", flush=True)
    if folder is None:
        return
    print("\n| precision | weights | loading | step, one | step, nine |\n|---|---|---|---|---|")
    for precision in PRECISIONS:
        loaded = _load(folder, precision)
        one, nine = (step_seconds(loaded, count, steps) for count in (1, 9))
        facts = loaded.facts
        print(
            f"| {precision} | {facts.weight_bytes / 1e9:.2f} GB | {facts.load_seconds:.1f} s "
            f"| {one * 1000:.0f} ms | {nine * 1000:.0f} ms |",
            flush=True,
        )
        del loaded


if __name__ == "__main__":
    typer.run(main)
