"""What comes before a next token: a question with the beginning of its answer, or plain text."""

from dataclasses import dataclass
from typing import Literal, get_args

from core.backends.tokenizer import Tokenizer
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message, checked_text, with_system

Form = Literal["chat", "text"]
FORMS: tuple[Form, ...] = get_args(Form)


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
