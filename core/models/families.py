"""The kinds of model that can be loaded, by the `model_type` of their config.json.

All of them are decoders of one build, with the differences that are listed here: where the
library's own class has a bias or a norm, and what it takes a size to be that the configuration
leaves out. Source: the configuration and modeling files of transformers (models/llama, qwen2, ...).
"""

from dataclasses import dataclass
from typing import Any

TOKENIZER_MODEL = "tokenizer.model"
TOKENIZER_JSON = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of model.

    name: as people call it. original: ChatGLM3's own layout and tokenizer, not the library's.
    groups, head: what an absent num_key_value_heads or head_dim means; None: as many as there are
    heads, or the hidden size shared out among the heads. biased: whether queries, keys and values
    have a bias; None: attention_bias says it, and `biased_if_absent` where it does not.
    sliding_if_absent: what an absent sliding_window means.
    """

    model_type: str
    name: str
    original: bool = False
    groups: int | None = None
    head: int | None = None
    tied_if_absent: bool = False
    biased: bool | None = False
    biased_if_absent: bool = False
    output_biased: bool = False
    ffn_biased: bool = False
    head_normed: bool = False
    sandwiched: bool = False
    fused_gate: bool = False
    sliding_if_absent: int | None = None

    @property
    def tokenizer_file(self) -> str:
        """The file without which there is no tokenizer."""
        return TOKENIZER_MODEL if self.original else TOKENIZER_JSON

    def query_bias(self, config: dict[str, Any]) -> bool:
        """Whether queries, keys and values have a bias."""
        if self.biased is not None:
            return self.biased
        return bool(config.get("attention_bias", self.biased_if_absent))


CHATGLM = Family("chatglm", "ChatGLM3", original=True)
FAMILIES = {
    family.model_type: family
    for family in (
        CHATGLM,
        Family(
            "glm",
            "GLM-4",
            groups=2,
            head=128,
            biased=None,
            biased_if_absent=True,
            fused_gate=True,
        ),
        Family(
            "glm4",
            "GLM-4-0414",
            groups=2,
            head=128,
            biased=None,
            biased_if_absent=True,
            fused_gate=True,
            sandwiched=True,
        ),
        Family("llama", "Llama", biased=None, output_biased=True, ffn_biased=True),
        Family("mistral", "Mistral", groups=8, sliding_if_absent=4096),
        Family("qwen2", "Qwen2", groups=32, biased=True),
        Family(
            "qwen3",
            "Qwen3",
            groups=32,
            head=128,
            biased=None,
            output_biased=True,
            head_normed=True,
        ),
        Family(
            "smollm3",
            "SmolLM3",
            groups=4,
            tied_if_absent=True,
            biased=None,
            output_biased=True,
            ffn_biased=True,
        ),
    )
}


def family_of(config: dict[str, Any]) -> Family | None:
    """The family of a configuration; None where it is of another kind."""
    model_type = config.get("model_type")
    return FAMILIES.get(model_type) if isinstance(model_type, str) else None
