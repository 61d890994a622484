"""What a domain hands over: a dialogue and what its last answer has to satisfy."""

import ast
import re
from dataclasses import dataclass, field

from core.backends.events import Finished
from core.messages import Message

_SENTENCE_END = re.compile(r"[.!?。！？]+(?=\s|$|[\"'])|[。！？]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


_FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)
_WORD = re.compile(r"[^\W_]{4,}")
# The least share of an answer's words that the expected texts hold.
LIKENESS = 0.75


def is_chinese(text: str) -> bool:
    """Whether at least a quarter of the characters are Chinese."""
    return len(_CHINESE.findall(text)) * 4 >= max(1, len(text))


def _share_of_words(answer: str, texts: tuple[str, ...]) -> float:
    known = {word for text in texts for word in _WORD.findall(text.lower())}
    said = _WORD.findall(answer)
    return sum(word in known for word in said) / len(said) if said else float(bool(answer))


def _occurs(word: str, text: str) -> bool:
    """Whether ``word`` stands in ``text``; a word of letters not merely inside another one."""
    if _CHINESE.search(word):
        return word in text
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _tree(content: str) -> str:
    """The syntax tree of the Python in ``content``, with or without a fence; "" if it has none.

    The text is parsed, never run.
    """
    code = _FENCE.search(content)
    try:
        return ast.dump(ast.parse(code[1] if code else content))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


@dataclass(frozen=True, slots=True)
class Expect:
    """The check of an answer; text is compared without regard to case.

    all_of: every one of these occurs. any_of: at least one occurs (if any are given).
    none_of: none of these occurs as a word. begins, ends: the answer starts or ends so.
    sentences: the most sentences allowed. items: the exact number of numbered lines.
    bullets: every line is a bullet point. upper: no small letter occurs.
    programs: one of these Python programs stands in the fence, whatever its spacing and comments.
    chinese: whether the answer must be in Chinese (True) or in English (False).
    like: texts or templates; most of the answer's longer words must come from them.
    tool: the metadata (tool name) the answer has to carry, "" for plain talk.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""
    sentences: int = 0
    items: int = 0
    bullets: bool = False
    upper: bool = False
    programs: tuple[str, ...] = ()
    chinese: bool = False
    like: tuple[str, ...] = ()
    tool: str = ""

    def faults(self, answer: Finished) -> list[str]:
        """What is wrong with a model's answer, in words; empty if nothing is."""
        return self.faults_in(answer.text, answer.metadata)

    def faults_in(self, content: str, metadata: str = "") -> list[str]:
        """What is wrong with an answer of this text that calls this tool."""
        text = content.strip().lower()
        found: list[str] = []
        found += [f"lacks {w!r}" for w in self.all_of if w.lower() not in text]
        if self.any_of and not any(w.lower() in text for w in self.any_of):
            found.append(f"has none of {self.any_of}")
        found += [f"has {w!r}" for w in self.none_of if _occurs(w.lower(), text)]
        if not text.startswith(self.begins.lower()):
            found.append(f"does not begin with {self.begins!r}")
        if not text.endswith(self.ends.lower()):
            found.append(f"does not end with {self.ends!r}")
        if self.sentences and len(_SENTENCE_END.findall(content.strip())) > self.sentences:
            found.append(f"has more than {self.sentences} sentences")
        if self.items and len(re.findall(r"(?m)^\d+\. ", content)) != self.items:
            found.append(f"has not {self.items} items")
        if self.bullets and not all(line.startswith("- ") for line in content.split("\n")):
            found.append("has a line that is no bullet point")
        if self.upper and content != content.upper():
            found.append("has small letters")
        if self.programs and _tree(content) not in {_tree(p) for p in self.programs}:
            found.append("is not the program")
        if len(_CHINESE.findall(content)) < 2 if self.chinese else is_chinese(content):
            found.append("is in the wrong language")
        if self.like and _share_of_words(text, self.like) < LIKENESS:
            found.append("is about something else")
        if metadata != self.tool:
            found.append(f"calls {metadata!r} instead of {self.tool!r}")
        return found


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation that ends with an assistant's answer.

    Every assistant message is trained on; the evaluation generates only the last one anew.
    ``tools`` holds tool descriptions for a system message in the tool form, else nothing.
    ``joins`` says whether further dialogues may stand before and after it.
    """

    ability: str
    messages: tuple[Message, ...]
    expect: Expect = field(default_factory=Expect)
    tools: tuple[dict[str, object], ...] = ()
    joins: bool = True

    def prompt_key(self) -> str:
        """All that is not the assistant's, as one text: decides train or held-out."""
        return "\n".join(m.content for m in self.messages if m.role != "assistant")


def system(content: str) -> Message:
    """A system message."""
    return Message(role="system", content=content)


def user(content: str) -> Message:
    """A user's message."""
    return Message(role="user", content=content)


def assistant(content: str, metadata: str = "") -> Message:
    """An assistant's message; ``metadata`` names the tool it calls, if any."""
    return Message(role="assistant", content=content, metadata=metadata)


def observation(content: str) -> Message:
    """What a tool returned."""
    return Message(role="observation", content=content)
