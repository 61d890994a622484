"""The tokenizer that a server's entry names: of a model of the catalogue, of a folder or a GGUF
file.

A folder needs no weights: those are on the server. Nothing of it is run but a chat template, in a
sandbox, as for models on this machine.
"""

from core.backends.tokenizer import Tokenizer
from core.config import Settings
from core.errors import InvalidInput
from core.i18n import _
from core.models import catalogue, tokenizer_parts
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.checkpoint import CONFIG_FILE, TOKENIZER_FILE, read_optional
from core.models.families import TOKENIZER_JSON, family_of
from core.models.fast_tokenizer import FastTokenizer
from core.models.tokenizers import open_tokenizer


def tokenizer_named(name: str, settings: Settings) -> Tokenizer:
    """The tokenizer of a model by its name, or of a folder or a GGUF file by its path.

    Raises `NotFound` for an unknown name, `CheckpointError` where its files are not here or
    damaged.
    """
    entry = catalogue.find(name, settings)
    if entry.server:
        raise InvalidInput(
            _(
                "{name!r} is a server itself: a tokenizer comes from a model on this machine."
            ).format(name=name)
        )
    folder = entry.folder
    if folder.is_dir():
        config = read_optional(folder / CONFIG_FILE)
        family = family_of(config)
        if family and family.original and (folder / TOKENIZER_FILE).is_file():
            return ChatGLMTokenizer(folder / TOKENIZER_FILE, entry.chat)
        if (folder / TOKENIZER_JSON).is_file():
            return FastTokenizer(tokenizer_parts.of_folder(folder, config), entry.chat)
    return open_tokenizer(entry.opened(), entry.chat)
