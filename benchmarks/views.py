"""What works on which kind of model: each view's own work is done on each of them, and what came is
printed.

    python -m benchmarks.views FILE.gguf [--server URL] [--model ID] [--tokenizer NAME]

The models are the embedded one by torch, the GGUF file by llama.cpp, and llama.cpp's own server
around that file, without its tokenizer here and with it. --server: one more, in both ways where a
tokenizer is named.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core.backends.backend import Ability, Backend, lacking, reader_of, require, tokenizer_of
from core.backends.events import Finished
from core.backends.request import Request
from core.branches.growth import grow, leave
from core.branches.records import Origin
from core.cases.run import Answered
from core.chat.records import Draft
from core.chat.turn import turns
from core.checks.rule import rule
from core.cli.session import opened
from core.config import EMBEDDED
from core.errors import NotSupported
from core.experiments.run import check_experiment, complete_experiment
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.grid.axes import Axis
from core.grid.records import Cell, cells_of, filled
from core.grid.run import replay_cells, run_grid, score_cells
from core.grid.spec import GridSpec
from core.interpreter.transcript import draft as computing_draft
from core.interpreter.transcript import request_after
from core.lessons.experiment import run
from core.lessons.shelf import shelf
from core.llama.process import LlamaProcess
from core.messages import Message, with_system
from core.sampling.distribution import distribution
from core.sampling.settings import Sampling
from core.served.connections import connected
from core.servers.entries import Key
from core.servers.listed import Server
from core.store import Store
from core.tokens.inspection import inspect
from core.tools.loop import rounds
from core.tools.tool import Tool
from core.tools.transcripts import Spoken, tool_request

QUESTION = Message("user", "What is a fox?")
SAMPLING = Sampling(temperature=0.8, top_p=0.9, max_new_tokens=12, seed=4)
GRID = GridSpec(
    QUESTION.content,
    Axis("temperature", (0.5, 1.0)),
    Axis("top_p", (0.5, 1.0)),
    fixed=Sampling(max_new_tokens=6, seed=0),
)
_NUMBER = {"type": "number"}
ADD = Tool(
    "add",
    "Add two numbers",
    {"type": "object", "properties": {"a": _NUMBER, "b": _NUMBER}},
    lambda given: given.get("a", 0) + given.get("b", 0),
)
# The lessons that are done: what they ask for is little
_DONE = ("top-p", "system-messages")
WINDOW, SLOTS = 1024, 3
# estimated: as far as the model tells. differs: done, and the text was another one, or may be
# in part: some of it. by its card: it went through, and only the server knows whether it was heard
Verdict = Literal["yes", "estimated", "may differ", "in part", "by its card", "no"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a view on a model. reason: what the app says where it is not a plain yes."""

    verdict: Verdict
    reason: str = ""


def outcomes(backend: Backend, store: Store) -> dict[str, Outcome]:
    """What each view does on this model, by the view's name."""
    return {name: _tried(work, backend, store) for name, work in VIEWS.items()}


def _tried(
    work: Callable[[Backend, Store], Outcome | None], backend: Backend, store: Store
) -> Outcome:
    try:
        return work(backend, store) or Outcome("yes")
    except NotSupported as error:
        return Outcome("no", str(error))


def _chat(backend: Backend, store: Store) -> None:
    talk = store.conversations.create(system="Be brief.", sampling=SAMPLING)
    for _place, event in turns(store.conversations, backend, talk.id, [QUESTION.content, "Why?"]):
        if isinstance(event, Finished):
            _whole(event)


def _personas(backend: Backend, _store: Store) -> None:
    said = tuple(with_system("You are a pirate.", [QUESTION]))
    _whole(backend.submit(Request(said, SAMPLING)).result())


def _inspector(backend: Backend, _store: Store) -> Outcome | None:
    prompt = tokenizer_of(backend).prompt_ids([QUESTION])
    reader_of(backend)
    end = _whole(backend.submit(Request(tuple(prompt), SAMPLING)).result())
    ids = end.token_ids or tuple(tokenizer_of(backend).answer_ids(end.text))
    seen = inspect(backend, prompt, ids, SAMPLING)
    assert len(seen.tokens) == len(ids)
    return _as_far_as(backend, "exact_answers")


def _lab(backend: Backend, _store: Store) -> Outcome | None:
    prompt = tokenizer_of(backend).prompt_ids([QUESTION])
    shown = distribution(reader_of(backend).going_on_logits(prompt), SAMPLING)
    counts = reader_of(backend).draw_counts(shown.probabilities, 0, 0, 100)
    assert counts.sum() == 100
    return _as_far_as(backend, "exact_next")


