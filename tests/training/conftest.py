"""A tokenizer trained on a little of the corpus."""

from pathlib import Path

import pytest

from core.models.chatglm_tokenizer import ChatGLMTokenizer
from training import corpus
from training.tokenizer import train_tokenizer


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ChatGLMTokenizer:
    path: Path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.model"
    texts = (m.content for d in corpus.conversations(1, 400) for m in d.messages)
    train_tokenizer(texts, path, seed=1, pieces=1800, plain=1400)
    return ChatGLMTokenizer(path)
