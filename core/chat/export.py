"""A conversation as Markdown and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from core.chat.records import Conversation, StoredMessage
from core.i18n import _


def export_markdown(conversation: Conversation, path: Sequence[StoredMessage]) -> str:
    """The visible path as Markdown."""
    names = {"user": _("You"), "assistant": _("Model"), "observation": _("Observation")}
    parts = [f"# {conversation.title or _('Conversation')}"]
    if conversation.system.strip():
        quoted = "\n".join(f"> {line}" for line in conversation.system.splitlines())
        parts.append(f"**{_('System message')}**\n\n{quoted}")
    for said in path:
        by = [names.get(said.role, said.role), f"{said.model or ''} {said.precision}".strip()]
        parts.append(f"**{' · '.join(filter(None, by))}**\n\n{said.content}")
    return "\n\n".join(parts) + "\n"


def export_json(conversation: Conversation, path: Sequence[StoredMessage]) -> str:
    """The visible path with all settings and usage, as JSON."""
    content = {
        "format": "promptlab-conversation",
        "version": 1,
        **asdict(conversation),
        "messages": [asdict(message) for message in path],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)
