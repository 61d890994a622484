"""The files of texts: every template is sound, and a faulty file is told with its place."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from training import texts
from training.grammar import parsed
from training.texts import Exchange, TextError, Wordings


@dataclass(frozen=True, slots=True)
class Topic:
    """What the files of these tests hold."""

    greetings: Wordings
    chat: tuple[Exchange, ...] = ()


@pytest.fixture
def topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that "topic" names, not yet written."""
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    texts._read.cache_clear()
    return tmp_path / "topic.yaml"


@pytest.mark.parametrize("name", texts.names())
def test_brackets_of_every_text_are_balanced(name: str) -> None:
    assert all(parsed(text) for text in texts.strings(name) if text)


@pytest.mark.parametrize("name", texts.names())
def test_every_file_says_what_it_is(name: str) -> None:
    assert (texts.FOLDER / f"{name}.yaml").read_text(encoding="utf-8").startswith("# ")


def test_a_file_becomes_what_its_domain_declares(topic: Path) -> None:
    topic.write_text("greetings: [hi, hello]\nchat:\n  - ask: [bye]\n    say: [Bye!]\n", "utf-8")
    assert texts.load("topic", Topic) == Topic(("hi", "hello"), (Exchange(("bye",), ("Bye!",)),))


def test_shared_parts_are_put_in(topic: Path) -> None:
    topic.write_text(
        "shared:\n  who: '[you|all]'\n  asked: [what is <p>, tell <who> <p>]\n"
        "greetings:\n  - hello <who>\n  - {each: asked, p: the sum}\n",
        "utf-8",
    )
    found = texts.load("topic", Topic).greetings
    assert found == ("hello [you|all]", "what is the sum", "tell [you|all] the sum")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("greetings: [hi, no]", "topic.yaml: greetings, entry 2: False is no text"),
        ("greetings: hi", "topic.yaml: greetings: a list is expected"),
        ("greetings: []", "topic.yaml: greetings: a list is expected"),
        ("- hi", "topic.yaml: names with a colon are expected"),
        ("greetings: [hi]\nchats: [bye]", "chats is not read; there is chat, greetings"),
        ("chat:\n  - {ask: [bye], say: [Bye]}", "topic.yaml: greetings is missing"),
        ("greetings: [hi]\nchat:\n  - ask: [bye]", "chat, entry 1: say is missing"),
        ("greetings: [hello <who>]", "'who' is not in `shared`"),
        ("greetings: [hi", "is no valid YAML"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(topic: Path, content: str, told: str) -> None:
    topic.write_text(content, "utf-8")
    with pytest.raises(TextError, match=told.replace("[", "\\[")):
        texts.load("topic", Topic)


def test_the_readme_names_every_module() -> None:
    folder = texts.FOLDER.parent
    readme = (folder / "README.md").read_text(encoding="utf-8")
    modules = [*folder.glob("*.py"), *(folder / "domains").glob("*.py")]
    named = {str(file.relative_to(folder)) for file in modules if file.name != "__init__.py"}
    assert {name for name in named if f"`{name}`" not in readme} == set()
    parts = readme.split("## Parts")[1].split("## How")[0]
    assert {name for name in re.findall(r"`([\w/]+\.py)`", parts)} - named == {"texts/__init__.py"}
