"""llama.cpp and torch on the same real file: as near as quantised activations allow."""

import numpy as np
import pytest

from core.engine.opening import open_model
from core.messages import Message
from core.models.preparing import LLAMA, TORCH, prepare
from core.sampling.distribution import log_softmax
from tests.real_model import smollm2

SAID = [
    ("What is a HashMap in Java?", "A HashMap is a data structure that stores key-value pairs."),
    ("Write a pitch for a solar lamp.", "It stores the sun by day and gives it back at night."),
]


@pytest.mark.long
def test_llama_and_torch_differ_by_the_rounding_of_activations_alone() -> None:
    # llama.cpp rounds what a matrix in 4 bits is multiplied with to 8 bits, torch does not: over an
    # answer that moves a token's log-probability by about a tenth, and hardly any greedy choice
    file = smollm2()
    quick = open_model(prepare(file, device="cpu", runner=LLAMA))
    exact = open_model(prepare(file, device="cpu", precision="fp32", runner=TORCH))
    try:
        for question, answer in SAID:
            prompt = exact.tokenizer.prompt_ids([Message("user", question)])
            ids = [*prompt, *exact.tokenizer.encode(answer)]
            assert ids[: len(prompt)] == quick.tokenizer.prompt_ids([Message("user", question)])
            scores = [backend.score_many([ids], 1, [len(prompt)])[0] for backend in (exact, quick)]
            off = [a.logprob - b.logprob for a, b in zip(*scores, strict=True) if b.logprob]
            assert len(off) == len(ids) - len(prompt)
            assert np.abs(off).mean() < 0.2
            assert np.abs(off).max() < 1
            ours, theirs = (log_softmax(b.next_logits(ids)) for b in (exact, quick))
            assert (np.exp(ours) * (ours - theirs)).sum() < 0.02
            assert ours.argmax() == theirs.argmax()
    finally:
        quick.close()
        exact.close()
