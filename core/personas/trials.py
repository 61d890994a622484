"""What was tried with a persona, as it is kept: the preview's answers and the last comparison.

They are no conversations: each is kept with the system message that it was asked with, because
that is what changes from one to the next. They survive a reload and a restart, until they are
cleared or another comparison is run.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from core.backends.events import Finished, StoredReason, Usage
from core.backends.request import Request
from core.cases.case import Case
from core.chat.records import Conversation
from core.chat.store import Conversations
from core.chat.turn import short_title
from core.errors import PromptLabError
from core.messages import Message, with_system
from core.sampling.settings import Sampling
from core.storage.drafts import Drafts

LONGEST_ANSWER = 256
MOST_KEPT = 100
_PREVIEW, _COMPARISON, _SETTINGS = "preview", "comparison", "trial"


@dataclass(frozen=True, slots=True)
class Tried:
    """A question to a persona and its answer, as far as it has come.

    system: the system message it was asked with. sampling: with the seed. model, precision: what
    answers. follows: how many questions before it, with their answers, the model has read.
    reason: None while it is being written.
    """

    question: str
    system: str
    sampling: Sampling
    model: str
    precision: str = ""
    follows: int = 0
    text: str = ""
    reason: StoredReason | None = None
    error: str | None = None
    token_ids: tuple[int, ...] = ()
    usage: Usage | None = None

    def ended(self, end: Finished) -> Self:
        """The same with its end."""
        return replace(
            self,
            text=end.text,
            reason=end.reason,
            error=end.error,
            token_ids=end.token_ids,
            usage=end.usage,
            sampling=self.sampling.with_seed(end.seed),
        )

    def messages(self) -> list[Message]:
        """What was said, the answer only where there is one."""
        asked = Message("user", self.question)
        return [asked, Message("assistant", self.text)] if self.text else [asked]

    def request(self, before: Sequence["Tried"] = (), tag: Hashable = None) -> Request:
        """What the model is asked; raises `InvalidInput` for an empty question.

        before: what was said before, which the question follows.
        """
        said = [message for one in before for message in one.messages()]
        asked = with_system(self.system, [*said, Message("user", self.question)])
        return Case(tag, tuple(asked), self.sampling).request

    @classmethod
    def read(cls, kept: Any) -> Self:
        """What `asdict` made of one."""
        return cls(
            **kept
            | {
                "sampling": Sampling.from_dict(kept["sampling"]),
                "token_ids": tuple(kept["token_ids"]),
                "usage": Usage(**kept["usage"]) if kept["usage"] else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question to two system messages. titles: whose they are, as they were called."""

    titles: tuple[str, str]
    sides: tuple[Tried, Tried]

    @classmethod
    def read(cls, kept: Any) -> Self:
        """What `asdict` made of one."""
        one, other = (Tried.read(side) for side in kept["sides"])
        first, second = kept["titles"]
        return cls((first, second), (one, other))


class Trials:
    """What one visitor tried."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def settings(self) -> Sampling:
        """How answers are drawn here."""
        kept = self._drafts.get(_SETTINGS, "settings")
        try:
            if kept is not None:
                return Sampling.from_dict(kept)
        except (PromptLabError, TypeError):
            pass  # of another version
        return Sampling(max_new_tokens=LONGEST_ANSWER)

    def set(self, settings: Sampling) -> None:
        """Draw the next answers so."""
        self._drafts.put(_SETTINGS, "settings", settings.to_dict())

    def preview(self, persona_id: str) -> list[Tried]:
        """What was asked in the preview, the oldest first."""
        kept = self._drafts.get(_PREVIEW, persona_id) or {}
        try:
            return [Tried.read(one) for one in kept.get("tried", ())]
        except (PromptLabError, TypeError, KeyError):
            return []  # of another version

    def keep_preview(self, persona_id: str, tried: Iterable[Tried]) -> None:
        """Keep these, the newest of them, in place of what was there."""
        kept = [asdict(one) for one in tried][-MOST_KEPT:]
        if kept:
            self._drafts.put(_PREVIEW, persona_id, {"tried": kept})
        else:
            self._drafts.drop(_PREVIEW, persona_id)

    def comparison(self, persona_id: str) -> Comparison | None:
        """The last comparison of a persona."""
        kept = self._drafts.get(_COMPARISON, persona_id)
        try:
            return Comparison.read(kept) if kept else None
        except (PromptLabError, TypeError, KeyError, ValueError):
            return None  # of another version

    def keep_comparison(self, persona_id: str, comparison: Comparison) -> None:
        """Keep it in place of the one before."""
        self._drafts.put(_COMPARISON, persona_id, asdict(comparison))


@dataclass(slots=True)
class PreviewKeeper:
    """Keeps an answer of the preview as the last of `tried`."""

    trials: Trials
    persona_id: str
    tried: list[Tried]

    def begin(self) -> None:
        """Keep the question."""
        self.trials.keep_preview(self.persona_id, self.tried)

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        self._keep(replace(self.tried[-1], text=text))

    def ended(self, tag: Hashable, end: Finished) -> None:
        self._keep(self.tried[-1].ended(end))

    def _keep(self, last: Tried) -> None:
        self.tried[-1] = last
        self.trials.keep_preview(self.persona_id, self.tried)


@dataclass(slots=True)
class ComparisonKeeper:
    """Keeps the two answers of a comparison, whose tags are 0 and 1."""

    trials: Trials
    persona_id: str
    comparison: Comparison

    def begin(self) -> None:
        """Keep the question."""
        self.trials.keep_comparison(self.persona_id, self.comparison)

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        self._keep(tag, replace(self._side(tag), text=text))

    def ended(self, tag: Hashable, end: Finished) -> None:
        self._keep(tag, self._side(tag).ended(end))

    def _side(self, tag: Hashable) -> Tried:
        return self.comparison.sides[1 if tag else 0]

    def _keep(self, tag: Hashable, side: Tried) -> None:
        one, other = self.comparison.sides
        sides = (one, side) if tag else (side, other)
        self.comparison = replace(self.comparison, sides=sides)
        self.begin()


def as_conversation(
    conversations: Conversations, tried: Sequence[Tried], persona_id: str | None
) -> Conversation:
    """A new stored conversation that says what these said, with the settings of the last one."""
    last = tried[-1]
    made = conversations.create(
        title=short_title(tried[0].question),
        system=last.system,
        persona_id=persona_id,
        # Each next answer has a seed of its own
        sampling=replace(last.sampling, seed=None),
        model=last.model,
        precision=last.precision,
    )
    head: str | None = None
    for one in tried:
        head = conversations.add_message(made.id, head, Message("user", one.question)).id
        answer = conversations.begin_answer(made.id, head, one.sampling, one.model, one.precision)
        head = answer.id
        conversations.finish_answer(
            head,
            one.text,
            "",
            one.reason or "interrupted",
            one.usage,
            one.token_ids,
            one.sampling.seed,
            one.error,
        )
    return conversations.get(made.id)
