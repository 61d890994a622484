"""One llama.cpp process on the real model for all tests of this folder."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.llama.server import LlamaServer
from core.models.preparing import Prepared, prepare
from tests.real_model import smollm2

SLOTS = 3
WINDOW = 1024


@pytest.fixture(scope="session")
def prepared() -> Prepared:
    """The real model with a small window, so that a start takes little memory and time."""
    found = prepare(smollm2(), "SmolLM2", "cpu")
    config = found.checkpoint.config | {"max_position_embeddings": WINDOW}
    return replace(
        found,
        checkpoint=replace(found.checkpoint, config=config),
        plan=replace(found.plan, cache_tokens=(SLOTS + 1) * WINDOW),
    )


@pytest.fixture(scope="session")
def server(prepared: Prepared) -> Iterator[LlamaServer]:
    """The running model; leave no request behind in it."""
    running = LlamaServer(prepared)
    assert running.status().slots == SLOTS
    yield running
    running.close()
