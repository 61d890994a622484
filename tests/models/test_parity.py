"""The native model computes what the published model code computes, from both weight formats."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, PreTrainedModel

import core.models.chatglm  # noqa: F401 - registers the model type

TOLERANCE = 2e-5


@pytest.fixture(scope="module")
def reference(golden: Path) -> dict[str, torch.Tensor]:
    return load_file(golden / "chatglm3-tiny/reference.safetensors")


@pytest.fixture(scope="module", params=["safetensors", "bin"])
def tiny(request: pytest.FixtureRequest, golden: Path) -> PreTrainedModel:
    folder = golden / "chatglm3-tiny" / request.param
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@torch.inference_mode()
def test_logits(tiny: PreTrainedModel, reference: dict[str, torch.Tensor]) -> None:
    logits = tiny(reference["ids"]).logits
    assert (logits - reference["logits"]).abs().max() <= TOLERANCE


@torch.inference_mode()
def test_logits_at_the_end_of_a_long_text(
    tiny: PreTrainedModel, reference: dict[str, torch.Tensor]
) -> None:
    logits = tiny(reference["long_ids"]).logits[:, -8:]
    assert (logits - reference["long_logits_last8"]).abs().max() <= TOLERANCE


@torch.inference_mode()
def test_logits_of_a_left_padded_batch(
    tiny: PreTrainedModel, reference: dict[str, torch.Tensor]
) -> None:
    mask = reference["padded_mask"]
    logits = tiny(
        reference["padded_ids"],
        attention_mask=mask,
        position_ids=reference["padded_position_ids"],
    ).logits
    difference = (logits - reference["padded_logits"])[mask.bool()]
    assert difference.abs().max() <= TOLERANCE


@torch.inference_mode()
@pytest.mark.parametrize(("name", "end_id"), [("", None), ("padded_", 2)])
def test_greedy_continuations(
    tiny: PreTrainedModel, reference: dict[str, torch.Tensor], name: str, end_id: int | None
) -> None:
    """The single continuation was made without an end token, those of the padded batch with id
    2."""
    expected = reference[f"{name}greedy_ids"]
    ids = reference[f"{name}ids"][: len(expected)]
    tiny.generation_config.eos_token_id = end_id
    continued = tiny.generate(
        ids,
        attention_mask=reference["padded_mask"] if name else torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=expected.shape[1] - ids.shape[1],
        pad_token_id=0,
    )
    assert torch.equal(continued, expected)
