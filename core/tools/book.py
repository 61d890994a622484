"""All tools there are: the built-in ones, the operator's and those of MCP servers, and what users
defined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from core.config import Settings
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.tools.builtin import BUILTIN
from core.tools.folder import folder_tools
from core.tools.own import OwnTool
from core.tools.search import search_tool
from core.tools.tool import Tool

if TYPE_CHECKING:
    # The database is loaded with its own pages and commands
    from core.storage.documents import Document


@dataclass(frozen=True, slots=True)
class ToolBook:
    """Tools by their names; of two with one name the first stays. faults: of what could not be
    read."""

    tools: tuple[Tool, ...]
    faults: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        settings: Settings,
        own: Sequence["Document"] = (),
        texts: Mapping[str, str] | None = None,
        wait_s: float | None = None,
    ) -> Self:
        """The tools of an installation, and those of one visitor. texts: to search in, the
        visitor's. wait_s: for MCP servers that nobody has asked before, instead of a few seconds.
        Where nothing may leave this machine, what would is left out."""
        folder = folder_tools(settings.tools)
        found = {tool.name: tool for tool in BUILTIN}
        faults = list(folder.faults)
        searching = [search_tool(texts)] if texts else []
        remote, troubles = _of_servers(settings, wait_s)
        faults += troubles
        for tool in (*searching, *folder.tools, *remote):
            if settings.remote or not tool.leaves:
                found.setdefault(tool.name, tool)
        hosts = settings.tool_hosts if settings.remote else ()
        for document in own:
            try:
                made = OwnTool.from_dict(document.name, document.content)
                found.setdefault(made.name, made.tool(hosts))
            except InvalidInput as error:
                faults.append(f"{document.name}: {error}")
        return cls(tuple(found.values()), tuple(faults))

    def get(self, name: str) -> Tool:
        """The tool of that name; raises `NotFound`."""
        for tool in self.tools:
            if tool.name == name:
                return tool
        raise NotFound(
            _("There is no tool {name!r}. Available tools: {known}.").format(
                name=name[:64], known=", ".join(tool.name for tool in self.tools)
            )
        )

    def chosen(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """The tools of these names, in their order; raises `NotFound`."""
        return tuple(self.get(name) for name in dict.fromkeys(names))

    def there(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """Those of these names that there are."""
        known = {tool.name: tool for tool in self.tools}
        return tuple(known[name] for name in dict.fromkeys(names) if name in known)


def _of_servers(settings: Settings, wait_s: float | None) -> tuple[list[Tool], list[str]]:
    """The tools of the operator's MCP servers, and what is wrong with these."""
    if settings.mcp is None:
        return [], []
    # Loaded where there are some
    from core.tools.mcp.offered import FIRST_WAIT_S, allowed, mcp_tools

    try:
        return mcp_tools(allowed(settings), FIRST_WAIT_S if wait_s is None else wait_s)
    except InvalidInput as error:
        return [], [str(error)]
