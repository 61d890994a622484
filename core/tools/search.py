"""Search in texts that a visitor gave: BM25 over passages, by bm25s.

Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond". Words are runs
of letters and digits; Chinese, Japanese and Korean characters are words of one and of two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import regex

from core.errors import InvalidInput
from core.i18n import _
from core.tools.tool import Tool, ToolFailed

NAME = "search_texts"
PASSAGE_CHARACTERS = 600
MOST_CHARACTERS = 2_000_000
MOST_RESULTS = 5
_IDEOGRAPHS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_WORDS = regex.compile(rf"[{_IDEOGRAPHS}]+|[^\W{_IDEOGRAPHS}]+", regex.V1)
PARAMETERS = {
    "type": "object",
    "properties": {"query": {"description": "The words to look for", "type": "string"}},
    "required": ["query"],
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text. source: the text's name. number: its place there, from 1."""

    source: str
    number: int
    text: str


def search_tool(texts: Mapping[str, str]) -> Tool:
    """A tool that searches these texts, by their names. Raises `InvalidInput` for more than
    `MOST_CHARACTERS` of them."""
    size = sum(map(len, texts.values()))
    if size > MOST_CHARACTERS:
        raise InvalidInput(
            _("The texts have {count:,} characters; {most:,} can be searched.").format(
                count=size, most=MOST_CHARACTERS
            )
        )
    index = _Index(texts)
    return Tool(
        NAME,
        "Search the texts that the user gave",
        PARAMETERS,
        lambda given: index.found(str(given["query"])),
    )


class _Index:
    """Made when it is first asked."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._ranked: Any = None

    @cached_property
    def _passages(self) -> list[Passage]:
        return [p for name, text in self._texts.items() for p in passages(name, text)]

    def found(self, query: str) -> dict[str, Any]:
        """The passages that say most of the query's words, the best first."""
        import bm25s

        if not self._passages:
            raise ToolFailed(_("There are no texts to search. Add some on the Tools page."))
        asked = words(query)
        if self._ranked is None:
            corpus = [words(passage.text) for passage in self._passages]
            if not any(corpus):
                return {"results": []}
            self._ranked = bm25s.BM25()
            self._ranked.index(corpus, show_progress=False)
        known = [word for word in asked if word in self._ranked.vocab_dict]
        if not known:
            return {"results": []}
        scores = self._ranked.get_scores(known)
        best = sorted(range(len(scores)), key=lambda i: -float(scores[i]))[:MOST_RESULTS]
        return {
            "results": [
                {"source": self._passages[i].source, "text": self._passages[i].text}
                for i in best
                if scores[i] > 0
            ]
        }


def passages(name: str, text: str) -> Sequence[Passage]:
    """A text in parts of whole paragraphs, of some `PASSAGE_CHARACTERS`; longer ones are cut."""
    found: list[str] = []
    for paragraph in regex.split(r"\n\s*\n", text):
        whole = " ".join(paragraph.split())
        while whole:
            piece = whole[:PASSAGE_CHARACTERS]
            if len(whole) > PASSAGE_CHARACTERS:
                # Between words, where there are any
                piece = piece[: piece.rfind(" ") + 1] or piece
            whole = whole[len(piece) :]
            if found and len(found[-1]) + len(piece) < PASSAGE_CHARACTERS:
                found[-1] += " " + piece
            else:
                found.append(piece)
    return [Passage(name, number, piece) for number, piece in enumerate(found, 1)]


def words(text: str) -> list[str]:
    """What is looked for and found, in lower case."""
    found: list[str] = []
    for run in _WORDS.findall(text.casefold()):
        if regex.match(rf"[{_IDEOGRAPHS}]", run):
            found += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
        else:
            found.append(run)
    return found
