"""The servers of an operator's YAML file, and those that a visitor adds; whose key is where.

A file is a list `servers`; each has

    name       what links and records call it: letters, digits, dots and dashes
    url        where its API begins, e.g. http://gpu-1:8000/v1
    model      the model's id there (default: the only one that the server lists)
    title      what people call it (default: the name)
    key        the NAME of an environment variable that holds the key; never the key itself
    tokenizer  the model here that has the same tokenizer: a name of the catalogue, or the path of a
               folder or a GGUF file; prompts then go as token ids, and the model can be looked into
    price      {in: …, out: …}: per million tokens, in any currency
    at_once    how many requests it gets at a time (default: 8)
    silence    seconds after which a server that says nothing is given up (default: 300)
    allowed    false: listed, and not to be used

A key is read where it is sent and nowhere else: it is in no record, no message and no `repr`.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import yaml

from core.errors import InvalidInput
from core.i18n import _

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELDS = {
    *("name", "url", "model", "title", "key", "tokenizer", "price", "at_once", "silence", "allowed")
}
MOST_AT_ONCE = 256
# From the name of a variable to what it holds; None where there is none
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


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, read and written."""

    read: float
    written: float


@dataclass(frozen=True, slots=True)
class Server:
    """A model on a server; see the module for what the fields mean. silence_s: in seconds."""

    name: str
    url: str
    model: str = ""
    title: str = ""
    key: Key = field(default_factory=lambda: Key(""))
    tokenizer: str = ""
    price: Price | None = None
    at_once: int = 8
    silence_s: float = 300.0
    allowed: bool = True

    def __post_init__(self) -> None:
        _check_url(self.url)
        if not _NAME.fullmatch(self.name):
            raise InvalidInput(
                _(
                    "A server cannot be called {name!r}: use letters, digits, dots and dashes, up "
                    "to 64 of them."
                ).format(name=self.name)
            )

    @property
    def called(self) -> str:
        """What people call it."""
        return self.title or self.name

    @property
    def host(self) -> str:
        """The machine that prompts are sent to."""
        return urlsplit(self.url).hostname or ""

    @property
    def here(self) -> bool:
        """Whether it is this machine: nothing leaves it then."""
        return _is_here(self.host)


def read_servers(text: str, secret: Secret) -> tuple[Server, ...]:
    """The servers of a file, with their keys; raises `InvalidInput` for what is none.

    secret: where the keys come from.
    """
    try:
        content = yaml.safe_load(text) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(
            _("The list of servers is no valid YAML ({reason}).").format(reason=error)
        ) from error
    listed = content.get("servers") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise InvalidInput(
            _("The list of servers must be a mapping with a list `servers` in it. Add one.")
        )
    found = tuple(_server(one, secret) for one in listed)
    names = [server.name for server in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidInput(_("Two servers are called {name!r}. Rename one.").format(name=twice))
    return found


def _server(fields: Any, secret: Secret) -> Server:
    if not isinstance(fields, dict):
        raise InvalidInput(
            _("Each server must be a mapping with a name and a url, got {value!r}.").format(
                value=fields
            )
        )
    name = fields.get("name")
    called = name if isinstance(name, str) else "?"
    unknown = sorted(str(field) for field in fields if field not in _FIELDS)
    if unknown:
        raise InvalidInput(
            _("Server {name!r}: unknown field {field!r}. Known fields: {known}.").format(
                name=called, field=unknown[0], known=", ".join(sorted(_FIELDS))
            )
        )
    return Server(
        name=_text(fields, "name", called),
        url=_text(fields, "url", called).rstrip("/"),
        model=_text(fields, "model", called, ""),
        title=_text(fields, "title", called, ""),
        key=_key(fields, called, secret),
        tokenizer=_text(fields, "tokenizer", called, ""),
        price=_price(fields, called),
        at_once=int(_number(fields, "at_once", called, 8, 1, MOST_AT_ONCE)),
        silence_s=_number(fields, "silence", called, 300, 1, 86_400),
        allowed=_flag(fields, called),
    )


def _text(fields: Mapping[str, Any], name: str, server: str, absent: str | None = None) -> str:
    value = fields.get(name, absent)
    if not isinstance(value, str) or (absent is None and not value.strip()):
        raise InvalidInput(
            _("Server {server!r}: {field} must be a text, got {value!r}.").format(
                server=server, field=name, value=value
            )
        )
    return value.strip()


def _number(
    fields: Mapping[str, Any], name: str, server: str, absent: float, low: float, high: float
) -> float:
    value = fields.get(name, absent)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidInput(
            _(
                "Server {server!r}: {field} must be a number from {low:g} to {high:g}, got {value!r}."
            ).format(server=server, field=name, low=low, high=high, value=value)
        )
    return float(value)


def _flag(fields: Mapping[str, Any], server: str) -> bool:
    value = fields.get("allowed", True)
    if not isinstance(value, bool):
        raise InvalidInput(
            _("Server {server!r}: {field} must be true or false, got {value!r}.").format(
                server=server, field="allowed", value=value
            )
        )
    return value


def _price(fields: Mapping[str, Any], server: str) -> Price | None:
    value = fields.get("price")
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"in", "out"}:
        raise InvalidInput(
            _(
                "Server {server!r}: price must be a mapping with in and out, per million tokens."
            ).format(server=server)
        )
    most = 1e9
    return Price(
        _number(value, "in", server, 0, 0, most), _number(value, "out", server, 0, 0, most)
    )


def _key(fields: Mapping[str, Any], server: str, secret: Secret) -> Key:
    """The key from the variable that the file names. What stands in the file may be a key that was
    put there by mistake: it is not repeated in a message."""
    name = fields.get("key")
    if name is None:
        return Key("")
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise InvalidInput(
            _(
                "Server {server!r}: key must be the name of an environment variable that holds the "
                "key, not the key itself."
            ).format(server=server)
        )
    text = secret(name)
    if text is None:
        raise InvalidInput(
            _(
                "Server {server!r}: the environment variable that key names is not set. Set it, or "
                "take the line out for a server without a key."
            ).format(server=server)
        )
    return Key(text)


def _check_url(url: str) -> None:
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
                url=url
            )
        )


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
