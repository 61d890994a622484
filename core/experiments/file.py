"""An experiment as a file, to be run by `python -m core experiment run`, and kept beside one's
code.

YAML or JSON: `format: promptlab-experiment`, `version: 1`, and

    title: …                  what it is called
    model: NAME               what answers where a variant names none
    tries: 3                  seed: 0
    persona: NAME or FILE     whose suites are meant, and whose contract holds in its scope
    variants:                 each has a name, and system or persona, template, follow_ups,
      - name: A               temperature, top_p, top_k, max_new_tokens, model, tools,
                              valid_calls
    tools: [ … ]              names of tools that the models may call, where a variant does not say
    rows: [ … ]               questions, or mappings of variables with key, expected, group, rules,
                              messages
    table: FILE               CSV or JSON Lines
    suites: [ … ]             names of suites, or suite files
    rules: [ … ]              as a contract has them
    thresholds: …             see `core.experiments.thresholds`

Names of files are meant from the folder of this file.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from core.checks.rule import rules_from
from core.errors import InvalidInput, PromptLabError
from core.experiments.draft import with_rows
from core.experiments.of_suites import rows_of
from core.experiments.spec import ExperimentSpec, Row, Variant, usual_sampling
from core.experiments.table import read_table
from core.experiments.template import PLAIN
from core.experiments.thresholds import Thresholds
from core.experiments.tools import FindTools, ToolTold, built_in
from core.i18n import _
from core.personas.file import parse_file as parse_personas
from core.personas.text import PersonaText
from core.plain_files import MAX_BYTES, known_only, quoted, read_plain
from core.suites.file import parse_file as parse_suite
from core.suites.suite import Case, Suite

FORMAT, VERSION = "promptlab-experiment", 1
_FIELDS = (
    *("title", "model", "tries", "seed", "persona", "variants", "rows", "table", "suites", "rules"),
    *("tools", "thresholds"),
)
_SAMPLING = ("temperature", "top_p", "top_k", "max_new_tokens")
_VARIANT = (
    "name",
    "system",
    "persona",
    "template",
    "follow_ups",
    *_SAMPLING,
    "model",
    "tools",
    "valid_calls",
)
_CASE = ("key", "question", "messages", "rules", "expected", "group")
FILES = (".yaml", ".yml", ".json")
_EXAMPLE = "python -m core experiment example"

Made = TypeVar("Made")
# From a name to the persona; raises `NotFound`
FindPersona = Callable[[str], PersonaText]
# From a name to the suite, of what is offered for a persona; raises `NotFound`
FindSuite = Callable[[str, PersonaText | None], Suite]

EXAMPLE = """\
format: promptlab-experiment
version: 1
title: Two wordings of a bookshop's assistant
tries: 3
variants:
  - name: Plain
    system: You help customers of a bookshop. Delivery takes three days and is free from 20 euros.
  - name: With limits
    system: >-
      You help customers of a bookshop. Delivery takes three days and is free from 20 euros.
      Answer in one sentence. Say that you do not know where this text does not say it.
rows:
  - question: How long does delivery take?
    rules: [{kind: contains, words: [three, "3"], which: any}]
  - question: Is delivery free for an order of 25 euros?
    rules: [{kind: contains, words: ["yes", free], which: any}]
  - question: Do you sell bicycles?
    rules: [{kind: declines}]
suites: [injection]
rules:
  - {kind: length, unit: words, at_most: 60}
thresholds:
  passed: 0.3
  attacks: 0.7
  not_worse_than: Plain
"""


@dataclass(frozen=True, slots=True)
class ExperimentFile:
    """What a file asks for. model: "" for the one that is used anyway."""

    title: str
    model: str
    spec: ExperimentSpec
    thresholds: Thresholds


def read_file(file: Path) -> bytes:
    """What a file holds; raises `InvalidInput` where it cannot be read."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InvalidInput(
                _("The file {file} has {size:,} bytes; at most {most:,} are read.").format(
                    file=file, size=file.stat().st_size, most=MAX_BYTES
                )
            )
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise InvalidInput(
            _("The file {file} cannot be read ({reason}).").format(file=file, reason=error)
        ) from error


