"""How far a model in fewer bits is from the same model in more: over the same texts.

Both read the same tokens (teacher forcing), so that one difference does not lead to another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from core.messages import Message
from core.models.loading import LoadedModel, load
from core.models.plan import Precision


@dataclass(frozen=True, slots=True)
class Written:
    """A prompt and its continuation; start: where the continuation begins."""

    ids: tuple[int, ...]
    start: int


@dataclass(frozen=True, slots=True)
class PrecisionLoss:
    """agree: share of positions with the same likeliest token, 0 to 1.

    kl: mean Kullback-Leibler divergence from the reference, in nats.
    """

    agree: float
    kl: float


@dataclass(frozen=True, slots=True)
class MeasuredLoss:
    """A model in one precision: the bytes of its weights, and its loss against the reference."""

    precision: str
    weight_bytes: int
    loss: PrecisionLoss


@dataclass(frozen=True, slots=True)
class LossReport:
    """A model in several precisions, the reference first. tokens: how many were compared."""

    model: str
    tokens: int
    rows: tuple[MeasuredLoss, ...]


def measure_losses(
    folder: Path,
    name: str,
    asks: Sequence[str],
    max_new_tokens: int,
    reference: Precision,
    others: Sequence[Precision],
) -> LossReport:
    """Let the checkpoint in `folder` answer in the precision `reference`, on the CPU, and read its
    answers in each of the `others`. Raises what `core.models.loading.load` raises."""
    exact = load(folder, name, "cpu", reference)
    prompts = [exact.tokenizer.prompt_ids([Message("user", ask)]) for ask in asks]
    texts = continue_greedily(exact, prompts, max_new_tokens)
    rows = [MeasuredLoss(reference, exact.facts.weight_bytes, PrecisionLoss(1.0, 0.0))]
    for precision in others:
        other = load(folder, name, "cpu", precision)
        rows.append(MeasuredLoss(precision, other.facts.weight_bytes, loss(exact, other, texts)))
    return LossReport(exact.facts.name, sum(len(t.ids) - t.start for t in texts), tuple(rows))


@torch.inference_mode()
def continue_greedily(
    loaded: LoadedModel, prompts: Sequence[Sequence[int]], max_new_tokens: int
) -> list[Written]:
    """Each prompt with its greedy continuation, up to an end token."""
    written = []
    for prompt in prompts:
        inputs = torch.tensor([list(prompt)], device=loaded.model.device)
        output = loaded.model.generate(  # type: ignore[operator]
            inputs,
            attention_mask=torch.ones_like(inputs),
            do_sample=False,
            max_new_tokens=max_new_tokens,
            eos_token_id=sorted(loaded.tokenizer.stop_ids),
            pad_token_id=0,
        )
        written.append(Written(tuple(output[0].tolist()), len(prompt)))
    return written


def loss(reference: LoadedModel, other: LoadedModel, texts: Sequence[Written]) -> PrecisionLoss:
    """The loss of `other` against `reference` over the continuations of `texts`."""
    same, divergence, positions = 0, 0.0, 0
    for text in texts:
        exact, rough = _logprobs(reference, text), _logprobs(other, text)
        same += int((exact.argmax(-1) == rough.argmax(-1)).sum())
        divergence += float((exact.exp() * (exact - rough)).sum())
        positions += len(exact)
    return PrecisionLoss(same / positions, divergence / positions)


@torch.inference_mode()
def _logprobs(loaded: LoadedModel, text: Written) -> torch.Tensor:
    """The log-probabilities that predict the continuation, (its length, vocabulary), float32."""
    inputs = torch.tensor([text.ids], device=loaded.model.device)
    logits = loaded.model(input_ids=inputs).logits[0, text.start - 1 : -1]
    return logits[:, : loaded.tokenizer.vocab_size].float().log_softmax(-1).cpu()
