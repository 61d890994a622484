"""What is drawn of a text: a table of what was written and of the Markdown for it.

That Streamlit draws it so is seen in tests/browser/test_text_on_screen.py.
"""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.shell.text import answer, label, lines, typed

SAME = (
    "Plain words, 10:30, a * b, snake_case_name, 50 % (c) 5 - 3 = 2; C:\\Users\\name",
    "**bold**, *slanted*, ~~struck~~, `code` and [a link](https://example.com/a_b?c=1:2)",
    "https://example.com/a_b~c:d?x=1&y=$z, www.example.com/$x$ and <https://example.com/:smile:>",
    "# Heading\n\n- one\n- two\n  1. three\n\n> quoted\n\n---\n\n| a | b |\n|---|:-:|\n| 1 | 2 |",
    "```rust\nlet v = vec![1, 2, 3]; // :smile: $x$ -> ![i](u) &lt;\n```",
    "~~~\n```\n:red[x]\n~~~",
    "Inline: `vec![0; 4]` and ``a ` :smile: $x$``, over `a\nline` too",
    "Text\n\n    indented :smile: $x$ ![i](u)",
    "$x$, $2n$, $a^2 + b^2 = c^2$, $\\frac{1}{2}$",
    "- [ ] open\n- [x] done",
)


@pytest.mark.parametrize("text", SAME)
def test_markdown_that_means_what_it_says_stays(text: str) -> None:
    assert answer(text) == text


GAP = ":small[]"
CHANGED = {
    # Formulas
    "The roots are \\(x_1\\) and": "The roots are $x_1$ and",
    "\\[x = \\frac{-b}{2a}\\]": "$$\nx = \\frac{-b}{2a}\n$$",
    "So\n\\[\nx = 1\n+ 2\n\\].\nEnd": "So\n$$\nx = 1\n+ 2.\n$$\nEnd",
    "- a\n  \\[ x \\]": "- a\n  $$\n  x\n  $$",
    "> 1. \\[ x \\]": "> 1. $$\n>    x\n>    $$",
    "so \\[x\\] is": "so $\\displaystyle x$ is",
    "$$x$$ is": "$\\displaystyle x$ is",
    "\\(x\\)2": f"$x${GAP}2",
    "\\(\\$5\\)": "$$\\$5$$",
    "open \\(x and \\[y": "open \\\\(x and \\\\\\[y",
    "a \\) b": "a \\\\\\) b",
    # Money, and names of a shell
    "$HOME/bin:$PATH": "\\$HOME/bin:\\$PATH",
    "$5-$10, US$5 and CA$6": "\\$5-\\$10, US\\$5 and CA\\$6",
    "$20 (about 18 euros) or 20$.": "\\$20 (about 18 euros) or 20\\$.",
    "$(pwd):$(ls) ${A}:${B}": "\\$(pwd):\\$(ls) \\${A}:\\${B}",
    # Images and HTML
    "![i](https://example.com/i.png)": "!\\[i](https://example.com/i.png)",
    "[![i](u)](v)": "[!\\[i](u)](v)",
    "![i][r]\n\n[r]: https://example.com/i.png": "!\\[i][r]\n\n[r]\\: https://example.com/i.png",
    "<img src=x> a < b": "\\<img src=x> a \\< b",
    "<div>\n# no heading\n</div>": "\\<div>\n# no heading\n\\</div>",
    "&lt; AT&T &#42;": "\\&lt; AT&T \\&#42;",
    "```mermaid\ngraph TD\n```": "```text\ngraph TD\n```",
    "- ~~~ &#109;ermaid x\n  graph TD\n  ~~~": "- ~~~text\n  graph TD\n  ~~~",
    # What only Streamlit knows
    "a :smile: b :+1: 1:100:2": f"a \\:{GAP}smile: b \\:{GAP}+1: 1\\:{GAP}100:2",
    "\\:smile:": f"\\:{GAP}smile:",
    ":material/home: :material_home:": f"\\:{GAP}material/home: \\:{GAP}material_home:",
    ":red[x] color:red ::leaf": "\\:red[x] color\\:red \\:\\:leaf",
    ":::note\nhello\n:::": "\\:\\:\\:note  \nhello  \n\\:\\::",
    "a -> b": f"a -{GAP}> b",
    "<-> <- -- >= <= ~=": (f"\\<{GAP}-{GAP}\\> \\<{GAP}- -{GAP}- \\>{GAP}= \\<{GAP}= \\~{GAP}="),
    "\\-> b": f"\\-{GAP}> b",
    # What Markdown would take away
    "__init__ of it": "\\_\\_init\\_\\_ of it",
    "2*3*4 and x**2 + y**2": "2\\*3\\*4 and x\\*\\*2 + y\\*\\*2",
    "5~10岁，20~30岁": "5\\~10岁，20\\~30岁",
    "[Alice]: hello\n[^1]: there": "[Alice]\\: hello  \n[^1]\\: there",
    "A verse\nhas lines": "A verse  \nhas lines",
    "> quoted\n> lines\nlazy": "> quoted  \n> lines  \nlazy",
    "- an item\n  of lines": "- an item  \n  of lines",
    "**注意：**请看**“重点”**。": f"**注意：**{GAP}请看{GAP}**“重点”**。",
    # Marks are read only where they are
    "| :smile: | `a\\|b` |\n|---|---|": f"| \\:{GAP}smile: | `a\\|b` |\n|---|---|",
    "`open :red[x]\n\nnext` $x$": "`open \\:red[x]\n\nnext` $x$",
    "    ![i](u)\n    b": "!\\[i](u)  \nb",
    ">" * 99 + " ![i](u)": ">" * 99 + " !\\[i](u)",
    "a\r\nb\0": "a  \nb\ufffd",
    " \n ": "",
}


