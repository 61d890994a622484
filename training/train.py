"""The training loop: first pure copying, then the dialogues with a little of it.

The budget is a number of tokens, so the same seed gives the same model whatever the machine's
speed. Checkpoints are written on the way; each can be exported. Weights stay in float32; where
the processor has bfloat16, products are taken in it, and where there is a C++ compiler as well the
model is compiled: together 2.5 times the speed.
"""

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch.nn.functional import cross_entropy

from core.models.chatglm import ChatGLMForCausalLM
from training.encoding import Encoded, batches, pad
from training.optim import Optimiser, fast_type
from training.team import Team

# How often the abilities are measured during a training.
MEASURED = 8
# By then the copying loss has fallen from 7 to 0.2: the circuit is there.
COPY_STEPS = 400
# Every so many steps of dialogue a small batch of random ids to copy goes with it, or else only
# the words that the dialogues copy stay easy to copy.
COPY_AGAIN = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: ``tokens`` of dialogue after ``copy_steps`` of copying.

    ``batch`` is tokens per step of one process, ``peak`` the highest learning rate.
    """

    tokens: int
    copy_steps: int = COPY_STEPS
    batch: int = 2560
    peak: float = 3e-3
    seed: int = 1
    report_every: int = 100
    save_every: int = 250


Body: TypeAlias = Callable[..., Any]


def answer_loss(
    model: ChatGLMForCausalLM, ids: torch.Tensor, learn: torch.Tensor, body: Body | None = None
) -> torch.Tensor:
    """Mean cross entropy over the tokens to learn; the output layer sees only those.

    ``body`` is the model's compiled part below the output layer, if there is one.
    """
    kind = fast_type()
    body = model.model if body is None else body
    with torch.autocast("cpu", dtype=kind, enabled=kind is torch.bfloat16):
        hidden = body(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
        wanted = learn[:, 1:]
        scores = model.lm_head(hidden[wanted])
    return cross_entropy(scores.float(), ids[:, 1:][wanted])


def quick(model: ChatGLMForCausalLM) -> Body:
    """The part below the output layer, compiled for batches of any shape where that makes it
    quicker.

    The plain attention is the one whose way back the compiler makes quick. In float32 the fused one
    is quicker without it, five times for a thousand tokens: it needs no memory for every pair of
    them.
    """
    compiler = any(shutil.which(name) for name in ("c++", "g++", "clang++"))
    if fast_type() is not torch.bfloat16 or not compiler:
        model.set_attn_implementation("sdpa")
        return model.model
    model.set_attn_implementation("eager")
    return torch.compile(model.model, dynamic=True)


def copying_batch(rng: random.Random, vocab: int, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random ids repeated with a period of 3 to 24: ids and learn, (rows, 97) each."""
    rows, length = max(1, batch // 96), 97
    ids = torch.empty(rows, length, dtype=torch.long)
    learn = torch.zeros(rows, length, dtype=torch.bool)
    for row in range(rows):
        period = rng.randint(3, 24)
        unit = [rng.randrange(3, vocab) for _ in range(period)]
        ids[row] = torch.tensor((unit * length)[:length])
        learn[row, period + 1 :] = True
    return ids, learn


@torch.no_grad()
def validation_loss(model: ChatGLMForCausalLM, items: list[Encoded]) -> float:
    """Mean loss per learned token over ``items``."""
    model.eval()
    total = count = 0.0
    for start in range(0, len(items), 32):
        ids, learn = pad(items[start : start + 32])
        tokens = float(learn.sum())
        total += float(answer_loss(model, ids, learn)) * tokens
        count += tokens
    model.train()
    return total / count


@contextmanager
def _in_one_order() -> Iterator[None]:
    """Sums always in the same order: compiled ones over several threads would not be."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


@_in_one_order()
def train(
    model: ChatGLMForCausalLM,
    items: list[Encoded],
    validation: list[Encoded],
    plan: Plan,
    folder: Path,
    on_report: Callable[[dict[str, float]], None] = lambda row: None,
    measure: Callable[[], float] | None = None,
    team: Team = Team(),  # noqa: B008 - immutable
) -> list[dict[str, float]]:
    """Trains in place; returns and writes (``curves.json`` in ``folder``) the loss over time.

    ``measure`` gives the share of right answers; it is asked eight times along the way.
    Each process of a ``team`` has the same model and ``items`` of its own.
    """
    rng = random.Random(plan.seed * 1000 + team.rank)
    torch.manual_seed(plan.seed)
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    model.train()
    body = quick(model)

    parameters = list(model.parameters())
    optimiser = Optimiser(model, plan.peak)
    for step in range(plan.copy_steps):
        ids, learn = copying_batch(rng, model.config.vocab_size, plan.batch)
        loss = answer_loss(model, ids, learn, body)
        loss.backward()
        team.average(parameters, 0)
        optimiser.step(0.2 * step / plan.copy_steps, warmup=0.04)
        if step % plan.report_every == 0 and team.leads:
            on_report(
                {
                    "step": float(step - plan.copy_steps),
                    "copying": round(loss.item(), 4),
                }
            )

    optimiser = Optimiser(model, plan.peak)
    rows: list[dict[str, float]] = []
    seen, step, measured, recent = 0, 0, 0, []
    for ids, learn in batches(items, plan.batch, rng):
        loss = answer_loss(model, ids, learn, body)
        loss.backward()
        if step % COPY_AGAIN == 0:
            again = copying_batch(rng, model.config.vocab_size, plan.batch // 4)
            answer_loss(model, *again, body).backward()
        more = team.average(parameters, ids.numel())
        rate = optimiser.step(seen / plan.tokens)
        recent.append(loss.item())
        seen, step = seen + more, step + 1
        done = seen >= plan.tokens
        if team.leads and (step % plan.report_every == 0 or done):
            row = {
                "step": step,
                "tokens": seen,
                "seconds": round(time.monotonic() - started, 1),
                "rate": round(rate, 6),
                "loss": round(sum(recent) / len(recent), 4),
            }
            if step % (4 * plan.report_every) == 0 or done:
                row["validation"] = round(validation_loss(model, validation), 4)
            if measure and seen * MEASURED >= (measured + 1) * plan.tokens:
                model.eval()
                row["right"], measured = measure(), seen * MEASURED // plan.tokens
                model.train()
            rows.append(row)
            recent = []
            on_report(row)
            (folder / "curves.json").write_text(json.dumps(rows, indent=0) + "\n")
        if team.leads and (step % plan.save_every == 0 or done):
            torch.save(model.state_dict(), folder / "state.tmp")
            (folder / "state.tmp").replace(folder / "state.pt")
        if done:
            break
    return rows
