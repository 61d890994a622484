"""Which ChatGLM a configuration of `model_type: chatglm` describes: only the third one loads.

All generations call themselves by the same type. ChatGLM2 has the third one's layers and words
under the third one's field names, but no roles: its next five ids are nothing that its training
knew. The first ChatGLM-6B is built otherwise, and GLM-4 in its first layout has its words in a
tiktoken file. Where nothing else tells the second from the third, its name and its own code beside
it do.

Source: configuration_chatglm.py and tokenization_chatglm.py of https://huggingface.co/THUDM's
chatglm-6b, chatglm2-6b, chatglm3-6b and glm-4-9b-chat.
"""

import re
from pathlib import Path
from typing import Any

from core.i18n import _

CODE_FILE = "tokenization_chatglm.py"
_MOST_CODE = 2**20
_NAME = re.compile(r"chatglm[-_]?([23])(?!\d)")
# Fields that the first generation has and no later one
_FIRST_FIELDS = ("position_encoding_2d", "inner_hidden_size", "max_sequence_length")
# The rows of GLM-4; the others have 65,024
_GLM4_ROWS = 151552
_TIKTOKEN_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2} \d+\s")


def other_generation(file: Path, config: dict[str, Any]) -> str | None:
    """Why the configuration in `file` is of another generation than ChatGLM3; None if it is not.

    What the name of its folder says counts too, and the code that it was published with.
    """
    folder = file.parent
    if any(field in config for field in _FIRST_FIELDS):
        return _first(folder)
    if config.get("padded_vocab_size") == _GLM4_ROWS:
        return first_glm4(folder)
    # The name it was published under is surer than what somebody called the folder
    names = (str(config.get("_name_or_path") or ""), folder.name)
    told = next((found for name in names if (found := set(_NAME.findall(name.lower())))), set())
    if told == {"2"} or (not told and _code_without_roles(folder)):
        return _second(folder)
    return None


def is_tiktoken(file: Path) -> bool:
    """Whether a tokenizer file has the words of GLM-4's first layout: base64 and a number a
    line."""
    try:
        with file.open("rb") as opened:
            return _TIKTOKEN_LINE.match(opened.read(1024)) is not None
    except OSError:
        return False


def first_glm4(folder: Path) -> str:
    """That a folder holds GLM-4 in its first layout, and where the one is that loads."""
    return _(
        "Model folder {folder} holds GLM-4 in its first layout, which only runs with code of its own. "
        "Use the same model in the layout that loads: {repo} on Hugging Face (glm-4-9b-chat on the "
        "Models page)."
    ).format(folder=folder, repo="zai-org/glm-4-9b-chat-hf")


def _first(folder: Path) -> str:
    return _(
        "Model folder {folder} holds the first ChatGLM-6B, which is built differently from ChatGLM3 "
        "and is not supported. Use ChatGLM3 instead: {repo} on Hugging Face (chatglm3-6b on the "
        "Models page)."
    ).format(folder=folder, repo="zai-org/chatglm3-6b")


def _second(folder: Path) -> str:
    return _(
        "Model folder {folder} holds ChatGLM2, which has another chat format than ChatGLM3 and is not "
        "supported. Use ChatGLM3 instead: {repo} on Hugging Face (chatglm3-6b on the Models page)."
    ).format(folder=folder, repo="zai-org/chatglm3-6b")


def _code_without_roles(folder: Path) -> bool:
    """Whether the code beside the checkpoint, which is only read, knows no roles."""
    try:
        with (folder / CODE_FILE).open(encoding="utf-8", errors="replace") as opened:
            code = opened.read(_MOST_CODE)
    except OSError:
        return False
    return "[gMASK]" in code and "<|user|>" not in code
