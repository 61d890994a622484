"""The inspector under a chat answer, on the prompt that the answer was given to."""

from dataclasses import replace

import streamlit as st

from core.backends.backend import Backend, tokenizer_of
from core.branches.records import Origin
from core.chat.records import StoredMessage
from core.chat.window import fit
from core.interpreter.folder import with_files
from core.sampling.settings import Sampling
from ui.inspect.inspector import inspector
from ui.shell import resources
from ui.shell.boundary import boundary
from ui.shell.page import can


def answer_inspector(backend: Backend, message: StoredMessage) -> None:
    """Draw the inspector of one stored answer; an explained error is shown in its place.

    The prompt is put together as it was for the answer, from what the conversation says now: a
    system message that was changed since changes the numbers.
    """
    if not can(backend, "token_ids", "logits"):
        return
    with st.container(border=True), boundary():
        conversations = resources.store().conversations
        conversation = conversations.get(message.conversation_id)
        path = conversations.path(conversation.id)
        before = path[: [said.id for said in path].index(message.id)]
        sampling = message.sampling or Sampling()
        prompt = fit(
            backend,
            replace(
                conversation,
                system=with_files(conversation.system, message.files),
                sampling=sampling,
            ),
            [said.message for said in before],
            message.tools,
        )
        origin = Origin(
            "message",
            message.id,
            title=before[-1].content if before else "",
            model=message.model or "",
            text=message.content,
            precision=message.precision,
        )
        seed = message.seed if message.seed is not None else sampling.seed
        inspector(
            backend,
            tokenizer_of(backend).prompt_ids(
                prompt.messages, [dict(tool) for tool in message.tools] or None
            ),
            message.token_ids,
            replace(sampling, seed=seed),
            f"inspector_{message.id}",
            origin,
        )
