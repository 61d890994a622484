"""OpenVINO GenAI, to be measured beside the app's own engine: no part of the app.

    pip install openvino-genai==2026.4.1.0

Measured is its continuous batching as it comes: the file's own numbers, computed in what the
library takes for the processor by itself.
"""

import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.speed import check_length
from core.openvino.library import openvino
from core.sampling.settings import Sampling


def genai_installed() -> bool:
    """Whether the package is here; nothing is loaded for the answer."""
    return importlib.util.find_spec("openvino_genai") is not None


class GenAI:
    """Its pipeline around one GGUF file, in this process."""

    def __init__(self, file: Path) -> None:
        """Raises `RuntimeError` for a file that it does not know."""
        self._ov = openvino()  # first: it settles that nobody is told
        import openvino_genai

        self._genai: Any = openvino_genai
        self._pipeline = openvino_genai.ContinuousBatchingPipeline(
            str(file),
            openvino_genai.SchedulerConfig(),
            "CPU",
            {"INFERENCE_NUM_THREADS": torch.get_num_threads()},
            {},
        )

    def seconds(self, prompts: Sequence[Sequence[int]], sampling: Sampling) -> float:
        """Of answers to all prompts at once, each exactly as long as `sampling` allows."""
        ids = [self._ov.Tensor(np.array([prompt], dtype=np.int64)) for prompt in prompts]
        began = time.perf_counter()
        answers = self._pipeline.generate(ids, [self._config(sampling, n) for n in range(len(ids))])
        passed = time.perf_counter() - began
        for answer in answers:
            check_length(len(answer.m_generation_ids[0]), sampling)
        return passed

    def _config(self, sampling: Sampling, seed: int) -> Any:
        config = self._genai.GenerationConfig()
        config.do_sample = True
        config.temperature, config.top_p = sampling.temperature, sampling.top_p
        if sampling.top_k:  # without one it takes all
            config.top_k = sampling.top_k
        config.max_new_tokens = sampling.max_new_tokens
        config.ignore_eos = True
        config.rng_seed = seed
        return config
