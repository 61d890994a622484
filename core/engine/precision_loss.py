"""How far a model in fewer bits is from the same model in more: over the same texts.

Both read the same tokens (teacher forcing), so that one difference does not lead to another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from core.models.loading import LoadedModel


@dataclass(frozen=True, slots=True)
class Written:
    """A prompt and its continuation; start: where the continuation begins."""

    ids: tuple[int, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Distance:
    """agree: share of positions with the same likeliest token, 0 to 1.

    kl: mean Kullback-Leibler divergence from the reference, in nats.
    """

    agree: float
    kl: float


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


def compare(reference: LoadedModel, other: LoadedModel, texts: Sequence[Written]) -> Distance:
    """The distance of `other` from `reference` over the continuations of `texts`."""
    same, divergence, positions = 0, 0.0, 0
    for text in texts:
        exact, rough = _logprobs(reference, text), _logprobs(other, text)
        same += int((exact.argmax(-1) == rough.argmax(-1)).sum())
        divergence += float((exact.exp() * (exact - rough)).sum())
        positions += len(exact)
    return Distance(same / positions, divergence / positions)


@torch.inference_mode()
def _logprobs(loaded: LoadedModel, text: Written) -> torch.Tensor:
    """The log-probabilities that predict the continuation, (its length, vocabulary), float32."""
    inputs = torch.tensor([text.ids], device=loaded.model.device)
    logits = loaded.model(input_ids=inputs).logits[0, text.start - 1 : -1]
    return logits[:, : loaded.tokenizer.vocab_size].float().log_softmax(-1).cpu()
