"""Rows of an experiment from the cases of suites, and cases of a suite from a table."""

from dataclasses import replace

from core.checks.rule import Rule
from core.errors import InvalidInput
from core.experiments.spec import Row
from core.experiments.table import Table
from core.i18n import _
from core.personas.text import PersonaText
from core.suites.contract import under_contract
from core.suites.suite import Case, Suite

_COLUMNS = ("key", "input", "expected", "group")


def rows_of(suite: Suite, persona: PersonaText | None = None) -> tuple[Row, ...]:
    """The rows that ask what the cases of a suite ask.

    Their keys begin with the suite's id, so that rows of several suites stand in one experiment.
    persona: its contract is added to the rules of cases in its scope.
    """
    return tuple(
        Row(
            key=f"{suite.id}/{case.key}",
            fields=() if case.messages else (*_named(case), ("input", case.question)),
            messages=case.messages,
            rules=case.rules,
            expected=case.expected,
            group=group_of(suite, case),
        )
        for case in under_contract(suite, persona).cases
    )


def group_of(suite: Suite, case: Case) -> str:
    """What a row is summed up with: "kind", or "kind: family"."""
    return f"{suite.kind}: {case.family}" if case.family else suite.kind


def cases_of(table: Table, rules: tuple[Rule, ...] = ()) -> tuple[Case, ...]:
    """The cases that a table has: its columns input, expected, group and key, and others as
    variables of a template. rules: of each. Raises `InvalidInput` where a row asks nothing."""
    cases = []
    for place, row in enumerate(table.rows, 1):
        fields = dict(row.fields)
        question = fields.get("input", "")
        if not question.strip():
            raise InvalidInput(
                _("Row {place} of the table asks nothing. Fill its first column.").format(
                    place=place
                )
            )
        others = tuple(pair for pair in row.fields if pair[0] not in _COLUMNS)
        cases.append(
            Case(
                key=row.key,
                question=question,
                rules=rules,
                expected=row.expected,
                family=row.group,
                fields=others,
            )
        )
    return tuple(cases)


def _named(case: Case) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in case.fields if pair[0] != "input")


def renamed(case: Case, taken: set[str]) -> Case:
    """The case under a key that is free; a number is added where it is taken."""
    key, number = case.key, 2
    while key in taken:
        key = f"{case.key[:70]} ({number})"
        number += 1
    return replace(case, key=key)
