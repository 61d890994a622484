"""A suite that is being written: what stands in its table, whether or not it could be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from core.checks.rule import Rule, rules_from
from core.errors import InvalidInput, PromptLabError
from core.i18n import _
from core.storage.drafts import Drafts
from core.suites.suite import Case, Kind, Suite

NEW = "new"
_KIND = "suite"
COLUMNS = ("question", "expected", "group", "key")


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the table shows it. rest: what the table does not show: messages, rules, source,
    and variables of a template."""

    question: str = ""
    expected: str = ""
    group: str = ""
    key: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it."""
        return not (self.rest or any(getattr(self, name).strip() for name in COLUMNS))


@dataclass(frozen=True, slots=True)
class SuiteForm:
    """What stands in the form. rules: of every case, beside those that a case has of its own."""

    name: str = ""
    kind: Kind = "own cases"
    language: str = ""
    rules: tuple[Rule, ...] = ()
    lines: tuple[Line, ...] = ()
    note: str = ""

    @classmethod
    def of(cls, suite: Suite, name: str | None = None) -> Self:
        """A suite as its form shows it. The rules that all its cases begin with are said once."""
        shared = _shared(suite.cases)
        lines = []
        for case in suite.cases:
            rest = case.to_dict()
            for shown in ("key", "question", "expected", "family"):
                rest.pop(shown, None)
            own = [rule.to_dict() for rule in case.rules[len(shared) :]]
            rest = {k: v for k, v in rest.items() if k != "rules"} | ({"rules": own} if own else {})
            lines.append(Line(case.asked, case.expected, case.family, case.key, rest))
        named = suite.name if name is None else name
        return cls(named, suite.kind, suite.language, shared, tuple(lines))

    def suite(self, id: str = "") -> Suite:
        """The suite that was written; raises `InvalidInput` for what is none."""
        lines = [line for line in self.lines if not line.blank]
        taken = {line.key.strip() for line in lines if line.key.strip()}
        cases = []
        for place, line in enumerate(lines, 1):
            key = line.key.strip() or _free(place, taken)
            taken.add(key)
            own = dict(line.rest)
            rules = [*(rule.to_dict() for rule in self.rules), *own.pop("rules", [])]
            item = {"key": key, "expected": line.expected, "family": line.group.strip(), **own}
            if own.get("messages"):
                *before, last = own["messages"]
                item["messages"] = [*before, [last[0], line.question, *last[2:]]]
            else:
                item["question"] = line.question
            try:
                cases.append(Case.from_dict(item | {"rules": rules}))
            except InvalidInput as error:
                raise InvalidInput(
                    _("Case {place}: {reason}").format(place=place, reason=error)
                ) from error
        return Suite(id, self.name.strip(), self.kind, self.language, tuple(cases))

    def edited(
        self,
        changed: Mapping[int, Mapping[str, Any]],
        added: Sequence[Mapping[str, Any]],
        removed: Sequence[int],
    ) -> Self:
        """The same after what was done in the table: cells by line, new lines, lines taken away."""
        lines = list(self.lines)
        for place, cells in changed.items():
            if 0 <= place < len(lines):
                lines[place] = replace(lines[place], **_cells(cells))
        gone = set(removed)
        kept = [line for place, line in enumerate(lines) if place not in gone]
        return replace(self, lines=(*kept, *(Line(**_cells(cells)) for cells in added)))

    def with_cases(self, cases: Sequence[Case]) -> Self:
        """The same with cases behind those that are there; a key that is taken is left out, so that
        a free one is found."""
        taken = {line.key for line in self.lines if line.key}
        lines = []
        for case in cases:
            key = "" if case.key in taken or case.key.isdigit() else case.key
            taken.add(key)
            rest = {"fields": dict(case.fields)} if case.fields else {}
            lines.append(Line(case.question, case.expected, case.family, key, rest))
        kept = [line for line in self.lines if not line.blank]
        return replace(self, lines=(*kept, *lines))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the database."""
        return {
            "name": self.name,
            "kind": self.kind,
            "language": self.language,
            "rules": [rule.to_dict() for rule in self.rules],
            "lines": [
                [*(getattr(line, name) for name in COLUMNS), dict(line.rest)] for line in self.lines
            ],
            "note": self.note,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_dict` gave; raises for anything else."""
        lines = tuple(Line(*one) for one in kept["lines"])
        rules = rules_from(kept["rules"])
        return cls(kept["name"], kept["kind"], kept["language"], rules, lines, kept["note"])


class SuiteDesk:
    """What one visitor is writing. about: the id of the suite that is changed, or `NEW`."""

    def __init__(self, drafts: Drafts, about: str = NEW) -> None:
        self._drafts, self.about = drafts, about

    def form(self, saved: Suite | None = None) -> SuiteForm:
        """What was typed, else what is saved, else an empty form."""
        kept = self._drafts.get(_KIND, self.about)
        try:
            if kept is not None:
                return SuiteForm.from_dict(kept)
        except (PromptLabError, KeyError, TypeError, ValueError, IndexError):
            pass  # of another version
        return SuiteForm.of(saved) if saved else SuiteForm()

    @property
    def typed(self) -> bool:
        """Whether there is something that is not saved."""
        return self._drafts.get(_KIND, self.about) is not None

    def keep(self, form: SuiteForm) -> None:
        """Keep what stands in the form."""
        self._drafts.put(_KIND, self.about, form.to_dict())

    def discard(self) -> None:
        """Forget it."""
        self._drafts.drop(_KIND, self.about)


def _shared(cases: Sequence[Case]) -> tuple[Rule, ...]:
    """The rules that all cases begin with."""
    found: list[Rule] = []
    for rules in zip(*(case.rules for case in cases), strict=False):
        if any(one != rules[0] for one in rules):
            break
        found.append(rules[0])
    return tuple(found)


def _free(place: int, taken: set[str]) -> str:
    return next(str(n) for n in range(place, place + len(taken) + 2) if str(n) not in taken)


def _cells(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: "" if cells[name] is None else str(cells[name]) for name in COLUMNS if name in cells
    }
