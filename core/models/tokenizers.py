"""The tokenizer of a checkpoint: ChatGLM3's own, or that of any other family."""

from core.backends.tokenizer import Tokenizer
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.checkpoint import Checkpoint
from core.models.fast_tokenizer import FastTokenizer


def open_tokenizer(checkpoint: Checkpoint, chat: bool = True) -> Tokenizer:
    """The tokenizer of a checkpoint, for plain completion unless `chat`.

    Raises `CheckpointError` where its files are damaged.
    """
    if checkpoint.family.original:
        return ChatGLMTokenizer(checkpoint.tokenizer_file, chat and checkpoint.chat)
    return FastTokenizer(checkpoint.folder, checkpoint.config, chat)