def _step_through(backend: Backend, _store: Store) -> Outcome | None:
    tokenizer, reader = tokenizer_of(backend), reader_of(backend)
    prompt, begun = tokenizer.prompt_ids([QUESTION]), list[int]()
    for step in range(3):
        shown = distribution(reader.going_on_logits([*prompt, *begun]), SAMPLING)
        begun.append(reader.drawn_token(shown.probabilities, 4, step))
    assert len(list(reader.answer_logits(prompt, begun))) == 3
    return _as_far_as(backend, "exact_next")


def _branches(backend: Backend, store: Store) -> None:
    lack = lacking(backend, "begun", "token_ids")
    if lack:
        raise NotSupported(lack)
    prompt = tuple(tokenizer_of(backend).prompt_ids([QUESTION]))
    end = _whole(backend.submit(Request(prompt, SAMPLING)).result())
    name = backend.facts.name
    origin = Origin("typed", "", QUESTION.content, name, end.text)
    root = store.branches.plant(origin, prompt, end.token_ids, SAMPLING, name)
    other = next(i for i in tokenizer_of(backend).encode("No") if i not in end.token_ids[:1])
    child = leave(store.branches, backend, root.id, 0, other, SAMPLING)
    for _told in grow(store.branches, backend, child.id):
        pass
    grown = store.branches.get(child.id)
    assert grown.token_ids[0] == other
    assert grown.finish_reason in ("stop", "length")


def _grid(backend: Backend, _store: Store) -> None:
    assert all(cell.finish_reason in ("stop", "length") for cell in _cells(backend))


def _scores(backend: Backend, _store: Store) -> Outcome | None:
    lack = lacking(backend, "scores", "token_ids")
    if lack:
        raise NotSupported(lack)
    scored = score_cells(backend, GRID, _cells(backend))
    # One that says nothing but half a character has no tokens
    with_ids = [cell for cell in scored if cell.token_ids]
    assert with_ids
    assert all(cell.mean_logprob is not None for cell in with_ids)
    # Their entropies are told by torch alone
    return None if all(cell.entropies for cell in scored) else Outcome("estimated", "no entropy")


def _experiments(backend: Backend, store: Store) -> None:
    rows = tuple(Row(f"{n}", (("input", text),)) for n, text in enumerate(("A fox?", "An owl?")))
    variants = (Variant("plain", sampling=Sampling(max_new_tokens=6)),)
    spec = ExperimentSpec(variants, rows, (rule("contains", words=("fox",)),), tries=1, seed=7)
    name = backend.facts.name
    check_experiment(backend, spec, [0])
    made = store.experiments.create(spec, name)

    @contextmanager
    def hold(_model: str) -> Iterator[Backend]:
        yield backend

    for _told in complete_experiment(store.experiments, made, hold):
        pass
    answers = store.experiments.answers(made)
    assert len(answers) == len(rows)
    assert all(answer.answered for answer in answers)


def _tools(backend: Backend, _store: Store) -> Outcome | None:
    _turn_with_tools(backend, strict=False)
    # A server reads the calls itself, or not: no answer of a small model tells that apart
    unread = "Whether calls are read the server decides: the card says it."
    return Outcome("by its card", unread) if lacking(backend, "token_ids") else None


def _valid_calls(backend: Backend, _store: Store) -> None:
    require(backend, "valid_calls")
    _turn_with_tools(backend, strict=True)


def _turn_with_tools(backend: Backend, strict: bool) -> None:
    """A turn that offers a tool, and one that goes on from what it said."""
    require(backend, "tools")
    few = replace(SAMPLING, max_new_tokens=24)
    talk = Spoken(backend, "", few, strict=strict)
    talk.ask("What is 6 + 7?")
    for _told in rounds(talk, (ADD,), "none"):
        pass
    assert talk.last
    _heard(talk.last)
    call = Message("assistant", '{"a": 6, "b": 7}', ADD.name)
    said = [Message("user", "What is 6 + 7?"), call, Message("observation", "13")]
    settled = Draft(few)
    _heard(backend.submit(tool_request(backend, settled, said, (ADD,), strict)).result())


def _heard(end: Finished) -> None:
    """Raise `NotSupported` where a server refuses what it was asked."""
    if end.reason == "error":
        raise NotSupported(end.error or "")


def _interpreter(backend: Backend, _store: Store) -> None:
    """The model is asked for code, and reads what code showed; the code itself runs here."""
    settled = replace(computing_draft(), sampling=SAMPLING)
    code = Message("assistant", "```python\nprint(6 * 7)\n```")
    for said in ([QUESTION], [QUESTION, code, Message("observation", "42")]):
        _whole(backend.submit(request_after(backend, settled, said)).result())


