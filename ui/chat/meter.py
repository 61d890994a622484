"""How full the context window is, below the conversation."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.backends.backend import Backend, lacking
from core.chat.records import Conversation, StoredMessage
from core.chat.window import Fitted, fit, limit_of
from core.errors import PromptTooLong
from core.i18n import _, ngettext
from core.messages import Message
from ui.shell.session import state
from ui.shell.text import label
from ui.tools.kernel import files_of
from ui.tools.offered import offered


@dataclass(slots=True)
class Measured:
    """The prompt that was measured last, so that a page that is drawn anew encodes nothing."""

    of: Hashable = None
    fitted: Fitted | None = None


def window_meter(
    backend: Backend, conversation: Conversation, path: Sequence[StoredMessage]
) -> None:
    """Draw it; only a sentence where the model does not tell its window, or nothing fits."""
    window, reason = backend.facts.window, lacking(backend, "window", "token_ids")
    if window is None or reason:
        st.caption(label(reason or ""))
        return
    limit = limit_of(window, conversation)
    sent = _fitted(backend, conversation, path)
    if sent is None:
        st.caption(
            _("What has been said leaves no room for a question within {limit:,} tokens.").format(
                limit=limit
            )
        )
        return
    share = min(1.0, sent.tokens / limit)
    st.progress(
        share,
        _("Context window: {used} of {window} tokens").format(used=sent.tokens, window=limit),
    )
    if sent.left_out:
        st.caption(
            ngettext(
                "The oldest message has left the prompt (it stays on the page).",
                "The {count} oldest messages have left the prompt (they stay on the page).",
                sent.left_out,
            ).format(count=sent.left_out)
        )
    elif share >= 0.8:
        st.caption(
            _("Almost full: the oldest turns are dropped from the prompt (they stay on the page).")
            if conversation.when_full == "trim"
            else _("Almost full: the conversation stops when the context window is full.")
        )


def _fitted(
    backend: Backend, conversation: Conversation, path: Sequence[StoredMessage]
) -> Fitted | None:
    """The prompt of the next question; None where there is no room for it."""
    last = state(Measured)
    tools = offered(backend, conversation.tools, files=partial(files_of, conversation.id))
    schemas = [tool.schema for tool in tools]
    of = (
        # The description of code tells of its files too
        tuple((schema["name"], schema["description"]) for schema in schemas),
        backend.facts.identity,
        conversation.system,
        conversation.sampling.max_length,
        conversation.when_full,
        # A message never changes once it is at its end
        tuple((said.id, len(said.content)) for said in path),
    )
    if last.of != of:
        said = [message.message for message in path]
        if said[-1].role != "user":
            said.append(Message("user", ""))  # the next question, whatever it will be
        try:
            last.fitted = fit(backend, conversation, said, schemas)
        except PromptTooLong:
            last.fitted = None
        last.of = of
    return last.fitted
