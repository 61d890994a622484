"""The one model of a server, and how another takes its place.

The new model is looked at while the old one still answers: what is damaged or would not fit is
refused without any loss. Then the old one is unloaded, which ends its streams with a reason, and
the new one is loaded; where that fails or is cancelled, the old one is loaded again.
"""

import ctypes
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.backends.backend import Backend
from core.errors import EngineError, PromptLabError
from core.i18n import _, in_this_language
from core.models.catalogue import CatalogueEntry
from core.models.progress import seconds_left
from core.models.weight_cache import WeightCache

if TYPE_CHECKING:
    # With torch, which is only loaded with a model
    from core.engine.engine import Engine, EngineStatus
    from core.models.preparing import ModelFacts, Prepared

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model, and where and how to load it; "auto" leaves that to the plan."""

    entry: CatalogueEntry
    device: str = "auto"
    precision: str = "auto"

    def prepared(self, freed: Mapping[str, int]) -> "Prepared":
        """What `core.models.preparing.prepare` finds; raises what it does, and `CheckpointError`
        where the files are still to come."""
        from core.models.preparing import TORCH, prepare

        return prepare(
            self.entry.opened().source,
            self.entry.name,
            self.device,  # type: ignore[arg-type]
            self.precision,
            freed,
            self.entry.chat,
            TORCH,
        )


@dataclass(frozen=True, slots=True)
class Loading:
    """A model on its way in. `seconds`: since it began."""

    choice: ModelChoice
    fraction: float
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far; None as long as nothing can be said."""
        return seconds_left(self.fraction, self.seconds)


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The state of the moment.

    error: why the last choice could not be loaded. backend: the loaded model, as everybody sees it;
    facts, engine: what is known of it as a model of this machine.
    """

    loaded: ModelChoice | None
    loading: Loading | None
    error: str | None
    backend: Backend | None = None
    facts: "ModelFacts | None" = None
    engine: "EngineStatus | None" = None


class LoadCancelled(PromptLabError):
    """The loading was stopped by a user."""


class ModelHost:
    """Holds one engine, or none; all methods may be called from any thread.

    cache: where quantised weights are kept, if anywhere.
    """

    def __init__(
        self,
        choice: ModelChoice | None,
        error: str | None = None,
        cache: WeightCache | None = None,
    ) -> None:
        self._cache = cache
        self._changed = threading.Condition(threading.RLock())
        self._engine: Engine | None = None
        self._loaded: ModelChoice | None = None
        self._error = error
        self._loading: ModelChoice | None = None
        self._began = 0.0
        self._fraction = 0.0
        self._cancelled = False
        if choice:
            self.switch(choice)

    def freed(self) -> dict[str, int]:
        """Bytes, by device, that the loaded model would give back."""
        with self._changed:
            return self._engine.model_facts.plan.freed if self._engine else {}

    def status(self) -> HostStatus:
        with self._changed:
            loading = None
            if self._loading:
                loading = Loading(self._loading, self._fraction, time.perf_counter() - self._began)
            engine = self._engine
            return HostStatus(
                self._loaded,
                loading,
                self._error,
                engine,
                engine.model_facts if engine else None,
                engine.status() if engine else None,
            )

    def backend(self) -> Backend:
        """The loaded model; waits for one that is on its way.

        Raises `EngineError`, with the reason, when there is none.
        """
        with self._changed:
            while self._engine is None and self._loading is not None:
                self._changed.wait()
            if self._engine is None:
                raise EngineError(
                    self._error or _("No model is loaded. Choose one on the Models page.")
                )
            return self._engine

    def ready(self) -> bool:
        """Whether `backend` would answer at once."""
        with self._changed:
            return self._engine is not None or self._loading is None

    def switch(self, choice: ModelChoice) -> None:
        """Begin to load `choice` in place of the loaded model; `status` tells how far it is.

        Raises `EngineError` while another is being loaded.
        """
        with self._changed:
            if self._loading is not None:
                raise EngineError(
                    _("{name} is being loaded. Wait for it, or cancel it first.").format(
                        name=self._loading.entry.name
                    )
                )
            self._loading, self._error, self._cancelled = choice, None, False
            self._began, self._fraction = time.perf_counter(), 0.0
        replace = in_this_language(self._replace)
        threading.Thread(target=replace, args=[choice], name="loader", daemon=True).start()

    def cancel(self) -> None:
        """Stop the loading; the model that was loaded before comes back."""
        with self._changed:
            self._cancelled = self._loading is not None

    def wait(self, seconds: float | None = None) -> None:
        """Return when nothing is being loaded any more, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._loading is None, seconds)

    def close(self) -> None:
        """Unload the model. Safe to call twice."""
        self.cancel()
        self.wait()
        with self._changed:
            engine, self._engine, self._loaded = self._engine, None, None
        if engine:
            engine.close()

    # --- the thread of a switch -----------------------------------------------------------

    def _replace(self, choice: ModelChoice) -> None:
        before = self._loaded
        error = self._attempt(choice)
        if error and before and self._engine is None:
            # The old one was unloaded by then
            self._cancelled = False
            again = self._attempt(before)
            error = f"{error} {again}" if again else error
        with self._changed:
            self._loading, self._error = None, error
            self._changed.notify_all()

    def _attempt(self, choice: ModelChoice) -> str | None:
        """Load `choice`; why it could not be, or None."""
        try:
            self._load(choice)
        except PromptLabError as error:
            return str(error)
        except Exception as error:  # whatever happens, the server goes on
            log.exception("loading %s failed", choice.entry.name)
            return _("{name} could not be loaded ({reason}). Choose another model.").format(
                name=choice.entry.name, reason=f"{type(error).__name__}: {error}"
            )
        return None

    def _load(self, choice: ModelChoice) -> None:
        from core.engine.engine import Engine
        from core.models.loading import load_prepared

        with self._changed:
            old = self._engine
        prepared = choice.prepared(self.freed())
        self._tell(0, 1)
        with self._changed:
            self._engine, self._loaded = None, None
        if old:
            old.close(
                _("{name} was unloaded for another model. Ask again.").format(name=old.facts.name)
            )
            del old
            _release()
        engine = Engine(load_prepared(prepared, self._tell, self._cache))
        with self._changed:
            self._engine, self._loaded = engine, choice
            self._changed.notify_all()

    def _tell(self, done: int, total: int) -> None:
        with self._changed:
            self._fraction = done / total
            if self._cancelled:
                raise LoadCancelled(_("Loading was cancelled."))


def _release() -> None:
    """Give the memory of an unloaded model back."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch and torch.cuda.is_available():
        torch.cuda.empty_cache()
    # glibc keeps what other threads have freed, and a loader thread is new each time
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)