def _lessons(backend: Backend, _store: Store) -> Outcome | None:
    """What each lesson needs is asked for, and two of them are done: one by tokens, where those are
    told, and one by conversations."""
    lessons = {one.id: one.experiment for one in shelf().lessons}
    reasons = {name: lacking(backend, *one.needs) for name, one in lessons.items()}
    for name in _DONE:
        if not reasons[name]:
            run(backend, lessons[name])
    lack = next(filter(None, reasons.values()), None)
    able = sum(reason is None for reason in reasons.values())
    return Outcome("in part", f"{able} of {len(lessons)} lessons. {lack}") if lack else None


def _replays(backend: Backend, _store: Store) -> Outcome | None:
    again = replay_cells(backend, GRID, _cells(backend))
    while True:
        try:
            next(again)
        except StopIteration as end:
            found = end.value
            break
    assert len(found) == len(GRID.places)
    reason = lacking(backend, "exact_seeds")
    if reason:
        return Outcome("may differ", reason)
    assert all(one.same for one in found.values())
    return None


VIEWS: Mapping[str, Callable[[Backend, Store], Outcome | None]] = {
    "chat": _chat,
    "personas": _personas,
    "grid": _grid,
    "replays": _replays,
    "experiments": _experiments,
    "tools": _tools,
    "only valid calls": _valid_calls,
    "interpreter": _interpreter,
    "lessons": _lessons,
    "inspector": _inspector,
    "lab": _lab,
    "step through": _step_through,
    "branches": _branches,
    "scores": _scores,
}


def _as_far_as(backend: Backend, ability: Ability) -> Outcome | None:
    reason = lacking(backend, ability)
    return Outcome("estimated", reason) if reason else None


def _cells(backend: Backend) -> list[Cell]:
    answered = Answered()
    for _told in run_grid(backend, GRID, keeper=answered):
        pass
    return [filled(cell, _whole(answered.found[cell.index])) for cell in cells_of(GRID)]


def _whole(end: Finished) -> Finished:
    assert end.reason in ("stop", "length"), end.error
    return end


@contextmanager
def served(file: Path) -> Iterator[Server]:
    """llama.cpp's own server around a GGUF file, as an operator would list it."""
    process = LlamaProcess(file, {"slots": SLOTS, "window": WINDOW, "wide": False})
    try:
        yield Server(
            "server", f"http://127.0.0.1:{process.port}/v1", key=Key(process.key), at_once=SLOTS
        )
    finally:
        process.end()


def table(found: Mapping[str, Mapping[str, Outcome]]) -> str:
    """The verdicts as a table of Markdown: a row for each view, a column for each model."""
    lines = [f"| | {' | '.join(found)} |", "|---" * (len(found) + 1) + "|"]
    for view in VIEWS:
        verdicts = " | ".join(of_model[view].verdict for of_model in found.values())
        lines.append(f"| {view} | {verdicts} |")
    return "\n".join(lines)


def main() -> None:
    """Try and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.views", description=__doc__)
    parser.add_argument("gguf", type=Path, help="a GGUF file with a chat format")
    parser.add_argument("--server", help="where the API of one more server begins")
    parser.add_argument("--model", default="", help="the model's id there")
    parser.add_argument("--tokenizer", default="", help="a model here that has its tokenizer")
    given = parser.parse_args()
    found: dict[str, dict[str, Outcome]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = Store.open(folder / "views.db")

        def tried(name: str, backend: Backend) -> None:
            found[name] = outcomes(backend, store)

        for name, model in (("torch", EMBEDDED), ("llama.cpp", str(given.gguf))):
            with opened(model) as backend:
                tried(name, backend)
        there = [("llama.cpp's server", stack.enter_context(served(given.gguf)), str(given.gguf))]
        if given.server:
            there.append(
                (given.server, Server("given", given.server, given.model), given.tokenizer)
            )
        for name, server, tokenizer in there:
            for own in ("", *([tokenizer] if tokenizer else [])):
                with _connected(server, own) as backend:
                    tried(f"{name}, tokenizer here" if own else name, backend)
    print(table(found))
    reasons = {one.reason for of_model in found.values() for one in of_model.values()}
    print("", *sorted(reasons - {""}), sep="\n")


@contextmanager
def _connected(server: Server, tokenizer: str) -> Iterator[Backend]:
    backend = connected(replace(server, tokenizer=tokenizer))
    try:
        yield backend
    finally:
        backend.close()


if __name__ == "__main__":
    main()
