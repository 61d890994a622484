"""Settings at the ends of what is legal, by llama.cpp: as arithmetic has it, or as it was asked."""

import sys

import pytest

from core.backends.request import Request
from core.llama import draws
from core.llama.server import LlamaServer
from core.messages import Message
from core.sampling.settings import MAX_SEED, Sampling

TINY = (5e-324, sys.float_info.min, 1e-300, 1e-45, 1e-38, 1e-30, 1e-9)
PROMPT = (Message("user", "Name a colour."),)


@pytest.mark.parametrize("limit", [1, 2, 12])
def test_what_comes_down_to_the_likeliest_token_is_greedy(server: LlamaServer, limit: int) -> None:
    greedy = server.submit(Request(PROMPT, Sampling(0, max_new_tokens=limit))).result()
    cases = [
        *(Sampling(t, 1.0, 0, limit, seed=seed) for t in TINY for seed in (0, MAX_SEED)),
        *(Sampling(2.0, p, 0, limit, seed=3) for p in TINY),
        Sampling(2.0, 1.0, 1, limit, seed=3),
    ]
    stream = server.submit_many([Request(PROMPT, s, tag=n) for n, s in enumerate(cases)])
    for n, end in stream.results().items():
        assert (end.reason, end.token_ids) == (greedy.reason, greedy.token_ids), cases[n]


def test_a_top_k_beyond_the_vocabulary_cuts_nothing(server: LlamaServer) -> None:
    ks = (0, 10**6, 2**31 - 1, 2**31, 10**30)
    wide = [Request(PROMPT, Sampling(1.0, 1.0, k, 8, seed=5), tag=k) for k in ks]
    assert len({end.token_ids for end in server.submit_many(wide).results().values()}) == 1


@pytest.mark.parametrize("seed", [0, MAX_SEED])
def test_the_outermost_seeds_replay(server: LlamaServer, seed: int) -> None:
    request = Request(PROMPT, Sampling(1.0, 1.0, 0, 12, seed=seed))
    assert server.submit(request).result().token_ids == server.submit(request).result().token_ids


def test_no_seed_is_the_one_that_llama_cpp_takes_for_none() -> None:
    for begun in (0, 1, 5):
        for seed in (0, 1, MAX_SEED):
            assert draws.asked(Sampling(seed=seed), begun, 100)["seed"] < 2**32 - 1
