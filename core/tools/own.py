"""Tools that users define without code: to try how a model uses one before anybody builds it.

A tool answers with a fixed text, by a table of arguments and answers, by an HTTP GET to a host that
the operator allows, or asks a person (`manual`).
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, get_args
from urllib.parse import quote

from core.errors import InvalidInput
from core.i18n import _
from core.tools.reaching import check_address, get
from core.tools.tool import Schema, Tool, ToolFailed, endless_words

Answering = Literal["fixed", "table", "get", "manual"]
ANSWERING: tuple[Answering, ...] = get_args(Answering)
LONGEST_TEXT = 20_000
MOST_ROWS = 500
_SLOT = re.compile(r"\{([^{}]*)\}")
# Stands in a slot where an address is checked before there are arguments
_ANY = "x"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the arguments that it is for, as texts, and the answer. An argument that is
    not named may be anything."""

    when: Mapping[str, str]
    answer: str


@dataclass(frozen=True, slots=True)
class OwnTool:
    """A tool without code.

    parameters: a JSON schema of type object. answer: the fixed text, or what is said where no row
    of the table fits; empty: that nothing was found. address: of the GET, with {argument} in its
    path or query. Raises `InvalidInput` for what cannot be a tool.
    """

    name: str
    description: str
    parameters: Schema = field(default_factory=lambda: {"type": "object", "properties": {}})
    answering: Answering = "fixed"
    answer: str = ""
    rows: tuple[Row, ...] = ()
    address: str = ""

    def __post_init__(self) -> None:
        if not self.description.strip():
            raise InvalidInput(
                _("Write what the tool is for: the model chooses it by that description.")
            )
        for text in (self.description, self.answer, self.address, *(r.answer for r in self.rows)):
            if len(text) > LONGEST_TEXT:
                raise InvalidInput(
                    _("A text of the tool has {count:,} characters; {most:,} fit.").format(
                        count=len(text), most=LONGEST_TEXT
                    )
                )
        if len(self.rows) > MOST_ROWS:
            raise InvalidInput(
                _("The table has {count} rows; {most} fit.").format(
                    count=len(self.rows), most=MOST_ROWS
                )
            )
        # Checks name and parameters
        Tool(self.name, self.description, self.parameters, None)
        endless = endless_words(self.parameters)
        if endless:
            raise InvalidInput(
                _(
                    "The parameters of {name!r} use {word}, which can take for ever to check. Take it "
                    "out."
                ).format(name=self.name, word=min(endless))
            )
        known = set(self.parameters.get("properties", {}))
        unknown = {name for row in self.rows for name in row.when} - known
        if self.answering == "get":
            unknown |= set(_SLOT.findall(self.address)) - known
        if unknown:
            raise InvalidInput(
                _("There is no parameter {name!r}. Add it, or correct its name.").format(
                    name=min(unknown)
                )
            )

    def tool(self, allowed: Collection[str] = ()) -> Tool:
        """The tool that it is. allowed: hosts that may be reached; raises `InvalidInput` where the
        address is of no such."""
        run: Any = {"fixed": self._fixed, "table": self._found, "manual": None}.get(self.answering)
        if self.answering == "get":
            self._check_slots(allowed)

            def run(given: dict[str, Any]) -> str:
                return get(self._filled(given), allowed)

        return Tool(
            self.name,
            self.description.strip(),
            self.parameters,
            run,
            origin="own",
            leaves=self.answering == "get",
            manual=self.answering == "manual",
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON, without its name."""
        found = asdict(self)
        del found["name"]
        return found

    @classmethod
    def from_dict(cls, name: str, values: Mapping[str, Any]) -> Self:
        """From plain values; raises `InvalidInput` for what no version has written."""
        try:
            answering = values.get("answering", "fixed")
            if answering not in ANSWERING:
                raise ValueError(answering)
            rows = tuple(
                Row({str(k): str(v) for k, v in row["when"].items()}, str(row["answer"]))
                for row in values.get("rows", ())
            )
            parameters = values.get("parameters", {"type": "object", "properties": {}})
            return cls(
                name,
                str(values.get("description", "")),
                dict(parameters),
                answering,
                str(values.get("answer", "")),
                rows,
                str(values.get("address", "")),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput(
                _("The tool {name!r} cannot be read. Write it again.").format(name=name)
            ) from error

    def _fixed(self, _given: dict[str, Any]) -> str:
        return self.answer

    def _found(self, given: dict[str, Any]) -> str:
        """The answer of the first row that fits; case and outer blanks do not count."""
        said = {name: _said(value) for name, value in given.items()}
        for row in self.rows:
            if all(said.get(name) == _said(value) for name, value in row.when.items()):
                return row.answer
        if self.answer:
            return self.answer
        raise ToolFailed(_("There is no answer for these arguments."))

    def _filled(self, given: Mapping[str, Any]) -> str:
        return _SLOT.sub(lambda slot: quote(_text(given.get(slot[1], "")), safe=""), self.address)

    def _check_slots(self, allowed: Collection[str]) -> None:
        """An argument may stand in the path and the query, and never say which host."""
        host = self.address.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
        if "{" in host or "{" in self.address.split("://", 1)[0]:
            raise InvalidInput(_("The host of the address must be fixed; arguments come after it."))
        check_address(_SLOT.sub(_ANY, self.address), allowed)


def _text(value: Any) -> str:
    """A value as people write it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _said(value: Any) -> str:
    return " ".join(_text(value).split()).casefold()
