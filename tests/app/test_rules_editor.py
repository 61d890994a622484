"""Rules are written without code: what is typed becomes a rule when it is whole, and is never
lost."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.checks.fields import Field
from core.checks.form import RuleForm
from core.checks.kind import Kind, Seen
from core.checks.rule import KINDS, Rule, rule, rule_label
from tests.patience import PAGE_S

NEAR = Seen("You can have a refund within 30 days.", reason="stop", question="Refund?")


def editing() -> None:
    """A page that is nothing but an editor of rules kept in the session."""
    import streamlit as st

    from ui.checks.editor import rules_editor

    def keep(rules: tuple) -> None:
        st.session_state["kept"] = rules

    rules_editor(
        "list",
        st.session_state.setdefault("kept", ()),
        keep,
        st.session_state.get("seen"),
        most=st.session_state.get("most", 50),
    )


def editor(*rules: Rule, seen: Seen | None = None, most: int = 50) -> AppTest:
    at = AppTest.from_function(editing, default_timeout=PAGE_S)
    at.session_state["kept"], at.session_state["seen"] = rules, seen
    at.session_state["most"] = most
    return at.run()


def kept(at: AppTest) -> tuple[Rule, ...]:
    assert not at.exception
    found: tuple[Rule, ...] = at.session_state["kept"]
    return found


def click(at: AppTest, key: str) -> AppTest:
    at.button(key=f"list_{key}").click().run()
    assert not at.exception
    return at


def begin(at: AppTest, kind: str) -> AppTest:
    return click(click(at, "add"), f"kind_{kind}")


def said(at: AppTest) -> str:
    return "\n".join(one.value for one in (*at.markdown, *at.caption, *at.error))


def legal(kind: Kind) -> dict[str, Any]:
    """Values that make a rule of a kind, as they are typed."""
    needed = {"words": "refund", "text": "refund", "pattern": "ref.*d", "name": "search"}
    begun = RuleForm.new(kind.name)

    def value(field: Field) -> Any:
        given = begun.by_name[field.name]
        return needed.get(field.name, needed[field.type]) if given == "" else given

    return {field.name: value(field) for field in kind.fields if not field.blank}


def fill(at: AppTest, kind: str, **typed: Any) -> None:
    for name, value in typed.items():
        key = f"list_value_{kind}_{name}"
        field = next(f for f in KINDS[kind].fields if f.name == name)
        match field.type:
            case "text" | "pattern":
                at.text_input(key=key).set_value(value)
            case "words" | "passage" | "json":
                at.text_area(key=key).set_value(value)
            case "whole" | "number":
                at.number_input(key=key).set_value(value)
            case "flag":
                at.checkbox(key=key).set_value(value)
            case "choice" if len(field.choices) > 2:
                at.selectbox(key=key).set_value(value)
            case "choice":
                at.segmented_control(key=key).set_value(value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written(kind: str) -> None:
    at = begin(editor(), kind)
    fill(at, kind, **legal(KINDS[kind]))
    at.run()
    assert kept(at) == ()
    click(at, "store")
    (made,) = kept(at)
    assert made == RuleForm.new(kind).having(**legal(KINDS[kind])).rule()
    assert made.weight == "must"
    assert not [one for one in at.button if one.key == "list_store"]


@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("contains", {"words": " \n"}, "Write at least one"),
        ("matches", {"pattern": "(refund"}, "cannot be read"),
        ("matches", {"pattern": "(a{1000}){1000}"}, "repeats something"),
        ("length", {"at_least": 5, "at_most": 3}, "Swap them"),
        ("length", {"at_least": None, "at_most": None}, "at least how many"),
        ("letter_count", {"letter": "ab"}, "not one letter"),
        ("json_schema", {"schema": "{"}, "not valid JSON"),
        ("json_schema", {"schema": '{"$ref": "https://example.org/x"}'}, ""),
        ("calls_tool", {"name": "search", "arguments": "[1]"}, "object of JSON"),
        ("keeps_system", {"most": 5000}, "0 to 1,000"),
        ("similar", {"at_least": 101.0}, "0 to 100"),
        ("word_count", {"word": "x" * 3000}, "at most"),
    ],
)
def test_what_is_no_rule_says_why_and_stays(kind: str, typed: dict[str, Any], message: str) -> None:
    at = begin(editor(), kind)
    fill(at, kind, **typed)
    at.run()
    click(at, "store")
    assert kept(at) == ()
    (error,) = at.error
    assert message in error.value
    for name, value in typed.items():
        assert at.session_state[f"list_value_{kind}_{name}"] == value


def test_a_new_form_complains_of_nothing_until_it_is_asked_for() -> None:
    at = begin(editor(), "contains")
    assert not at.error
    at.checkbox(key="list_value_contains_match_case").check().run()
    assert not at.error
    click(at, "store")
    assert len(at.error) == 1
    at.text_area(key="list_value_contains_words").set_value("refund").run()
    assert not at.error
    click(at, "store")
    assert kept(at) == (rule("contains", words=("refund",), match_case=True),)


def test_a_rule_is_changed_in_its_place() -> None:
    first, second = rule("contains", words=("refund",)), rule("finished")
    at = click(editor(first, second), "open_0")
    at.text_area(key="list_value_contains_words").set_value("refund\nmoney").run()
    assert kept(at) == (first, second)
    click(at, "store")
    assert kept(at) == (rule("contains", words=("refund", "money")), second)


def test_leaving_a_form_changes_nothing() -> None:
    first = rule("contains", words=("refund",))
    at = click(editor(first), "open_0")
    at.text_area(key="list_value_contains_words").set_value("money").run()
    click(at, "cancel")
    assert kept(at) == (first,)
    click(at, "open_0")
    assert at.text_area(key="list_value_contains_words").value == "refund"


def test_what_is_being_written_survives_another_session() -> None:
    at = begin(editor(), "contains")
    at.text_area(key="list_value_contains_words").set_value("half a th").run()
    again = editor()
    assert again.text_area(key="list_value_contains_words").value == "half a th"


def test_a_weight_is_changed_by_a_click_and_in_the_form() -> None:
    at = click(editor(rule("finished"), rule("quoted")), "toggle_1")
    assert [one.weight for one in kept(at)] == ["must", "should"]
    click(at, "open_0")
    at.segmented_control(key="list_weight").set_value("should").run()
    click(at, "store")
    assert [one.weight for one in kept(at)] == ["should", "should"]


def test_rules_move_and_an_open_one_moves_with_its_form() -> None:
    rules = (rule("finished"), rule("contains", words=("refund",)), rule("quoted"))
    at = click(editor(*rules), "open_1")
    click(at, "arrow_upward")
    assert kept(at) == (rules[1], rules[0], rules[2])
    assert at.button(key="list_arrow_upward").disabled
    click(click(at, "arrow_downward"), "arrow_downward")
    assert kept(at) == (rules[0], rules[2], rules[1])
    assert at.button(key="list_arrow_downward").disabled
    at.text_area(key="list_value_contains_words").set_value("money").run()
    click(at, "store")
    assert kept(at) == (rules[0], rules[2], rule("contains", words=("money",)))


def test_a_removed_rule_comes_back_where_it_was() -> None:
    from ui.shell.undo import Undoable

    rules = (rule("finished"), rule("quoted"), rule("valid_json"))
    at = click(editor(*rules), "remove_1")
    assert kept(at) == (rules[0], rules[2])
    undo = at.session_state["state"][Undoable.__name__]
    assert "quotation marks" in undo.text


@pytest.mark.parametrize(
    ("one", "icon", "why"),
    [
        (rule("contains", words=("refund",)), "check_circle", "refund"),
        (rule("contains", words=("voucher",)), "cancel", "Not found"),
        (rule("equals"), "help", "There is no expected answer"),
        (rule("lacks", words=("refund",)), "cancel", "Found"),
    ],
)
def test_each_rule_says_what_it_finds_in_the_last_answer(one: Rule, icon: str, why: str) -> None:
    at = editor(one, seen=NEAR)
    assert icon in at.button(key="list_open_0").label
    assert why in said(at)


def test_an_answer_that_was_cut_off_is_worth_a_look() -> None:
    at = editor(rule("contains", words=("refund",)), seen=Seen("A refund is", reason="length"))
    assert "Worth a look" in said(at)


def test_a_pasted_answer_is_looked_at_in_place_of_the_last_one() -> None:
    at = editor(rule("contains", words=("refund",)), rule("quoted", "should"), seen=NEAR)
    assert "1 of 2 rules hold: the answer passes" in said(at)
    at.text_area(key="list_pasted").set_value("No idea.").run()
    assert "0 of 2 rules hold: the answer does not pass" in said(at)
    at.text_area(key="list_pasted").set_value("").run()
    assert "1 of 2 rules hold: the answer passes" in said(at)


def test_a_form_says_what_its_rule_would_find() -> None:
    at = begin(editor(seen=NEAR), "contains")
    at.text_area(key="list_value_contains_words").set_value("voucher").run()
    assert "Not found: “voucher”" in said(at)
    at.text_area(key="list_value_contains_words").set_value("refund").run()
    assert "Found: “refund”" in said(at)


def test_kinds_are_found_by_what_they_do() -> None:
    at = click(editor(), "add")

    def offered() -> set[str]:
        found = [one.key or "" for one in at.button]
        return {key.removeprefix("list_kind_") for key in found if key.startswith("list_kind_")}

    assert offered() == set(KINDS)
    at.text_input(key="list_search").set_value("json SCHEMA").run()
    assert offered() == {"json_schema"}
    at.text_input(key="list_search").set_value("sentence").run()
    assert offered() == {"length"}  # which can be counted in them
    at.text_input(key="list_search").set_value("<b>nothing</b>").run()
    assert offered() == set()
    assert "No kind of rule has" in said(at)
    click(at, "leave")
    assert at.button(key="list_add")


def test_there_are_no_more_rules_than_allowed() -> None:
    at = editor(rule("finished"), rule("quoted"), most=2)
    assert at.button(key="list_add").disabled
    assert "at most 2 rules" in said(at)


def test_what_a_visitor_wrote_is_drawn_as_it_is() -> None:
    words = ("**bold** :material/home: $x$",)
    at = editor(rule("contains", words=words), seen=NEAR)
    shown = at.button(key="list_open_0").label
    assert "\\*\\*bold\\*\\*" in shown
    assert "\\$x\\$" in shown


def test_a_form_of_another_version_is_forgotten() -> None:
    from ui.shell import resources

    resources.store().drafts.put("rule", "list", {"kind": "contains", "typed": {"gone": 1}})
    resources.store().drafts.put("rules tried", "list", {"text": 5})
    at = editor(rule("finished"))
    assert kept(at) == (rule("finished"),)
    assert at.button(key="list_add")


def test_labels_of_all_kinds_are_shown_on_their_rows() -> None:
    made = [RuleForm.new(k.name).having(**legal(k)).rule() for k in KINDS.values()]
    at = editor(*made, seen=NEAR)
    assert not at.exception
    for place, one in enumerate(made):
        assert rule_label(one).split(" ")[0] in at.button(key=f"list_open_{place}").label
