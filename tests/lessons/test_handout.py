"""The handout is one file that needs nothing else, and runs nothing."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from core.lessons.handout import handout
from core.lessons.shelf import languages, shelf


class Tags(HTMLParser):
    """Every tag and attribute of a document, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Tags:
    reader = Tags()
    reader.feed(text)
    return reader


@pytest.mark.parametrize("language", languages())
def test_every_lesson_is_on_it_and_the_answers_come_last(language: str) -> None:
    lessons = shelf(None, language).lessons
    read = parsed(handout(lessons, language))
    assert read.tags.count("article") == len(lessons)
    assert not {"script", "img", "link", "iframe", "a"} & set(read.tags)
    assert read.attributes <= {"lang", "charset", "name", "content", "class", "style", "start"}
    pages, answers = read.text.rsplit({"en": "Answers", "zh": "答案"}[language], 1)
    for lesson in lessons:
        assert lesson.title in pages
        right = next(answer for answer in lesson.check if answer.right)
        assert right.feedback not in pages
        assert right.feedback.split("<")[0] in answers


def test_html_and_images_in_a_lesson_stay_text() -> None:
    lesson = shelf(None, "en").get("temperature")
    bad = "<script>alert(1)</script> ![x](http://elsewhere/x.png) [y](javascript:alert(1))"
    sections = {**lesson.sections, "question": bad}
    read = parsed(handout([replace(lesson, title="<b>x</b>", sections=sections)], "en"))
    assert not {"script", "img", "a", "b"} & set(read.tags)
    assert "<b>x</b>" in read.text
