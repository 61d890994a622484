"""The tokenizer that a GGUF file describes, in the words of a tokenizer.json.

The file has the vocabulary, the merges or scores, the kind of each token and the name of the rule
that cuts a text into words. A rule that is not known here is refused: another one would give other
ids without a word. The ids are those of llama.cpp; texts are not normalised, as there.
Source: llama.cpp's src/llama-vocab.cpp, and the tokenizer.json of the published models.
"""

from typing import Any

from core.errors import CheckpointError
from core.i18n import _
from core.models.gguf_file import GGUFFile, refused
from core.models.tokenizer_parts import TokenizerParts

_UNKNOWN, _CONTROL, _USER = 2, 3, 4
_SPACE = "▁"
_CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_CASED = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
)
_THREE_DIGITS = rf"{_CONTRACTION}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}|{_REST}"
_ONE_DIGIT = rf"{_CONTRACTION}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}|{_REST}"
_TEKKEN = rf"{_CASED}|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# How a text is cut into words, by llama.cpp's name for it; None: as GPT-2 does
_WORDS: dict[str, str | None] = {
    "gpt-2": None,
    "smollm": None,
    "llama3": _THREE_DIGITS,
    "llama-v3": _THREE_DIGITS,
    "llama-bpe": _THREE_DIGITS,
    "falcon3": _THREE_DIGITS,
    "smaug-bpe": _THREE_DIGITS,
    "dbrx": _THREE_DIGITS,
    "glm4": _THREE_DIGITS,
    "chatglm-bpe": _THREE_DIGITS,
    "qwen2": _ONE_DIGIT,
    "deepseek-r1-qwen": _ONE_DIGIT,
    "tekken": _TEKKEN,
}
# Of these, a word that is in the vocabulary is one token, whatever the merges say
_WHOLE_WORDS = ("llama3", "llama-v3", "llama-bpe", "falcon3", "tekken")
# By the kind of the vocabulary; src/llama-vocab.cpp
_LLAMA_END = {"gpt2": 11, "llama": 2}
_NAMED = {
    "bos_token": "tokenizer.ggml.bos_token_id",
    "eos_token": "tokenizer.ggml.eos_token_id",
    "unk_token": "tokenizer.ggml.unknown_token_id",
    "pad_token": "tokenizer.ggml.padding_token_id",
}


def of_file(file: GGUFFile, config: dict[str, Any]) -> TokenizerParts:
    """The parts that the file has; raises `CheckpointError` where they cannot be."""
    tokens = file.listed("tokenizer.ggml.tokens", str)
    if not tokens or len(set(tokens)) < len(tokens):
        raise refused(file.path, _("its vocabulary is empty, or names a token twice"))
    kinds = file.listed("tokenizer.ggml.token_type", int)
    kinds += [1] * (len(tokens) - len(kinds))
    kind = file.values.get("tokenizer.ggml.model")
    if kind == "gpt2":
        content = _byte_level(file, tokens)
    elif kind == "llama":
        content = _sentencepiece(file, tokens, kinds)
    else:
        raise _unknown(file, "tokenizer.ggml.model", kind)
    content["added_tokens"] = [
        {
            "id": i,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": kinds[i] != _USER,
        }
        for i, token in enumerate(tokens)
        if kinds[i] in (_UNKNOWN, _CONTROL, _USER) and token
    ]
    content["post_processor"] = _first_token(file, tokens)
    template = file.values.get("tokenizer.chat_template")
    return TokenizerParts(
        file.path,
        file.path,
        content,
        template if isinstance(template, str) and template.strip() else None,
        {name: tokens[i] for name, key in _NAMED.items() if (i := _id(file, key, tokens)) >= 0},
        frozenset(config["eos_token_id"]),
    )


def names_its_end(file: GGUFFile) -> bool:
    """Whether llama.cpp takes the right token for the end of an answer.

    Where the file names none it takes one by its number, whatever token that is.
    """
    if isinstance(file.values.get(_NAMED["eos_token"]), int):
        return True
    taken = _LLAMA_END.get(str(file.values.get("tokenizer.ggml.model")))
    kinds = file.listed("tokenizer.ggml.token_type", int)
    return taken is None or (taken < len(kinds) and kinds[taken] == _CONTROL)


