"""The optimiser: Muon for the matrices, AdamW for embeddings, norms and biases.

Muon here is torch.optim.Muon's rule with equal shapes orthogonalised together, in bfloat16 only
where the processor has the instructions: without them it multiplies at a tenth of the speed.
"""

import math

import torch

# Keller Jordan, "Muon: an optimizer for hidden layers in neural networks" (2024).
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5


def fast_type() -> torch.dtype:
    """bfloat16 where this processor multiplies it natively, else float32."""
    native = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if native else torch.float32


def orthogonalised(stack: torch.Tensor) -> torch.Tensor:
    """Each matrix of ``stack`` (n, rows, columns) with its singular values brought near 1."""
    a, b, c = NEWTON_SCHULZ
    wide = stack.size(1) <= stack.size(2)
    x = (stack if wide else stack.mT).to(fast_type())
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x if wide else x.mT).to(stack.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised; updates have the size of AdamW's (0.2 x root of the longer side).

    ``parameters`` are matrices; ``weight_decay`` is decoupled.
    """

    def __init__(
        self,
        parameters: list[torch.nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.02,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """One update; every parameter must have a gradient."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                shapes.setdefault(p.shape, []).append(p)
            for shape, same in shapes.items():
                updates = orthogonalised(torch.stack([self._push(p, group) for p in same]))
                size = 0.2 * math.sqrt(max(shape))
                for p, update in zip(same, updates, strict=True):
                    p.mul_(1 - group["lr"] * group["decay"])
                    p.add_(update, alpha=-group["lr"] * size)

    def _push(self, p: torch.Tensor, group: dict[str, float]) -> torch.Tensor:
        assert p.grad is not None
        state = self.state[p]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(p)
        state["momentum"].lerp_(p.grad, 1 - group["momentum"])
        return p.grad.lerp(state["momentum"], group["momentum"])


class Optimiser:
    """Both optimisers under one learning-rate schedule: warm-up, then a cosine to 3 %.

    ``peak`` is the learning rate of both.
    """

    def __init__(self, model: torch.nn.Module, peak: float) -> None:
        matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
        chosen = {id(p) for p in matrices}
        rest = [p for p in model.parameters() if id(p) not in chosen]
        self._peak = peak
        self._parts: list[torch.optim.Optimizer] = [
            Muon(matrices, lr=peak),
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
