"""Whether a call can be run: of a tool that was offered, with arguments that fit.

What cannot is a `Fault`, with one sentence for the model and one for people.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.backends.events import Held, ToolCall
from core.i18n import _, ngettext
from core.tools.tool import Tool, faults_of

# unreadable: no call of the model's form. unknown: no tool of that name. arguments: they do not
# fit. again: the same call as before, with the same arguments. many: more than a turn may have.
FaultKind = Literal["unreadable", "unknown", "arguments", "again", "many"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a call was not run. for_model: in English, as models read it best."""

    kind: FaultKind
    for_model: str
    for_people: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that can be run."""

    tool: Tool
    arguments: dict[str, Any]


def checked(call: ToolCall, tools: Sequence[Tool]) -> Ready | Fault:
    """The call, ready to run, or what is wrong with it."""
    offered = {tool.name: tool for tool in tools}
    if call.name and call.name not in offered:
        return _unknown(call.name, list(offered))
    if call.arguments is None or not call.name:
        return _unreadable(call)
    tool = offered[call.name]
    faults = faults_of(tool.parameters, call.arguments)
    if faults:
        known = ", ".join(tool.parameters.get("properties", {})) or "none"
        return Fault(
            "arguments",
            f"The arguments do not fit {tool.name}: {'; '.join(faults[:3])}. "
            f"Its parameters: {known}.",
            _("The arguments do not fit {name}: {reason}.").format(
                name=tool.name, reason="; ".join(faults[:3])
            ),
        )
    return Ready(tool, dict(call.arguments))


def _unknown(name: str, offered: list[str]) -> Fault:
    near = difflib.get_close_matches(name, offered, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return Fault(
        "unknown",
        f"There is no tool {name!r}.{hint} Tools: {', '.join(offered) or 'none'}.",
        _("The model asked for {name}, which was not offered.").format(name=name[:64]),
    )


def _unreadable(call: ToolCall) -> Fault:
    reasons: Mapping[str, tuple[str, str]] = {
        "twice": ("an argument is given twice", _("an argument is given twice")),
        "values": (
            "an argument is no plain value",
            _("an argument is not a plain value: text, number, true, false, null, list or object"),
        ),
        "size": ("it is too long or too deep", _("it is too long or too deep")),
    }
    for_model, for_people = reasons.get(
        call.problem, ("it is not in the form of a call", _("it is not in the form of a call"))
    )
    return Fault(
        "unreadable",
        f"The call cannot be read: {for_model}.",
        _("The call cannot be read: {reason}.").format(reason=for_people),
    )


def repeated() -> Fault:
    """Of a call that was made before with the same arguments."""
    return Fault(
        "again",
        "This call was made before, with the same arguments. Answer with the result you have.",
        _("The model repeats a call with the same arguments."),
    )


def too_many(most: int) -> Fault:
    """Of a call beyond the number that a turn may have."""
    return Fault(
        "many",
        f"No more calls in this turn: {most} were made. Answer with the results you have.",
        _("The turn ends here: the model made {count} calls, the most that is allowed.").format(
            count=most
        ),
    )


def held_line(held: Held) -> str:
    """What it changed that an answer was held to valid calls, in a few words."""
    if not held.tokens:
        return _("Only valid calls: nothing was ruled out")
    if not held.overruled:
        return _("Only valid calls: the model's first choice always fit")
    return ngettext(
        "Only valid calls: the model's first choice was ruled out {count} time in {tokens} tokens "
        "({share:.0%} of the probability)",
        "Only valid calls: the model's first choice was ruled out {count} times in {tokens} tokens "
        "({share:.0%} of the probability)",
        held.overruled,
    ).format(count=held.overruled, tokens=held.tokens, share=held.share)
