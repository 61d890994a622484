"""Each view on each kind of model: whether it works is found by doing it, and what does not is
said."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.views import Outcome, outcomes, table
from core.backends.backend import Backend
from core.backends.tokenizer import Tokenizer
from core.engine.engine import Engine
from core.llama.server import LlamaServer
from core.models.preparing import prepare
from core.served.connections import connected
from core.servers.listed import Server
from core.store import Store
from tests.bad_server import serving
from tests.vllm_server import TableModel

SPOKEN = {
    **{"chat": "yes", "personas": "yes", "grid": "yes", "experiments": "yes", "tools": "yes"},
    **{"only valid calls": "no", "interpreter": "yes"},
}
INSIDE = {"inspector": "estimated", "branches": "yes", "scores": "estimated", "lessons": "yes"}
NEXT = ("lab", "step through")
NOT_INSIDE = dict.fromkeys((*INSIDE, *NEXT), "no") | {"lessons": "in part"}
DIFFERS = {"replays": "may differ"}
# By the kind of model: what each view is there
EXPECTED: dict[str, dict[str, str]] = {
    "torch": dict.fromkeys((*SPOKEN, *INSIDE, *NEXT, "replays"), "yes"),
    "llama.cpp": SPOKEN | INSIDE | dict.fromkeys((*NEXT, "replays"), "yes"),
    "server": SPOKEN | NOT_INSIDE | DIFFERS | {"tools": "by its card"},
    "server, tokenizer here": SPOKEN | INSIDE | dict.fromkeys(NEXT, "yes") | DIFFERS,
    "vLLM, tokenizer here": SPOKEN | INSIDE | dict.fromkeys(NEXT, "estimated") | DIFFERS,
    "ids taken, none told": SPOKEN | NOT_INSIDE | DIFFERS,
}


@pytest.fixture
def backend(
    request: pytest.FixtureRequest, engine: Engine, llama: Server, small_gguf: Path
) -> Iterator[Backend]:
    kind = request.param
    if kind == "torch":
        yield engine
        return
    if kind == "llama.cpp":
        local = LlamaServer(prepare(small_gguf, device="cpu"))
        yield local
        local.close()
        return
    if kind.startswith("server"):
        there = connected(llama if "tokenizer" in kind else replace(llama, tokenizer=""))
        yield there
        there.close()
        return
    chatglm: Tokenizer = engine.tokenizer
    written = [*chatglm.answer_ids("A fox is an animal."), min(chatglm.stop_ids)]
    told = kind.startswith("vLLM")
    model = TableModel(chatglm, written, tells_ids=told, most=20 if told else 0)
    with serving(model) as server:
        there = connected(Server("there", server.url, tokenizer="embedded"))
        yield there
        there.close()


@pytest.mark.parametrize(("backend", "kind"), [(k, k) for k in EXPECTED], indirect=["backend"])
def test_what_a_view_does_on_a_model(backend: Backend, kind: str, tmp_path: Path) -> None:
    found = outcomes(backend, Store.open(tmp_path / "views.db"))
    expected = dict(EXPECTED[kind])
    if "exact_seeds" not in backend.can:
        # It depends on the processor and the kinds of numbers in the file
        expected["replays"] = "may differ"
    assert {view: one.verdict for view, one in found.items()} == expected
    # Where something is lacking a sentence says so
    assert all(one.reason for one in found.values() if one.verdict != "yes")


def test_the_table_has_a_row_for_each_view_and_a_column_for_each_model() -> None:
    of_models = {
        name: {view: Outcome(verdict) for view, verdict in verdicts.items()}  # type: ignore[arg-type]
        for name, verdicts in EXPECTED.items()
    }
    lines = table(of_models).splitlines()
    assert len(lines) == 2 + len(EXPECTED["torch"])
    assert {line.count("|") for line in lines} == {len(EXPECTED) + 2}
