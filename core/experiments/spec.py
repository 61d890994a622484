"""What an experiment is to do: variants, rows, tries, and the rules that answers are checked by.

Rows are the evidence; tries are repeats of a row. Each try has a seed of its own, which follows
from the base seed, the row and the try, and is the same for all variants: two variants differ by
what they say alone. Where two variants say the same, each draws with seeds of its own, so that
their difference shows what chance does.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Self

from core.checks.rule import Rule
from core.errors import InvalidInput
from core.experiments.template import MAX_TEMPLATE, PLAIN, check_template, rendered, variables
from core.experiments.tools import MAX_TOOLS, Between, ToolTold
from core.i18n import _
from core.messages import Message, checked_text, with_system
from core.sampling.settings import MAX_SEED, Sampling

MAX_VARIANTS = 20
MAX_ROWS = 10_000
MAX_TRIES = 20
MAX_RULES = 40
MAX_FOLLOW_UPS = 16
MAX_ANSWERS = 200_000
LONGEST_ANSWER = 256


def usual_sampling() -> Sampling:
    """The settings that a variant begins with: as people use them, not greedy."""
    return Sampling(temperature=0.7, top_p=0.9, max_new_tokens=LONGEST_ANSWER)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of asking; raises `InvalidInput` for what cannot be asked.

    template: of the question, see `core.experiments.template`. follow_ups: templates of what is
    asked next, each after the answer to the one before. sampling: its seed is not used. model: ""
    for the one that the experiment runs on, else `name` or `name/precision`. origin: what the
    system message was taken from, such as "persona ID VERSION"; may be empty. tools: that the model
    may call. valid_calls: it can write no other calls, where its engine can see to that.
    """

    name: str
    system: str = ""
    template: str = PLAIN
    follow_ups: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=usual_sampling)
    model: str = ""
    origin: str = ""
    tools: tuple[ToolTold, ...] = ()
    valid_calls: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidInput(_("A variant needs a name. Enter one."))
        if len(self.name) > 80:
            raise InvalidInput(
                _("The name of a variant can have at most {most} characters, got {count}.").format(
                    most=80, count=len(self.name)
                )
            )
        if len(self.follow_ups) > MAX_FOLLOW_UPS:
            raise InvalidInput(
                _("Variant {name!r} has {count} follow-up questions; at most {most} fit.").format(
                    name=self.name, count=len(self.follow_ups), most=MAX_FOLLOW_UPS
                )
            )
        for text in (self.name, self.system, self.template, *self.follow_ups):
            checked_text(text)
        if len(self.system) > MAX_TEMPLATE:
            raise InvalidInput(
                _(
                    "The system message of {name!r} has {count:,} characters; at most {most:,} fit."
                ).format(name=self.name, count=len(self.system), most=MAX_TEMPLATE)
            )
        if len(self.tools) > MAX_TOOLS:
            raise InvalidInput(
                _("Variant {name!r} has {count} tools; at most {most} fit.").format(
                    name=self.name, count=len(self.tools), most=MAX_TOOLS
                )
            )
        if any(not text.strip() for text in (self.template, *self.follow_ups)):
            raise InvalidInput(
                _("Variant {name!r} has an empty question. Write one, or remove it.").format(
                    name=self.name
                )
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "name": self.name,
            "system": self.system,
            "template": self.template,
            "follow_ups": list(self.follow_ups),
            "sampling": replace(self.sampling, seed=None).to_dict(),
            "model": self.model,
            "origin": self.origin,
            # What a variant without tools is known by stays as it was
            **({"tools": [one.schema for one in self.tools]} if self.tools else {}),
            **({"valid_calls": True} if self.valid_calls else {}),
        }

    @classmethod
    def from_dict(cls, item: dict[str, Any]) -> Self:
        """What `to_dict` gave."""
        kept = dict(item)
        kept["sampling"] = Sampling.from_dict(kept["sampling"])
        kept["follow_ups"] = tuple(kept["follow_ups"])
        kept["tools"] = tuple(ToolTold.from_schema(one) for one in kept.get("tools", ()))
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class Row:
    """One question. key: its name, unique in an experiment.

    fields: the variables of the template, by name. messages: of a suite's case, which stand in
    place of the template: an assistant's are history that was planted, and each of the user's that
    none of them follows is asked, one after the other. rules: beside those of the experiment.
    expected: the answer it wants. group: what it is summed up with.
    """

    key: str
    fields: tuple[tuple[str, str], ...] = ()
    messages: tuple[Message, ...] = ()
    rules: tuple[Rule, ...] = ()
    expected: str = ""
    group: str = ""

    @property
    def title(self) -> str:
        """What it asks, as a list shows it."""
        if self.messages:
            asked = [one.content for one in self.messages if one.role == "user"]
            return asked[-1] if asked else self.key
        return dict(self.fields).get("input") or self.key

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; without what is empty."""
        kept: dict[str, Any] = {"key": self.key}
        if self.fields:
            kept["fields"] = dict(self.fields)
        if self.messages:
            kept["messages"] = [[m.role, m.content, m.metadata] for m in self.messages]
        if self.rules:
            kept["rules"] = [rule.to_dict() for rule in self.rules]
        return kept | {n: v for n in ("expected", "group") if (v := getattr(self, n))}

    @classmethod
    def from_dict(cls, item: dict[str, Any]) -> Self:
        """What `to_dict` gave."""
        return cls(
            item["key"],
            tuple(item.get("fields", {}).items()),
            tuple(Message(*one) for one in item.get("messages", ())),
            tuple(Rule.from_dict(one) for one in item.get("rules", ())),
            item.get("expected", ""),
            item.get("group", ""),
        )


@dataclass(frozen=True)
class ExperimentSpec:
    """A whole experiment; raises `InvalidInput` for what cannot run. seed: the base seed."""

    variants: tuple[Variant, ...]
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...] = ()
    tries: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        _check_number(_("variants"), len(self.variants), MAX_VARIANTS)
        _check_number(_("rows"), len(self.rows), MAX_ROWS)
        _check_number(_("tries"), self.tries, MAX_TRIES)
        if len(self.rules) > MAX_RULES:
            _check_number(_("rules"), len(self.rules), MAX_RULES)
        if self.answers > MAX_ANSWERS:
            raise InvalidInput(
                _("This makes {count:,} answers; at most {most:,} fit in one experiment.").format(
                    count=self.answers, most=MAX_ANSWERS
                )
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise InvalidInput(
                _("The base seed must be 0 to {most}, got {value}.").format(
                    most=MAX_SEED, value=self.seed
                )
            )
        _check_unique(_("variants"), [one.name for one in self.variants])
        _check_unique(_("rows"), [one.key for one in self.rows])
        self._check_templates()

    def _check_templates(self) -> None:
        """Missing variables are named before anything runs."""
        columns = [frozenset(dict(row.fields)) for row in self.rows if not row.messages]
        everywhere = frozenset.intersection(*columns) if columns else frozenset()
        for variant in self.variants if columns else ():
            for template in (variant.template, *variant.follow_ups):
                try:
                    check_template(template, everywhere)
                except InvalidInput as error:
                    raise InvalidInput(f"{variant.name}: {error}") from error

    @property
    def answers(self) -> int:
        """How many answers it asks for; one that has several turns is one."""
        return len(self.variants) * len(self.rows) * self.tries

    @cached_property
    def variant_keys(self) -> tuple[str, ...]:
        """What each variant is known by: its content; and its number among equal ones."""
        found: list[str] = []
        for variant in self.variants:
            content = {k: v for k, v in variant.to_dict().items() if k not in ("name", "origin")}
            key = _digest(content)
            same = sum(one.split("-")[0] == key for one in found)
            found.append(f"{key}-{same}" if same else key)
        return tuple(found)

    @cached_property
    def row_keys(self) -> tuple[str, ...]:
        """What each row is known by: its key, and what it asks."""
        return tuple(
            _digest([row.key, row.fields, [[m.role, m.content, m.metadata] for m in row.messages]])
            for row in self.rows
        )

    def seed_of(self, variant: int, row: int, attempt: int) -> int:
        """The seed of a try."""
        copy = self.variant_keys[variant].partition("-")[2]
        name = f"{self.rows[row].key}/{attempt}/{copy}"
        return (self.seed + zlib.crc32(name.encode())) % (MAX_SEED + 1)

    def sampling_of(self, variant: int, row: int, attempt: int) -> Sampling:
        """The settings of a try, with its seed."""
        return replace(self.variants[variant].sampling, seed=self.seed_of(variant, row, attempt))

    def rules_of(self, row: int) -> tuple[Rule, ...]:
        """The rules of a row: the experiment's, and its own after them."""
        return (*self.rules, *self.rows[row].rules)

    @property
    def decides(self) -> bool:
        """Whether any rule lets an answer pass or fail: those of weight "should" decide nothing."""
        rules = (*self.rules, *(rule for row in self.rows for rule in row.rules))
        return any(rule.weight == "must" for rule in rules)

    def asking_the_same(self) -> tuple[str, ...]:
        """The names of the variants that ask every row the same, as their templates use no
        column."""
        if sum(not row.messages for row in self.rows) < 2:
            return ()
        return tuple(
            one.name
            for one in self.variants
            if not any(variables(template) for template in (one.template, *one.follow_ups))
        )

    def turns(self, variant: int, row: int) -> tuple[tuple[Message, ...], ...]:
        """What is said before each answer, since the last one: the question at its end.

        Raises `InvalidInput` for a template that gives nothing, or that cannot be used.
        """
        own, asked = self.variants[variant], self.rows[row]
        if asked.messages:
            return _asked(asked.messages)
        texts = [rendered(t, dict(asked.fields)) for t in (own.template, *own.follow_ups)]
        if any(not text.strip() for text in texts):
            raise InvalidInput(
                _("Row {key!r} gives an empty question with variant {name!r}.").format(
                    key=asked.key, name=own.name
                )
            )
        return tuple((Message("user", text),) for text in texts)

    def messages(
        self,
        variant: int,
        row: int,
        texts: Sequence[str] = (),
        between: Sequence[Sequence[Between]] = (),
    ) -> list[Message]:
        """The conversation that the next answer continues. texts: the answers before it. between:
        what was called before each of them."""
        said: list[Message] = []
        for place, turn in enumerate(self.turns(variant, row)[: len(texts) + 1]):
            if place:
                called = between[place - 1] if place <= len(between) else ()
                said += [one.message for one in called]
                said.append(Message("assistant", texts[place - 1]))
            said += turn
        return with_system(self.variants[variant].system, said)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without the rows."""
        return {
            "variants": [one.to_dict() for one in self.variants],
            "rules": [one.to_dict() for one in self.rules],
            "tries": self.tries,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, item: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Self:
        """What `to_dict` gave, with the rows as `Row.to_dict` gave them."""
        return cls(
            tuple(Variant.from_dict(one) for one in item["variants"]),
            tuple(Row.from_dict(one) for one in rows),
            tuple(Rule.from_dict(one) for one in item["rules"]),
            item["tries"],
            item["seed"],
        )


def rules_key(rules: Sequence[Rule], expected: str) -> str:
    """What an answer was checked by: it is checked again where that has changed."""
    return _digest([[rule.to_dict() for rule in rules], expected])


def _asked(messages: Sequence[Message]) -> tuple[tuple[Message, ...], ...]:
    turns: list[tuple[Message, ...]] = []
    now: list[Message] = []
    for place, message in enumerate(messages):
        now.append(message)
        following = messages[place + 1].role if place + 1 < len(messages) else "user"
        if message.role in ("user", "observation") and following == "user":
            turns.append(tuple(now))
            now = []
    if now or not turns:
        raise InvalidInput(_("The messages of a case must end with a question."))
    return tuple(turns)


def _digest(content: Any) -> str:
    import json

    written = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return sha256(written.encode()).hexdigest()[:20]


def _check_number(what: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise InvalidInput(
            _("An experiment has 1 to {most:,} {what}, got {count:,}.").format(
                most=most, what=what, count=count
            )
        )


def _check_unique(what: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidInput(
                _("Two {what} are called {name!r}. Rename one.").format(what=what, name=name)
            )
        seen.add(name)
