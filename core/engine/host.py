"""The models of a server: several side by side, as many as there is room for.

Whoever wants a model asks for it by a choice. One that is not there is loaded beside the others;
several who ask for the same one wait for the one loading. Where room is needed, those leave that
were used longest ago; never one that answers or is held, and never one that the operator pinned.
What is damaged or would not fit is refused before anything leaves.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from core.backends.backend import Backend
from core.backends.stream import HEARTBEAT_S
from core.engine.opening import open_model
from core.engine.residents import (
    Bounds,
    Failure,
    HostStatus,
    LoadCancelled,
    Loading,
    ModelChoice,
    NoRoom,
    Resident,
    is_settled,
)
from core.errors import EngineError, NotEnoughMemory, PromptLabError
from core.i18n import _, in_this_language, ngettext
from core.models import machine
from core.models.outlook import plans
from core.models.plan import Plan, gigabytes
from core.models.preparing import Prepared
from core.models.weight_cache import WeightCache
from core.served.connections import Connections
from core.servers.listed import Server

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Slot:
    """A model from the moment it is asked for. others: choices that turned out to mean it. used:
    when it was wanted last. awaited, held: by how many. plan: once there is one.

    twin: another slot that turned out to be the same model, loaded in the same way. instead_of:
    those that have to go for it, whatever they do.
    """

    choice: ModelChoice
    others: list[ModelChoice] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    used: float = field(default_factory=time.perf_counter)
    fraction: float = 0.0
    cancelled: bool = False
    awaited: int = 0
    held: int = 0
    plan: Plan | None = None
    runner: str = "auto"
    backend: Backend | None = None
    error: EngineError | None = None
    twin: "_Slot | None" = None
    instead_of: Sequence["_Slot"] = ()

    def answers(self, choice: ModelChoice) -> bool:
        """Whether it is, or will be, what this choice is known to ask for."""
        return (
            choice == self.choice
            or choice in self.others
            or (self.plan is not None and is_settled(choice, self.choice, self.plan, self.runner))
        )

    def settled(self) -> bool:
        """Whether it is loaded, or will not be."""
        end = self.last()
        return end.backend is not None or end.error is not None

    def last(self) -> "_Slot":
        return self.twin.last() if self.twin else self

    def loading(self) -> Loading:
        return Loading(self.choice, self.fraction, time.perf_counter() - self.began)


class ModelHost:
    """Holds the models of a server; all methods may be called from any thread.

    choice: the one to begin with, for whoever names no other. error: why there is none. cache:
    where quantised weights are kept, if anywhere. at_once: whether it is loaded before anybody
    asks.
    """

    def __init__(
        self,
        choice: ModelChoice | None,
        error: str | None = None,
        cache: WeightCache | None = None,
        bounds: Bounds | None = None,
        at_once: bool = True,
    ) -> None:
        self._first, self._error = choice, error
        self._cache = cache
        self._bounds = bounds or Bounds()
        self._changed = threading.Condition(threading.RLock())
        # One looks for room at a time: two would plan for the same bytes
        self._planning = threading.Lock()
        self._slots: list[_Slot] = []
        self._failures: list[Failure] = []
        # Models that run elsewhere take no room here
        self._servers = Connections()
        self._closed = False
        if choice and at_once:
            self.begin(choice)

    # --- asking for a model ---------------------------------------------------------------

    def begin(self, choice: ModelChoice | None = None) -> None:
        """Begin to load a model, unless it is here or on its way; `status` tells how far it is.

        None: the model to begin with. Raises `EngineError` where there is none.
        """
        if not self._server(choice):
            self._slot(choice)

    def backend(self, choice: ModelChoice | None = None) -> Backend:
        """A model; loaded where it is not, after a wait for whatever has to be.

        Raises `EngineError`, with the reason, where it cannot be; `NoRoom` where it could be later.
        """
        with self.hold(choice) as backend:
            return backend

    @contextmanager
    def hold(
        self, choice: ModelChoice | None = None, look: Callable[[Loading], object] | None = None
    ) -> Iterator[Backend]:
        """As `backend`; the model stays loaded until the end of the block.

        look: told ten times a second how far the loading is; what it raises ends the wait, and not
        the loading.
        """
        server = self._server(choice)
        if server:
            yield self._servers.to(server)
            return
        slot = self._slot(choice)
        with self._changed:
            slot.last().awaited += 1
        try:
            end = self._settled(slot, look)
        finally:
            with self._changed:
                slot.last().awaited -= 1
        try:
            yield cast(Backend, end.backend)
        finally:
            self._let_go(end)

    @contextmanager
    def keep(self, backend: Backend) -> Iterator[None]:
        """A model that somebody has stays loaded until the end of the block.

        Raises `EngineError` where it has been unloaded.
        """
        if self._servers.has(backend):
            yield
            return
        with self._changed:
            slot = next((one for one in self._slots if one.backend is backend), None)
            if slot is None:
                raise EngineError(_("The model has been unloaded. Reload the page and try again."))
            slot.held += 1
        try:
            yield
        finally:
            self._let_go(slot)

    def status(self) -> HostStatus:
        with self._changed:
            slots = sorted(self._slots, key=lambda slot: slot.used, reverse=True)
            loadings = tuple(slot.loading() for slot in slots if not slot.settled())
            failures = tuple(self._failures)
        # A backend in another process may take its time to tell
        residents = [self._resident(slot) for slot in slots]
        return HostStatus(tuple(one for one in residents if one), loadings, failures)

    # --- letting models go ----------------------------------------------------------------

    def cancel(self, choice: ModelChoice | None = None) -> None:
        """Stop the loading of this choice, or all loadings; what else is loaded stays."""
        with self._changed:
            for slot in self._slots:
                if slot.backend is None and choice in (None, slot.choice):
                    slot.cancelled = True

    def abandon(self, choice: ModelChoice) -> None:
        """Stop the loading of this choice unless somebody waits for it."""
        with self._changed:
            if not any(slot.awaited for slot in self._slots if slot.choice == choice):
                self.cancel(choice)

    def unload(self, backend: Backend) -> None:
        """Let a model go; raises `EngineError` for one that answers, is held or is pinned."""
        with self._changed:
            slot = next((one for one in self._slots if one.backend is backend), None)
        if slot is None:
            return
        name = slot.choice.entry.title
        if self._pinned(slot):
            raise EngineError(_("{name} stays loaded: the operator pinned it.").format(name=name))
        if not self._leave(slot, _("{name} was unloaded. Ask again.").format(name=name)):
            raise EngineError(
                _("{name} is in use. Wait for its answers, or stop them first.").format(name=name)
            )

    def in_the_way(self, choice: ModelChoice) -> tuple[Resident, ...]:
        """The models in use that have to go before this one can come, the fewest, those that were
        used longest ago first; none where it can come as it is, or cannot even so."""
        if choice.entry.server:
            return ()
        idle = self._idle()
        with self._changed:
            slots = [s for s in self._slots if s.backend and s not in idle and not self._pinned(s)]
        busy = sorted(slots, key=lambda slot: slot.used)
        try:
            for count in range(len(busy) + 1):
                if self._comes(choice, [*idle, *busy[:count]]):
                    found = [self._resident(slot) for slot in busy[:count]]
                    return tuple(one for one in found if one)
        except PromptLabError:
            pass  # its files do not tell; whoever loads it is told
        return ()

    def load_instead(self, choice: ModelChoice, leaving: Sequence[Backend]) -> None:
        """Unload these models, whatever they do, and begin to load another one.

        What they write ends where it is, and says why. Raises `EngineError` for a pinned one.
        """
        with self._changed:
            slots = [slot for slot in self._slots if slot.backend in leaving]
        for slot in slots:
            name = slot.choice.entry.title
            if self._pinned(slot):
                raise EngineError(
                    _("{name} stays loaded: the operator pinned it.").format(name=name)
                )
        self._slot(choice, slots)

    def leave(self, server: Server) -> None:
        """End the connection to a server, if there is one; its answers on their way are
        cancelled."""
        self._servers.leave(server)

    def freed(self) -> dict[str, int]:
        """Bytes, by device, by which what is free now differs from what a new model can have:
        more by the models that can leave, less by what the others have still to take."""
        return self._freed(self._idle())

    def wait(self, seconds: float | None = None) -> None:
        """Return when nothing is being loaded any more, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: all(s.settled() for s in self._slots), seconds)

    def close(self) -> None:
        """Unload all models. Safe to call twice."""
        with self._changed:
            self._closed = True
        self.cancel()
        self._servers.close()
        self.wait()
        with self._changed:
            slots, self._slots = self._slots, []
        for slot in slots:
            if slot.backend:
                _close(slot.backend, None)

    def _comes(self, choice: ModelChoice, leaving: Sequence[_Slot]) -> bool:
        """Whether there is room for a model once these have left, by what its sizes say."""
        with self._changed:
            staying = sum(slot.plan is not None and slot not in leaving for slot in self._slots)
        if self._bounds.models is not None and staying >= self._bounds.models:
            return False
        places = machine.places(self._freed(leaving))
        ways = plans(choice.entry, places, self._bounds.openvino)
        return any(
            way.fits
            and choice.precision in ("auto", way.precision)
            and choice.device in ("auto", way.place.kind)
            for way in ways
        )

    def _server(self, choice: ModelChoice | None) -> Server | None:
        """The server that a choice, or the first one, runs on."""
        wanted = choice or self._first
        return wanted.entry.server if wanted and not self._closed else None

    # --- which slot -----------------------------------------------------------------------

    def _slot(self, choice: ModelChoice | None, instead_of: Sequence[_Slot] = ()) -> _Slot:
        """The slot of a choice, with a loader where there was none."""
        choice = choice or self._first
        if choice is None or self._closed:
            raise EngineError(
                self._error or _("No model is loaded. Choose one on the Models page.")
            )
        with self._changed:
            slot = self._found(choice)
            if slot is None or (slot.cancelled and slot.backend is None):
                slot = _Slot(choice, instead_of=instead_of)
                self._slots.append(slot)
                self._failures = [one for one in self._failures if one.choice != choice]
                load = in_this_language(self._load)
                threading.Thread(target=load, args=[slot], name="loader", daemon=True).start()
            slot.used = time.perf_counter()
            return slot

    def _found(self, choice: ModelChoice) -> _Slot | None:
        """The slot that this choice is known to ask for, the last used of several."""
        known = [slot for slot in self._slots if slot.answers(choice)]
        return max(known, key=lambda slot: slot.used, default=None)

    def _settled(self, slot: _Slot, look: Callable[[Loading], object] | None) -> _Slot:
        """The slot, or its twin, with its model, held; raises why there is none."""
        while True:
            with self._changed:
                if self._changed.wait_for(slot.settled, HEARTBEAT_S if look else None):
                    end = slot.last()
                    if end.error or not end.backend:
                        raise type(end.error or EngineError())(str(end.error))
                    end.held += 1
                    return end
            if look:
                look(slot.last().loading())

    def _let_go(self, slot: _Slot) -> None:
        with self._changed:
            slot.held -= 1
            slot.used = time.perf_counter()

    def _resident(self, slot: _Slot) -> Resident | None:
        backend = slot.backend
        if backend is None or slot.plan is None:
            return None  # on its way, or just gone
        facts = getattr(backend, "model_facts", None)
        return Resident(
            slot.choice,
            (slot.choice, *slot.others),
            backend,
            slot.runner,
            slot.plan,
            facts,
            backend.status(),
            self._pinned(slot),
            slot.held > 0,
        )

    def _pinned(self, slot: _Slot) -> bool:
        return slot.choice.entry.name in self._bounds.pinned

    # --- room -----------------------------------------------------------------------------

    def _idle(self) -> list[_Slot]:
        """The models that can leave, those that were used longest ago first."""
        with self._changed:
            slots = [s for s in self._slots if s.backend and not (s.held or s.awaited)]
        idle = [slot for slot in slots if not self._pinned(slot) and not _answers(slot)]
        return sorted(idle, key=lambda slot: slot.used)

    def _freed(self, leaving: Sequence[_Slot]) -> dict[str, int]:
        """What `freed` says where these leave."""
        with self._changed:
            staying = [slot for slot in self._slots if slot not in leaving]
        places = machine.places()
        found = dict.fromkeys((place.device for place in places), 0)
        planned = [(slot, slot.plan) for slot in (*leaving, *staying) if slot.plan]
        for slot, plan in planned:
            for device, count in plan.freed.items():
                gone = slot in leaving and slot.backend is not None
                found[device] = found.get(device, 0) + (count if gone else 0)
            if slot in staying:
                # Of one that is being loaded nothing is taken yet; of one that is there, what it
                # computes with, and weights that lie in a file and count as free
                taken = sum(plan.freed.values()) if slot.backend else 0
                found[plan.place.device] -= plan.total - taken
        if self._bounds.memory is not None:
            allowed = self._bounds.memory - sum(plan.total for s, plan in planned if s in staying)
            found = {p.device: min(found[p.device], allowed - p.free) for p in places}
        return found

    def _prepared(self, slot: _Slot) -> Prepared | None:
        """Plan for a model and make room for it; None where a twin of it is there.

        Raises what `ModelChoice.prepared` raises, `NoRoom` where too much is in use.
        """
        with self._planning:
            # At one go with the planning: whoever waits for one of them would take the room again
            for one in slot.instead_of:
                self._leave(one, _made_room(one, slot), whatever=True)
            slot.instead_of = ()
            while True:  # until nobody who is to leave has begun to answer meanwhile
                if self._merged(slot, self._resolved(slot)):
                    return None
                try:
                    prepared, leaving = self._fitting(slot, self._idle())
                except NoRoom:
                    if slot.choice.precision == "auto" and self._merged(slot, slot.choice, True):
                        return None  # as it is loaded, rather than not at all
                    raise
                self._tell(slot, 0, 1)
                if all(self._leave(one, _made_room(one, slot)) for one in leaving):
                    with self._changed:
                        slot.plan, slot.runner = prepared.plan, prepared.runner
                    return prepared

    def _resolved(self, slot: _Slot) -> ModelChoice:
        """What an open choice comes to, where its model is there already; another one as it is.

        How it is loaded does not depend on who is there: the plan is made as if that one were not.
        """
        choice = slot.choice
        with self._changed:
            same = [one for one in self._slots if one.plan and one.choice.same_model(choice)]
        if choice.precision != "auto" or not same:
            return choice
        try:
            wanted = choice.prepared(self._freed([*self._idle(), *same]), self._bounds.openvino)
        except NotEnoughMemory:
            return choice
        return _settled_as(choice, wanted.plan, wanted.runner)

    def _merged(self, slot: _Slot, choice: ModelChoice, anyhow: bool = False) -> bool:
        """Whether another slot has, or will have, the model of this choice; it is the twin then.

        anyhow: in whatever precision.
        """
        with self._changed:
            fitting = [
                one
                for one in self._slots
                if one is not slot and one.plan and not (one.cancelled and one.backend is None)
                if one.answers(choice) or (anyhow and one.choice.same_model(choice))
            ]
            slot.twin = max(fitting, key=lambda one: one.used, default=None)
            if slot.twin:
                slot.twin.others.append(slot.choice)
                # Whoever waits for this one waits for that one from now on
                slot.twin.awaited += slot.awaited
                slot.awaited = 0
            return slot.twin is not None

    def _too_many(self, slot: _Slot, idle: Sequence[_Slot]) -> int:
        """How many of the idle ones have to leave for their number alone."""
        most = self._bounds.models
        if most is None:
            return 0
        with self._changed:
            others = [one for one in self._slots if one is not slot and one.plan]
        must_leave = max(0, len(others) + 1 - most)
        if must_leave > len(idle):
            said = ngettext(
                "{name} cannot be loaded now: at most {most} model is loaded at a time, and "
                "{others} cannot be unloaded. Choose that one, or try again later.",
                "{name} cannot be loaded now: at most {most} models are loaded at a time, and "
                "{others} cannot be unloaded. Choose one of them, or try again later.",
                most,
            )
            names = ", ".join(map(_called, others))
            raise NoRoom(said.format(name=slot.choice.entry.title, most=most, others=names))
        return must_leave

    def _fitting(self, slot: _Slot, idle: Sequence[_Slot]) -> tuple[Prepared, Sequence[_Slot]]:
        """A plan, and the fewest of the idle models that leave for it.

        "auto" is what fits when all idle ones have left.
        """
        choice, least = slot.choice, self._too_many(slot, idle)
        try:
            wanted = choice.prepared(self._freed(idle), self._bounds.openvino)
        except NotEnoughMemory as error:
            using = self._in_use(idle)
            if using:
                raise NoRoom(f"{error} {using}") from error
            raise
        fixed = _settled_as(choice, wanted.plan, wanted.runner)
        for count in range(least, len(idle)):
            try:
                return fixed.prepared(self._freed(idle[:count])), idle[:count]
            except NotEnoughMemory:
                continue
        return wanted, idle

    def _in_use(self, idle: Sequence[_Slot]) -> str:
        """Who keeps the memory, in a sentence; nothing where nobody does."""
        with self._changed:
            using = [one for one in self._slots if one.plan and one not in idle]
        if not using:
            return ""
        return _("{names} cannot be unloaded now ({size}).").format(
            names=", ".join(map(_called, using)),
            size=gigabytes(sum(one.plan.total for one in using if one.plan)),
        )

    def _leave(self, slot: _Slot, reason: str, whatever: bool = False) -> bool:
        """Unload a model; False where it is in use after all, unless it is to go whatever it
        does."""
        if not whatever and _answers(slot):
            return False
        with self._changed:
            backend = slot.backend
            in_use = not whatever and (slot.held or slot.awaited)
            if in_use or slot not in self._slots or backend is None:
                return False
            self._slots.remove(slot)
            slot.backend, slot.error = None, EngineError(reason)
        _close(backend, reason)
        del backend
        machine.give_back()
        return True

    # --- the thread of a loading ----------------------------------------------------------

    def _load(self, slot: _Slot) -> None:
        name = slot.choice.entry.title
        backend: Backend | None = None
        error: EngineError | None = None
        try:
            prepared = self._prepared(slot)
            if prepared:
                backend = open_model(prepared, lambda d, t: self._tell(slot, d, t), self._cache)
        except PromptLabError as problem:
            # A new one, without the frames that would keep a half-loaded model in memory
            error = (NoRoom if isinstance(problem, NoRoom) else EngineError)(str(problem))
        except Exception as problem:  # whatever happens, the server goes on
            log.exception("loading %s failed", name)
            error = EngineError(
                _("{name} could not be loaded ({reason}). Choose another model.").format(
                    name=name, reason=f"{type(problem).__name__}: {problem}"
                )
            )
        facts = getattr(backend, "model_facts", None)
        with self._changed:
            slot.backend, slot.error = backend, error
            if facts and facts.instead:
                # Another program runs it than was planned
                slot.plan, slot.runner = facts.plan, facts.runner
            if backend is None:
                self._slots.remove(slot)
            if error:
                in_use = isinstance(error, NoRoom)
                self._failures.append(Failure(slot.choice, str(error), slot.cancelled, in_use))
            self._changed.notify_all()

    def _tell(self, slot: _Slot, done: int, total: int) -> None:
        with self._changed:
            slot.fraction = done / total
            if slot.cancelled:
                name = slot.choice.entry.title
                raise LoadCancelled(_("Loading {name} was cancelled.").format(name=name))


def _made_room(slot: _Slot, other: _Slot) -> str:
    """What those are told who still use a model that has gone for another one."""
    return _("{name} was unloaded to make room for {other}. Ask again.").format(
        name=slot.choice.entry.title, other=other.choice.entry.title
    )


def _called(slot: _Slot) -> str:
    """What people call a model, and its precision."""
    return f"{slot.choice.entry.title} {slot.plan.precision if slot.plan else ''}".strip()


def _settled_as(choice: ModelChoice, plan: Plan, runner: str) -> ModelChoice:
    """A choice of which a plan leaves nothing open."""
    return replace(choice, device=plan.place.kind, precision=plan.precision, runner=runner)


def _answers(slot: _Slot) -> bool:
    """Whether a model is writing, or somebody waits for it to."""
    now = slot.backend.status() if slot.backend else None
    return bool(now and (now.running or now.waiting))


def _close(backend: Any, reason: str | None) -> None:
    backend.close(reason)
