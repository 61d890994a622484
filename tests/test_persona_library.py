"""The personas that ship: whole, of both languages, and checkable by their own contracts."""

import json
import re

import pytest

from core.checks.kind import Seen
from core.checks.rule import checked, passes
from core.personas.text import PersonaEntry, shipped, speaks_chinese
from core.suites.contract import declines_as
from core.suites.offered import suites_for

WORK = [one for one in shipped() if one.size == "real"]
# What the embedded model was trained on, word for word
TRAINED = {
    "java-expert": "You are a Java expert. Answer only questions about Java.",
    "python-tutor": "You are a Python tutor. Answer only questions about Python.",
    "product-manager": "You are a product manager. Answer only questions about product management.",
    "chef-zh": "你是一位厨师。只回答关于做饭的问题。",
    "java-expert-zh": "你是一名 Java 专家。只回答关于 Java 的问题。",
}


def by_id(id: str) -> PersonaEntry:
    return next(one for one in shipped() if one.id == id)


@pytest.mark.parametrize("entry", shipped(), ids=lambda entry: entry.id)
def test_each_has_what_it_takes_to_be_tried_and_judged(entry: PersonaEntry) -> None:
    text = entry.text
    assert len(text.examples) >= 1
    assert any(rule.weight == "must" for rule in text.contract)
    assert len(text.scope.inside) >= 5
    assert len(set(text.scope.inside + text.scope.outside)) == len(
        text.scope.inside + text.scope.outside
    )
    assert entry.size in ("small", "real")
    assert len(re.findall(r"[.?!](?: |$)", entry.why)) == 2, entry.why
    assert suites_for(text)


def test_ids_and_names_are_of_one_persona_each() -> None:
    assert len({one.id for one in shipped()}) == len(shipped())
    assert len({one.text.name.casefold() for one in shipped()}) == len(shipped())


def test_both_languages_have_as_much_for_real_models() -> None:
    chinese = [one for one in WORK if speaks_chinese(one.text.system)]
    assert len(chinese) * 2 == len(WORK) >= 24
    assert all(one.id.endswith("-zh") or one.id == "translator-zh-en" for one in chinese)
    assert all(one.text.name.endswith("(中文)") for one in chinese)


@pytest.mark.parametrize("id", TRAINED)
def test_what_the_embedded_model_was_trained_on_stays_as_it_is(id: str) -> None:
    assert by_id(id).text.system == TRAINED[id]


# A sentence that a message has said where it declines: reply "…", 回复“…”
_REFUSAL = re.compile(r"(?:reply|say|with|回复|说)[^\"“\n]{0,20}[\"“]([^\"”\n]{8,})[\"”]", re.I)


@pytest.mark.parametrize(
    "entry", [one for one in WORK if one.text.scope.outside], ids=lambda entry: entry.id
)
def test_the_refusal_that_a_message_gives_is_one_by_its_contract(entry: PersonaEntry) -> None:
    message = entry.text.system
    given = _REFUSAL.findall(message) or re.findall(r"(?:say: |就说：|Answer: )(.+)", message)
    assert given
    outcomes = [checked(declines_as(entry.text), Seen(said, "stop", message)) for said in given]
    assert any(one.passed for one in outcomes), [one.why for one in outcomes]


@pytest.mark.parametrize("id", ["json-extractor", "json-extractor-zh"])
def test_the_example_in_the_message_of_an_extractor_follows_its_contract(id: str) -> None:
    text = by_id(id).text
    example = next(line for line in text.system.splitlines() if line.startswith("{"))
    assert json.loads(example)["order_number"] == "88213"
    seen = Seen(example, "stop", text.system)
    assert passes(text.contract, [checked(rule, seen) for rule in text.contract])
    guessed = Seen(example.replace('"order"', '"parcel"'), "stop", text.system)
    assert not passes(text.contract, [checked(rule, guessed) for rule in text.contract])


@pytest.mark.parametrize(
    ("id", "good", "bad"),
    [
        ("disclaimer-keeper", "Usually yes.\nThis is general information and not legal advice.", "Usually yes."),
        ("code-reviewer", "Approve", "Looks fine to me."),
        ("minutes-writer", "## Decisions\n- None\n## Tasks\n- None\n## Open questions\n- None", "None"),
        ("interviewer", "What happened then?", "Did it work? And then?"),
        ("sales-copywriter", "Water for two weeks\nYou fill it, it waters.\nSee the pot", "The best pot!"),
        ("ux-editor", "Could not save. Try again.", "Error 504: please retry!"),
        ("support-handbook", "Fill the tank.", "As an AI I have no tank."),
        ("interviewer-zh", "后来怎么样了？", "你生气吗？然后呢？"),
        ("disclaimer-keeper-zh", "通常可以。\n以上为一般信息，不构成法律意见。", "可以。"),
    ],
)  # fmt: skip
def test_contracts_tell_good_answers_from_bad_ones(id: str, good: str, bad: str) -> None:
    text = by_id(id).text
    for said, holds in ((good, True), (bad, False)):
        seen = Seen(said, "stop", text.system)
        assert passes(text.contract, [checked(rule, seen) for rule in text.contract]) is holds
