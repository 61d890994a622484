"""Which language holds where: contexts, threads, the terminal, counts and the pseudo-language."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.config import pseudo_language_offered, terminal_language
from core.i18n import (
    _,
    best_language,
    compact,
    in_language,
    in_this_language,
    language,
    ngettext,
    translated,
)
from core.personas.text import builtin_personas
from core.pseudo import LONGER, pseudo
from training.dialogue import is_chinese

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        (["zh-CN"], "zh"),
        (["zh_Hans_CN.UTF-8"], "zh"),
        (["de-DE", "zh-TW", "en"], "zh"),
        (["EN-gb"], "en"),
        (["fr"], "en"),
        (["C.UTF-8"], "en"),
        ([""], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_there_is_is_taken(wanted: list[str], best: str) -> None:
    assert best_language(wanted) == best


def test_a_language_holds_in_its_block_alone() -> None:
    with in_language("zh"):
        assert _("Cancel") == "取消"
    assert _("Cancel") == "Cancel"


def test_a_thread_speaks_the_language_of_who_started_it() -> None:
    said: list[str] = []
    with in_language("zh"):
        work = in_this_language(lambda: said.append(_("Cancel")))
    for target in (work, lambda: said.append(_("Cancel"))):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    assert said == ["取消", "Cancel"]
    assert language() == "en"


def test_a_request_that_fails_in_the_engine_says_so_in_the_language_of_its_visitor(engine) -> None:
    from core.backends.request import Request
    from core.backends.track import Track
    from core.engine.engine import _failure
    from core.sampling.settings import Sampling

    with in_language("zh"):
        track = Track(Request((1,), Sampling()), (1,), (), 1, engine.tokenizer, None)  # type: ignore[arg-type]
    assert "请重试" in _failure(None, track)


def test_plurals_follow_the_language() -> None:
    def said(count: int) -> str:
        return ngettext("{count} token", "{count} tokens", count).format(count=count)

    assert [said(1), said(2)] == ["1 token", "2 tokens"]
    with in_language("zh"):
        assert [said(1), said(2)] == ["1 个词元", "2 个词元"]


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (999, "999", "999"),
        (4_846_592, "4.85 million", "485 万"),
        (6_243_584_000, "6.24 billion", "62.4 亿"),
        (123_456_789, "123 million", "1.23 亿"),
    ],
)
def test_large_counts_are_said_as_people_say_them(count: int, english: str, chinese: str) -> None:
    assert compact(count) == english
    with in_language("zh"):
        assert compact(count) == chinese


def test_personas_have_names_in_both_languages_and_one_system_message() -> None:
    english = builtin_personas()
    with in_language("zh"):
        chinese = builtin_personas()
    for one, other in zip(english, chinese, strict=True):
        assert one.id == other.id
        assert one.text.name != other.text.name
        assert one.text.system == other.text.system


def test_some_personas_speak_chinese_and_are_asked_in_chinese() -> None:
    chinese = [one.text for one in builtin_personas() if is_chinese(one.text.system)]
    assert len(chinese) >= 3
    for text in chinese:
        # A question may be mostly code, with a comment in Chinese
        assert all(re.search(r"[\u4e00-\u9fff]", example) for example in text.examples), text.name


def test_a_text_that_no_catalogue_has_stays_as_it_is() -> None:
    with in_language("zh"):
        assert translated("Zaimpand") == "Zaimpand"
        assert translated("") == ""


def test_catalogue_entries_are_described_in_every_language() -> None:
    from core.i18n import LANGUAGES
    from core.models.catalogue import CATALOGUE_FILE, _read

    for name, facts in _read(CATALOGUE_FILE).items():
        assert set(facts.about) == set(LANGUAGES), name


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LANG": "", "LC_ALL": ""}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminal_s_language(variables: dict[str, str], expected: str) -> None:
    assert terminal_language(variables) == expected


def test_the_command_line_speaks_it(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core", *arguments],
            cwd=ROOT,
            env={"LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1", "PATH": "", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    assert "问一个问题" in run("ask", "--help").stdout
    refused = run("ask", "")
    assert refused.returncode == 2
    assert "是空的" in refused.stderr


def test_the_pseudo_language_is_longer_and_keeps_fields_icons_and_links() -> None:
    text = "Load **{name}** :material/save: in [the list](#x) with :red[care] and `code`"
    said = pseudo(text)
    for kept in ("{name}", ":material/save:", "](#x)", ":red[", "`code`", "**"):
        assert kept in said
    assert said != text
    plain = "What is on offer for visitors"
    assert len(pseudo(plain)) == pytest.approx(LONGER * len(plain), abs=1)
    with in_language("xx"):
        assert _("Cancel") == pseudo("Cancel")


def test_the_pseudo_language_is_for_tests() -> None:
    assert not pseudo_language_offered({})
    assert pseudo_language_offered({"PROMPTLAB_PSEUDO_LANGUAGE": "1"})


def test_the_settings_of_a_run_are_said_in_the_language_of_the_page() -> None:
    """They were put together from English names."""
    from core.grid.axes import Axis
    from core.grid.measure_labels import axis_label

    with in_language("zh"):
        assert axis_label("temperature") == "温度"
        assert Axis("seed", (7, 8)).short(0) == "种子 7"
    assert Axis("seed", (7, 8)).short(0) == "seed 7"
