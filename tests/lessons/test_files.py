"""Lesson files: what can be wrong with one is told with its file and field, and the rest stays."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import InvalidInput, NotFound
from core.i18n import set_language
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson, read_lesson
from core.lessons.shelf import CONTENT, MAX_FILE_BYTES, languages, shelf

Front = dict[str, Any]
GOOD = (CONTENT / "en" / "temperature.md").read_text(encoding="utf-8")
IDS = sorted(file.stem for file in (CONTENT / "en").glob("*.md"))


def rewritten(change: Callable[[Front], object]) -> str:
    """The temperature lesson with a changed front matter."""
    front, body = GOOD.removeprefix("---\n").split("\n---\n", 1)
    values = yaml.safe_load(front)
    change(values)
    return f"---\n{yaml.safe_dump(values, allow_unicode=True)}---\n{body}"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "lessons"
    (folder / "en").mkdir(parents=True)
    return folder


def test_every_lesson_is_there_in_every_language() -> None:
    assert languages() == ["en", "zh"]
    assert len(IDS) == 11
    for language in languages():
        found = shelf(None, language)
        assert not found.problems
        assert sorted(lesson.id for lesson in found.lessons) == IDS
        assert {lesson.language for lesson in found.lessons} == {language}


def test_both_languages_have_the_same_shape() -> None:
    def shape(lesson: Lesson) -> tuple[object, ...]:
        return (
            type(lesson.experiment),
            lesson.minutes,
            lesson.order,
            len(lesson.prediction.choices),
            [choice.promised for choice in lesson.prediction.choices],
            [answer.right for answer in lesson.check],
            [way.page for way in lesson.ways_on],
            lesson.sections["seen"].count("{if"),
        )

    for english, chinese in zip(shelf(None, "en").lessons, shelf(None, "zh").lessons, strict=True):
        assert shape(english) == shape(chinese), english.id


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.pop("title"), "title is missing"),
        (lambda f: f.update(title=5), "title must be text, got 5"),
        (lambda f: f.update(title="x" * 81), "title can have at most 80 characters, got 81"),
        (lambda f: f.update(minutes=0), "minutes must be a whole number from 1 to 60, got 0"),
        (lambda f: f.update(minutes=True), "minutes must be a whole number"),
        (lambda f: f.update(colour="red"), "colour is not allowed here. Allowed: .*title"),
        (lambda f: f.update(experiment="x"), "experiment must be a mapping of fields"),
        (lambda f: f["experiment"].update(kind="magic"), r"experiment\.kind must be answers, "),
        (lambda f: f["experiment"].update(samples=99), r"experiment\.samples .* 1 to 12, got 99"),
        (lambda f: f["experiment"].update(seed=-1), r"experiment\.seed must be"),
        (lambda f: f["experiment"].pop("ask"), r"experiment\.ask is missing"),
        (lambda f: f["experiment"].update(settings=[]), r"experiment\.settings must be a list of 1"),
        (
            lambda f: f["experiment"]["settings"][1].update(temperature=3),
            r"experiment\.settings 2\.temperature must be a number from 0 to 2, got 3",
        ),
        (
            lambda f: f["experiment"]["settings"][1].update(temperature="hot"),
            r"settings 2\.temperature must be a number",
        ),
        (
            lambda f: f["experiment"]["settings"][0].update(tempreature=1),
            r"experiment\.settings 1\.tempreature is not allowed here",
        ),
        (
            lambda f: f["experiment"]["settings"][1].update(name="cold"),
            r"experiment\.settings has the name 'cold' twice",
        ),
        (lambda f: f["experiment"]["settings"][0].update(name="A B"), r"settings 1\.name must be"),
        (lambda f: f["predict"].pop("ask"), r"predict\.ask is missing"),
        (lambda f: f["predict"].update(choices=["a"]), r"predict\.choices must be a list of 2 to 6"),
        (
            lambda f: f["predict"]["choices"][0].update(when="hot"),
            r"predict\.choices 1\.when must be a condition",
        ),
        (
            lambda f: f["predict"].update(number={"low": 1, "high": 8, "figure": "nothing"}),
            r"predict\.number\.figure: this experiment has no figure 'nothing'",
        ),
        (lambda f: f.update(promises=["different_tepid > 1"]), "promises 1: .*'different_tepid'"),
        (lambda f: f["check"]["choices"][1].update(right=True), "one answer with right: true, got 2"),
        (lambda f: f["check"]["choices"][0].pop("feedback"), r"check\.choices 1\.feedback"),
        (lambda f: f["go_on"][0].update(page="moon"), r"go_on 1\.page must be playground, chat"),
        (lambda f: f["go_on"][0].update(password="x"), r"go_on 1\.password is not allowed here"),
        (lambda f: f["go_on"][0].update(prompt=["x"]), r"go_on 1\.prompt must be text or a num"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_field(change: Callable[[Front], object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as error:
        read_lesson("x", "en", rewritten(change))
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must begin with front matter"),
        ("# question\nHello", "must begin with front matter"),
        ("---\ntitle: [\n---\n# question\n", "front matter is not YAML"),
        ("---\n- a\n- b\n---\n# question\n", "front matter must have fields"),
        ("---\n!!python/object/apply:os.getcwd []\n---\n# question\n", "front matter is not YAML"),
        ("---\na: " + "[" * 5000 + "\n---\n# question\n", "front matter is not YAML"),
        (GOOD.replace("# why", "# because"), "section # because is unknown"),
        (GOOD.replace("# why", "# seen"), "section # seen is unknown or appears twice"),
        (GOOD.split("# why")[0], "section # why is missing"),
        (GOOD.replace("# question", "Hello\n\n# question"), "must begin with a section"),
        (GOOD.replace("{far_cold}", "{far_tepid}"), "# seen: .*'far_tepid'"),
        (GOOD.replace("# teacher\n", "# teacher\n\n{samples}\n"), "# teacher: .*'samples'"),
    ],
)
def test_a_file_that_is_no_lesson_is_explained(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_lesson("x", "en", text)


def test_bad_files_are_told_of_and_the_others_stay(own: Path) -> None:
    (own / "en" / "good.md").write_text(GOOD.replace("title: Temperature", "title: Mine"))
    (own / "en" / "bad.md").write_text("---\ntitle: 5\n---\n")
    (own / "en" / "latin.md").write_bytes(GOOD.encode() + b"\xff")
    (own / "en" / "huge.md").write_text(GOOD + " " * MAX_FILE_BYTES)
    (own / "lost.md").write_text(GOOD)
    found = shelf(own, "en")
    assert found.get("good").title == "Mine"
    assert len(found.lessons) == len(IDS) + 1
    told = {problem.file.name: problem.reason for problem in found.problems}
    assert set(told) == {"bad.md", "latin.md", "huge.md", "lost.md"}
    assert "UTF-8" in told["latin.md"]
    assert str(MAX_FILE_BYTES) in told["huge.md"]


def test_a_folder_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    found = shelf(tmp_path / "nowhere", "en")
    assert len(found.lessons) == len(IDS)
    assert "PROMPTLAB_LESSONS" in found.problems[0].reason


def test_a_file_of_the_operator_s_takes_the_place_of_ours_in_its_language(own: Path) -> None:
    text = GOOD.replace("title: Temperature", "title: Mine")
    (own / "en" / "temperature.md").write_text(text)
    assert shelf(own, "en").get("temperature").title == "Mine"
    assert shelf(own, "zh").get("temperature").language == "zh"
    (own / "zh").mkdir()
    (own / "zh" / "temperature.md").write_text(text)
    assert shelf(own, "zh").get("temperature").title == "Mine"


def test_a_lesson_without_a_translation_is_shown_in_english(own: Path) -> None:
    (own / "en" / "extra.md").write_text(GOOD)
    assert shelf(own, "zh").get("extra").language == "en"


def test_a_changed_file_is_read_again(own: Path) -> None:
    file = own / "en" / "mine.md"
    file.write_text(GOOD)
    before = shelf(own, "en").get("mine").title
    file.write_text(GOOD.replace("title: Temperature", "title: Changed"))
    assert (before, shelf(own, "en").get("mine").title) == ("Temperature", "Changed")


def test_the_language_of_the_context_is_the_default() -> None:
    set_language("zh")
    try:
        assert shelf().get("temperature").language == "zh"
    finally:
        set_language("en")


def test_an_unknown_lesson_is_named() -> None:
    with pytest.raises(NotFound, match=r"'nothing'.*temperature"):
        shelf(None, "en").get("nothing")


@pytest.mark.parametrize("lesson", shelf(None, "en").lessons, ids=lambda lesson: lesson.id)
def test_every_control_changes_the_experiment_and_has_its_own_name(lesson: Lesson) -> None:
    controls = lesson.experiment.controls()
    assert len({control.name for control in controls}) == len(controls) > 0
    for control in controls:
        other = "changed" if control.range is None else control.range.high
        new = changed(lesson.values, {control.path: other})
        assert {c.name: c.value for c in new.controls()}[control.name] == other
        assert control.read(str(control.value)) == control.value
    assert lesson.experiment == changed(lesson.values, {})


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1", "2.1", "1e999"])
def test_a_control_refuses_what_is_out_of_range(text: str) -> None:
    controls = shelf(None, "en").get("temperature").experiment.controls()
    (control,) = [c for c in controls if c.name == "temperature_hot"]
    with pytest.raises(InvalidInput, match="temperature_hot must be a number from 0 to 2"):
        control.read(text)


def test_a_copy_of_the_content_is_a_folder_of_one_s_own(tmp_path: Path) -> None:
    shutil.copytree(CONTENT, tmp_path / "copy")
    assert not shelf(tmp_path / "copy", "zh").problems
