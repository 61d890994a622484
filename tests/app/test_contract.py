"""The contract and the scope of a persona: edited with it, saved with it, and shown under
answers."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.checks.rule import Rule, rule
from core.personas.book import PersonaBook
from core.personas.edits import Edits
from core.personas.text import PersonaText, Scope, held_to
from core.store import Store
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend

ROOT = Path(__file__).parents[2]
PAGE = str(ROOT / "pages" / "2_Personas.py")
REFUND = rule("contains", words=("refund",))
SHORT = rule("length", "should", unit="words", at_most=3)
ANSWER = "You get a refund."


@pytest.fixture
def store(own_data: Path) -> Store:
    from ui.shell import resources

    return resources.store()


@pytest.fixture
def agent(store: Store, scripted: ScriptedBackend) -> str:
    """A persona with two rules and a scope, asked by a model that always answers the same."""
    scripted.__init__(ANSWER)  # type: ignore[misc]
    text = PersonaText(
        "Agent",
        "You are a support agent.",
        examples=("Can I have my money back?",),
        contract=(REFUND, SHORT),
        scope=Scope(("Can I have my money back?",), ("Who won the game?",)),
    )
    return PersonaBook(store.personas).create(text).id


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def click(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def part(at: AppTest, name: str) -> AppTest:
    at.segmented_control(key="part").set_value(name).run()
    assert not at.exception
    return at


def saved(store: Store, persona_id: str) -> PersonaText:
    return PersonaBook(store.personas).get(persona_id).text


def contract_now(store: Store, persona_id: str) -> tuple[Rule, ...]:
    from core.personas.edits import contract_of

    return contract_of(Edits(store.drafts).now(PersonaBook(store.personas).get(persona_id)))


def keys(at: AppTest) -> list[str]:
    return [str(button.key) for button in at.button]


def holding(at: AppTest) -> list[str]:
    """The lines under the answers."""
    labels = [block.proto.popover.label for block in at.get("popover")]
    return [one for one in labels if "hold" in one]


def test_a_rule_is_an_unsaved_change_until_it_is_saved(store: Store, agent: str) -> None:
    at = open_page(persona=agent, part="contract")
    assert "discard" not in keys(at)
    click(at, f"contract_{agent}_toggle_0")
    assert [one.weight for one in contract_now(store, agent)] == ["should", "should"]
    assert saved(store, agent).contract == (REFUND, SHORT)
    assert "discard" in keys(at)
    click(at, "save")
    assert [one.weight for one in saved(store, agent).contract] == ["should", "should"]
    assert "discard" not in keys(at)


def test_a_change_of_the_contract_is_discarded_and_comes_back(store: Store, agent: str) -> None:
    at = click(open_page(persona=agent, part="contract"), f"contract_{agent}_remove_1")
    assert contract_now(store, agent) == (REFUND,)
    click(at, "discard")
    assert contract_now(store, agent) == (REFUND, SHORT)
    click(at, "undo")
    assert contract_now(store, agent) == (REFUND,)


def test_a_removed_rule_comes_back_to_the_contract(store: Store, agent: str) -> None:
    at = click(open_page(persona=agent, part="contract"), f"contract_{agent}_remove_0")
    assert contract_now(store, agent) == (SHORT,)
    click(at, "undo")
    assert contract_now(store, agent) == (REFUND, SHORT)
    assert "discard" not in keys(at)


def test_what_was_typed_in_one_part_is_saved_from_another(store: Store, agent: str) -> None:
    at = open_page(persona=agent)
    at.text_area(key=f"system_{agent}").set_value("You are kind.").run()
    part(at, "scope")
    at.text_area(key=f"outside_{agent}").set_value("Who won?\nTell me a joke.").run()
    part(at, "contract")
    click(at, f"contract_{agent}_remove_1")
    click(at, "save")
    now = saved(store, agent)
    assert now.system == "You are kind."
    assert now.scope == Scope(("Can I have my money back?",), ("Who won?", "Tell me a joke."))
    assert now.contract == (REFUND,)
    assert part(at, "message").text_area(key=f"system_{agent}").value == "You are kind."


def test_a_copy_takes_the_changed_contract_and_the_original_is_as_it_was(
    store: Store, agent: str
) -> None:
    at = click(open_page(persona=agent, part="contract"), f"contract_{agent}_remove_1")
    click(at, "save_copy")
    (copy,) = [e for e in PersonaBook(store.personas).list() if e.text.name == "Agent 2"]
    assert copy.text.contract == (REFUND,)
    assert copy.text.scope == saved(store, agent).scope
    assert contract_now(store, agent) == (REFUND, SHORT)


def test_a_contract_goes_out_in_a_file_and_comes_in(store: Store, agent: str) -> None:
    book = PersonaBook(store.personas)
    file = book.export([agent])
    before = book.get(agent).text
    book.delete(agent)
    (entry,) = book.import_(file)
    assert entry.text == before


def test_each_answer_says_which_rules_hold(store: Store, agent: str) -> None:
    at = click(open_page(persona=agent), f"example_{agent}_0")
    # Four words, and the question is in scope: it is answered
    assert holding(at) == ["2 of 3 rules hold"]
    details = "\n".join(one.value for one in at.markdown)
    assert "Found: “refund”" in details
    assert "answers, and does not decline" in details.casefold()


def test_answers_are_judged_as_the_contract_stands_in_the_editor(store: Store, agent: str) -> None:
    at = click(open_page(persona=agent), f"example_{agent}_0")
    part(at, "contract")
    click(at, f"contract_{agent}_remove_1")
    assert holding(at) == ["2 of 2 rules hold"]
    assert saved(store, agent).contract == (REFUND, SHORT)


def test_the_last_answer_of_the_preview_is_what_rules_are_tried_on(
    store: Store, agent: str
) -> None:
    at = part(click(open_page(persona=agent), f"example_{agent}_0"), "contract")
    assert "check_circle" in at.button(key=f"contract_{agent}_open_0").label
    assert "cancel" in at.button(key=f"contract_{agent}_open_1").label


def test_both_sides_of_a_comparison_are_held_to_the_contract(store: Store, agent: str) -> None:
    at = click(open_page(persona=agent, **{"try": "compare"}), f"compare_{agent}_0")
    assert holding(at) == ["2 of 3 rules hold", "2 of 3 rules hold"]


def test_a_persona_without_rules_says_nothing_of_them(store: Store, scripted: object) -> None:
    made = PersonaBook(store.personas).create(PersonaText("Plain", "You are plain."))
    at = click(open_page(persona=made.id), f"example_{made.id}_0")
    assert holding(at) == []


def test_too_many_questions_are_refused_and_stay_in_the_box(store: Store, agent: str) -> None:
    many = "\n".join(f"Question {n}?" for n in range(101))
    at = open_page(persona=agent, part="scope")
    at.text_area(key=f"inside_{agent}").set_value(many).run()
    assert "at most 100" in at.error[0].value
    click(at, "save")
    assert saved(store, agent).scope.inside == ("Can I have my money back?",)
    assert at.text_area(key=f"inside_{agent}").value == many


def test_a_kept_contract_of_another_version_is_left_aside(store: Store, agent: str) -> None:
    store.drafts.put("persona", agent, {"contract": '[{"kind": "gone"}]', "name": "Agent X"})
    at = open_page(persona=agent, part="contract")
    assert contract_now(store, agent) == (REFUND, SHORT)
    assert part(at, "message").text_input(key=f"name_{agent}").value == "Agent X"


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("In?", ["finished", "answers"]),
        ("  In?\n", ["finished", "answers"]),
        ("Out?", ["finished", "declines"]),
        ("Else?", ["finished"]),
    ],
)
def test_a_question_of_the_scope_is_answered_or_declined(question: str, kinds: list[str]) -> None:
    scope = Scope(("In?",), ("Out?",))
    assert [one.kind for one in held_to((rule("finished"),), scope, question)] == kinds
    own = (rule("declines", phrases=("Nope",)),)
    assert held_to(own, scope, question) == own
