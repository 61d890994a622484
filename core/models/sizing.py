"""How many GPUs a server needs for a model and so many people: weights, KV cache and activations.

    weights     parameters x bits / 8; in 4 bits with a scale of 16 and a zero point of 4 bits for
                every 128 of them (Frantar et al. 2023, GPTQ; Lin et al. 2024, AWQ), while the
                embedding and the output layer stay in 16 bits
    KV cache    for each token 2 x layers x heads of keys and values x width of a head x bytes, a
                key and a value in every layer (Pope et al. 2023, Efficiently scaling transformer
                inference; heads may be fewer than those of queries: Ainslie et al. 2023, GQA), in
                pages of 16 tokens (Kwon et al. 2023, PagedAttention)
    activations of the greatest step of tokens that is read at once, in one layer, and the logits of
                the texts that are being written

Of a GPU the server takes a share, and its own library a part of that. Layers and heads are divided
among GPUs; where there are more of them than heads of keys and values, several keep the same ones.
"""

import math
from dataclasses import dataclass
from typing import Literal, Self

from core.errors import InvalidInput
from core.i18n import _
from core.models.sizes import Sizes

Bits = Literal[4, 8, 16]
BITS: tuple[Bits, ...] = (4, 8, 16)
GB = 10**9
PAGE_TOKENS = 16
# Of a GPU's memory, as vLLM takes it; and what the device's library and the exchange with others
# take
SHARE = 0.9
OWN = GB
# Tokens that vLLM reads in one step, and the most texts that it writes at once, by default
STEP_TOKENS = 8192
MOST_TEXTS = 256
# GPUs of one machine, between which all heads of a layer are divided
IN_ONE = 8
MOST_GPUS = 1024
_GROUP = 128
_SCALE = (16 + 4) / _GROUP
_WIDE = 2
# Hidden width by parameters and layers: N = 12 layers width^2 (Kaplan et al. 2020)
_KAPLAN = 12
# The feed-forward width of most models, in hidden widths
_FFN = 4
_VOCABULARY = 150_000
_HEAD = 128


