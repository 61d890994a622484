"""Small checkpoints of random weights in the layout of the library's own classes, family by family.

Each has a tokenizer trained here, and a chat template of its family's kind.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from tokenizers.processors import TemplateProcessing
from transformers import CONFIG_MAPPING, AutoModelForCausalLM, PreTrainedTokenizerFast

ROOT = Path(__file__).parents[1]
# How these families cut a text into words before they cut words into pieces
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

CHATML = """{%- if messages[0].role != 'system' %}
{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if tools %}
{{- '<|im_start|>system\\n# Tools\\n' }}
{%- for tool in tools %}{{- tool | tojson }}{% endfor %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""
# Leaves the thoughts of earlier answers out, as Qwen3 does
THINKING = """{%- for message in messages %}
{%- set content = message.content %}
{%- if message.role == 'assistant' and '</think>' in content %}
{%- set content = content.split('</think>')[-1].lstrip('\\n') %}
{%- endif %}
{{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n<think>\\n' }}{%- endif %}"""
HEADERS = """{{- bos_token }}
{%- for message in messages %}
{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}"""
GLM = """[gMASK]<sop>
{%- if tools %}<|system|>
# Tools
{% for tool in tools %}{{ tool | tojson(ensure_ascii=False) }}
{% endfor %}{%- endif %}
{%- for item in messages %}<|{{ item['role'] }}|>{{ item.get('metadata', '') }}
{{ item['content'] }}{% endfor %}
{%- if add_generation_prompt %}<|assistant|>{% endif %}"""
# Roles must take turns, and there is no system message
INSTRUCT = """{{- bos_token }}
{%- for message in messages %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Conversation roles must alternate user/assistant') }}
{%- endif %}
{%- if message.role == 'user' %}{{- '[INST] ' + message.content + ' [/INST]' }}
{%- else %}{{- ' ' + message.content + eos_token }}{%- endif %}
{%- endfor %}"""


# Behind a family's template: it then has a place for tools, and calls that are known by their marks
TOOLS = {
    "hermes": "{%- if tools %}<tool_call>{{ tools | tojson }}{% endif %}",
    "llama": "{%- if tools %}ipython{{ tools | tojson }}{% endif %}",
    "mistral": "{%- if tools %}[TOOL_CALLS]{{ tools | tojson }}{% endif %}",
    "glm4": "",
}
MARKS = {"llama": ("<|python_tag|>",), "mistral": ("[TOOL_CALLS]",)}
# How a call begins
OPENINGS = {
    "hermes": "<tool_call>",
    "llama": '{"name":',
    "mistral": "[TOOL_CALLS]",
    "glm4": "get_weather\n",
}


@dataclass(frozen=True)
class Kind:
    """How a family's small checkpoint is made.

    special: control tokens, the first one beginning a text, the second ending it. tags: added
    tokens that are no special ones. inside: whether the special ones are in the base vocabulary.
    """

    model_type: str
    template: str
    special: tuple[str, ...]
    end: str
    tags: tuple[str, ...] = ()
    inside: bool = False
    sentencepiece: bool = False
    config: dict[str, Any] = field(default_factory=dict)

    def with_tools(self, form: str) -> "Kind":
        """The same, with a place for tools in its template, and calls of this form."""
        special = (*self.special, *MARKS.get(form, ()))
        return replace(self, template=self.template + TOOLS[form], special=special)


KINDS = {
    kind.model_type: kind
    for kind in (
        Kind(
            "qwen2",
            CHATML,
            ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
            "<|im_end|>",
            tags=("<tool_call>", "</tool_call>"),
            config={"tie_word_embeddings": True},
        ),
        Kind(
            "qwen3",
            THINKING,
            ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
            "<|im_end|>",
            tags=("<think>", "</think>"),
            config={"head_dim": 32},
        ),
        Kind(
            "llama",
            HEADERS,
            ("<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
            "<|eot_id|>",
            inside=True,
            config={"num_key_value_heads": 4, "rope_theta": 500000.0},
        ),
        Kind(
            "smollm3",
            CHATML,
            ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
            "<|im_end|>",
            inside=True,
            config={"tie_word_embeddings": True, "attention_bias": True},
        ),
        Kind(
            "glm",
            GLM,
            ("<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"),
            "<|user|>",
            config={"head_dim": 16, "attention_bias": True},
        ),
        Kind(
            "glm4",
            GLM,
            ("<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"),
            "<|user|>",
            config={"head_dim": 16, "attention_bias": True},
        ),
        Kind(
            "mistral",
            INSTRUCT,
            ("<s>", "</s>", "[INST]", "[/INST]"),
            "</s>",
            inside=True,
            sentencepiece=True,
            config={"sliding_window": None},
        ),
    )
}  # fmt: skip


def make(
    folder: Path, kind: Kind, chat: bool = True, shards: int = 2, window: int = 512, **config: Any
) -> Path:
    """Write the checkpoint of a family; without a chat template unless `chat`."""
    tokenizer = trained(kind)
    end = tokenizer.token_to_id(kind.end)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=kind.special[0],
        eos_token=kind.special[0] if kind.end.startswith("<|user") else kind.end,
        chat_template=kind.template if chat else None,
    )
    sizes = {
        "vocab_size": -(-len(wrapped) // 64) * 64,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": window,
        "tie_word_embeddings": False,
        "initializer_range": 0.3,
        "bos_token_id": tokenizer.token_to_id(kind.special[0]),
        "eos_token_id": end,
        "pad_token_id": 0,
        **kind.config,
        **config,
    }
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[kind.model_type](**sizes))
    for name, value in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value, std=0.1)
    total = sum(p.nbytes for p in model.state_dict().values())
    model.save_pretrained(folder, max_shard_size=total if shards == 1 else total // shards)
    wrapped.save_pretrained(folder)
    return folder


def trained(kind: Kind) -> Tokenizer:
    """A byte-pair tokenizer of a few hundred pieces, byte level or as sentencepiece has it."""
    texts = [(ROOT / "LICENSE").read_text(encoding="utf-8"), "你好，世界。讲一个故事。" * 9]
    special = [AddedToken(name, special=True, normalized=False) for name in kind.special]
    inside = special if kind.inside else []
    build: Callable[..., Tokenizer] = _sentencepiece if kind.sentencepiece else _byte_level
    tokenizer = build(texts, inside)
    tokenizer.add_special_tokens(special)
    tokenizer.add_tokens([AddedToken(name, special=False, normalized=False) for name in kind.tags])
    first = kind.special[0]
    if kind.model_type in ("llama", "mistral"):
        tokenizer.post_processor = TemplateProcessing(
            single=f"{first} $A", special_tokens=[(first, tokenizer.token_to_id(first))]
        )
    return tokenizer


def _byte_level(texts: list[str], inside: list[AddedToken]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=inside,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _sentencepiece(texts: list[str], inside: list[AddedToken]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<unk>", *inside, *(f"<0x{byte:02X}>" for byte in range(256))],
        show_progress=False,
    )
    # Words apart, or the whole text would be one of them
    tokenizer.train_from_iterator(texts[0].split(), trainer)
    # Training makes the model anew, and control tokens of what are pieces
    content = json.loads(tokenizer.to_str())
    content["model"] |= {"byte_fallback": True, "fuse_unk": True, "unk_token": "<unk>"}
    content["added_tokens"] = content["added_tokens"][: 1 + len(inside)]
    return Tokenizer.from_str(json.dumps(content))
