"""What an end in the middle leaves, and what a run leaves to others."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from core.backends.backend import Backend, BackendFacts
from core.backends.events import Finished, PromptRead
from core.backends.request import Request
from core.backends.stream import MergedStream
from core.engine.engine import Engine
from core.experiments.places import places_of, share_of
from core.experiments.records import Place, missing
from core.experiments.run import AT_ONCE, Holding, Kept, complete_experiment
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.under_way import UnderWay
from core.messages import Message
from core.models.plan import MAX_REQUESTS_PER_BATCH
from core.sampling.settings import Sampling
from core.store import Store
from tests.scripted import ScriptedBackend

ROOT = Path(__file__).parents[2]


def of_size(rows: int, tries: int) -> ExperimentSpec:
    """Two variants over so many rows."""
    return ExperimentSpec(
        (Variant("a", "Be short."), Variant("b", "Be long.")),
        tuple(Row(str(n), (("input", f"Question {n}?"),)) for n in range(rows)),
        tries=tries,
    )


def test_five_hundred_answers_survive_the_kill_of_the_server(
    store: Store, tmp_path: Path, holding: Callable[[Backend], Holding]
) -> None:
    made = store.experiments.create(of_size(50, 5), "scripted")
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.experiments.broken_off"),
            *(str(tmp_path / "promptlab.db"), made.id, "200"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert child.stdout
    with child.stdout:
        child.stdout.readline()
        child.kill()
        child.wait()
    # A server that begins again knows which one was broken off, and where
    assert UnderWay(store.drafts).all() == {made.id}
    there = {answer.place: answer for answer in store.experiments.answers(made)}
    assert 200 <= len(there) < 500
    backend = ScriptedBackend("another answer")
    list(complete_experiment(store.experiments, made, holding(backend)))
    answers = store.experiments.answers(made)
    # None lost, none twice, and what was there is as it was
    assert len({answer.place for answer in answers}) == len(answers) == 500
    assert not missing(made.spec, answers)
    assert {request.tag for request in backend.asked}.isdisjoint(there)
    assert len(backend.asked) == 500 - len(there)
    assert all(there.get(answer.place, answer) == answer for answer in answers)


def test_two_experiments_leave_places_for_the_chats_of_others(
    store: Store, engine: Engine, holding: Callable[[Backend], Holding]
) -> None:
    assert 2 * AT_ONCE < MAX_REQUESTS_PER_BATCH
    endless = Sampling(temperature=2.0, top_p=1.0, max_new_tokens=48)
    spec = of_size(100, 2)
    spec = replace(spec, variants=tuple(replace(v, sampling=endless) for v in spec.variants))
    ended: list[Place] = []
    enough, begun = threading.Event(), [threading.Event(), threading.Event()]

    def run(number: int) -> None:
        made = store.experiments.create(spec, f"model {number}")
        with closing(complete_experiment(store.experiments, made, holding(engine))) as told:
            for _tag, event in told:
                if isinstance(event, Kept):
                    begun[number].set()
                    ended.append(event.answer.place)
                if enough.is_set():
                    return

    runs = [threading.Thread(target=run, args=[number], daemon=True) for number in range(2)]
    for one in runs:
        one.start()
    try:
        assert all(one.wait(120) for one in begun)
        # Prompts of the second are still being read, or the first's answers end together
        while engine.status().running <= AT_ONCE:
            assert all(one.is_alive() for one in runs)
        chat = Request((Message("user", "Hello!"),), Sampling(max_new_tokens=8, seed=1))
        before, begins = len(ended), None
        for event in engine.submit(chat):
            if isinstance(event, PromptRead):
                begins = len(ended)
        assert isinstance(event, Finished)
        assert event.reason in ("stop", "length")
        # It has waited for a few of them at most, and not for those still to come
        assert begins is not None
        assert begins - before < 4 * AT_ONCE
        assert all(one.is_alive() for one in runs)
    finally:
        enough.set()
        for one in runs:
            one.join()
    assert engine.status().running == 0


class Few(ScriptedBackend):
    """A model with nine places."""

    def __init__(self) -> None:
        super().__init__("yes indeed")
        self.seven = threading.Event()
        self._noting = threading.Lock()

    @property
    def facts(self) -> BackendFacts:
        return replace(super().facts, places=9)

    def submit_many(self, requests: Sequence[Request]) -> MergedStream:
        with self._noting:
            told = super().submit_many(requests)
            if len(self.asked) == 7:
                self.seven.set()
        return told


def test_all_experiments_together_leave_a_quarter_of_the_places_of_a_model(
    store: Store, holding: Callable[[Backend], Holding]
) -> None:
    backend = Few()
    backend.hold()
    runs = []
    for _run in range(2):
        made = store.experiments.create(of_size(20, 1), "scripted")
        told = complete_experiment(store.experiments, made, holding(backend))
        runs.append(threading.Thread(target=list, args=[told], daemon=True))
        runs[-1].start()
    assert backend.seven.wait(60)
    # Nobody is answered, and all that both may have is taken
    assert not places_of(backend).acquire(blocking=False)
    assert len(backend.asked) == 7 == share_of(backend)
    backend.go_on()
    for one in runs:
        one.join(60)
    assert len(backend.asked) == 2 * 40
