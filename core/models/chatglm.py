"""ChatGLM3 checkpoints in their original layout, on transformers' own GLM classes.

Importing this module registers `model_type: chatglm` with transformers: `AutoModelForCausalLM`
then reads the published `config.json` and tensor names, from safetensors or .bin shards, with
no remote code. A GLM block is the ChatGLM3 block under other names: the fused query_key_value
projection splits into q, k and v (multi-query groups make the parts unequal), the rotary
embedding covers the interleaved first half of each head, and the base of its angles is
10000 x rope_ratio.

Source: https://huggingface.co/THUDM/chatglm3-6b (configuration_chatglm.py, modeling_chatglm.py).
"""

from typing import Any, ClassVar

from transformers import AutoConfig, AutoModelForCausalLM, GlmConfig, GlmForCausalLM
from transformers.conversion_mapping import register_checkpoint_conversion_mapping
from transformers.core_model_loading import Split, WeightConverter, WeightRenaming

from core.errors import CheckpointError
from core.models.configuration import unsupported

MODEL_TYPE = "chatglm"


class ChatGLMConfig(GlmConfig):
    """A GLM configuration under ChatGLM3's field names.

    Raises `CheckpointError` for variants that the GLM block cannot express.
    """

    model_type = MODEL_TYPE
    attribute_map: ClassVar[dict[str, str]] = {
        "num_layers": "num_hidden_layers",
        "padded_vocab_size": "vocab_size",
        "ffn_hidden_size": "intermediate_size",
        "kv_channels": "head_dim",
        "multi_query_group_num": "num_key_value_heads",
        "layernorm_epsilon": "rms_norm_eps",
        "seq_length": "max_position_embeddings",
        "add_qkv_bias": "attention_bias",
    }

    vocab_size: int = 65024
    hidden_size: int = 4096
    intermediate_size: int = 13696
    num_hidden_layers: int = 28
    num_attention_heads: int = 32
    num_key_value_heads: int = 2
    head_dim: int = 128
    attention_bias: bool = True
    max_position_embeddings: int = 8192
    rms_norm_eps: float = 1e-5
    pad_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 2
    rope_ratio: float | int = 1.0

    def __post_init__(self, **kwargs: Any) -> None:
        reason = unsupported(kwargs)
        if reason:
            raise CheckpointError(reason)
        kwargs.pop("auto_map", None)
        kwargs.setdefault("rope_theta", 10000.0 * self.rope_ratio)
        super().__post_init__(**kwargs)


class ChatGLMForCausalLM(GlmForCausalLM):
    """GLM under the `chatglm` model type; the class carries the checkpoint conversion."""

    config_class = ChatGLMConfig
    # A rotary table that the published checkpoints carry and that GLM computes itself.
    _keys_to_ignore_on_load_unexpected = [r"rotary_pos_emb\.inv_freq"]  # noqa: RUF012 - as the base class declares it


register_checkpoint_conversion_mapping(
    MODEL_TYPE,
    [
        WeightRenaming(r"^transformer\.embedding\.word_embeddings\.", "model.embed_tokens."),
        WeightRenaming(r"^transformer\.output_layer\.", "lm_head."),
        WeightRenaming(r"^transformer\.encoder\.final_layernorm\.", "model.norm."),
        WeightRenaming(r"^transformer\.encoder\.layers\.", "model.layers."),
        WeightRenaming(r"\.self_attention\.dense\.", ".self_attn.o_proj."),
        WeightRenaming(r"\.mlp\.dense_h_to_4h\.", ".mlp.gate_up_proj."),
        WeightRenaming(r"\.mlp\.dense_4h_to_h\.", ".mlp.down_proj."),
        WeightConverter(
            "self_attention.query_key_value",
            ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
            [Split(dim=0)],
        ),
    ],
)
AutoConfig.register(MODEL_TYPE, ChatGLMConfig)
AutoModelForCausalLM.register(ChatGLMConfig, ChatGLMForCausalLM)
