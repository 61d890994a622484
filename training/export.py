"""Writes the trained model as a ChatGLM3 checkpoint in the published layout."""

import json
import shutil
from pathlib import Path

from core.models.chatglm import ChatGLMConfig, ChatGLMForCausalLM


def original_config(shape: ChatGLMConfig) -> dict[str, object]:
    """config.json under the field names of the published ChatGLM3."""
    return {
        "model_type": "chatglm",
        "architectures": ["ChatGLMModel"],
        "add_bias_linear": False,
        "add_qkv_bias": True,
        "apply_query_key_layer_scaling": True,
        "apply_residual_connection_post_layernorm": False,
        "attention_dropout": 0.0,
        "attention_softmax_in_fp32": True,
        "bias_dropout_fusion": True,
        "ffn_hidden_size": shape.intermediate_size,
        "fp32_residual_connection": False,
        "hidden_dropout": 0.0,
        "hidden_size": shape.hidden_size,
        "kv_channels": shape.head_dim,
        "layernorm_epsilon": shape.rms_norm_eps,
        "multi_query_attention": True,
        "multi_query_group_num": shape.num_key_value_heads,
        "num_attention_heads": shape.num_attention_heads,
        "num_layers": shape.num_hidden_layers,
        "original_rope": True,
        "padded_vocab_size": shape.vocab_size,
        "post_layer_norm": True,
        "rmsnorm": True,
        "seq_length": shape.max_position_embeddings,
        "use_cache": True,
        "torch_dtype": "float16",
        "tie_word_embeddings": False,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }


def export(model: ChatGLMForCausalLM, tokenizer_file: Path, folder: Path) -> None:
    """Saves config.json, model.safetensors (float16) and tokenizer.model into ``folder``.

    The tied embedding is written twice, as embedding and as output layer: the published layout
    knows no tying.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = ChatGLMConfig(**{**model.config.to_dict(), "tie_word_embeddings": False})
    untied = ChatGLMForCausalLM(shape)
    state = dict(model.state_dict())
    state["lm_head.weight"] = state["model.embed_tokens.weight"].clone()
    untied.load_state_dict(state)
    untied.half().save_pretrained(folder)
    # The library writes it for the owner alone.
    (folder / "model.safetensors").chmod(0o644)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "config.json").write_text(json.dumps(original_config(shape), indent=2) + "\n")
    if tokenizer_file.resolve() != (folder / "tokenizer.model").resolve():
        shutil.copyfile(tokenizer_file, folder / "tokenizer.model")
