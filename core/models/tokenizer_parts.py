"""What a `FastTokenizer` is made of, and how a folder says it; `gguf_tokenizer` has that of a
file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.models.checkpoint import chat_template, read_json, read_optional
from core.models.families import TOKENIZER_JSON

# The largest published tokenizer.json has a third of it
_MOST_BYTES = 128 * 2**20
_NAMED_TOKENS = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token")


@dataclass(frozen=True, slots=True)
class TokenizerParts:
    """file: what messages name. home: the folder or file that all of it comes from. content: as a
    tokenizer.json has it. template: of the chat format.

    tokens: the special tokens that a template may name. ends: ids that end an answer, as far as
    the configurations say it.
    """

    file: Path
    home: Path
    content: dict[str, Any] = field(repr=False)
    template: str | None
    tokens: dict[str, str]
    ends: frozenset[int]


def of_folder(folder: Path, config: dict[str, Any]) -> TokenizerParts:
    """The parts in a checkpoint folder; raises `CheckpointError` where a file is damaged."""
    named = {
        **read_optional(folder / "special_tokens_map.json"),
        **read_optional(folder / "tokenizer_config.json"),
    }
    tokens = {}
    for name in _NAMED_TOKENS:
        value = named.get(name)
        value = value.get("content") if isinstance(value, dict) else value
        if isinstance(value, str):
            tokens[name] = value
    generation = read_optional(folder / "generation_config.json")
    content = read_json(folder / TOKENIZER_JSON, _MOST_BYTES)
    ids = _added(content)
    said = [config.get("eos_token_id"), generation.get("eos_token_id")]
    # Some write the token itself where its id belongs
    ends = (
        ids.get(i) if isinstance(i, str) else i
        for value in said
        for i in (value if isinstance(value, list) else [value])
    )
    return TokenizerParts(
        folder / TOKENIZER_JSON,
        folder,
        content,
        chat_template(folder),
        tokens,
        frozenset(i for i in ends if isinstance(i, int) and not isinstance(i, bool)),
    )


def _added(content: dict[str, Any]) -> dict[str, int]:
    """The ids of the added tokens, as far as they are sound."""
    rows = content.get("added_tokens")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {
        row["content"]: row["id"]
        for row in found
        if isinstance(row.get("content"), str) and "id" in row
    }
