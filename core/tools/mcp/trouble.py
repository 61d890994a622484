"""What can go wrong with a server, each with a sentence in the language of whoever reads it."""

from dataclasses import dataclass
from typing import Literal

from core.i18n import _

# waiting: it has not answered yet. missing: there is no such program. ended: the program ended.
# flood: it said more than anybody asked for. silent: no answer in time. unreachable: no connection,
# or no answer of the protocol there. elsewhere: a redirect. refused: it answered with an error of
# its own. garbled: what came is not of the protocol. asks: it wants something of the app, which
# gives it nothing. tool: one of its tools cannot be taken; large: for its schema is too long;
# twice: another one is called so.
Kind = Literal[
    "waiting",
    "missing",
    "ended",
    "flood",
    "silent",
    "unreachable",
    "elsewhere",
    "refused",
    "garbled",
    "asks",
    "tool",
    "large",
    "twice",
]


@dataclass(eq=False)
class Trouble(Exception):
    """kind: see above. said: what the server or the system said of it, or the tool's name. seconds:
    that were waited."""

    kind: Kind
    said: str = ""
    seconds: float = 0

    def sentence(self, server: str) -> str:
        """What happened at the server of that name, and what to do."""
        texts = {
            "waiting": _("The MCP server {server} has not answered yet. Look again in a moment."),
            "missing": _("The MCP server {server} cannot be started: {said}."),
            "ended": _(
                "The MCP server {server} ended ({said}). It is started again with the next call; the app's "
                "log has its last words."
            ),
            "flood": _("The MCP server {server} says more than it is asked for, and was ended."),
            "silent": _("The MCP server {server} did not answer within {seconds:g} s."),
            "unreachable": _("The MCP server {server} cannot be reached ({said})."),
            "elsewhere": _("The MCP server {server} sends elsewhere, and that is not followed."),
            "refused": _("The MCP server {server} answered with an error: {said}"),
            "garbled": _("The MCP server {server} says what is not of the protocol ({said})."),
            "asks": _(
                "The MCP server {server} asks for something before it answers, and gets nothing."
            ),
            "tool": _("The MCP server {server} has a tool that cannot be taken: {said}"),
            "large": _(
                "The tool {said} of the MCP server {server} is left out: its schema is too long, or too "
                "deep."
            ),
            "twice": _(
                "The tool {said} of the MCP server {server} is left out: there are too many, or another "
                "one is called so."
            ),
        }
        said = " ".join(self.said.split())[:300]
        return texts[self.kind].format(server=server, said=said, seconds=self.seconds)
