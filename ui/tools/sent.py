"""What is sent to a model, as JSON: what there is to see of a prompt where its tokens are not."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import InvalidInput
from core.messages import Message
from core.servers.calls import messages_of, tools_of


def as_sent(
    messages: Sequence[Message],
    tools: Sequence[Mapping[str, Any]] = (),
    settings: Mapping[str, Any] | None = None,
) -> str:
    """Messages, tools and settings as the chat API has them: with its calls and what came of
    them."""
    content = {"messages": _messages(messages), "tools": _tools(tools), **(settings or {})}
    if not tools:
        del content["tools"]
    return json.dumps(content, ensure_ascii=False, indent=2)


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    try:
        return messages_of(messages)
    except InvalidInput:
        # A model here may read what the API has no place for
        return [{"role": one.role, "content": one.content} for one in messages]


def _tools(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    try:
        return tools_of(tools)
    except InvalidInput:
        return [dict(one) for one in tools]
