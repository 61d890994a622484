"""Running an experiment on the command line: checked before anything is kept, and resumable.

An experiment is known by the file that it comes from and the model it runs on: the same file and
database go on where they were, and ask again only what has changed.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from core.backends.backend import Backend
from core.checks.rule import Rule
from core.cli.progress import ProgressLine
from core.cli.session import entry_of, opened, opened_tokenizer
from core.cli.tools import tool_book
from core.engine.choices import split_model, value_of
from core.errors import NotFound
from core.experiments.records import Answer, Experiment, missing
from core.experiments.run import Loading, Progress, check_experiment, complete_experiment
from core.experiments.spec import ExperimentSpec
from core.i18n import _, ngettext

if TYPE_CHECKING:
    from core.store import Store

_KIND = "experiment file"


class Models:
    """The models of an experiment, one after the other. default: what --model says, or None."""

    def __init__(self, default: str | None, device: str | None, precision: str | None) -> None:
        self._device, self._precision = device, precision
        entry = entry_of(default)
        self.value = value_of(entry.name, precision or "")
        self._default = default
        self._held: tuple[str, Backend] | None = None
        self._open = ExitStack()
        # Machines that prompts go to: each is named once, however often its model is opened
        self._said = set[str]()

    def check(self, values: Sequence[str]) -> None:
        """Raise `NotFound` for a model that is not there, before any is loaded."""
        for value in values:
            if value != self.value:
                entry_of(split_model(value)[0])

    @contextmanager
    def hold(self, value: str) -> Iterator[Backend]:
        """The model of that value; it stays open until another one is asked for."""
        if self._held is None or self._held[0] != value:
            self.close()
            name, precision = split_model(value)
            wanted = None if precision == "auto" else precision
            if value == self.value:
                backend = opened(self._default, self._device, self._precision, self._said)
            else:
                backend = opened(name, self._device, wanted, self._said)
            self._held = value, self._open.enter_context(backend)
        yield self._held[1]

    def close(self) -> None:
        """Close the one that is open."""
        self._held = None
        self._open.close()
        self._open = ExitStack()


def completed(
    store: "Store", about: str, title: str, spec: ExperimentSpec, models: Models
) -> tuple[Experiment, Sequence[Answer]]:
    """An experiment with all its answers: those that are there, and those that it still lacks.

    about: what it comes from. Raises what asking raises; a run that is refused leaves nothing behind.
    """
    about = f"{about} {models.value}"
    known = _known(store, about)
    values = list(dict.fromkeys(one.model or models.value for one in spec.variants))
    models.check(values)
    lacks = _lacking(store, known, spec)
    # The one that begins is checked last, so that it is open already
    for value in reversed(values if lacks else []):
        own = [n for n, one in enumerate(spec.variants) if (one.model or models.value) == value]
        with models.hold(value) as backend:
            check_experiment(backend, spec, own)
    if known is None:
        experiment = store.experiments.create(spec, models.value, title)
        store.drafts.put(_KIND, about, {"id": experiment.id})
    else:
        count = _counter(models.value) if _counts_tokens(spec) else None
        experiment = store.experiments.update(known.id, spec, count)
        store.experiments.rename(known.id, title)
    try:
        if lacks:
            _ask(store, experiment, models)
    finally:
        answers = store.experiments.answers(experiment)
        if known is None and not any(answer.answered for answer in answers):
            store.drafts.drop(_KIND, about)
            store.experiments.delete(experiment.id)
            store.experiments.erase(experiment.id)
    return store.experiments.get(experiment.id), answers


def _known(store: "Store", about: str) -> Experiment | None:
    kept = store.drafts.get(_KIND, about)
    with contextlib.suppress(NotFound):
        return store.experiments.get(kept["id"]) if kept else None
    return None


def _lacking(store: "Store", known: Experiment | None, spec: ExperimentSpec) -> int:
    if known is None:
        return spec.answers
    changed = replace(known, spec=spec)
    return len(missing(spec, store.experiments.answers(changed)))


def _ask(store: "Store", experiment: Experiment, models: Models) -> None:
    line, began = ProgressLine(), time.monotonic()
    named = any(one.tools for one in experiment.spec.variants)
    tools = tool_book(store).tools if named else ()
    running = complete_experiment(store.experiments, experiment, models.hold, tools=tools)
    try:
        with closing(running):
            for _tag, told in running:
                if isinstance(told, Loading) and told.model:
                    line.tell(_("Loading {name}").format(name=told.model))
                elif isinstance(told, Progress):
                    line.tell(_said(told, time.monotonic() - began))
    finally:
        line.end()


def _said(progress: Progress, seconds: float) -> str:
    far = ngettext(
        "{done:,} of {count:,} answer", "{done:,} of {count:,} answers", progress.wanted
    ).format(done=progress.done, count=progress.wanted)
    if not progress.done:
        return far
    left = seconds / progress.done * (progress.wanted - progress.done)
    return _("{far}, about {seconds:.0f} s left").format(far=far, seconds=left)


def _counts_tokens(spec: ExperimentSpec) -> bool:
    rules: list[Rule] = [*spec.rules, *(rule for row in spec.rows for rule in row.rules)]
    return any(rule.by_name.get("unit") == "tokens" for rule in rules)


def _counter(model: str) -> Callable[[str], int]:
    tokenizer = opened_tokenizer(split_model(model)[0])
    return lambda text: len(tokenizer.encode(text))
