"""The ChatGLM3 tokenizer and chat format, over sentencepiece; see `text` for the contract.

Role and control ids exist only here, behind the pieces of the sentencepiece model, never in it:
text can therefore not become a role, whatever a user types. Prompts are assembled from ids, as
the published `build_chat_input` does (https://huggingface.co/THUDM/chatglm3-6b).
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sentencepiece

from core.backends.calls import CallForm
from core.backends.tokenizer import continued_text, fallback_bytes
from core.errors import CheckpointError
from core.i18n import _
from core.messages import Message
from core.models.chatglm_generations import first_glm4, is_tiktoken

# The order fixes the ids: the first one follows the last sentencepiece piece.
SPECIAL_TOKENS = (
    "[MASK]",
    "[gMASK]",
    "[sMASK]",
    "sop",
    "eop",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|observation|>",
)
# What the published demos put before a list of tools.
TOOLS_SYSTEM = (
    "Answer the following questions as best as you can. You have access to the following tools:"
)


class ChatGLMTokenizer:
    """Text to ids and back, and conversations to prompts.

    chat: False for a base model, whose prompts are plain text behind `[gMASK] sop`.
    Raises `CheckpointError` when the file is not a sentencepiece model.
    """

    def __init__(self, model_file: Path | str, chat: bool = True) -> None:
        self.chat = chat
        try:
            self._sp = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
            size = self._sp.vocab_size()
        except (OSError, RuntimeError) as error:
            if is_tiktoken(Path(model_file)):
                raise CheckpointError(first_glm4(Path(model_file).parent)) from error
            raise CheckpointError(
                _(
                    "{file} is not a readable sentencepiece model ({reason}). "
                    "Copy the checkpoint's tokenizer.model again."
                ).format(
                    file=model_file, reason=(str(error).splitlines() or [type(error).__name__])[0]
                )
            ) from error
        self.special = {token: size + i for i, token in enumerate(SPECIAL_TOKENS)}
        self._special_by_id = {i: token for token, i in self.special.items()}
        self.text_vocab_size = size
        self.vocab_size = size + len(SPECIAL_TOKENS)
        self.eos_id = self._sp.eos_id()
        self.assistant_id = self.special["<|assistant|>"]
        self.stop_ids = frozenset(
            {self.eos_id, self.special["<|user|>"], self.special["<|observation|>"]}
        )

    @property
    def tools(self) -> bool:
        return self.chat

    @property
    def call_form(self) -> CallForm | None:
        return "chatglm3" if self.chat else None

    def encode(self, text: str) -> list[int]:
        """The ids of `text` alone: no role or control id can come of it."""
        return self._sp.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`, special tokens by name; ids outside the vocabulary give nothing."""
        parts: list[str] = []
        run: list[int] = []
        for i in ids:
            if 0 <= i < self.text_vocab_size:
                run.append(i)
            else:
                parts += [self._sp.decode(run), self._special_by_id.get(i, "")]
                run = []
        parts.append(self._sp.decode(run))
        return "".join(parts)

    def may_change(self, token_id: int) -> bool:
        """Never: a wrong byte here leaves the bytes before it alone."""
        return False

    def piece(self, token_id: int) -> str:
        """One token as its vocabulary entry, e.g. "▁the", "<0x0A>" or "<|user|>"."""
        if 0 <= token_id < self.text_vocab_size:
            return self._sp.id_to_piece(token_id)
        return self._special_by_id.get(token_id, "")

    def token_bytes(self, token_id: int) -> bytes:
        """What one token writes in the middle of a text; nothing for a control token."""
        if not 0 <= token_id < self.text_vocab_size or self._sp.is_control(token_id):
            return b""
        return fallback_bytes(self._sp.id_to_piece(token_id))

    def is_control(self, token_id: int) -> bool:
        """Whether the id is that of a role or another token that no text gives."""
        text = 0 <= token_id < self.text_vocab_size
        return self._sp.is_control(token_id) if text else token_id in self._special_by_id

    def message_ids(self, message: Message) -> list[int]:
        """One message: its role id, the metadata line and the content, each encoded alone."""
        return [
            self.special[f"<|{message.role}|>"],
            *self.encode(f"{message.metadata}\n"),
            *self.encode(message.content),
        ]

    def prompt_ids(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] | None = None
    ) -> list[int]:
        """The whole prompt, from `[gMASK] sop` up to and including the assistant's role id.

        Without a chat format the text alone follows; raises `InvalidInput` as `continued_text`.
        """
        ids = self.text_start()
        if not self.chat:
            return ids + self.encode(continued_text(messages, tools))
        for message in attach_tools(messages, tools):
            ids += self.message_ids(message)
        return [*ids, self.assistant_id]

    def text_start(self) -> list[int]:
        """`[gMASK] sop`."""
        return [self.special["[gMASK]"], self.special["sop"]]

    def answer_ids(self, text: str) -> list[int]:
        """The empty metadata line of a plain answer, and the text; without a chat format the
        text alone."""
        return self.message_ids(Message("assistant", text))[1:] if self.chat else self.encode(text)


def attach_tools(
    messages: Sequence[Message], tools: Sequence[dict[str, Any]] | None
) -> list[Message]:
    """The tools' JSON behind the first system message, which is made if there is none."""
    messages = list(messages)
    if not tools:
        return messages
    listing = json.dumps(list(tools), indent=4, ensure_ascii=False)
    for i, message in enumerate(messages):
        if message.role == "system":
            messages[i] = Message("system", f"{message.content}\n{listing}", message.metadata)
            return messages
    return [Message("system", f"{TOOLS_SYSTEM}\n{listing}"), *messages]
