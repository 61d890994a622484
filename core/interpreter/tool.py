"""The interpreter as one more tool, for models that have learned tools and no interpreter of their
own.

ChatGLM3 has learned it as a mode beside tools, with a system message of its own: see `loop`.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import Any

from core.backends.events import Idle
from core.errors import PromptLabError
from core.i18n import _
from core.interpreter.folder import told_files
from core.interpreter.kept import to_keep
from core.interpreter.limits import Limits
from core.interpreter.loop import OBSERVED
from core.interpreter.outputs import Ended, Failure, Output, observation
from core.interpreter.sandbox import Sandbox
from core.tools.tool import Seen, Tool, ToolFailed

NAME = "run_python"
# In English, as models read it best
_DESCRIPTION = (
    "Run Python code and tell what it prints and shows. Variables stay from call to call, files are in "
    "the current folder; numpy, pandas, matplotlib and plotly are there, a network is not"
)
_PARAMETERS = {
    "type": "object",
    "properties": {"code": {"description": "The Python code", "type": "string"}},
    "required": ["code"],
}
# It is interrupted, and in the end killed, by its own limits; this one is behind them all
_LIMITS = Limits()
TIME_S = _LIMITS.start_s + _LIMITS.seconds + 2 * _LIMITS.grace_s


def python_tool(
    sandbox: Callable[[], Sandbox], files: Callable[[], Mapping[str, int]] | None = None
) -> Tool:
    """The tool. sandbox: gives the kernel of the conversation when code comes. files: those that
    the model is told of, whenever it is told of the tool; else those in the kernel that ran its
    last code."""
    running: list[Sandbox] = []
    # Of the last call: it may be stopped while its kernel starts, which takes seconds
    stopping = [threading.Event()]

    def run(arguments: dict[str, Any]) -> Seen:
        stopping[:] = [stopped := threading.Event()]
        kernel = sandbox()
        running[:] = [kernel]
        if stopped.is_set():
            raise ToolFailed(_("It was stopped."))
        outputs: list[Output] = []
        with closing(kernel.run(arguments["code"])) as told:
            outputs += [one for one in told if not isinstance(one, Idle)]
        failed = any(isinstance(one, Failure | Ended) for one in outputs)
        return Seen(observation(outputs, OBSERVED), tuple(to_keep(outputs)), failed)

    def stop() -> None:
        for one in stopping:
            one.set()
        for kernel in running:
            kernel.interrupt()

    def now() -> str:
        if files:
            return told_files(files())
        with suppress(PromptLabError):
            return told_files(running[0].files()) if running and running[0].alive else ""
        return ""

    return Tool(NAME, _DESCRIPTION, _PARAMETERS, run, time_s=TIME_S, stop=stop, now=now)
