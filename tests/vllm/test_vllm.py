"""The views, a grid and an experiment on a real vLLM; what it was measured to do; and its sudden
end."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.views import outcomes
from core.backends.backend import Backend
from core.backends.events import Finished, TextDelta
from core.backends.request import Request
from core.chat.turn import Turning, turns
from core.checks.rule import rule
from core.engine.engine import Engine
from core.experiments.run import complete_experiment
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.messages import Message
from core.sampling.settings import Sampling
from core.served.connections import connected
from core.servers.listed import Server
from core.servers.probe import probed
from core.servers.subjects import Card
from core.store import Store
from tests.served.test_views import EXPECTED
from tests.vllm.conftest import WINDOW, running

pytestmark = pytest.mark.vllm
QUESTION = (Message("user", "What is a token?"),)


@contextmanager
def opened(server: Server, tokenizer: str = "") -> Iterator[Backend]:
    backend = connected(replace(server, tokenizer=tokenizer))
    try:
        yield backend
    finally:
        backend.close()


def test_its_card_is_what_the_docs_say(vllm: Server) -> None:
    *_findings, card = probed(vllm)
    assert isinstance(card, Card)
    assert card.window == WINDOW
    verdicts = {one.subject: one.verdict for one in card.findings}
    # The small model begins in few ways, and a schema is too much for it: of both it tells little
    assert verdicts.pop("top_k") != "no"
    verdicts.pop("json_schema")
    assert verdicts == {
        "streaming": "yes",
        "usage": "yes",
        "seed": "yes",
        "n": "yes",
        "logprobs": "yes",
        "distribution": "yes",
        "token_ids_in": "yes",
        "token_ids_out": "yes",
        "echo": "yes",
        # Only where it is started with a parser of calls
        "tools": "no",
    }
    details = {one.subject: one.detail for one in card.findings}
    assert details["logprobs"] == "20"
    assert details["distribution"].startswith("20: ")


@pytest.mark.parametrize(
    ("tokenizer", "kind"), [("", "server"), ("embedded", "vLLM, tokenizer here")]
)
def test_each_view_does_there_what_it_does_on_the_stand_in(
    vllm: Server, tokenizer: str, kind: str, tmp_path: Path
) -> None:
    with opened(vllm, tokenizer) as backend:
        found = outcomes(backend, Store.open(tmp_path / "views.db"))
    # It is started without a parser of calls, and refuses tools then
    expected = EXPECTED[kind] | ({} if tokenizer else {"tools": "no"})
    assert {view: one.verdict for view, one in found.items()} == expected


def test_by_ids_it_writes_what_the_same_weights_write_here(vllm: Server, engine: Engine) -> None:
    request = Request(QUESTION, Sampling(temperature=0, max_new_tokens=40, seed=1))
    here = engine.submit(request).result()
    with opened(vllm, "embedded") as backend:
        there = backend.submit(request).result()
    assert there.reason == here.reason == "stop"
    # Its end too is among its tokens
    assert there.token_ids == here.token_ids
    assert there.text == here.text


def test_an_experiment_runs_there(vllm: Server, tmp_path: Path) -> None:
    rows = tuple(Row(str(n), (("input", f"What is {n} + {n}?"),)) for n in range(1, 5))
    sampling = Sampling(temperature=0.7, max_new_tokens=16)
    variants = tuple(Variant(name, f"Be {name}.", sampling=sampling) for name in ("short", "kind"))
    spec = ExperimentSpec(variants, rows, (rule("contains", words=("a",)),), tries=2, seed=7)
    store = Store.open(tmp_path / "experiments.db")
    made = store.experiments.create(spec, "vllm")

    @contextmanager
    def hold(_model: str) -> Iterator[Backend]:
        with opened(vllm) as backend:
            yield backend

    list(complete_experiment(store.experiments, made, hold))
    answers = store.experiments.answers(made)
    assert len(answers) == 16
    assert all(one.answered and one.new_tokens and one.prompt_tokens for one in answers)


def test_killed_in_the_middle_of_answers_it_leaves_what_came_and_the_reason(
    folder: Path, tmp_path: Path
) -> None:
    """By the chat API and by ids at once."""
    store = Store.open(tmp_path / "chat.db")
    sampling = Sampling(temperature=1.5, top_p=1.0, max_new_tokens=WINDOW // 2, seed=3)
    asked = ["Tell me a long story about a fox."]
    with running(folder, tmp_path / "vllm.log") as there, ExitStack() as stack:
        talks: list[str] = []
        answers: list[Turning] = []
        for tokenizer in ("", "embedded"):
            model = stack.enter_context(opened(there.listed, tokenizer))
            talks.append(store.conversations.create(sampling=sampling).id)
            told = turns(store.conversations, model, talks[-1], asked)
            answers.append(event for _place, event in told)  # type: ignore[arg-type]
        came = [_until_text(answer) for answer in answers]
        there.kill()
        ends = [list(answer)[-1] for answer in answers]
    for talk, text, end in zip(talks, came, ends, strict=True):
        assert isinstance(end, Finished)
        assert end.reason == "error"
        assert "127.0.0.1" in (end.error or "")
        _question, answer = store.conversations.path(talk)
        assert (answer.finish_reason, answer.content) == ("error", end.text)
        assert answer.error == end.error
        assert answer.content.startswith(text)


def _until_text(answer: Turning) -> str:
    """What has come once there is some."""
    text = ""
    for event in answer:
        text += event.text if isinstance(event, TextDelta) else ""
        if text.strip():
            return text
    raise AssertionError("it said nothing")
