"""The tools of all listed servers, as they are known now.

A link to a server is made where it is first asked for, and is one for all visitors; a server that
was taken out of the list, or changed in it, is hung up on.
"""

import threading
from collections.abc import Sequence

from core.config import Settings
from core.tools.mcp.link import Link, shared_loop
from core.tools.mcp.listed import McpServer, listed
from core.tools.tool import Tool

# How long a page waits for servers that nobody has asked before
FIRST_WAIT_S = 5.0
_changing = threading.Lock()
_links: dict[McpServer, Link] = {}


def links(servers: Sequence[McpServer]) -> list[Link]:
    """The links to these servers."""
    with _changing:
        for gone in set(_links) - set(servers):
            _links.pop(gone).hang_up()
        for server in servers:
            if server not in _links:
                _links[server] = Link(server, shared_loop())
        return [_links[server] for server in servers]


def mcp_tools(
    servers: Sequence[McpServer], wait_s: float = FIRST_WAIT_S
) -> tuple[list[Tool], list[str]]:
    """The tools of these servers, and a sentence for whatever is wrong.

    Servers that nobody has asked before are waited for, all of them together `wait_s` seconds at
    most.
    """
    found = links(servers)
    for link in found:
        link.ask()
    tools: list[Tool] = []
    faults: list[str] = []
    for link in found:
        listing = link.listing(wait_s)
        tools += listing.tools
        faults += [trouble.sentence(link.server.name) for trouble in listing.troubles]
    return tools, faults


def refresh_all(settings: Settings) -> None:
    """Ask all servers of an installation for their tools again, and wait for the answers. Raises
    `InvalidInput` for a list that cannot be used."""
    found = links(allowed(settings))
    for link in found:
        link.ask(again=True)
    for link in found:
        link.wait()


def allowed(settings: Settings) -> list[McpServer]:
    """The servers of an installation that may be used; raises `InvalidInput` for a list that cannot
    be used."""
    return [one for one in listed(settings) if settings.remote or not one.leaves]