@pytest.mark.parametrize("text", CHANGED)
def test_what_would_become_something_else_is_drawn_as_written(text: str) -> None:
    drawn = answer(text)
    # The cut of an arrow is the same at either side
    assert drawn.replace("\\>", ">") == CHANGED[text].replace("\\>", ">")


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("```py\nx = [", "```py\nx = [\n```"),
        ("a\n\n~~~~\nx", "a\n\n~~~~\nx\n~~~~"),
        ("```py", "```py\n```"),
        ("```\nx\n```", "```\nx\n```"),
        ("```\nx\n``", "```\nx\n``\n```"),
        ("- ```\n  x", "- ```\n  x"),
    ],
)
def test_code_that_was_cut_off_ends_with_the_text(text: str, closed: str) -> None:
    assert answer(text) == closed


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("", "▌"),
        ("Once", "Once ▌"),
        ("Here:\n\n```py\nx = 1", "Here:\n\n```py\nx = 1 ▌\n```"),
        ("```py", "```py\n▌\n```"),
        ("```py\nx\n```", "```py\nx\n```\n\n▌"),
        ("- a\n- b", "- a\n- b ▌"),
        ("A heading?\n-", "A heading? ▌"),
        ("Heading\n---", "Heading ▌"),
        ("a\n\n---", "a\n\n---\n\n▌"),
        ("| a |\n|---|\n| b |", "| a |\n|---|\n| b |\n\n▌"),
        ("\\[x\\]", "$$\nx\n$$\n\n▌"),
        ("an `open", "an `open ▌"),
    ],
)
def test_the_cursor_is_no_part_of_a_mark(text: str, drawn: str) -> None:
    assert answer(text, writing=True) == drawn


MARKS = "\n|\n\n|  |```|~~~|`|a|# |- |1. |> |    |$|\\[|\\]|![|](u)|---|:smile:|<b>|**|注意：|\\|\t"
PIECES = st.sampled_from([*MARKS.split("|"), "|"])


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_part_is_read_otherwise_on_its_own(text: str) -> None:
    """A text in parts, as it is drawn while it grows, is the text read as one."""
    from ui.shell import text as drawing

    whole = re.sub(r"\A\s*\n", "", text)
    if whole[:1].isspace():
        return
    whole = whole.strip()
    assert answer(whole) == (drawing._drawn(whole) if whole else "")


@given(st.lists(PIECES, max_size=30).map("".join))
def test_there_is_never_an_image(text: str) -> None:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    for writing in (False, True):
        tokens = parser.parse(answer(text, writing))
        assert not [c for token in tokens for c in token.children or () if c.type == "image"]


LABELS = {
    "fp32 · top-p 0.9, seed 7": "fp32 · top-p 0.9, seed 7",
    "**a** `b` [c](d) ~e~": "\\*\\*a\\*\\* \\`b\\` \\[c\\](d) \\~e\\~",
    ":red[x] :smile: :material/home:": f"\\:red\\[x\\] \\:{GAP}smile: \\:{GAP}material/home:",
    "a -> b": f"a -{GAP}\\> b",
    "1. first": "1\\. first",
    "- first": "\\- first",
    "top_p: 0.9, C# __init__ _a_": "top_p: 0.9, C# \\_\\_init\\_\\_ \\_a\\_",
    "# a > b # c": "\\# a > b \\# c",
    "$5 &amp; <b>": "\\$5 \\&amp; \\<b>",
    " of\ntwo lines ": "of two lines",
}


@pytest.mark.parametrize("text", LABELS)
def test_a_label_is_its_characters(text: str) -> None:
    assert label(text) == LABELS[text]


def test_a_message_keeps_its_lines() -> None:
    assert lines("cannot read a_b:\n- $x$") == "cannot read a_b:  \n\\- \\$x\\$"


def test_what_was_typed_is_left_alone() -> None:
    text = "Line one\nLine two\n# not a heading\n__init__ :smile:\n"
    assert typed(text) == text


@pytest.mark.parametrize("text", ["  indented\nnot", "\tx", "  all\n  lines"])
def test_blanks_that_streamlit_would_strip_stay(text: str) -> None:
    assert typed(text).lstrip("\N{WORD JOINER}") == text
    assert not typed(text)[0].isspace()


def test_a_long_answer_that_grows_is_drawn_in_little_time() -> None:
    part = "Paragraph {} with `code`, **bold** and a list:\n\n- one\n- two\n\n```\n{}\n```\n\n"
    text = "".join(part.format(n, n) for n in range(270))
    assert len(text) > 20_000
    answer(text, writing=True)
    begun = time.process_time()
    for _ in range(10):
        answer(text, writing=True)
    assert (time.process_time() - begun) / 10 < 0.05  # about 1 ms; a busy machine is slower
