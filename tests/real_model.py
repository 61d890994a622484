"""A real pre-trained model for tests."""

import os
from pathlib import Path

import pytest


def smollm2() -> Path:
    """The GGUF file of SmolLM2 135M Instruct, which `PROMPTLAB_TEST_SMOLLM2` names; skips the test
    without it."""
    file = Path(os.environ.get("PROMPTLAB_TEST_SMOLLM2", ""))
    if not file.is_file():
        pytest.skip("PROMPTLAB_TEST_SMOLLM2 names no file")
    return file
