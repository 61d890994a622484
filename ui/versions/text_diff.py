"""The difference of two texts as it is drawn: what came is underlined, what went is struck through.

A component of the page itself, without any library or network. The texts go to it as data and
become text there, never markup.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.backends.tokenizer import Tokenizer
from core.i18n import _
from core.text_diff import Change, by_items, by_tokens, by_words
from core.tokens.pieces import text_of, visible

_ASSETS = Path(__file__).parent / "assets"
# Of what stays in a long text only so much is shown before and after a change
_FOLDED, _AROUND = 500, 160

_component = st.components.v2.component(
    "text_diff",
    html='<div class="diff" role="group" tabindex="0"></div>',
    css=(_ASSETS / "text_diff.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "text_diff.js").read_text(encoding="utf-8"),
)


def text_diff(title: str, before: str, after: str, key: str) -> None:
    """Draw what changed from one text to another, word by word."""
    _draw(title, [_pieces(by_words(before, after))], key)


def list_diff(title: str, before: Sequence[str], after: Sequence[str], key: str) -> None:
    """Draw what changed in a list of texts."""
    _draw(title, [_pieces(item.parts) for item in by_items(before, after)], key, as_list=True)


def token_diff(title: str, tokenizer: Tokenizer, before: str, after: str, key: str) -> None:
    """Draw what changed as a model reads it: each of its tokens apart, and how many there are."""
    one, other = tokenizer.encode(before), tokenizer.encode(after)
    changes = by_tokens(one, other)
    removed = sum(kind == "removed" for kind, _id in changes)
    added = sum(kind == "added" for kind, _id in changes)
    st.caption(
        _("Tokens: {before} → {after} · {removed} removed, {added} added").format(
            before=len(one), after=len(other), removed=removed, added=added
        )
    )
    pieces = [[kind, visible(text_of(tokenizer.piece(id)))] for kind, id in changes]
    _draw(title, [pieces], key, tokens=True)


def _draw(
    title: str,
    lines: Sequence[Sequence[Sequence[str]]],
    key: str,
    as_list: bool = False,
    tokens: bool = False,
) -> None:
    data: dict[str, Any] = {
        "label": _("Changes: {title}").format(title=title),
        "lines": lines,
        "list": as_list,
        "tokens": tokens,
        "words": {"added": _("added: "), "removed": _("removed: ")},
    }
    _component(key=key, data=data)


def _pieces(changes: Iterable[Change]) -> list[list[str]]:
    """The changes as plain values, with long stretches that stay folded."""
    found = []
    for change in changes:
        text = change.text
        if change.kind == "same" and len(text) > _FOLDED:
            left = len(text) - 2 * _AROUND
            found.append(["same", text[:_AROUND]])
            found.append(["fold", _("{count} characters as they were").format(count=left)])
            found.append(["same", text[-_AROUND:]])
        else:
            found.append([change.kind, text])
    return found
