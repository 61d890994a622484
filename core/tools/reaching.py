"""One HTTP GET to a host that the operator allows, and nowhere else.

Covered: names that resolve to private, local, link-local or reserved addresses (the address that
was checked is the one that is connected to), redirects (not followed), other schemes, credentials
in the address, answers that are too long or take too long, compressed ones (not asked for, not
unpacked). Not covered: what an allowed host does with the words it is sent.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from core.i18n import _
from core.tools.tool import ToolFailed

TIME_S = 10.0
MOST_BYTES = 200_000
# All that was ever given out of IPv6 for machines of the internet
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
LONGEST_ADDRESS = 4_000
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
# From a host and a port to the addresses it has
Resolve = Callable[[str, int], Sequence[str]]


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system finds them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ToolFailed(_("The host {host!r} was not found.").format(host=host)) from error
    return [str(row[4][0]) for row in found]


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, and none that is wrapped in another."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is not None:
            return is_public(str(inner))
        # Others are of no use in public, such as NAT64, which leads to whatever IPv4 address is in
        # it
        if found not in _PUBLIC_IPV6:
            return False
    return found.is_global and not found.is_multicast


def get(
    address: str,
    allowed: Collection[str],
    resolve: Resolve = resolved,
    public: Callable[[str], bool] = is_public,
    context: ssl.SSLContext | None = None,
) -> str:
    """The text at an address, of at most `MOST_BYTES` within `TIME_S`; raises `ToolFailed` for a
    host that is not allowed, and for whatever goes wrong."""
    host, port, secure, path = _parts(address, allowed)
    addresses = resolve(host, port)
    if not addresses or not all(map(public, addresses)):
        raise ToolFailed(
            _("{host} is not on the public internet, and tools reach no other.").format(host=host)
        )
    deadline = time.monotonic() + TIME_S
    connection = _Connection(host, port, addresses[0], secure, context)
    try:
        connection.request(
            "GET", path, headers={"Accept-Encoding": "identity", "User-Agent": "PromptLab"}
        )
        answer = connection.getresponse()
        if 300 <= answer.status < 400:
            raise ToolFailed(
                _("{host} sends elsewhere (status {status}); that is not followed.").format(
                    host=host, status=answer.status
                )
            )
        body = _body(answer, connection.sock, deadline, host)
    except (OSError, http.client.HTTPException) as error:
        raise ToolFailed(
            _("{host} did not answer: {reason}.").format(host=host, reason=_reason(error))
        ) from error
    finally:
        connection.close()
    text = _text(body, answer.headers.get_content_charset() or "utf-8")
    if answer.status != 200:
        raise ToolFailed(
            _("{host} answered with status {status}: {text}").format(
                host=host, status=answer.status, text=" ".join(text.split())[:200]
            )
        )
    return text


def check_address(address: str, allowed: Collection[str]) -> None:
    """Raise `ToolFailed` unless it is http(s) and its host is allowed."""
    _parts(address, allowed)


def _parts(address: str, allowed: Collection[str]) -> tuple[str, int, bool, str]:
    if len(address) > LONGEST_ADDRESS or any(char <= " " or char == "\x7f" for char in address):
        raise ToolFailed(_("The address is too long, or has blanks in it."))
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise ToolFailed(_("{address!r} is no address.").format(address=address[:80])) from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise ToolFailed(
            _("{address!r} is no address that starts with https:// and a host.").format(
                address=address[:80]
            )
        )
    secure = parts.scheme == "https"
    if host not in {one.casefold() for one in allowed} or port not in (None, 80, 443):
        known = ", ".join(sorted(allowed)) or _("none")
        raise ToolFailed(
            _("Tools may not reach {host}. Allowed hosts: {known}.").format(host=host, known=known)
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # What is not ASCII goes as the bytes of UTF-8; the rest is as it was written
    return host, port or (443 if secure else 80), secure, quote(path, _ASCII, "utf-8", "replace")


def _text(body: bytes, charset: str) -> str:
    """The text in these bytes; a server may name any charset, and one that nobody knows."""
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def _body(answer: Any, sock: Any, deadline: float, host: str) -> bytes:
    """What comes, until the end; each wait for a piece has what is left of the whole time."""
    found = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ToolFailed(
                _("{host} took longer than {seconds:g} s.").format(host=host, seconds=TIME_S)
            )
        if sock is not None:
            sock.settimeout(left)
        piece = answer.read1(65_536)
        if not piece:
            return found
        found += piece
        if len(found) > MOST_BYTES:
            raise ToolFailed(
                _("The answer of {host} is longer than {most:,} bytes.").format(
                    host=host, most=MOST_BYTES
                )
            )


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked up before, under the name of its host."""

    def __init__(
        self, host: str, port: int, address: str, secure: bool, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(host, port, timeout=TIME_S)
        self._address, self._secure, self._context = address, secure, context

    def connect(self) -> None:
        sock = socket.create_connection((self._address, self.port), timeout=TIME_S)
        if self._secure:
            context = self._context or ssl.create_default_context()
            self.sock = context.wrap_socket(sock, server_hostname=self.host)
        else:
            self.sock = sock


def _reason(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:120]