@dataclass(frozen=True, slots=True)
class Shape:
    """What sizing has to know of a model. outside: parameters of the embedding and the output
    layer.

    heads: of queries; groups: of keys and values; head: width of one of them.
    """

    parameters: int
    outside: int
    layers: int
    hidden: int
    ffn: int
    heads: int
    groups: int
    head: int
    vocabulary: int

    @classmethod
    def of(cls, sizes: Sizes) -> Self:
        """Of a model whose configuration is known."""
        return cls(
            sizes.parameters,
            sizes.kept,
            sizes.layers,
            sizes.hidden,
            sizes.ffn,
            sizes.heads,
            sizes.groups,
            sizes.head,
            sizes.vocabulary,
        )

    @classmethod
    def guessed(
        cls,
        parameters: float,
        layers: int,
        groups: int | None = None,
        head: int = _HEAD,
        hidden: int | None = None,
    ) -> Self:
        """Of a model of which little is known: the width follows from parameters and layers, and
        every head has keys and values of its own, which takes the most, unless `groups` says less.

        Raises `InvalidInput` for what no model has.
        """
        _check("parameters", parameters, 1e6, 1e14)
        _check("layers", layers, 1, 1000)
        _check("head", head, 8, 1024)
        width = hidden or round(math.sqrt(parameters / (_KAPLAN * layers)))
        _check("hidden", width, 8, 10**6)
        # Those of large models are a multiple of what a machine has
        heads = IN_ONE * max(1, round(width / head / IN_ONE))
        _check("kv-heads", heads if groups is None else groups, 1, heads)
        outside = min(2 * _VOCABULARY * width, int(parameters) // 2)
        return cls(
            *(int(parameters), outside, layers, width, _FFN * width, heads, groups or heads),
            *(head, _VOCABULARY),
        )


@dataclass(frozen=True, slots=True)
class Load:
    """What a server is for. people: conversations at a time. window: tokens of each. filled: how
    much of it they fill on average, above 0 up to 1. bits: of a weight; cache_bits: of a key or
    value.

    Raises `InvalidInput` for a value outside its range.
    """

    people: int
    window: int
    filled: float = 1.0
    bits: Bits = 16
    cache_bits: Literal[8, 16] = 16

    def __post_init__(self) -> None:
        _check("people", self.people, 1, 10**6)
        _check("window", self.window, 1, 10**8)
        if not 0 < self.filled <= 1:
            raise InvalidInput(
                _("{name} must be above 0 and at most {most:g}, got {value}.").format(
                    name="filled", most=1, value=self.filled
                )
            )
        for name, value, legal in (
            ("bits", self.bits, BITS),
            ("cache-bits", self.cache_bits, BITS[1:]),
        ):
            if value not in legal:
                raise InvalidInput(
                    _("{name} must be one of {legal}, got {value}.").format(
                        name=name, legal=", ".join(map(str, legal)), value=value
                    )
                )


@dataclass(frozen=True, slots=True)
class Sizing:
    """What it takes, in bytes. activations: on each GPU. gpus = tensor x pipeline; each_free: of
    one GPU after all that."""

    weights: int
    cache_per_token: int
    cache_tokens: int
    activations: int
    tensor: int
    pipeline: int
    on_each: int
    usable: int

    @property
    def gpus(self) -> int:
        return self.tensor * self.pipeline

    @property
    def cache(self) -> int:
        return self.cache_per_token * self.cache_tokens

    @property
    def each_free(self) -> int:
        return self.usable - self.on_each


def weight_bytes(shape: Shape, bits: Bits) -> int:
    """Bytes of the weights on disk and in memory."""
    inside = shape.parameters - shape.outside
    if bits == 16:
        return shape.parameters * _WIDE
    each = bits / 8 + (_SCALE / 8 if bits == 4 else 0)
    return round(inside * each) + shape.outside * _WIDE


def cache_per_token(shape: Shape, cache_bits: int = 16) -> int:
    """Bytes of keys and values that each token keeps."""
    return 2 * shape.layers * shape.groups * shape.head * cache_bits // 8


def activation_bytes(shape: Shape, texts: int) -> int:
    """Bytes of the greatest step. texts: that are being written at once."""
    width = 2 * shape.hidden + 2 * shape.ffn + (shape.heads + 2 * shape.groups) * shape.head
    step = STEP_TOKENS * width * _WIDE
    # Scores in 32 bits, and their order
    logits = 2 * min(texts, MOST_TEXTS) * shape.vocabulary * 4
    return step + logits


def sized(shape: Shape, load: Load, gpu: float) -> Sizing:
    """The fewest GPUs of so many gigabytes (10^9 bytes) that hold the model and the conversations.

    Within one machine all of them have a part of every layer; beyond that machines of eight have
    some layers each. Raises `InvalidInput` where no number of them is enough.
    """
    _check("gpu", gpu, 1, 10_000)
    weights, per_token = weight_bytes(shape, load.bits), cache_per_token(shape, load.cache_bits)
    each = -(-math.ceil(load.window * load.filled) // PAGE_TOKENS) * PAGE_TOKENS
    tokens = load.people * each
    activations = activation_bytes(shape, load.people)
    usable = round(gpu * GB * SHARE) - OWN
    for tensor, pipeline in _layouts(shape):
        kept = per_token * tokens / (min(tensor, shape.groups) * pipeline)
        on_each = math.ceil(weights / (tensor * pipeline) + kept + activations / tensor)
        if on_each <= usable:
            return Sizing(
                weights, per_token, tokens, activations, tensor, pipeline, on_each, usable
            )
    raise InvalidInput(
        _(
            "Not even {most} GPUs of {gpu:g} GB hold this. Take larger ones, fewer people, a smaller "
            "window, or several servers side by side."
        ).format(most=MOST_GPUS, gpu=gpu)
    )


def _layouts(shape: Shape) -> list[tuple[int, int]]:
    """How GPUs can share a model, from the fewest on: heads are divided evenly, layers nearly
    so."""
    tensors = [n for n in (1, 2, 4, IN_ONE) if shape.heads % n == 0]
    pipelines = range(2, min(shape.layers, MOST_GPUS // tensors[-1]) + 1)
    return [*((n, 1) for n in tensors), *((tensors[-1], n) for n in pipelines)]


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidInput(
            _("{name} must be from {low:g} to {high:g}, got {value:g}.").format(
                name=name, low=low, high=high, value=value
            )
        )
