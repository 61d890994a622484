"""Small experiments, and a model of a few lines that answers them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.backends.backend import Backend
from core.checks.rule import rule
from core.experiments.run import Holding
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.store import Store

ROWS = tuple(Row(str(n), (("input", f"Question {n}?"),), group="all") for n in range(1, 5))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db")


@pytest.fixture
def small() -> ExperimentSpec:
    """Two variants, four rows, two tries."""
    variants = (Variant("a", "Be short."), Variant("b", "Be long."))
    return ExperimentSpec(variants, ROWS, (rule("contains", words=("yes",)),), tries=2, seed=7)


@pytest.fixture
def holding() -> Callable[[Backend], Holding]:
    """From a model to what loads it, whatever is asked for."""

    def of(backend: Backend) -> Holding:
        @contextmanager
        def hold(_model: str) -> Iterator[Backend]:
            yield backend

        return hold

    return of
