"""A conversation as Markdown and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from markdown_it import MarkdownIt

from core.chat.records import Conversation, StoredMessage
from core.i18n import _

# Stands for what follows a message
_NEXT = "0f4a27d1"


def export_markdown(conversation: Conversation, path: Sequence[StoredMessage]) -> str:
    """The visible path as Markdown."""
    names = {"user": _("You"), "assistant": _("Model"), "observation": _("Observation")}
    parts = [f"# {conversation.title or _('Conversation')}"]
    if conversation.system.strip():
        quoted = "\n".join(f"> {line}" for line in conversation.system.splitlines())
        parts.append(f"**{_('System message')}**\n\n{quoted}")
    for said in path:
        by = [names.get(said.role, said.role), f"{said.model or ''} {said.precision}".strip()]
        head = f"**{' · '.join(filter(None, [*by, said.persona]))}**"
        settings = f"\n\n*{settings_line(said)}*" if said.sampling else ""
        parts.append(f"{head}{settings}\n\n{_closed(said.content)}")
    return "\n\n".join(parts) + "\n"


def settings_line(answer: StoredMessage) -> str:
    """The settings that an answer was written with, its seed among them; empty for a question."""
    if answer.sampling is None:
        return ""
    seed = answer.sampling.seed if answer.seed is None else answer.seed
    kept = answer.sampling.to_dict() | {"seed": seed}
    return ", ".join(f"{name} {value}" for name, value in kept.items() if value is not None)


def export_json(conversation: Conversation, path: Sequence[StoredMessage]) -> str:
    """The visible path with all settings and usage, as JSON."""
    content = {
        "format": "promptlab-conversation",
        "version": 1,
        **asdict(conversation),
        "messages": [asdict(message) for message in path],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def _closed(markdown: str) -> str:
    """The text with a fence behind it where it ends inside a code block, as an answer does that was
    cut: all that follows would be code."""
    tokens = MarkdownIt("commonmark").parse(f"{markdown}\n\n{_NEXT}")
    opened = [t.markup for t in tokens if t.type == "fence" and _NEXT in t.content]
    return f"{markdown}\n{opened[0]}" if opened else markdown
