"""What is said of the models of a server: what is asked for, what is loaded, on its way, or
failed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.backends.backend import Backend, BackendStatus
from core.errors import EngineError, PromptLabError
from core.models.catalogue import CatalogueEntry
from core.models.plan import Plan
from core.models.preparing import ModelFacts, Prepared, prepare
from core.models.progress import seconds_left


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model, and where, how and by what to load it; "auto" leaves that to the plan.

    runner: "torch", "llama.cpp" or "openvino".
    """

    entry: CatalogueEntry
    device: str = "auto"
    precision: str = "auto"
    runner: str = "auto"

    @property
    def value(self) -> str:
        """What a link calls it: name, or name/precision."""
        name = self.entry.name
        return name if self.precision == "auto" else f"{name}/{self.precision}"

    def prepared(self, freed: Mapping[str, int], openvino: bool = False) -> Prepared:
        """What `core.models.preparing.prepare` finds; raises what it does, and `CheckpointError`
        where the files are still to come. openvino: whether that may run it by itself."""
        found = prepare(
            self.entry.opened().source,
            self.entry.name,
            self.device,  # type: ignore[arg-type]
            self.precision,
            freed,
            self.entry.chat,
            self.runner,  # type: ignore[arg-type]
            openvino,
        )
        return replace(found, title=lambda: self.entry.title)

    def same_model(self, other: "ModelChoice") -> bool:
        """Whether both name the same files, however they are loaded."""
        mine, others = self.entry, other.entry
        return (mine.name, mine.folder) == (others.name, others.folder)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator allows. models: how many at once, at most. memory: bytes that all of them
    take by their plans, at most. pinned: names of models that stay once they are loaded. openvino:
    whether it runs the models that suit it, unless another runner is asked for."""

    models: int | None = None
    memory: int | None = None
    pinned: tuple[str, ...] = ()
    openvino: bool = False


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
class Resident:
    """A loaded model. choice: as it was asked for first. facts: of one that this process runs
    itself.

    choices: all that were found to ask for it. held: by a page, a run or an answer that is being
    written; it stays as long.
    """

    choice: ModelChoice
    choices: tuple[ModelChoice, ...]
    backend: Backend
    runner: str
    plan: Plan
    facts: ModelFacts | None
    now: BackendStatus
    pinned: bool
    held: bool

    @property
    def busy(self) -> bool:
        """Whether it cannot leave now."""
        return self.held or bool(self.now.running or self.now.waiting)

    @property
    def value(self) -> str:
        """What a link calls it: name/precision."""
        return f"{self.choice.entry.name}/{self.plan.precision}"

    def answers(self, choice: ModelChoice) -> bool:
        """Whether it is what this choice is known to ask for."""
        return choice in self.choices or is_settled(choice, self.choice, self.plan, self.runner)


@dataclass(frozen=True, slots=True)
class Failure:
    """A model that could not be loaded, and why. cancelled: because somebody stopped it. in_use:
    because others keep the room for it."""

    choice: ModelChoice
    reason: str
    cancelled: bool = False
    in_use: bool = False


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The state of the moment. residents: the last used first. failures: of models that nobody has
    asked for again since."""

    residents: tuple[Resident, ...] = ()
    loadings: tuple[Loading, ...] = ()
    failures: tuple[Failure, ...] = ()

    def resident(self, choice: ModelChoice) -> Resident | None:
        """The loaded model that this choice asks for."""
        return next((found for found in self.residents if found.answers(choice)), None)

    def loading(self, choice: ModelChoice) -> Loading | None:
        """How far this choice is on its way in."""
        return next((one for one in self.loadings if one.choice == choice), None)

    def failure(self, choice: ModelChoice) -> str | None:
        """Why this choice could not be loaded."""
        return next((one.reason for one in self.failures if one.choice == choice), None)


class LoadCancelled(PromptLabError):
    """The loading was stopped by a user."""


class NoRoom(EngineError):
    """There is no room beside the models that are in use now; later there may be."""


def is_settled(choice: ModelChoice, loaded: ModelChoice, plan: Plan, runner: str) -> bool:
    """Whether a choice surely asks for what is loaded so. One that leaves the precision to the plan
    does not: which it would be is not said by what somebody else has loaded."""
    return (
        choice.same_model(loaded)
        and choice.precision == plan.precision
        and choice.device in ("auto", plan.place.kind)
        and choice.runner in ("auto", runner)
    )
