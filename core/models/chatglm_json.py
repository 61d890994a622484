"""ChatGLM3's tokenizer and chat format as other programs read them: a tokenizer.json and a
template.

The sentencepiece model becomes the same merges in the library's words, in the order of its scores.
The template gives the ids of `ChatGLMTokenizer.prompt_ids` for conversations without tools, with
one difference that a text has: a role that is typed out becomes that role. Who sends ids is free of
it.
"""

import json
from pathlib import Path
from typing import Any

import sentencepiece
import tokenizers

from core.errors import CheckpointError
from core.i18n import _
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.tokenizer_parts import TokenizerParts

# The blank begins a text of its own, as sentencepiece has it; an empty text has none
TEMPLATE = (
    "[gMASK]sop{% for message in messages %}"
    "<|{{ 'observation' if message.role == 'tool' else message.role }}|>{{ message.metadata or '' }}\n"
    "{{ ' ' ~ message.content if message.content else '' }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_BLANK = "▁"
# Whatever another kind of model, or another normalisation, would cut in another way
_SAMPLES = (
    "Hello,  what is top_p?\n\n\tfor i in range(10):  x += 1",
    "  你好，世界！ＡＢＣ ①② ﬁ é e\u0301 😀🇳🇱",
    "List<Map<String, Integer>> 12345 ▁ <|user|> </s>",
)


def of_file(file: Path, chat: bool = True) -> TokenizerParts:
    """The parts of the tokenizer in a tokenizer.model; without a template unless `chat`.

    Raises `CheckpointError` where it is of a kind that would give other ids.
    """
    own = ChatGLMTokenizer(file)
    content = _content(sentencepiece.SentencePieceProcessor(model_file=str(file)), own)
    _check(file, content, own)
    tokens = {"eos_token": own.piece(own.eos_id), "unk_token": own.piece(0)}
    template = TEMPLATE if chat else None
    return TokenizerParts(file, file.parent, content, template, tokens, own.stop_ids)


def _content(model: Any, own: ChatGLMTokenizer) -> dict[str, Any]:
    pieces = [model.id_to_piece(i) for i in range(model.vocab_size())]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    special = [(i, pieces[i]) for i in range(len(pieces)) if model.is_control(i)]
    special += [(i, name) for name, i in own.special.items()]
    named = {name for _id, name in special}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(i, name) for i, name in sorted(special)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": _BLANK},
                {"type": "Replace", "pattern": {"String": " "}, "content": _BLANK},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": _begun(own),
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": _BLANK}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "unk_token": pieces[model.unk_id()],
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": vocabulary,
            "merges": _merges(model, vocabulary, named),
        },
    }


def _begun(own: ChatGLMTokenizer) -> dict[str, Any]:
    """What stands before a text that is continued."""
    names = ("[gMASK]", "sop")
    text = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [*({"SpecialToken": {"id": name, "type_id": 0}} for name in names), text],
        "pair": [text, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            name: {"id": name, "ids": [own.special[name]], "tokens": [name]} for name in names
        },
    }


def _merges(model: Any, vocabulary: dict[str, int], special: set[str]) -> list[list[str]]:
    """Every way to put a piece together of two, the likeliest pieces first."""
    found = []
    for piece, i in vocabulary.items():
        if model.is_byte(i) or model.is_unknown(i) or piece in special:
            continue
        halves = [(piece[:cut], piece[cut:]) for cut in range(1, len(piece))]
        known = [pair for pair in halves if all(half in vocabulary for half in pair)]
        known.sort(key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]]))
        found += [(-model.get_score(i), list(pair)) for pair in known]
    # Those of one piece stay together: sorting keeps the order of equals
    found.sort(key=lambda merge: merge[0])
    return [pair for _score, pair in found]


def _added(token_id: int, name: str) -> dict[str, Any]:
    return {
        "id": token_id,
        "content": name,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _check(file: Path, content: dict[str, Any], own: ChatGLMTokenizer) -> None:
    # Without names for roles, which are text here
    plain = tokenizers.Tokenizer.from_str(
        json.dumps({**content, "added_tokens": [], "post_processor": None})
    )
    for sample in _SAMPLES:
        if plain.encode(sample, add_special_tokens=False).ids != own.encode(sample):
            raise CheckpointError(
                _(
                    "{file} cuts texts in a way that a tokenizer.json does not have. Use the model "
                    "with programs that read its own tokenizer."
                ).format(file=file)
            )
