"""The optimiser: Muon for the matrices, AdamW for embeddings, norms and biases."""

import math

import torch


class Optimiser:
    """Both optimisers under one learning-rate schedule: warm-up, then a cosine to a tenth.

    ``peak`` is the learning rate of both (Muon's updates are scaled to AdamW's size).
    """

    def __init__(self, model: torch.nn.Module, peak: float) -> None:
        matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
        chosen = {id(p) for p in matrices}
        rest = [p for p in model.parameters() if id(p) not in chosen]
        self._peak = peak
        self._parts: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=peak, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, lr=peak, betas=(0.9, 0.98), weight_decay=0.0),
        ]
        self._parameters = [*matrices, *rest]

    def step(self, progress: float, warmup: float = 0.01) -> float:
        """One update at ``progress`` in [0, 1] of the training; returns the learning rate."""
        if progress < warmup:
            rate = self._peak * (0.1 + 0.9 * progress / warmup)
        else:
            along = min(1.0, (progress - warmup) / (1 - warmup))
            rate = self._peak * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * along)))
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
            part.zero_grad(set_to_none=True)
        return rate