def _byte_level(file: GGUFFile, tokens: list[str]) -> dict[str, Any]:
    rule = file.values.get("tokenizer.ggml.pre")
    if rule not in _WORDS:
        raise _unknown(file, "tokenizer.ggml.pre", rule)
    known = set(tokens)
    merges = []
    for merge in file.listed("tokenizer.ggml.merges", str):
        first, _blank, second = merge.partition(" ")
        if first not in known or second not in known or first + second not in known:
            raise refused(file.path, _("a merge is {merge}").format(merge=repr(merge)[:80]))
        merges.append([first, second])
    words = _WORDS[rule]
    cut: list[dict[str, Any]] = []
    if words:
        cut.append(_split({"Regex": words}))
    if rule == "smollm":
        cut.append({"type": "Digits", "individual_digits": True})
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    return {
        "version": "1.0",
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [*cut, {**level, "use_regex": words is None}],
        },
        "decoder": {**level, "use_regex": True},
        "model": {
            "type": "BPE",
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": merges,
            "ignore_merges": rule in _WHOLE_WORDS,
        },
    }


def _split(pattern: dict[str, str]) -> dict[str, Any]:
    return {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}


def _sentencepiece(file: GGUFFile, tokens: list[str], kinds: list[int]) -> dict[str, Any]:
    scores = file.listed("tokenizer.ggml.scores", float)
    if len(scores) != len(tokens):
        raise refused(file.path, _("it has a score for some of its tokens only"))
    vocabulary = {token: i for i, token in enumerate(tokens)}
    # A token comes of any two others that make it, the one with the best score first
    ordered = sorted(range(len(tokens)), key=lambda i: -scores[i])
    merges = [
        [tokens[i][:cut], tokens[i][cut:]]
        for i in ordered
        if kinds[i] != _CONTROL
        for cut in range(1, len(tokens[i]))
        if tokens[i][:cut] in vocabulary and tokens[i][cut:] in vocabulary
    ]
    begun = file.values.get("tokenizer.ggml.add_space_prefix", True)
    spaced = {"type": "Replace", "pattern": {"String": " "}, "content": _SPACE}
    prefix = [{"type": "Prepend", "prepend": _SPACE}] if begun else []
    strip = [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if begun else []
    return {
        "version": "1.0",
        "normalizer": {"type": "Sequence", "normalizers": [*prefix, spaced]},
        "pre_tokenizer": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": _SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                *strip,
            ],
        },
        "model": {
            "type": "BPE",
            "vocab": vocabulary,
            "merges": merges,
            "byte_fallback": True,
            "fuse_unk": True,
            "unk_token": next(
                (t for t, kind in zip(tokens, kinds, strict=False) if kind == 2), None
            ),
        },
    }


def _first_token(file: GGUFFile, tokens: list[str]) -> dict[str, Any] | None:
    """What begins every text that is no chat."""
    rule = file.values.get("tokenizer.ggml.pre")
    usual = file.values.get("tokenizer.ggml.model") == "llama" or rule in _WHOLE_WORDS
    first = _id(file, _NAMED["bos_token"], tokens)
    if first < 0 or not file.values.get("tokenizer.ggml.add_bos_token", usual):
        return None
    name = tokens[first]
    text = {"Sequence": {"id": "A", "type_id": 0}}
    begin = {"SpecialToken": {"id": name, "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [begin, text],
        "pair": [begin, text, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {name: {"id": name, "ids": [first], "tokens": [name]}},
    }


def _id(file: GGUFFile, key: str, tokens: list[str]) -> int:
    """A token's id, -1 where there is none; raises `CheckpointError` for one outside."""
    value = file.values.get(key, -1)
    # Some converters write -1, or the same in 32 bits
    if value in (-1, 2**32 - 1):
        return -1
    if not isinstance(value, int) or not 0 <= value < len(tokens):
        raise refused(file.path, _("{field} is {value}").format(field=key, value=repr(value)[:80]))
    return value


def _unknown(file: GGUFFile, field: str, value: object) -> CheckpointError:
    return CheckpointError(
        _(
            "{file} cuts texts in a way that this version does not know ({field} = {value}). "
            "Choose another model, or convert this one anew."
        ).format(file=file.path, field=field, value=repr(value)[:80])
    )
