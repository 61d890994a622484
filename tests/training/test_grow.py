"""A model that is carried over computes what it computed before."""

from pathlib import Path

import pytest
import torch
from sentencepiece import SentencePieceProcessor

from core.models.chatglm import ChatGLMForCausalLM
from training import corpus, model_init
from training.grow import carried_over, deepened
from training.tokenizer import BLANK, train_tokenizer


@pytest.fixture(scope="module")
def model() -> ChatGLMForCausalLM:
    return model_init.build(model_init.config(600, hidden=64, layers=3, ffn=64), seed=1).eval()


@torch.no_grad()
def test_a_deeper_model_computes_the_same_until_it_learns(model: ChatGLMForCausalLM) -> None:
    grown = deepened(model, [0, 2]).eval()
    assert len(grown.model.layers) == 5
    ids = torch.arange(5, 45)[None]
    assert torch.equal(grown(ids).logits, model(ids).logits)


def test_every_layer_of_a_deeper_model_gets_to_learn(model: ChatGLMForCausalLM) -> None:
    grown = deepened(model, [1])
    grown(input_ids=torch.arange(5, 45)[None], labels=torch.arange(5, 45)[None]).loss.backward()
    moved = grown.model.layers[2].mlp.down_proj.weight.grad
    assert moved is not None
    assert moved.abs().sum() > 0


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> list[SentencePieceProcessor]:
    folder: Path = tmp_path_factory.mktemp("tokenizers")
    texts = [m.content for d in corpus.conversations(1, 400) for m in d.messages]
    found = []
    for pieces, plain in ((1700, 1400), (1900, 1500)):
        path = folder / f"{pieces}.model"
        train_tokenizer(texts, path, 1, pieces, plain)
        found.append(SentencePieceProcessor(model_file=str(path)))
    return found


def test_a_piece_begins_as_what_its_text_was(readers: list[SentencePieceProcessor]) -> None:
    old, new = readers
    rows = torch.randn(old.get_piece_size() + 9, 8, generator=torch.Generator().manual_seed(1))
    table = carried_over(rows, old, new)
    assert len(table) % 64 == 0
    size = old.get_piece_size()
    assert torch.equal(table[new.get_piece_size() :][:9], rows[size : size + 9])
    known = {old.id_to_piece(i): i for i in range(size)}
    fresh = 0
    for i in range(new.get_piece_size()):
        piece = new.id_to_piece(i)
        if piece in known:
            assert torch.equal(table[i], rows[known[piece]])
        elif piece[0] == BLANK:
            fresh += 1
            assert torch.equal(table[i], rows[old.encode(piece[1:])].mean(0))
    assert fresh > 0


def test_the_same_vocabulary_changes_nothing(readers: list[SentencePieceProcessor]) -> None:
    old, _ = readers
    rows = torch.randn(old.get_piece_size() + 9, 8, generator=torch.Generator().manual_seed(1))
    assert torch.equal(carried_over(rows, old, old)[: len(rows)], rows)
