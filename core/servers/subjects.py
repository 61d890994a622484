"""What can be found out of a server, and the card of what was found."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Subject = Literal[
    "streaming",
    "usage",
    "seed",
    "top_k",
    "n",
    "logprobs",
    "distribution",
    "token_ids_in",
    "token_ids_out",
    "echo",
    "tools",
    "json_schema",
]
SUBJECTS: tuple[Subject, ...] = (
    *("streaming", "usage", "seed", "top_k", "n", "logprobs"),
    "distribution",
    *("token_ids_in", "token_ids_out", "echo", "tools", "json_schema"),
)
# yes, no, or not to be told apart: an answer that never differs says nothing of a seed
Verdict = Literal["yes", "no", "unclear"]
# Before the status of an answer that is none, in the detail of a finding
STATUS = "HTTP "
# Those of a server that does not take what is in a request
REFUSALS = frozenset({400, 422})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. detail: what came, in short; no text of the visitor's language."""

    subject: Subject
    verdict: Verdict
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether the server answered that it does not take such a request."""
        return self.verdict == "no" and self.detail in {f"{STATUS}{one}" for one in REFUSALS}


@dataclass(frozen=True, slots=True)
class Card:
    """What a server was found to do. model: the id that answers there. window: in tokens, where the
    server tells. models: all ids that it lists."""

    model: str
    models: tuple[str, ...]
    window: int | None
    findings: tuple[Finding, ...]

    def verdict(self, subject: Subject) -> Verdict:
        """What was found of a subject."""
        return self.finding(subject).verdict

    def finding(self, subject: Subject) -> Finding:
        """As `verdict`, with what came."""
        found = (one for one in self.findings if one.subject == subject)
        return next(found, Finding(subject, "unclear"))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)
