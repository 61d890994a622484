"""What comes before a next token: a question with the beginning of its answer, or plain text; and
the tokens taken one by one after that, as a short text for a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Literal, Protocol, get_args

from core.backends.tokenizer import Tokenizer
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message, checked_text, with_system

Form = Literal["chat", "text"]
FORMS: tuple[Form, ...] = get_args(Form)
_SEPARATOR = "-"


@dataclass(frozen=True, slots=True)
class Prefix:
    """In the form "chat" a question, an optional system message and how the answer begins; in the
    form "text" only a text that goes on.

    Raises `InvalidInput` for a prompt without a character, an unknown form and text that is not
    valid UTF-8.
    """

    prompt: str
    form: Form = "chat"
    system: str = ""
    begun: str = ""

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise InvalidInput(
                _("Unknown form {form!r}. Use one of: {forms}.").format(
                    form=self.form, forms=", ".join(FORMS)
                )
            )
        for text in (self.prompt, self.system, self.begun):
            checked_text(text)
        if not self.prompt.strip():
            raise InvalidInput(_("There is nothing to continue: write a prompt."))

    def prompt_ids(self, tokenizer: Tokenizer) -> list[int]:
        """The prompt, up to where the model's own tokens begin."""
        if self.form == "text":
            return [*tokenizer.text_start(), *tokenizer.encode(self.prompt)]
        return tokenizer.prompt_ids(with_system(self.system, [Message("user", self.prompt)]))

    def begun_ids(self, tokenizer: Tokenizer) -> list[int]:
        """The answer's tokens that are given: in the form "chat" its header line, which is empty
        for a plain answer, and its beginning; none in the form "text".

        A draw that follows is number `len(begun_ids)` of the answer, counted from 0.
        """
        if self.form == "text":
            return []
        return tokenizer.answer_ids(self.begun)

    def shown_ids(self, tokenizer: Tokenizer) -> list[int]:
        """What of both is read as one text with the tokens that follow: in a chat how the answer
        begins; where a text is continued all of it, without the control tokens before it."""
        begun = self.begun_ids(tokenizer)
        if self.form == "chat" and tokenizer.chat:
            return begun
        # Whichever these are: typed text gives none of them
        return [*dropwhile(tokenizer.is_control, self.prompt_ids(tokenizer)), *begun]


class Vocabulary(Protocol):
    """What this module needs of a tokenizer."""

    @property
    def vocab_size(self) -> int:
        """One more than the highest id of a token."""

    @property
    def stop_ids(self) -> frozenset[int]:
        """The ids that end an answer."""


def format_path(ids: Sequence[int]) -> str:
    """The ids as text, e.g. "12-7-305"."""
    return _SEPARATOR.join(str(i) for i in ids)


def parse_path(text: str, vocabulary: Vocabulary, most: int | None) -> tuple[int, ...]:
    """The ids that `format_path` wrote; none for an empty text.

    Raises `InvalidInput` for what is no id of the vocabulary, for more than `most` tokens and
    for a token after the one that ends an answer.
    """
    if not text:
        return ()
    parts = text.split(_SEPARATOR)
    if most is not None and len(parts) > most:
        raise _unusable(
            _("it has {tokens} tokens, and there is room for {most}").format(
                tokens=len(parts), most=most
            )
        )
    ids = tuple(_parsed(part, vocabulary.vocab_size) for part in parts)
    if any(i in vocabulary.stop_ids for i in ids[:-1]):
        raise _unusable(_("it continues after the end of the answer"))
    return ids


def _parsed(part: str, size: int) -> int:
    # isdecimal alone would let other scripts' digits and any length through
    known = part.isascii() and part.isdecimal() and len(part) <= 9 and int(part) < size
    if not known:
        shown = part if len(part) <= 20 else f"{part[:20]}…"
        raise _unusable(_("{part!r} is not a token id of this model").format(part=shown))
    return int(part)


def _unusable(reason: str) -> InvalidInput:
    return InvalidInput(
        _("The path in the link cannot be used: {reason}. Starting over.").format(reason=reason)
    )
