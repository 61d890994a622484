"""A template uses a row's fields and nothing else, whoever wrote it."""

import pytest

from core.errors import InvalidInput
from core.experiments.template import MAX_RENDERED, check_template, rendered, variables

FIELDS = {"input": "a b", "name": "王"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ input }}", "a b"),
        ("Dear {{ name }},\n{{ input | upper }}\n", "Dear 王,\nA B\n"),
        ("{% if name %}{{ name }}{% else %}you{% endif %}", "王"),
        ("{% for word in input.split() %}<{{ word }}>{% endfor %}", "<a><b>"),
        ("{{ input | truncate(2, true, '', 0) }}", "a "),
        ("no variables: { } % # \\", "no variables: { } % # \\"),
    ],
)
def test_a_template_gives_its_text(template: str, text: str) -> None:
    assert rendered(template, FIELDS) == text


def test_the_variables_of_a_template_are_known() -> None:
    assert variables("{{ a }} {% for x in b %}{{ x }}{% endfor %}") == {"a", "b"}
    with pytest.raises(InvalidInput, match=r"\{\{ city \}\}.*input, name"):
        check_template("{{ city }} {{ name }}", FIELDS)


HOSTILE = (
    "{{ ''.__class__ }}",
    "{{ input['__class__'] }}",
    "{{ input | attr('__class__') }}",
    "{{ input.split.__globals__ }}",
    "{{ '{:>99999999}'.format(1) }}",
    "{{ '%99999999d' % 1 }}",
    "{{ input.ljust(10**9) }}",
    "{{ input.replace('', input * 9999) }}",
    "{{ 'a' * 10**9 }}",
    "{{ ('a' * 9999) * 9999 }}",
    "{{ [1] * 10**9 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{% for a in range(10**9) %}x{% endfor %}",
    "{% for a in input %}{% for b in input %}x{% endfor %}{% endfor %}",
    "{% for a in [[1]] recursive %}{{ loop([a]) }}{% endfor %}",
    "{% set x = input ~ input %}{{ x }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ lipsum() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ [1] | batch(10**9, 1) | list }}",
    "{{ 1 // 0 }}",
    "{{ missing }}",
    "{{ unclosed",
    "{{ x" * 3000,
    "{{ input | no_such_filter }}",
    "{{ input is no_such_test }}",
    "{{ input " + "+ 1 " * 4000 + "}}",
    "{% if input %}" * 200 + "{% endif %}" * 200,
    "x" * 20_001,
)


@pytest.mark.parametrize("template", HOSTILE, ids=range(len(HOSTILE)))
def test_what_reaches_further_or_has_no_end_is_refused(template: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rendered(template, FIELDS)
    assert "The template" in str(refused.value) or "A template" in str(refused.value)


@pytest.mark.parametrize(
    "template", ["{{ input | nope }}", "{{ input is nope }}", "{{ input" + "+1" * 4000]
)
def test_what_cannot_be_read_is_refused_before_it_is_used(template: str) -> None:
    with pytest.raises(InvalidInput, match=r"The template cannot be used \([^\n]*[^\n.]\)\.$"):
        check_template(template, FIELDS)


def test_a_text_that_grows_too_long_ends_it() -> None:
    with pytest.raises(InvalidInput, match="1,000,000"):
        rendered("{{ input }}" * 11, {"input": "x" * (MAX_RENDERED // 10)})
