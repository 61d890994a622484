"""Control tokens under names that no text can contain, so that typed text never becomes one.

A tokenizer.json finds its control tokens by their names, in whatever text it reads: "<|im_end|>"
typed by a user would end that user's turn. Here each of them gets a secret name, made of
private-use characters and random digits, before the tokenizer is built. Names that a chat
template writes are turned into the secret ones; names inside the messages stay what they are,
characters. (The library's own sanitize_control_tokens refuses some of such texts, loses
private-use characters and leaves the keys of tools alone.)

Covered: contents of messages and tools, keys too; names put together from the end of one text
and the beginning of the next. Not covered: a template that changes a text letter by letter is
refused where it would matter; tags such as "<think>" that are no special tokens keep their
meaning inside the model's own earlier answers, as templates need them there.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import InvalidInput
from core.i18n import _

_OPEN, _CLOSE = "\ue000", "\ue001"


class ControlTokens:
    """The control tokens of one tokenizer: their ids, their names, their secret names.

    special: ids and names of the tokens that no text may give. tags: of those that a template
    writes and that the model's own answers may have.
    """

    def __init__(self, special: Mapping[int, str], tags: Mapping[int, str]) -> None:
        self.names = {**special, **tags}
        # Digits alone: a template may change the case of a text
        self._salt = str(secrets.randbelow(10**30)).zfill(30)
        self._secret = {name: self._wrapped("0", i) for i, name in self.names.items()}
        self._all = _any_of(self.names.values())
        # Of a text: the marks too, so that a stray one in a prompt is the template's doing
        self._typed = _any_of([*self.names.values(), _OPEN, _CLOSE])
        self._own = _any_of([*special.values(), _OPEN, _CLOSE])
        self._found = re.compile(f"{_OPEN}{self._salt}([01])((?:\\.[0-9]+)+){_CLOSE}")

    def secret(self, name: str) -> str:
        """The secret name of a control token; any other name as it is."""
        return self._secret.get(name, name)

    def protect(self, value: Any, own: bool = False) -> Any:
        """`value`, a text or JSON, with what could be read as a control token written otherwise.

        own: the text is the model's own answer, in which tags keep their meaning.
        """
        if isinstance(value, str):
            return self._protected(value, self._own if own else self._typed)
        if isinstance(value, Mapping):
            return {self.protect(k, own): self.protect(v, own) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.protect(item, own) for item in value]
        return value

    def bind(self, rendered: str) -> str:
        """What a template made of protected texts, with secret names for the names it wrote.

        Raises `InvalidInput` where it changed a protected text.
        """
        bound = self._all.sub(lambda found: self.secret(found[0]), rendered)
        rest = self._found.sub("", bound)
        if _OPEN in rest or _CLOSE in rest:
            raise InvalidInput(
                _(
                    "The chat template of this model takes texts apart, so that a control token in "
                    "a message could not be told from a real one. Remove such names."
                )
            )
        # Protected texts come last: what they hold must not be taken for a name any more
        return self._found.sub(lambda m: _text(m[2]) if m[1] == "1" else m[0], bound)

    def named(self, text: str) -> str:
        """`text` with the names that people know in place of the secret ones."""
        return self._found.sub(
            lambda m: self.names.get(int(m[2][1:]), "") if m[1] == "0" else m[0], text
        )

    def first_after(self, bound: str, text: str) -> int | None:
        """The control token behind `text` in a bound prompt, if only blanks are between them."""
        _before, there, after = bound.partition(text)
        found = self._found.match(after.lstrip()) if there else None
        return int(found[2][1:]) if found else None

    def _protected(self, text: str, pattern: re.Pattern[str]) -> str:
        text = pattern.sub(lambda found: self._wrapped("1", *map(ord, found[0])), text)
        body = text.strip()
        if not body:
            return text
        start = text.index(body)
        end = start + len(body)
        # A name may be put together from two texts that a template joins
        if any(_begun(body, name) for name in self.names.values()):
            text = f"{text[: end - 1]}{self._wrapped('1', ord(text[end - 1]))}{text[end:]}"
        if len(body) > 1 and any(_ended(body, name) for name in self.names.values()):
            text = f"{text[:start]}{self._wrapped('1', ord(text[start]))}{text[start + 1 :]}"
        return text

    def _wrapped(self, kind: str, *numbers: int) -> str:
        return f"{_OPEN}{self._salt}{kind}{''.join(f'.{n}' for n in numbers)}{_CLOSE}"


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, names), key=len, reverse=True)
    return re.compile("|".join(longest_first) or "(?!)")


def _begun(text: str, name: str) -> bool:
    """Whether a text ends with a beginning of `name`, not all of it."""
    most = min(len(text), len(name) - 1)
    return any(name.startswith(text[-size:]) for size in range(1, most + 1))


def _ended(text: str, name: str) -> bool:
    """Whether a text begins with an end of `name`, not all of it."""
    most = min(len(text), len(name) - 1)
    return any(name.endswith(text[:size]) for size in range(1, most + 1))


def _text(numbers: str) -> str:
    return "".join(chr(int(n)) for n in numbers[1:].split("."))
