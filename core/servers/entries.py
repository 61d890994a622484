"""What lists of servers have in common: fields of their entries, addresses, and whose key is where.

A key is read where it is sent and nowhere else: it is in no record, no message and no `repr`.
"""

import re
import reprlib
from collections.abc import Callable, Mapping, Set
from typing import Any, Protocol, TypeVar, overload
from urllib.parse import urlsplit

import yaml

from core.errors import InvalidInput
from core.i18n import _

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
# What looks like a key in the wrong field: a word that begins as services begin theirs and models do
# not, or with a part with digits that is longer than those of which names of models and machines are
# made
_WORD = re.compile(r"[^\s'\"`,;<>(){}\[\]]+")
_BEGINS = re.compile(
    r"(^|[/:=])((sk|gsk|ghp|gho|ghs|glpat|github_pat|nvapi|tgp|csk)[-_]"
    r"|(pk|rk|hf|fw|r8|xai|pplx)_|AIza|AKIA|eyJ)"
)
_HEX = re.compile(r"[0-9a-fA-F-]{20,}")
# Amazon's have slashes in them, and may have parts without a digit
_AMAZON = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9/+]{40}")
_DIGIT = re.compile(r"[0-9]")
_BETWEEN = re.compile(r"[-_.:/\\@?&=~+]")
_PATH = re.compile(r"[/\\~.]|[A-Za-z]:\\")
_SHORTEST, _LONGEST_PART, _SHOWN = 12, 15, 4
# From the name of a variable, or of a secret, to what it holds; None where there is none
Secret = Callable[[str], str | None]


class Key:
    """A secret that shows itself to nobody who does not ask for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.strip()

    def reveal(self) -> str:
        """The secret, for the header it belongs in."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Key(…)"

    def __reduce__(self) -> Any:
        raise TypeError("a key is not written anywhere")


@overload
def masked(value: str) -> str: ...


@overload
def masked(value: object) -> object: ...


def masked(value: object) -> object:
    """What somebody typed, for a message: of a word that looks like a key only the first four
    characters, for it may have been put there by mistake. Names and paths stay, slips and all.

    A text is given as a text, anything else as an object that is shown so by its `repr`.
    """
    return _masked_text(value) if isinstance(value, str) else _Shown(value)


class _Shown:
    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        return _MASKING.repr(self._value)


