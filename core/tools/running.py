"""Running a tool: within a time, and to a result of bounded size.

Covered: a tool that takes too long is no longer waited for, and at most `AT_ONCE` calls run at a
time. Not covered: Python cannot end a thread, so a tool of the operator's that never returns keeps
one of these places.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any

from core.errors import InvalidInput, PromptLabError
from core.i18n import _, in_language, language
from core.tools.tool import Seen, Tool, faults_of

log = logging.getLogger(__name__)
AT_ONCE = 16
_places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Limits:
    """time_s: of one call. characters: of a result; what is beyond them is cut off, and the result
    says so. calls: that a model may make in one turn. patience_s: how long a place to run in is
    waited for, where too many run."""

    time_s: float = 20.0
    characters: int = 8_000
    calls: int = 8
    patience_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to. text: as the model reads it. failed: it is the sentence of an error.
    cut: how many characters were left out. shown: what people see instead, as plain values."""

    text: str
    seconds: float
    failed: bool = False
    cut: int = 0
    shown: Sequence[Mapping[str, Any]] = ()


class Running:
    """A call under way, in a thread of its own; whatever the tool raises is an outcome.

    Raises `InvalidInput` for arguments that do not fit the tool's schema, and for a manual tool.
    """

    def __init__(
        self, tool: Tool, arguments: Mapping[str, Any], limits: Limits | None = None
    ) -> None:
        self._tool, self._limits = tool, limits or Limits()
        if tool.time_s is not None:
            self._limits = replace(self._limits, time_s=tool.time_s)
        if tool.run is None:
            raise InvalidInput(
                _("{name} is answered by a person: write its result.").format(name=tool.name)
            )
        faults = faults_of(tool.parameters, arguments)
        if faults:
            raise InvalidInput(
                _("These arguments do not fit {name}: {reason}.").format(
                    name=tool.name, reason="; ".join(faults[:3])
                )
            )
        self._ended: SimpleQueue[tuple[Any, bool]] = SimpleQueue()
        free = _places.acquire(timeout=self._limits.patience_s)
        self._begun = time.monotonic()
        if not free:
            said = _("Too many tools are running. Try again in a moment.")
            self._ended.put(({"error": said}, True))
            return
        spoken = language()

        def work() -> None:
            try:
                with in_language(spoken):
                    self._ended.put(_called(tool, dict(arguments)))
            finally:
                _places.release()

        threading.Thread(target=work, name=f"tool-{tool.name}", daemon=True).start()

    def stop(self) -> None:
        """Nobody waits for it any more: it ends where it can be ended, and goes on unheard
        elsewhere."""
        if self._tool.stop:
            self._tool.stop()

    def outcome(self, wait_s: float) -> Outcome | None:
        """What it came to; None while it runs on after `wait_s` and within its time."""
        left = self._begun + self._limits.time_s - time.monotonic()
        try:
            value, failed = self._ended.get(timeout=max(0.0, min(wait_s, left)))
        except Empty:
            if time.monotonic() - self._begun < self._limits.time_s:
                return None
            said = _("{name} took longer than {seconds:g} s.").format(
                name=self._tool.name, seconds=self._limits.time_s
            )
            value, failed = {"error": said}, True
        return bounded(value, time.monotonic() - self._begun, self._limits, failed)


def run_tool(tool: Tool, arguments: Mapping[str, Any], limits: Limits | None = None) -> Outcome:
    """Run a tool to its end or the limit of time; raises what `Running` raises."""
    running = Running(tool, arguments, limits)
    while (found := running.outcome(60.0)) is None:
        pass
    return found


def _called(tool: Tool, arguments: dict[str, Any]) -> tuple[Any, bool]:
    """The value, or what went wrong, as a value."""
    try:
        return (tool.run(arguments) if tool.run else None), False
    except PromptLabError as error:
        return {"error": str(error)}, True
    except (Exception, SystemExit) as error:  # whatever the code of a tool raises
        log.warning("the tool %s failed", tool.name, exc_info=True)
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return {"error": reason}, True


def bounded(value: Any, seconds: float, limits: Limits, failed: bool = False) -> Outcome:
    """The outcome of a value: as text, cut where it is too long."""
    shown: Sequence[Mapping[str, Any]] = ()
    if isinstance(value, Seen):
        value, shown, failed = value.text, value.shown, failed or value.failed
    text = as_text(value)
    cut = max(0, len(text) - limits.characters)
    if cut:
        text = text[: limits.characters] + "\n" + _("… ({count} more characters)").format(count=cut)
    return Outcome(text, seconds, failed, cut, shown)


def as_text(value: Any) -> str:
    """A result as a model reads it: a text as it is, anything else as JSON. Half characters become
    question marks, and what JSON has no word for becomes its text."""
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False, default=str)
        except (TypeError, ValueError, RecursionError):
            value = str(value)
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