def parse_experiment(
    content: str | bytes,
    folder: Path,
    find_persona: FindPersona,
    find_suite: FindSuite,
    find_tools: FindTools = built_in,
) -> ExperimentFile:
    """The experiment of a file's content; raises `InvalidInput` with what is wrong."""
    item = read_plain(content, FORMAT, VERSION, _("{command} shows one.").format(command=_EXAMPLE))
    known_only(item, _FIELDS, _("an experiment file"))

    def persona_of(name: Any) -> PersonaText | None:
        return None if name is None else _persona(_text(name, "persona"), folder, find_persona)

    persona = persona_of(item.get("persona"))

    def tools_of(names: Any) -> tuple[ToolTold, ...]:
        named = [_text(name, "tools") for name in _list(names, "tools")]
        return find_tools(named) if named else ()

    tools = tools_of(item.get("tools"))

    def variant_of(one: Any) -> Variant:
        made = _variant(one, persona_of)
        own = tools_of(one["tools"]) if "tools" in one else tools
        strict = one.get("valid_calls", False)
        if not isinstance(strict, bool):
            raise InvalidInput(
                _("{name} must be true or false, got {value}.").format(
                    name="valid_calls", value=quoted(strict)
                )
            )
        return replace(made, tools=own, valid_calls=strict)

    variants = [
        _within(_("Variant {place}").format(place=place), partial(variant_of, one))
        for place, one in enumerate(_list(item.get("variants"), "variants"), 1)
    ]
    if persona and not variants:
        variants = [Variant(persona.name, persona.system, tools=tools)]
    rows = tuple(
        _within(_("Row {place}").format(place=place), partial(_row, one, place))
        for place, one in enumerate(_list(item.get("rows"), "rows"), 1)
    )
    if item.get("table") is not None:
        name = _text(item["table"], "table")
        rows = with_rows(rows, read_table(read_file(folder / name), name).rows)
    for name in _list(item.get("suites"), "suites"):
        suite = named_suite(_text(name, "suites"), folder, persona, find_suite)
        rows = with_rows(rows, rows_of(suite, persona))
    if not rows:
        raise InvalidInput(_("The experiment asks nothing. Give it rows, a table or suites."))
    spec = ExperimentSpec(
        tuple(variants),
        rows,
        rules_from(item.get("rules") or []),
        _whole(item.get("tries", 3), "tries"),
        _whole(item.get("seed", 0), "seed"),
    )
    thresholds = Thresholds.from_dict(item.get("thresholds"))
    thresholds.check([one.name for one in spec.variants], [row.group for row in spec.rows])
    title = _text(item.get("title") or "", "title")
    return ExperimentFile(title, _text(item.get("model") or "", "model"), spec, thresholds)


def named_suite(
    name: str, folder: Path, persona: PersonaText | None, find_suite: FindSuite
) -> Suite:
    """The suite of a file, or of that name; raises `InvalidInput` or `NotFound`."""
    if not name.endswith(FILES):
        return find_suite(name, persona)
    return _within(name, lambda: parse_suite(read_file(folder / name), Path(name).stem[:40]))


def _persona(name: str, folder: Path, find: FindPersona) -> PersonaText:
    if not name.endswith(FILES):
        return find(name)
    found = _within(name, lambda: parse_personas(read_file(folder / name)))
    if len(found) > 1:
        raise InvalidInput(
            _("{file} has {count} personas. Name a file with one.").format(
                file=name, count=len(found)
            )
        )
    return found[0]


def _variant(item: Any, persona_of: Callable[[Any], PersonaText | None]) -> Variant:
    if not isinstance(item, Mapping):
        raise InvalidInput(_("It must be a mapping, got {value}.").format(value=quoted(item)))
    known_only(item, _VARIANT, _("a variant"))
    persona = persona_of(item.get("persona"))
    if persona and item.get("system"):
        raise InvalidInput(_("Give it a system message or a persona, not both."))
    system = persona.system if persona else _text(item.get("system") or "", "system")
    settings = {name: item[name] for name in _SAMPLING if item.get(name) is not None}
    for name, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(
                _("{name} must be a number, got {value}.").format(name=name, value=quoted(value))
            )
    return Variant(
        name=_text(item.get("name") or "", "name"),
        system=system,
        template=_text(item.get("template", PLAIN), "template"),
        follow_ups=tuple(
            _text(one, "follow_ups") for one in _list(item.get("follow_ups"), "follow_ups")
        ),
        sampling=replace(usual_sampling(), **settings),
        model=_text(item.get("model") or "", "model"),
    )


def _row(item: Any, place: int) -> Row:
    if isinstance(item, str):
        item = {"question": item}
    if not isinstance(item, Mapping):
        raise InvalidInput(
            _("It must be a question or a mapping, got {value}.").format(value=quoted(item))
        )
    fields = {str(name): _plain(value) for name, value in item.items() if str(name) not in _CASE}
    question = item.get("question", fields.get("input"))
    # A row of variables alone is asked by a template that does not say {{ input }}
    if question is None and not item.get("messages"):
        question = next(iter(fields.values()), "")
    fields.pop("input", None)
    case = Case.from_dict(
        {
            "key": _plain(item.get("key") or place),
            "question": question,
            "messages": item.get("messages"),
            "rules": item.get("rules"),
            "expected": _plain(item.get("expected")),
            "family": item.get("group"),
            "fields": fields,
        }
    )
    asked = () if case.messages else (*case.fields, ("input", case.question))
    return Row(case.key, asked, case.messages, case.rules, case.expected, case.family)


def _within(where: str, make: Callable[[], Made]) -> Made:
    """What is made; a refusal says where."""
    try:
        return make()
    except PromptLabError as error:
        raise InvalidInput(f"{where}: {error}") from error


def _list(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(
            _("{name} must be a list, got {value}.").format(name=name, value=quoted(value))
        )
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(
            _("{name} must be text, got {value}. Put it in quotes.").format(
                name=name, value=quoted(value)
            )
        )
    return value


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(
            _("{name} must be a whole number, got {value}.").format(name=name, value=quoted(value))
        )
    return value


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)
