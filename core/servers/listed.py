"""The servers of an operator's YAML file, and those that a visitor adds; whose key is where.

A file is a list `servers`; each has

    name       what links and records call it: letters, digits, dots and dashes
    url        where its API begins, e.g. http://gpu-1:8000/v1
    model      the model's id there (default: the only one that the server lists)
    title      what people call it (default: the name)
    key        the NAME of an environment variable that holds the key; never the key itself
    secret     or its NAME in Streamlit's file of secrets, .streamlit/secrets.toml; with dots for
               one in a table
    tokenizer  the model here that has the same tokenizer: a name of the catalogue, or the path of a
               folder or a GGUF file; prompts then go as token ids, and the model can be looked into
    price      {in: …, out: …}: per million tokens; with `currency: EUR` to show it
    at_once    how many requests it gets at a time (default: 8)
    silence    seconds after which a server that says nothing is given up (default: 300)
    allowed    false: listed, and not to be used

A key is read where it is sent and nowhere else: it is in no record, no message and no `repr`.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from core.errors import InvalidInput
from core.i18n import _
from core.servers.entries import (
    Key,
    Secret,
    check_url,
    flag_in,
    key_in,
    masked,
    read_entries,
    text_in,
)
from core.servers.prices import Price

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_FIELDS = {
    *("name", "url", "model", "title", "key", "secret", "tokenizer", "price", "at_once", "silence"),
    "allowed",
}
_PRICE_FIELDS = {"in", "out", "currency"}
_LONGEST_CURRENCY = 8
MOST_AT_ONCE = 256


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
        check_url(self.url)
        if not _NAME.fullmatch(self.name):
            raise InvalidInput(
                _(
                    "A server cannot be called {name!r}: use letters, digits, dots and dashes, up "
                    "to 64 of them."
                ).format(name=masked(self.name))
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


def read_servers(text: str, variable: Secret, secret: Secret) -> tuple[Server, ...]:
    """The servers of a file, with their keys; raises `InvalidInput` for what is none.

    variable, secret: where the keys come from.
    """
    return read_entries(
        text,
        _FIELDS,
        _("a name and a url"),
        # Of the name, as it is checked only later, what a message may have of it
        lambda fields, called: _server(fields, masked(called), variable, secret),
    )


def _server(fields: Mapping[str, Any], called: str, variable: Secret, secret: Secret) -> Server:
    return Server(
        name=text_in(fields, "name", called),
        url=text_in(fields, "url", called).rstrip("/"),
        model=text_in(fields, "model", called, ""),
        title=text_in(fields, "title", called, ""),
        key=key_in(fields, called, variable, secret),
        tokenizer=text_in(fields, "tokenizer", called, ""),
        price=_price(fields, called),
        at_once=int(_number(fields, "at_once", called, 8, 1, MOST_AT_ONCE)),
        silence_s=_number(fields, "silence", called, 300, 1, 86_400),
        allowed=flag_in(fields, "allowed", called, True),
    )


def _number(
    fields: Mapping[str, Any], name: str, server: str, absent: float, low: float, high: float
) -> float:
    value = fields.get(name, absent)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidInput(
            _(
                "Server {server!r}: {field} must be a number from {low:g} to {high:g}, got {value!r}."
            ).format(server=server, field=name, low=low, high=high, value=masked(value))
        )
    return float(value)


def _price(fields: Mapping[str, Any], server: str) -> Price | None:
    value = fields.get("price")
    if value is None:
        return None
    if not isinstance(value, dict) or not {"in", "out"} <= set(value) <= _PRICE_FIELDS:
        raise InvalidInput(
            _(
                "Server {server!r}: price must be a mapping with in and out, per million tokens, and "
                "a currency if you like."
            ).format(server=server)
        )
    currency = text_in(value, "currency", server, "")
    if len(currency) > _LONGEST_CURRENCY:
        raise InvalidInput(
            _("Server {server!r}: the currency can have at most {most} characters.").format(
                server=server, most=_LONGEST_CURRENCY
            )
        )
    most = 1e9
    return Price(
        _number(value, "in", server, 0, 0, most),
        _number(value, "out", server, 0, 0, most),
        currency,
    )


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
