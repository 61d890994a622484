"""Reading an experiment in a browser: a filter, an answer by keyboard, and a comparison without
names."""

import pytest
from playwright.sync_api import Page, expect

from core.checks.rule import rule
from core.experiments.records import Answer, Experiment, Place
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.store import Store
from tests.browser.actions import press, settled
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

A, B = "Wording Alpha", "Wording Beta"


@pytest.fixture
def stored(app: App) -> tuple[Store, Experiment]:
    """Six questions of which four got better, and one worse."""
    spec = ExperimentSpec(
        (Variant(A, "You are Alpha."), Variant(B, "You are Beta.")),
        tuple(Row(str(n), (("input", f"Question {n}?"),)) for n in range(6)),
        (rule("contains", words=("yes",)),),
        tries=1,
    )
    texts = (["no"] * 4 + ["yes", "no"], ["yes, sure"] * 4 + ["no, never", "no way"])
    store = Store.open(app.data / "promptlab.db")
    experiment = store.experiments.create(spec, "embedded")
    for v, said in enumerate(texts):
        for r, text in enumerate(said):
            place = Place(v, r, 0)
            given = Answer(place, spec.seed_of(*place), (text,), "stop", model="embedded")
            store.experiments.save_answer(experiment, given.checked(spec))
    return store, experiment


def test_answers_are_filtered_and_rated_by_keyboard(
    page: Page, app: App, stored: tuple[Store, Experiment]
) -> None:
    store, experiment = stored
    page.goto(f"{app.url}/Experiments?experiment={experiment.id}&lang=en")
    questions = page.locator("[class*='st-key-question_']")
    expect(questions).to_have_count(6)
    press(page.get_by_role("radio", name="Got worse 1"))
    expect(questions).to_have_count(1)
    press(questions.locator("summary"))
    expect(questions).to_contain_text("no, never")
    press(page.get_by_role("button", name="Rate by hand"))
    dialog = page.get_by_test_id("stDialog")
    expect(dialog).to_contain_text("1 of 2")
    settled(page)
    page.keyboard.press("f")
    expect(dialog).to_contain_text("2 of 2")
    settled(page)
    page.keyboard.press("p")
    expect(dialog).to_contain_text("this overrides the rules")
    # The keys of the rating are letters in the note
    settled(page)
    page.keyboard.press("m")
    note = dialog.locator("textarea")
    expect(note).to_be_focused()
    page.keyboard.type("pf n")
    press(dialog.get_by_role("button", name="Close"))
    # What was worse is better now
    expect(page.locator("[class*='st-key-filter']")).to_contain_text("Got better 5")
    kept = [store.experiments.answer(experiment, Place(v, 4, 0)) for v in range(2)]
    assert [(one.rating, one.note) for one in kept] == [("fail", ""), ("pass", "pf n")]


def test_a_blind_comparison_tells_no_name(
    page: Page, app: App, stored: tuple[Store, Experiment]
) -> None:
    _store, experiment = stored
    page.goto(f"{app.url}/Experiments?experiment={experiment.id}&lang=en")
    expect(page.get_by_test_id("stMain")).to_contain_text(B)
    press(page.get_by_role("button", name="Compare blind"))
    # That all of the page before is gone comes with its last drawing
    expect(page.get_by_test_id("stApp")).not_to_contain_text("Wording")
    expect(page.get_by_text("0 of 6 questions")).to_be_visible()
    settled(page)
    for done, key in enumerate("123", start=1):
        page.keyboard.press(key)
        expect(page.get_by_text(f"{done} of 6 questions")).to_be_visible()
        settled(page)
        html = page.content()
        assert not [name for name in (A, B, "Alpha", "Beta") if name in html]
    press(page.get_by_role("button", name="Reveal the names"))
    expect(page.get_by_test_id("stMain")).to_contain_text("Of 3 questions")
    expect(page.get_by_test_id("stMain")).to_contain_text(B)


def test_a_field_of_the_filtered_matrix_opens_the_question_of_its_number(
    page: Page, app: App
) -> None:
    spec = ExperimentSpec(
        (Variant(A, "You are Alpha."), Variant(B, "You are Beta.")),
        tuple(Row(str(n), (("input", f"Question {n}?"),)) for n in range(1, 10)),
        (rule("contains", words=("yes",)),),
        tries=1,
    )
    experiments = Store.open(app.data / "promptlab.db").experiments
    experiment = experiments.create(spec, "embedded")
    for variant in range(2):
        for row in range(9):
            place, text = Place(variant, row, 0), "no" if row in (2, 7) and variant else "yes"
            given = Answer(place, spec.seed_of(*place), (text,), "stop", model="embedded")
            experiments.save_answer(experiment, given.checked(spec))
    page.goto(f"{app.url}/Experiments?experiment={experiment.id}&read=matrix&lang=en")
    matrix = page.locator("[class*='st-key-matrix_']")
    points = matrix.locator(".scatterlayer .point")
    expect(points).to_have_count(18)
    press(page.get_by_role("radio", name="Failed 2"))
    expect(points).to_have_count(4)
    expect(matrix.locator(".xtick text")).to_have_text(["3", "8"])
    settled(page)
    box = points.nth(3).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("8 · Question 8?")).to_be_visible()
    assert "cell=2-8" in page.url
