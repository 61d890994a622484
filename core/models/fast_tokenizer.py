"""The tokenizer of every family but ChatGLM3: what a tokenizer.json has, and the model's chat
template.

See `text` for the contract, `control` for why typed text gives no control token, `template` for
the chat format. A model without a template continues plain text.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import tokenizers

from core.backends.tokenizer import continued_text, fallback_bytes
from core.errors import CheckpointError
from core.i18n import _
from core.messages import Message
from core.models.control import ControlTokens
from core.models.template import ChatTemplate, call_form
from core.models.tokenizer_parts import TokenizerParts

_BYTE = re.compile("<0x[0-9A-F]{2}>")
# How tokens that are marks, and no words, are written: "<|fim_prefix|>", "[INST]", "▁<PRE>"
_MARK = re.compile(r"[▁ ]?[<\[{｜|].*[>\]}｜|]", re.DOTALL)
# What the library wants to know of an added token, and older files leave out
_ROW = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}


class FastTokenizer:
    """Text to ids and back, and conversations to prompts.

    chat: False to leave the chat template alone. Raises `CheckpointError`, naming the file, where
    one of them is damaged.
    """

    # A reply is one text, without the parts of ChatGLM3
    assistant_id = None

    def __init__(self, parts: TokenizerParts, chat: bool = True) -> None:
        self._file = parts.file
        content, source = self._with_marks(parts), parts.template if chat else None
        self._control = self._control_tokens(content, source or "")
        self._tokenizer = self._built(content)
        self._vocabulary = {i: t for t, i in self._tokenizer.get_vocab().items()}
        self._added = frozenset(self._tokenizer.get_added_tokens_decoder())
        self.vocab_size = max(self._vocabulary, default=-1) + 1
        decoders = _decoders(content)
        self._bytes = _byte_letters() if "ByteLevel" in decoders else {}
        self._fallback = "ByteFallback" in decoders
        self.chat = source is not None
        self._template = (
            ChatTemplate(parts.home, source, parts.tokens, self._control) if source else None
        )
        self.tools = self._template is not None and self._template.tools
        self.call_form = call_form(source) if source and self.tools else None
        self.stop_ids = self._stop_ids(parts)

    def encode(self, text: str) -> list[int]:
        """The ids of `text` alone: no control token can come of it."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`, control tokens by name; ids outside the vocabulary give nothing."""
        known = [i for i in ids if i in self._vocabulary]
        return self._control.named(self._tokenizer.decode(known, skip_special_tokens=False))

    def may_change(self, token_id: int) -> bool:
        """Whether it is one byte of a fallback: a wrong byte spoils the whole row of them."""
        return self._fallback and bool(_BYTE.fullmatch(self._vocabulary.get(token_id, "")))

    def piece(self, token_id: int) -> str:
        """One token as people read it, e.g. "▁the", "<0x0A>" or "<|im_end|>"."""
        name = self._control.names.get(token_id)
        if name is not None:
            return name
        token = self._vocabulary.get(token_id, "")
        if not self._bytes or not set(token) <= set(self._bytes):
            return token
        raw = bytes(self._bytes[letter] for letter in token)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return "".join(f"<0x{byte:02X}>" for byte in raw)
        return "".join("▁" if c == " " else c if c >= " " else f"<0x{ord(c):02X}>" for c in text)

    def token_bytes(self, token_id: int) -> bytes:
        """What one token writes in the middle of a text; nothing for a control token."""
        token = self._vocabulary.get(token_id, "")
        if token_id in self._control.names:
            return b""
        if token_id in self._added:
            return token.encode()
        if self._bytes:
            # A letter that stands for no byte is one of a word that was added by hand
            known = set(token) <= set(self._bytes)
            return bytes(self._bytes[letter] for letter in token) if known else token.encode()
        return fallback_bytes(token)

    def is_control(self, token_id: int) -> bool:
        """Whether no text gives this id."""
        return token_id in self._control.names

    def prompt_ids(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] | None = None
    ) -> list[int]:
        """The whole prompt, by the chat template; without one the text, begun as the model is used
        to.

        Raises `InvalidInput` for what the template refuses or has no place for.
        """
        if self._template:
            return self.encode(self._template.prompt(messages, tools))
        return self._begun(continued_text(messages, tools))

    def text_start(self) -> list[int]:
        """What the tokenizer begins every text with; where that is nothing, the end of the text
        before it: the lowest id that ends one, or a line break where none does."""
        return self._begun("") or sorted(self.stop_ids)[:1] or self.encode("\n") or [0]

    def answer_ids(self, text: str) -> list[int]:
        """The text alone: the template has written what stands before it."""
        return self.encode(text)

    def _begun(self, text: str) -> list[int]:
        ids = self._tokenizer.encode(text).ids
        while ids and ids[-1] in self.stop_ids:
            # Some tokenizers close every text; this one is to go on
            ids.pop()
        return ids

    def _with_marks(self, parts: TokenizerParts) -> dict[str, Any]:
        """The content, with the marks that the configurations name among its added tokens.

        Some vocabularies have the end of a text as a word like others, which a text may then give.
        """
        content = parts.content
        rows = content.get("added_tokens") or []
        if not isinstance(rows, list):
            return content  # refused below
        named = {row.get("content") for row in rows if isinstance(row, dict)}
        vocabulary = _vocabulary(content)
        missing = {
            i: token
            for token, i in vocabulary.items()
            if token not in named and (i in parts.ends or token in parts.tokens.values())
            if _MARK.fullmatch(token)
        }
        added = [{"id": i, "content": token, "special": True} for i, token in missing.items()]
        return {**content, "added_tokens": [*rows, *added]} if added else content

    def _control_tokens(self, content: dict[str, Any], source: str) -> ControlTokens:
        rows = content.get("added_tokens") or []
        special: dict[int, str] = {}
        tags: dict[int, str] = {}
        for row in rows if isinstance(rows, list) else [None]:
            fields = row if isinstance(row, dict) else {}
            name, token_id = fields.get("content"), fields.get("id")
            if not isinstance(name, str) or not name or not isinstance(token_id, int):
                raise self._damaged(_("an added token is {row}").format(row=repr(row)[:80]))
            if fields.get("special"):
                special[token_id] = name
            elif name in source and not name.isspace():
                tags[token_id] = name
            elif _MARK.fullmatch(name):
                # Added words stay words: some vocabularies have letters and blanks among them
                special[token_id] = name
        return ControlTokens(special, tags)

    def _built(self, content: dict[str, Any]) -> tokenizers.Tokenizer:
        """The tokenizer with secret names for its control tokens."""
        secret, names = self._control.secret, set(self._control.names.values())
        try:
            added = [
                {**_ROW, **row, "content": secret(row["content"])}
                for row in content.get("added_tokens") or []
            ]
            model = dict(content["model"])
            if names and isinstance(model.get("merges"), list):
                # What pieces of a text could be put together to
                model["merges"] = [m for m in model["merges"] if names.isdisjoint(_merged(m))]
            vocabulary = model["vocab"]
            model["vocab"] = (
                {secret(token): i for token, i in vocabulary.items()}
                if isinstance(vocabulary, dict)
                else [[secret(token), score] for token, score in vocabulary]
            )
            if isinstance(model.get("unk_token"), str):
                model["unk_token"] = secret(model["unk_token"])
            whole = {**content, "added_tokens": added, "model": model}
            whole |= {"truncation": None, "padding": None}
            built = tokenizers.Tokenizer.from_str(json.dumps(whole))
        except Exception as error:  # the library raises bare exceptions
            raise self._damaged(str(error)) from error
        for token_id, name in self._control.names.items():
            if built.encode(secret(name), add_special_tokens=False).ids != [token_id]:
                raise self._damaged(
                    _("{name} does not have the id {id}").format(name=name, id=token_id)
                )
        return built

    def _damaged(self, reason: str) -> CheckpointError:
        return CheckpointError(
            _("{file} is not a readable tokenizer ({reason}). Download the file again.").format(
                file=self._file, reason=" ".join(reason.split())[:200]
            )
        )

    def _stop_ids(self, parts: TokenizerParts) -> frozenset[int]:
        """What ends an answer, by the configurations, the tokenizer and the template."""
        end = parts.tokens.get("eos_token", "")
        found = set(parts.ends) | {i for i, name in self._control.names.items() if name == end}
        if self._template:
            found.add(-1 if (turn := self._template.end_of_turn()) is None else turn)
        return frozenset(i for i in found if i in self._vocabulary)


def _vocabulary(content: dict[str, Any]) -> dict[str, int]:
    """The ids of the words of a tokenizer.json, without what was added; none where it is
    damaged."""
    model = content.get("model")
    words = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(words, list):
        words = {str(row[0]): i for i, row in enumerate(words) if isinstance(row, list) and row}
    if not isinstance(words, dict):
        return {}
    return {t: i for t, i in words.items() if isinstance(t, str) and isinstance(i, int)}


def _merged(merge: str | list[str]) -> tuple[str, str, str]:
    """The two pieces of a merge, and what becomes of them."""
    first, second = merge.split(" ", 1) if isinstance(merge, str) else merge
    return first, second, first + second


def _decoders(content: dict[str, Any]) -> set[str]:
    """The kinds of decoders that a tokenizer.json puts in a row."""
    decoder = content.get("decoder") or {}
    parts = decoder.get("decoders") or [decoder]
    return {str(part.get("type")) for part in parts}


def _byte_letters() -> dict[str, int]:
    """The letters that stand for bytes in a byte-level vocabulary (Radford et al. 2019, GPT-2)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): b for n, b in enumerate(others)}
