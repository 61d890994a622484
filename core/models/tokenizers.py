"""The tokenizer of a checkpoint: ChatGLM3's own, or that of any other family."""

from core.backends.tokenizer import Tokenizer
from core.models import gguf_file, gguf_tokenizer, tokenizer_parts
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.checkpoint import Checkpoint
from core.models.fast_tokenizer import FastTokenizer


def open_tokenizer(checkpoint: Checkpoint, chat: bool = True) -> Tokenizer:
    """The tokenizer of a checkpoint, for plain completion unless `chat`.

    Raises `CheckpointError` where its files are damaged.
    """
    if checkpoint.family.original:
        return ChatGLMTokenizer(checkpoint.tokenizer_file, chat and checkpoint.chat)
    if checkpoint.gguf:
        parts = gguf_tokenizer.of_file(gguf_file.read(checkpoint.gguf), checkpoint.config)
    else:
        parts = tokenizer_parts.of_folder(checkpoint.folder, checkpoint.config)
    return FastTokenizer(parts, chat)
