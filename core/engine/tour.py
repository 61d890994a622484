"""Several models one after another in the place of the one that is loaded, which then comes back.

The server holds one model: while a tour lasts, every visitor has the one that is on. All of them
are looked into before the first is loaded. The former model comes back however the tour ends,
unless somebody else has chosen another meanwhile.
"""

import logging
import threading
from collections.abc import Generator, Sequence
from types import TracebackType
from typing import Self

from core.backends.backend import Backend
from core.backends.stream import HEARTBEAT_S
from core.engine.host import Loading, ModelChoice, ModelHost
from core.errors import EngineError, PromptLabError
from core.i18n import _

log = logging.getLogger(__name__)
# One tour at a time: two would take the models from each other
_touring = threading.Lock()


class Tour:
    """To be entered with `with`; `load` goes to the next model.

    Raises `EngineError` while another tour or a loading is going on, `CheckpointError` or
    `NotEnoughMemory` for a choice that could not be loaded, before anything is unloaded.
    """

    def __init__(self, host: ModelHost, choices: Sequence[ModelChoice]) -> None:
        self._host = host
        self._choices = choices
        self._before: ModelChoice | None = None
        self._current: ModelChoice | None = None
        self._loading = False

    def __enter__(self) -> Self:

        if not _touring.acquire(blocking=False):
            raise EngineError(
                _(
                    "Another run over several models is in progress. Wait for it to finish, "
                    "then try again."
                )
            )
        try:
            state = self._host.status()
            if state.loading:
                raise EngineError(
                    _("{name} is being loaded. Wait for it, or cancel it first.").format(
                        name=state.loading.choice.entry.name
                    )
                )
            for choice in self._choices:
                choice.prepared(self._host.freed())
        except BaseException:
            _touring.release()
            raise
        self._before = self._current = state.loaded
        return self

    def load(self, choice: ModelChoice) -> Generator[Loading | None, None, Backend]:
        """Load a model; tells how far it is ten times a second, and returns its backend.

        Raises `EngineError` where it cannot be loaded, or when somebody else has chosen another.
        """
        self._check_undisturbed()
        if not self._is_loaded(choice):
            self._host.switch(choice)
            self._loading = True
            while (loading := self._host.status().loading) is not None:
                yield loading
                self._host.wait(HEARTBEAT_S)
            self._loading = False
            state = self._host.status()
            if state.loaded != choice:
                raise EngineError(state.error or self._disturbed())
            self._current = choice
        return self._host.backend()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if not self._loading:
            self._go_back()
            return
        # Left in the middle of a loading: the host takes its last model back by itself first
        self._host.cancel()
        threading.Thread(target=self._go_back, name="tour", daemon=True).start()

    def _go_back(self) -> None:
        try:
            if self._loading:
                self._host.wait()
            state = self._host.status()
            before = self._before
            if before and state.loading is None and self._current == state.loaded != before:
                self._host.switch(before)
        except PromptLabError:  # somebody else was quicker
            log.warning("the model from before the tour was not loaded again", exc_info=True)
        finally:
            _touring.release()

    def _is_loaded(self, choice: ModelChoice) -> bool:
        state = self._host.status()
        facts = state.facts
        if facts is None or state.loaded is None or state.loaded.entry != choice.entry:
            return False
        kind = facts.plan.place.kind
        return facts.precision == choice.precision and choice.device in ("auto", kind)

    def _check_undisturbed(self) -> None:
        state = self._host.status()
        if state.loading is not None or state.loaded != self._current:
            raise EngineError(self._disturbed())

    def _disturbed(self) -> str:
        return _(
            "Someone else has loaded another model in the meantime. Finished texts are kept; run "
            "the missing cells later."
        )
