"""Tools by the chat API: what goes out, and the calls of a streamed answer, whatever a server
leaves out.

Here a call is an assistant's message with the tool's name as its metadata, and what a tool said is
an observation, as the ChatGLM3 family has them. The API wants calls with ids and answers that name
them: the ids are made here, anew for every request, as nothing but the one request needs them.

The client checks nothing of what comes: a call may come whole or letter by letter, two at once,
without an index, without an id, or with the name said again in every piece.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.backends.calls import chatglm3_arguments, json_arguments
from core.backends.events import ToolCall
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message

# No answer asks for more: a server that sends more does not stop by itself
MOST = 128
_LONGEST_NAME = 64


# --- out --------------------------------------------------------------------------------------


def tools_of(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tools as the API has them, from their descriptions with or without its wrapping; raises
    `InvalidInput` for one without a name."""
    found = []
    for tool in tools:
        inner = tool.get("function", tool)
        named = isinstance(inner, Mapping) and inner.get("name")
        if not isinstance(named, str) or not named:
            raise InvalidInput(
                _("A tool needs a name, got {value!r}. Add a field `name`.").format(
                    value=dict(tool)
                )
            )
        found.append({"type": "function", "function": dict(inner)})
    return found


def messages_of(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as the API has them: what an assistant says and calls in one go is one message, and
    observations answer its calls in their order.

    Raises `InvalidInput` for an observation that no call asks for.
    """
    found: list[dict[str, Any]] = []
    asked: list[str] = []
    made = 0
    for message in messages:
        if message.role == "observation":
            if not asked:
                raise InvalidInput(
                    _(
                        "An observation must follow the tool call that it answers. Put an assistant "
                        "message with the tool's name as its metadata before it."
                    )
                )
            answers = {"tool_call_id": asked.pop(0), "content": message.content}
            found.append({"role": "tool", **answers})
        elif message.role == "assistant" and message.metadata:
            made += 1
            # Nine letters and digits: the chat template of Mistral refuses any other id
            asked.append(f"call{made:05}")
            last = found[-1] if found and found[-1]["role"] == "assistant" else None
            if last is None:
                last = {"role": "assistant", "content": None}
                found.append(last)
            last.setdefault("tool_calls", []).append(_outgoing(asked[-1], message))
        else:
            asked.clear()
            found.append({"role": message.role, "content": message.content})
    return found


def _outgoing(number: str, call: Message) -> dict[str, Any]:
    function = {"name": call.metadata, "arguments": _as_json(call.content)}
    return {"id": number, "type": "function", "function": function}


def _as_json(raw: str) -> str:
    """The arguments of a call as JSON: as a server wrote them, or as ChatGLM3 writes them. Servers
    refuse what is neither: the model is shown what it wrote as a text."""
    if not raw.strip():
        return "{}"
    if json_arguments(raw)[0] is not None:
        return raw
    arguments, _problem = chatglm3_arguments(raw)
    return json.dumps({"text": raw} if arguments is None else arguments, ensure_ascii=False)


# --- in ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Call:
    index: int | None = None
    number: str = ""
    name: str = ""
    arguments: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing can follow."""
        return json_arguments(self.arguments)[0] is not None


@dataclass(slots=True)
class Calls:
    """The calls of an answer, put together from what comes."""

    _calls: list[_Call] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._calls)

    def take(self, pieces: object) -> bool:
        """Note the pieces of one event; whether there was anything in them."""
        if not isinstance(pieces, list):
            return False
        return any([self._take(piece, place, len(pieces)) for place, piece in enumerate(pieces)])

    def found(self) -> tuple[ToolCall, ...]:
        """What there is by now; a call without a name is none. The arguments of one that was cut
        off are None."""
        found = []
        for one in self._calls:
            # As a message of its own it is named in one line
            name = " ".join(one.name.split())[:_LONGEST_NAME]
            raw = one.arguments or "{}"
            if name:
                found.append(ToolCall(name, raw, *json_arguments(raw)))
        return tuple(found)

    def _take(self, piece: Any, place: int, count: int) -> bool:
        function = getattr(piece, "function", None)
        name, number = _text(function, "name"), _text(piece, "id")
        arguments = _arguments(function)
        if not (name or arguments or number):
            return False
        index = getattr(piece, "index", None)
        if isinstance(index, bool) or not isinstance(index, int):
            # Several at once without a word on which is which: they come in their order
            index = place if count > 1 else None
        call = self._continued(index, number, name)
        if call is None:
            call = _Call(index)
            self._calls.append(call)
        call.number = call.number or number
        # Some say the whole name with every piece
        if name != call.name:
            call.name += name
        call.arguments += arguments
        return True

    def _continued(self, index: int | None, number: str, name: str) -> _Call | None:
        """The call that a piece goes on with; None for one that begins."""
        own = [one for one in self._calls if number and one.number == number]
        if own:
            return own[-1]
        # Of several that were given one index, the last
        same = [one for one in self._calls if index is None or one.index in (index, None)]
        last = same[-1] if same else None
        if last is None or not name:
            # Nothing begins without a name, even where every piece has an id of its own
            return last
        begun = last.whole if index is not None else bool(last.arguments)
        return None if begun or (number and last.number) else last


def _text(holder: object, name: str) -> str:
    value = getattr(holder, name, None)
    return value if isinstance(value, str) else ""


def _arguments(function: object) -> str:
    """What a piece has of the arguments; some servers send them read already."""
    value = getattr(function, "arguments", None)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else ""
