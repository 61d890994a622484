"""The model's shape, and an initialisation that looks back one, two and three tokens.

Copying needs a head that sees the previous token. Such heads form late by themselves; here they
are put in: ChatGLM3's q and k have biases, and RoPE turns them by the position. A constant k
bias on the fastest rotary pairs and the same vector, turned back by d steps, as q bias make a
head attend d tokens back. It is a start only: the weights train on.
"""

import math
from pathlib import Path
from typing import Any

import torch

from core.models.chatglm import ChatGLMConfig, ChatGLMForCausalLM

ROTARY_PAIRS = 4
STRENGTH = 6.5


# Hidden size, layers and feed-forward size; "base" is the one that ships.
SIZES = {"small": (128, 6, 448), "base": (192, 9, 640), "large": (256, 8, 832)}


def config(vocab_size: int, hidden: int = 192, layers: int = 9, ffn: int = 640) -> ChatGLMConfig:
    """The embedded model's configuration, embeddings tied for training."""
    return ChatGLMConfig(
        vocab_size=math.ceil(vocab_size / 64) * 64,
        hidden_size=hidden,
        intermediate_size=ffn,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 32,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        attention_dropout=0.0,
    )


def build(shape: ChatGLMConfig, seed: int) -> ChatGLMForCausalLM:
    """A fresh float32 model with the look-back heads in its first two layers."""
    torch.manual_seed(seed)
    model = ChatGLMForCausalLM(shape).float()
    for layer in list(model.model.layers)[:2]:
        _look_back(layer.self_attn, shape)
    return model


def resume(folder: Path) -> ChatGLMForCausalLM:
    """The float32 model of an exported checkpoint, embeddings tied again for training."""
    stored = ChatGLMForCausalLM.from_pretrained(folder, dtype=torch.float32)
    shape = ChatGLMConfig(**{**stored.config.to_dict(), "tie_word_embeddings": True})
    model = ChatGLMForCausalLM(shape).float()
    model.load_state_dict(stored.state_dict())
    return model


def _look_back(attention: Any, shape: ChatGLMConfig) -> None:
    size = shape.head_dim
    rotary = size // 2
    with torch.no_grad():
        for pair in range(ROTARY_PAIRS):
            speed = 10000.0 ** (-2 * pair / rotary)
            # Only the first key group: the other heads stay free.
            attention.k_proj.bias[2 * pair] = STRENGTH
            for head in range(shape.num_attention_heads // shape.num_key_value_heads):
                turn = -(head + 1) * speed
                attention.q_proj.bias[head * size + 2 * pair] = STRENGTH * math.cos(turn)
                attention.q_proj.bias[head * size + 2 * pair + 1] = STRENGTH * math.sin(turn)