class _Masking(reprlib.Repr):
    """A `repr` with a bound, and without keys wherever in a value they are."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxdict = 3, 12

    def repr1(self, x: Any, level: int) -> str:
        if isinstance(x, str):
            return repr(_masked_text(x))
        return _masked_text(repr(x)) if isinstance(x, bytes) else super().repr1(x, level)


_MASKING = _Masking()


def _masked_text(text: str) -> str:
    return _WORD.sub(lambda found: _masked_word(found[0]), text)


def _masked_word(word: str) -> str:
    if len(word) < _SHORTEST or _PATH.match(word):
        return word
    like_a_key = (
        _BEGINS.search(word)
        or _HEX.fullmatch(word)
        or _AMAZON.fullmatch(word)
        or any(
            part.isascii() and len(part) > _LONGEST_PART and _DIGIT.search(part)
            for part in _BETWEEN.split(word)
        )
    )
    return word[:_SHOWN] + "…" if like_a_key else word


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Entry = TypeVar("_Entry", bound=_Named)


def read_entries(
    text: str, known: Set[str], needs: str, make: Callable[[dict[str, Any], str], _Entry]
) -> tuple[_Entry, ...]:
    """The entries of a YAML file that is a list `servers`; raises `InvalidInput` for what is none.

    known: the fields that an entry can have. needs: what it must have, in words. make: from its
    fields, and what messages call it.
    """
    try:
        content = yaml.safe_load(text) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(
            # It quotes the line
            _("The list of servers is no valid YAML ({reason}).").format(reason=masked(str(error)))
        ) from error
    listed = content.get("servers") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise InvalidInput(
            _("The list of servers must be a mapping with a list `servers` in it. Add one.")
        )
    found: list[_Entry] = []
    for fields in listed:
        if not isinstance(fields, dict):
            raise InvalidInput(
                _("Each server must be a mapping with {needs}, got {value!r}.").format(
                    needs=needs, value=masked(fields)
                )
            )
        name = fields.get("name")
        called = name if isinstance(name, str) else "?"
        unknown = sorted(str(field) for field in fields if field not in known)
        if unknown:
            raise InvalidInput(
                _("Server {name!r}: unknown field {field!r}. Known fields: {known}.").format(
                    name=masked(called), field=masked(unknown[0]), known=", ".join(sorted(known))
                )
            )
        found.append(make(fields, called))
    names = [entry.name for entry in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidInput(_("Two servers are called {name!r}. Rename one.").format(name=twice))
    return tuple(found)


def text_in(fields: Mapping[str, Any], name: str, server: str, absent: str | None = None) -> str:
    """The text of a field; raises `InvalidInput` for another value, and where it must be there and
    is empty."""
    value = fields.get(name, absent)
    if not isinstance(value, str) or (absent is None and not value.strip()):
        raise InvalidInput(
            _("Server {server!r}: {field} must be a text, got {value!r}.").format(
                server=masked(server), field=name, value=masked(value)
            )
        )
    return value.strip()


def flag_in(fields: Mapping[str, Any], name: str, server: str, absent: bool) -> bool:
    """Whether a field is true; raises `InvalidInput` for what is neither true nor false."""
    value = fields.get(name, absent)
    if not isinstance(value, bool):
        raise InvalidInput(
            _("Server {server!r}: {field} must be true or false, got {value!r}.").format(
                server=masked(server), field=name, value=masked(value)
            )
        )
    return value


def key_in(fields: Mapping[str, Any], server: str, variable: Secret, secret: Secret) -> Key:
    """The key from where the file says that it is. What stands in the file may be a key that was
    put there by mistake: it is not repeated in a message."""
    name, kept = fields.get("key"), fields.get("secret")
    if name is not None and kept is not None:
        raise InvalidInput(
            _("Server {server!r} has both key and secret. Keep the one that holds the key.").format(
                server=server
            )
        )
    if kept is not None:
        return kept_key(kept, server, secret)
    return Key("") if name is None else variable_key(name, server, variable)


def variable_key(name: object, server: str, variable: Secret) -> Key:
    """The key in the environment variable of that name; raises `InvalidInput` where there is
    none."""
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise InvalidInput(
            _(
                "Server {server!r}: key must be the name of an environment variable that holds the "
                "key, not the key itself."
            ).format(server=server)
        )
    text = variable(name)
    if text is None:
        raise InvalidInput(
            _(
                "Server {server!r}: the environment variable that key names is not set. Set it, or "
                "take the line out for a server without a key."
            ).format(server=server)
        )
    return Key(text)


def kept_key(name: object, server: str, secret: Secret) -> Key:
    """The key of that name in Streamlit's secrets; raises `InvalidInput` where there is none."""
    found = secret(name) if isinstance(name, str) and _SECRET.fullmatch(name) else None
    if found is None:
        raise InvalidInput(
            _(
                "Server {server!r}: secret must be the name of a text in .streamlit/secrets.toml, and "
                "none is called that. Add it there, or take the line out for a server without a key."
            ).format(server=server)
        )
    return Key(found)


def check_url(url: str) -> None:
    """Raise `InvalidInput` for what is no address of a server. One with a password in it may be a
    key that was put there by mistake: it is not repeated in the message."""
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_good = urlsplit(""), False
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInput(
            _(
                "The address of a server has no name, password or parameters in it: a key goes into "
                "its own field."
            )
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_good:
        raise InvalidInput(
            _("{url!r} is no address of a server. It looks like http://gpu-1:8000/v1.").format(
                url=masked(url)
            )
        )
