"""The MCP servers of an operator's YAML file.

A file is a list `servers`; each has

    name     what tools and pages call it: letters, digits, dashes and underscores
    command  the program of a server on this machine, with its `args`; it ends with the app
    env      NAMES of environment variables that the program gets; beside them it gets HOME, PATH
             and the like, and nothing else of the app's
    secrets  {NAME: its name in .streamlit/secrets.toml}: variables with a key from there
    url      or: where a server answers, e.g. https://mcp.example.org/mcp
    key      the NAME of an environment variable that holds the key; never the key itself
    secret   or its NAME in Streamlit's file of secrets
    header   the header that the key goes into (default: Authorization, as a bearer's)
    tools    the names of the tools to take (default: all)
    leaves   false: what it is told stays on this machine, so that chats need not ask before a call
             (default: true)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from core.config import Settings, secret
from core.errors import InvalidInput
from core.i18n import _
from core.servers.entries import (
    Key,
    Secret,
    check_url,
    flag_in,
    kept_key,
    key_in,
    masked,
    read_entries,
    text_in,
    variable_key,
)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_PROGRAM = {"command", "args", "env", "secrets"}
_ADDRESS = {"url", "key", "secret", "header"}
_FIELDS = {"name", "tools", "leaves"} | _PROGRAM | _ADDRESS


@dataclass(frozen=True, slots=True)
class McpServer:
    """A server; see the module for what the fields mean. env: variables of the program and what
    they hold. tools: None for all."""

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, Key], ...] = ()
    url: str = ""
    key: Key = field(default_factory=lambda: Key(""))
    header: str = "Authorization"
    tools: frozenset[str] | None = None
    leaves: bool = True

    @property
    def headers(self) -> dict[str, str]:
        """What each request to its address carries."""
        if not self.key:
            return {}
        bearer = self.header.casefold() == "authorization"
        return {self.header: f"Bearer {self.key.reveal()}" if bearer else self.key.reveal()}


def listed(settings: Settings, variable: Secret = secret) -> tuple[McpServer, ...]:
    """The servers of an installation; raises `InvalidInput` for a file that cannot be used.
    variable: what an environment variable holds."""
    if settings.mcp is None:
        return ()
    try:
        return _read(settings.mcp.read_text("utf-8"), variable, settings.secret)
    except InvalidInput as error:
        # Every visitor reads it: where the file lies is the operator's
        raise InvalidInput(f"{settings.mcp.name}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidInput(
            _("The list of MCP servers {file} cannot be read ({reason}).").format(
                file=settings.mcp.name, reason=reason
            )
        ) from error


def read_mcp_servers(text: str, variable: Secret, kept: Secret) -> tuple[McpServer, ...]:
    """The servers of a file, with their keys; raises `InvalidInput` for what is none.

    variable, kept: where the keys come from.
    """
    return read_entries(
        text,
        _FIELDS,
        _("a name, and a command or a url"),
        lambda fields, called: _server(fields, called, variable, kept),
    )


_read = lru_cache(maxsize=4)(read_mcp_servers)


def _server(fields: Mapping[str, Any], called: str, variable: Secret, kept: Secret) -> McpServer:
    if not _NAME.fullmatch(called):
        raise InvalidInput(
            _(
                "An MCP server cannot be called {name!r}: use letters, digits, _ and -, up to 32 of "
                "them, beginning with a letter."
            ).format(name=masked(called))
        )
    program, address = "command" in fields, "url" in fields
    if program == address or set(fields) & (_ADDRESS if program else _PROGRAM):
        raise InvalidInput(
            _(
                "Server {name!r} needs either a command, with args, env and secrets, or a url, with "
                "key, secret and header."
            ).format(name=called)
        )
    header = text_in(fields, "header", called, "Authorization")
    if not _HEADER.fullmatch(header):
        raise InvalidInput(
            _("Server {server!r}: {header!r} is no name of a header.").format(
                server=called, header=header
            )
        )
    url = text_in(fields, "url", called) if address else ""
    if url:
        check_url(url)
    return McpServer(
        called,
        text_in(fields, "command", called) if program else "",
        tuple(_texts(fields, "args", called)),
        _environment(fields, called, variable, kept),
        url,
        key_in(fields, called, variable, kept),
        header,
        frozenset(_texts(fields, "tools", called)) if "tools" in fields else None,
        flag_in(fields, "leaves", called, True),
    )


def _texts(fields: Mapping[str, Any], name: str, server: str) -> list[str]:
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str | int | float) for one in value):
        raise InvalidInput(
            _("Server {server!r}: {field} must be a list of texts.").format(
                server=server, field=name
            )
        )
    return [str(one) for one in value]


def _environment(
    fields: Mapping[str, Any], server: str, variable: Secret, kept: Secret
) -> tuple[tuple[str, Key], ...]:
    """The variables of the program. What stands in the file may be a key that was put there by
    mistake: it is not repeated in a message."""
    found: dict[str, Key] = {}
    for place, name in enumerate(_texts(fields, "env", server), start=1):
        try:
            found[name] = variable_key(name, server, variable)
        except InvalidInput as error:
            raise InvalidInput(
                _(
                    "Server {server!r}: env must list names of environment variables, and entry "
                    "{place} is none that is set."
                ).format(server=server, place=place)
            ) from error
    secrets = fields.get("secrets", {})
    if not isinstance(secrets, dict):
        raise InvalidInput(
            _(
                "Server {server!r}: secrets must be a mapping from variables to names in "
                ".streamlit/secrets.toml."
            ).format(server=server)
        )
    return tuple(found.items()) + tuple(
        (str(name), kept_key(one, server, kept)) for name, one in secrets.items()
    )
