"""Weights between two checkpoints of one shape."""

import pytest
import torch

from core.models.chatglm import ChatGLMForCausalLM
from training import model_init
from training.average import averaged


def small(seed: int, hidden: int = 64) -> ChatGLMForCausalLM:
    return model_init.build(model_init.config(320, hidden, 2, 64), seed)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_weight_lies_so_far_between_the_two(share: float) -> None:
    before, after = small(1), small(2)
    old, new = ({k: v.clone() for k, v in m.state_dict().items()} for m in (before, after))
    between = averaged(before, after, share).state_dict()
    for name, weight in between.items():
        torch.testing.assert_close(weight, (1 - share) * old[name] + share * new[name])
    assert all(torch.equal(before.state_dict()[name], weight) for name, weight in old.items())


def test_models_of_different_shapes_are_refused() -> None:
    with pytest.raises(RuntimeError, match="size"):
        averaged(small(1), small(2, hidden=128), 0.5)
