"""What a page shows goes through `_`: a literal text given to Streamlit or to a figure does not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Their first argument is shown
SHOWN = {
    *("title", "header", "subheader", "markdown", "write", "caption", "text", "success", "info"),
    *("warning", "error", "toast", "button", "download_button", "link_button", "checkbox"),
    *("toggle", "radio", "selectbox", "multiselect", "slider", "select_slider", "text_input"),
    *("text_area", "number_input", "file_uploader", "segmented_control", "pills", "chat_input"),
    *("expander", "popover", "spinner", "status", "metric", "page_link", "dialog", "menu_button"),
}
SHOWN_BY_NAME = {"help", "placeholder", "label", "alt", "title", "caption", "page_title"}
# Names of things, the same in every language
NAMES = {"CSV", "JSON", "YAML", "Markdown", "HTML", "Prompt", "Lab", "logits", "softmax"}


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The literal texts that calls would show, with their lines."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        shown = [k.value for k in node.keywords if k.arg in SHOWN_BY_NAME]
        if name in SHOWN:
            shown += node.args[:1]
        for value in shown:
            yield from ((value.lineno, text) for text in _texts(value))


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        for part in value.values:
            yield from _texts(part)
    elif isinstance(value, ast.BinOp):
        yield from (*_texts(value.left), *_texts(value.right))
    elif isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))


def untranslated(source: str) -> list[str]:
    """Where a source shows words that are not marked for translation."""
    found = []
    for line, text in literals(ast.parse(source)):
        # Icons, colours and the HTML of a style are not words
        words = re.findall(r"[A-Za-z]{2,}", re.sub(r":[a-z-]+(/[a-z_0-9]+:|\[)|<[^>]*>", "", text))
        if set(words) - NAMES:
            found.append(f"line {line}: {text!r}")
    return found


@pytest.mark.parametrize(
    "file",
    [
        ROOT / "Home.py",
        *sorted((ROOT / "pages").glob("*.py")),
        *sorted((ROOT / "ui").rglob("*.py")),
    ],
    ids=lambda file: file.name,
)
def test_no_page_shows_a_literal_text(file: Path) -> None:
    assert untranslated(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'st.button("Save")',
        'column.caption(f"{count} tokens")',
        'st.text_input(_("Name"), help="A name")',
        'st.markdown("#### " + "Figures")',
        'figure.update_xaxes(title="rank")',
        'st.write(_("a") if wide else "narrow")',
    ],
)
def test_a_literal_text_is_found(source: str) -> None:
    assert untranslated(source)


@pytest.mark.parametrize(
    "source",
    [
        'st.button(_("Save"), icon=":material/save:", key="save")',
        'st.caption(" · ".join(parts))',
        'st.markdown(f":red[{_("No")}] **{value}**")'.replace('"No"', "'No'"),
        'st.download_button("CSV", data)',
    ],
)
def test_marked_texts_and_names_are_not(source: str) -> None:
    assert untranslated(source) == []
