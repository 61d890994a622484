"""The tools that a visitor can offer a model, and the texts given to search in."""

from collections.abc import Callable, Mapping

from core.backends.backend import Backend
from core.chat.records import ToolChoice
from core.chat.turn import call_form
from core.errors import InvalidInput
from core.i18n import _
from core.interpreter.sandbox import Sandbox
from core.interpreter.tool import NAME as PYTHON
from core.interpreter.tool import python_tool
from core.tools.book import ToolBook
from core.tools.search import MOST_CHARACTERS
from core.tools.tool import Tool
from ui.shell import resources
from ui.shell.page import can
from ui.shell.text import label

_TEXTS = ("tools", "texts")


def tool_book() -> ToolBook:
    """All tools: built in, of the operator, and the visitor's own."""
    return ToolBook.of(resources.settings(), resources.store().tools.list(), texts())


def ask_servers_again() -> None:
    """Ask the operator's MCP servers for their tools, and wait for the answers; raises
    `InvalidInput` for a list that cannot be used."""
    from core.tools.mcp.offered import refresh_all

    refresh_all(resources.settings())


def texts() -> dict[str, str]:
    """The texts to search in, by their names."""
    kept = resources.store().drafts.get(*_TEXTS) or {}
    found = kept.get("texts", {})
    return {str(name): str(text) for name, text in found.items()}


def keep_texts(found: dict[str, str]) -> None:
    """Keep these texts in place of those before; raises `InvalidInput` where they are too long."""
    size = sum(map(len, found.values()))
    if size > MOST_CHARACTERS:
        raise InvalidInput(
            _("The texts have {count:,} characters; {most:,} can be searched.").format(
                count=size, most=MOST_CHARACTERS
            )
        )
    resources.store().drafts.put(*_TEXTS, {"texts": found})


def offered(
    backend: Backend,
    choice: ToolChoice,
    kernel: Callable[[], Sandbox] | None = None,
    files: Callable[[], Mapping[str, int]] | None = None,
) -> tuple[Tool, ...]:
    """The chosen tools that there are; none where the model knows no tools. kernel: runs code;
    without one, code can be offered and not run. files: those that the model is told of."""
    if not choice.names or not can(backend, "tools"):
        return ()
    found = tool_book().there(choice.names)
    named = {tool.name for tool in found}
    if PYTHON in choice.names and PYTHON not in named and can_compute(backend):
        return (*found, python_tool(kernel or _no_kernel, files))
    return found


def can_compute(backend: Backend) -> bool:
    """Whether the interpreter can be one tool among others: ChatGLM3 has learned it as a mode of
    its own, with another system message."""
    return can(backend, "tools") and call_form(backend) != "chatglm3"


def _no_kernel() -> Sandbox:
    raise InvalidInput(_("There is no conversation yet in which code could run."))


def tool_title(name: str) -> str:
    """What people call a tool, by the name that the model knows it by."""
    return _("Code interpreter") if name == PYTHON else name


def origin_label(tool: Tool) -> str:
    """Where a tool comes from, in words."""
    if tool.source:
        return _("from the MCP server {server}").format(server=label(tool.source))
    return {
        "builtin": _("built in"),
        "folder": _("from the operator"),
        "own": _("your own"),
        "mcp": _("from an MCP server"),
    }[tool.origin]
