"""``python -m training.average``: the weights between a checkpoint and one trained on from it.

Training on wins some abilities and loses others. Weights on the line between the two keep most of
both: Wortsman et al., "Robust fine-tuning of zero-shot models" (2022).
"""

from pathlib import Path
from typing import Annotated

import torch
import typer

from core.models.chatglm import ChatGLMForCausalLM
from training import model_init
from training.export import export


def averaged(
    before: ChatGLMForCausalLM, after: ChatGLMForCausalLM, share: float
) -> ChatGLMForCausalLM:
    """``after``, with weights ``share`` (0 to 1) of the way to it from ``before``.

    ``before`` stays as it is. Both have the same shape; raises ``RuntimeError`` where they differ.
    """
    old, new = before.state_dict(), after.state_dict()
    # Computed first and loaded then: tied weights share memory and must not move twice
    after.load_state_dict({name: torch.lerp(old[name], new[name], share) for name in new})
    return after


def main(
    before: Annotated[Path, typer.Argument(help="The checkpoint that the training began with.")],
    after: Annotated[Path, typer.Argument(help="What the training made of it.")],
    out: Annotated[Path, typer.Argument(help="Folder for the new checkpoint.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="How far to go towards AFTER.")] = 0.6,
) -> None:
    """Writes the checkpoint between BEFORE and AFTER, with the vocabulary of AFTER."""
    model = averaged(model_init.resume(before), model_init.resume(after), share)
    export(model, after / "tokenizer.model", out)


if __name__ == "__main__":
    typer.run(main)
