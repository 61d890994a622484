"""An experiment that is being written: what stands in its form, whether or not it could run.

It is a draft in the database, so that it survives another page, a reload and a restart. The rows
are kept apart from the rest: there may be ten thousand, and they change rarely.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, Literal, Self

from core.checks.rule import Rule
from core.errors import InvalidInput, PromptLabError
from core.experiments.control import control_name
from core.experiments.records import Experiment
from core.experiments.spec import (
    LONGEST_ANSWER,
    MAX_ROWS,
    MAX_VARIANTS,
    ExperimentSpec,
    Row,
    Variant,
    usual_sampling,
)
from core.experiments.template import PLAIN
from core.experiments.tools import ToolTold
from core.i18n import _
from core.messages import checked_text
from core.sampling.settings import Sampling
from core.storage.drafts import Drafts

NEW = "new"
_KIND, _ROWS, _TYPED = "experiment", "rows", "questions"
# What can be typed of questions: one a line, or a table that was pasted
Box = Literal["lines", "table"]


@dataclass(frozen=True, slots=True)
class VariantForm:
    """A variant as its form shows it; see `Variant`. follow_ups: one a line."""

    name: str
    system: str = ""
    template: str = PLAIN
    follow_ups: str = ""
    temperature: float = usual_sampling().temperature
    top_p: float = usual_sampling().top_p
    top_k: int = 0
    max_new_tokens: int = LONGEST_ANSWER
    model: str = ""
    origin: str = ""
    tools: tuple[ToolTold, ...] = ()
    valid_calls: bool = False

    def variant(self) -> Variant:
        """The variant that was typed; raises `InvalidInput` for what is none."""
        return Variant(
            name=self.name.strip(),
            system=self.system,
            template=self.template,
            follow_ups=tuple(line.strip() for line in self.follow_ups.splitlines() if line.strip()),
            sampling=Sampling(
                self.temperature, self.top_p, self.top_k, max_new_tokens=self.max_new_tokens
            ),
            model=self.model,
            origin=self.origin,
            tools=self.tools,
            valid_calls=self.valid_calls,
        )

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """What `asdict` gave; raises for anything else."""
        return cls(**{**kept, "tools": tuple(ToolTold(**one) for one in kept.get("tools", ()))})

    @classmethod
    def of(cls, variant: Variant) -> Self:
        """A variant as its form shows it."""
        sampling = variant.sampling
        return cls(
            name=variant.name,
            system=variant.system,
            template=variant.template,
            follow_ups="\n".join(variant.follow_ups),
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            max_new_tokens=sampling.max_new_tokens or LONGEST_ANSWER,
            model=variant.model,
            origin=variant.origin,
            tools=variant.tools,
            valid_calls=variant.valid_calls,
        )


def _two() -> tuple[VariantForm, ...]:
    return (VariantForm("A"), VariantForm("B"))


@dataclass(frozen=True, slots=True)
class ExperimentForm:
    """What stands in the form. rows: apart, see `Writing`. model: "" where none was chosen yet."""

    title: str = ""
    variants: tuple[VariantForm, ...] = field(default_factory=_two)
    rules: tuple[Rule, ...] = ()
    tries: int = 3
    seed: int = 0
    model: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the database."""
        return asdict(self) | {"rules": [rule.to_dict() for rule in self.rules]}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_dict` gave; raises for anything else."""
        return cls(
            title=kept["title"],
            variants=tuple(map(VariantForm.from_dict, kept["variants"])),
            rules=tuple(Rule.from_dict(one) for one in kept["rules"]),
            tries=kept["tries"],
            seed=kept["seed"],
            model=kept.get("model", ""),
        )

    def spec(self, rows: Sequence[Row]) -> ExperimentSpec:
        """The experiment that was written; raises `InvalidInput` for what cannot run."""
        return ExperimentSpec(
            tuple(one.variant() for one in self.variants),
            tuple(rows),
            self.rules,
            self.tries,
            self.seed,
        )

    def with_variant(self, place: int, **changed: Any) -> Self:
        """The same with something of a variant changed."""
        variants = list(self.variants)
        variants[place] = replace(variants[place], **changed)
        return replace(self, variants=tuple(variants))

    def told_again(self, find: Callable[[Sequence[str]], tuple[ToolTold, ...]]) -> Self:
        """The same with what is told of the tools today. find: those of these names that there are;
        others stay as they were."""
        if not any(one.tools for one in self.variants):
            return self
        variants = []
        for one in self.variants:
            now = {told.name: told for told in find([told.name for told in one.tools])}
            tools = tuple(now.get(told.name, told) for told in one.tools)
            variants.append(replace(one, tools=tools))
        return replace(self, variants=tuple(variants))

    def with_copy(self, place: int) -> Self:
        """The same with a copy of a variant behind it, under a free name; as it is where there is
        no room."""
        if len(self.variants) >= MAX_VARIANTS:
            return self
        copy = replace(self.variants[place], name=self._free_name())
        variants = (*self.variants[: place + 1], copy, *self.variants[place + 1 :])
        return replace(self, variants=variants)

    def with_control(self) -> Self:
        """The same with a variant without a system message behind the others, else as the first
        is; as it is where there is one, or no room."""
        there = any(not one.system.strip() for one in self.variants)
        if there or len(self.variants) >= MAX_VARIANTS:
            return self
        taken, name = {one.name for one in self.variants}, control_name()
        if name in taken:
            name = self._free_name()
        control = replace(self.variants[0], name=name, system="", origin="")
        return replace(self, variants=(*self.variants, control))

    def without(self, place: int) -> Self:
        """The same without a variant; the last one stays."""
        if len(self.variants) == 1:
            return self
        return replace(self, variants=(*self.variants[:place], *self.variants[place + 1 :]))

    def _free_name(self) -> str:
        taken = {one.name for one in self.variants}
        letters = (chr(ord("A") + n) for n in range(26))
        return next((name for name in letters if name not in taken), _("Another"))

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """An experiment as its form shows it."""
        spec = experiment.spec
        return cls(
            experiment.title,
            tuple(VariantForm.of(one) for one in spec.variants),
            spec.rules,
            spec.tries,
            spec.seed,
            experiment.model,
        )


class Writing:
    """What one visitor is writing. about: the id of the experiment that is changed, or `NEW`."""

    def __init__(self, drafts: Drafts, about: str = NEW) -> None:
        self._drafts, self.about = drafts, about

    def form(self, saved: Experiment | None = None) -> ExperimentForm:
        """What was typed, else what is saved, else an empty form."""
        kept = self._drafts.get(_KIND, self.about)
        try:
            if kept is not None:
                return ExperimentForm.from_dict(kept)
        except (PromptLabError, KeyError, TypeError, ValueError):
            pass  # of another version
        return ExperimentForm.of(saved) if saved else ExperimentForm()

    def rows(self, saved: Experiment | None = None) -> tuple[Row, ...]:
        """The rows that were given, else those that are saved."""
        kept = self._drafts.get(_ROWS, self.about)
        try:
            if kept is not None:
                return tuple(Row.from_dict(one) for one in kept["rows"])
        except (PromptLabError, KeyError, TypeError, ValueError):
            pass  # of another version
        return saved.spec.rows if saved else ()

    def rows_changed(self) -> datetime | None:
        """When rows were last given; None where none were."""
        return self._drafts.changed(_ROWS, self.about)

    def keep(self, form: ExperimentForm) -> None:
        """Keep what stands in the form."""
        self._drafts.put(_KIND, self.about, form.to_dict())

    def keep_rows(self, rows: Sequence[Row]) -> None:
        """Keep these rows in place of those before."""
        self._drafts.put(_ROWS, self.about, {"rows": [one.to_dict() for one in rows]})

    def typed(self, box: Box) -> str | None:
        """What stands in a box for questions, whether or not it can be read; None where nothing was
        typed."""
        return (self._drafts.get(_TYPED, self.about) or {}).get(box)

    def keep_typed(self, box: Box, text: str | None) -> None:
        """Keep what stands in a box; None: nothing was typed."""
        kept = self._drafts.get(_TYPED, self.about) or {}
        self._drafts.put(_TYPED, self.about, {**kept, box: text})

    @property
    def begun(self) -> bool:
        """Whether anything is kept."""
        return any(self.about in self._drafts.about(kind) for kind in (_KIND, _ROWS, _TYPED))

    def discard(self) -> None:
        """Forget all of it."""
        for kind in (_KIND, _ROWS, _TYPED):
            self._drafts.drop(kind, self.about)


def with_rows(before: Sequence[Row], added: Sequence[Row]) -> tuple[Row, ...]:
    """Rows behind others; a key that is taken gets a number."""
    taken = {one.key for one in before}
    found = list(before)
    for row in added:
        key, number = row.key, 2
        while key in taken:
            key = f"{row.key} ({number})"
            number += 1
        taken.add(key)
        found.append(replace(row, key=key))
    return tuple(found)


def are_lines(rows: Sequence[Row]) -> bool:
    """Whether these are questions as they are typed, one a line, and nothing else."""
    return all(
        row == Row(row.key, (("input", row.title),))
        and row.title == " ".join(row.title.split("\n"))
        for row in rows
    )


def lines_of(rows: Sequence[Row]) -> str:
    """Questions one a line."""
    return "\n".join(row.title for row in rows)


def rows_of_lines(text: str, before: Sequence[Row] = ()) -> tuple[Row, ...]:
    """Questions that are typed one a line, as rows; raises `InvalidInput`.

    before: the rows until now. A question that is among them keeps its key, and with it its
    answers.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > MAX_ROWS:
        raise InvalidInput(
            _("An experiment has 1 to {most:,} {what}, got {count:,}.").format(
                most=MAX_ROWS, what=_("rows"), count=len(lines)
            )
        )
    for line in lines:
        if "\0" in checked_text(line):
            raise InvalidInput(
                _(
                    "The question “{start}…” has a character that no text has. Type it again."
                ).format(start=line.partition("\0")[0][:40])
            )
    keys: dict[str, list[str]] = {}
    for row in reversed(before):
        keys.setdefault(row.title, []).append(row.key)
    taken = {row.key for row in before}
    free = (key for number in count(1) if (key := str(number)) not in taken)
    return tuple(
        Row(keys[line].pop() if keys.get(line) else next(free), (("input", line),))
        for line in lines
    )
