"""What llama.cpp tells of the next token and of a given text is what the model has."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from core.llama import reading
from core.llama.server import LlamaServer
from core.models.preparing import prepare
from tests.gguf_files import write_gguf

TEXT = "Why 😀?"


@pytest.mark.parametrize("architecture", ["llama", "qwen3"])
def test_logits_are_those_of_torch_up_to_a_constant(tmp_path: Path, architecture: str) -> None:
    reference = tmp_path / "reference"
    file = write_gguf(tmp_path / "f32.gguf", architecture, "F32", reference=reference)
    model = AutoModelForCausalLM.from_pretrained(reference, dtype=torch.float32)
    server = LlamaServer(prepare(file, device="cpu"))
    try:
        ids = server.tokenizer.encode("The fox ran over the hill.")
        with torch.inference_mode():
            logits = model(torch.tensor([ids])).logits[0].log_softmax(-1).numpy()
        rows = server.tokenizer.vocab_size
        found = server.next_logits(ids)
        assert found.shape == (rows,)
        np.testing.assert_allclose(found, logits[-1, :rows], atol=1e-3)
        answer = list(server.answer_logits(ids[:3], ids[3:]))
        np.testing.assert_allclose(answer, logits[2:-1, :rows], atol=1e-3)
        (scores,) = server.score_many([ids], top=3)
        for place, score in enumerate(scores[1:]):
            assert score.logprob == pytest.approx(float(logits[place, score.id]), abs=1e-3)
    finally:
        server.close()


def test_scores_are_those_of_the_whole_distribution(server: LlamaServer) -> None:
    ids = server.tokenizer.encode(TEXT)
    assert any(server.tokenizer.piece(i).startswith("<0x") for i in ids)
    (scores,) = server.score_many([ids], top=4)
    assert [score.id for score in scores] == ids
    assert (scores[0].logprob, scores[0].rank, scores[0].top) == (None, None, ())
    for place, score in enumerate(scores[1:], 1):
        logits = server.next_logits(ids[:place])
        order = np.argsort(-logits, kind="stable")
        assert score.logprob == pytest.approx(float(logits[ids[place]]), abs=1e-4)
        assert [token.id for token in score.top] == order[:4].tolist()
        rank = int((logits > logits[ids[place]]).sum()) + 1
        assert score.rank == (rank if rank <= 4 else None)
        assert score.entropy is None
        assert sum(math.exp(value) for value in logits) == pytest.approx(1, abs=1e-3)


def test_an_answer_is_exact_where_llama_tells_and_adds_up_elsewhere(
    server: LlamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "TOLD", 10)
    ids = server.tokenizer.encode(TEXT)
    assert "exact_answers" not in server.can
    for place, found in enumerate(server.answer_logits(ids[:1], ids[1:]), 1):
        whole = server.next_logits(ids[:place])
        exact = [*np.argsort(-whole, kind="stable")[:10], ids[place]]
        np.testing.assert_allclose(found[exact], whole[exact], atol=1e-4)
        assert np.exp(found).sum() == pytest.approx(1, abs=1e-2)
        assert len(set(np.delete(found, exact))) == 1


def test_going_on_equals_beginning_anew(server: LlamaServer) -> None:
    ids = server.tokenizer.encode(TEXT)
    grown = [server.going_on_logits(ids[:end]) for end in range(2, 4)]
    server.going_on_logits([7, 8, 9])
    for end, logits in zip(range(2, 4), grown, strict=True):
        np.testing.assert_array_equal(server.next_logits(ids[:end]), logits)


def test_texts_that_begin_alike_are_scored_as_each_alone(server: LlamaServer) -> None:
    ids = server.tokenizer.encode(TEXT)
    texts = [ids, [*ids[:3], 40, 41], ids[:2]]
    assert server.score_many(texts, 2) == [server.score_many([text], 2)[0] for text in texts]
