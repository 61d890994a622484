"""The experiments that ship: whole, checkable, and worth running."""

import pytest

from core.checks.kind import Seen
from core.checks.rule import checked
from core.experiments.samples import Sample, samples
from core.experiments.spec import ExperimentSpec


def by_name(name: str) -> ExperimentSpec:
    return next(one.spec for one in samples() if one.name == name)


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.name)
def test_each_has_rows_enough_to_say_something_and_a_rule_for_each(sample: Sample) -> None:
    spec = sample.spec
    # Greedy answers, which tries would only repeat, and a few clear questions to them
    greedy = all(one.sampling.greedy for one in spec.variants)
    assert len(spec.rows) >= (12 if greedy else 20)
    assert 2 <= len(spec.variants) <= 3
    assert spec.tries >= (1 if greedy else 2)
    assert all(spec.turns(v, r) for v in range(len(spec.variants)) for r in range(len(spec.rows)))
    musts = [[rule.weight for rule in spec.rules_of(row)] for row in range(len(spec.rows))]
    assert all("must" in weights for weights in musts)
    assert sample.title != sample.about != ""


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.name)
def test_no_two_variants_say_the_same(sample: Sample) -> None:
    assert len(set(sample.spec.variant_keys)) == len(sample.spec.variants)


def test_the_support_agent_is_tried_in_two_wordings_over_sixty_cases() -> None:
    spec = by_name("support")
    assert (len(spec.variants), spec.tries) == (2, 3)
    assert len(spec.rows) >= 60
    assert [one.origin for one in spec.variants] == ["", "persona support-five-facts 0"]
    assert len({row.group.partition(":")[0] for row in spec.rows}) >= 2
    # A friendly answer has room to come to its end
    assert {one.sampling.max_new_tokens for one in spec.variants} == {80}


def test_what_is_to_be_extracted_is_there_and_is_the_only_number_like_it() -> None:
    spec = by_name("extraction")
    assert len({one.sampling.temperature for one in spec.variants}) == len(spec.variants) == 3
    assert len({(one.system, one.template) for one in spec.variants}) == 1
    for row in spec.rows:
        assert dict(row.fields)["message"].count(row.expected) == 1


def test_models_differ_and_the_rest_does_not() -> None:
    spec = by_name("models")
    assert len({one.model for one in spec.variants}) == 3
    # As its title says
    assert len({one.model.partition("/")[0] for one in spec.variants}) == 2
    [title] = [one.title for one in samples() if one.name == "models"]
    assert title == "Two models, one of them twice"
    assert len({(one.system, one.template, one.sampling) for one in spec.variants}) == 1


def test_a_right_answer_passes_and_a_wrong_one_does_not() -> None:
    spec = by_name("support")
    price = next(n for n, row in enumerate(spec.rows) if row.title == "How expensive is Brightpot?")
    for text, holds in (("It costs 45 euros.", True), ("It costs 450 euros.", False)):
        outcomes = [checked(rule, Seen(text, "stop")) for rule in spec.rules_of(price)]
        assert all(one.passed for one in outcomes) is holds
