"""A conversation as Markdown: nothing in one message swallows the next."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from core.chat.export import export_markdown
from core.chat.store import Conversations
from core.messages import Message
from core.store import Store


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    return Store.open(tmp_path / "export.db").conversations


@pytest.mark.parametrize(
    "cut",
    [
        "Here:\n\n```python\nfor i in range(3):\n    print(i)",
        "```",
        "~~~\nx = 1\n```",
        "````md\n```\ninside\n```",
        "1. Like this:\n   ```\n   x",
        "```\ndone\n```\n\nand then\n\n```js\nnot done\n",
    ],
)
def test_an_answer_that_ends_in_code_does_not_swallow_what_follows(
    conversations: Conversations, cut: str
) -> None:
    talk = conversations.create(title="Cut")
    said = conversations.add_message(talk.id, None, Message("assistant", cut))
    conversations.add_message(talk.id, said.id, Message("user", "What FOLLOWS is read."))
    text = export_markdown(talk, conversations.path(talk.id))
    code = [t.content for t in MarkdownIt("commonmark").parse(text) if t.type == "fence"]
    assert code
    assert not any("FOLLOWS" in content for content in code)


@pytest.mark.parametrize(
    "whole", ["```\nx\n```", "````\n```\n````", "- a\n  ```\n  x\n  ```\n", "a"]
)
def test_code_that_is_closed_stays_as_it_is(conversations: Conversations, whole: str) -> None:
    talk = conversations.create(title="Whole")
    conversations.add_message(talk.id, None, Message("assistant", whole))
    assert export_markdown(talk, conversations.path(talk.id)).endswith(f"\n\n{whole}\n")
