"""What a model will take of a device's memory, before anything is loaded.

Everything follows from the sizes in the configuration. nf4 keeps 4 bits a weight and, for every
64 of them, a scale of 8 bits (Dettmers et al. 2023, QLoRA, with double quantisation); int8 keeps
8 bits and a scale for every row (Dettmers et al. 2022, LLM.int8). Both leave the embedding and
the output layer in 16 bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.errors import NotEnoughMemory
from core.i18n import _
from core.models.machine import DeviceMemory
from core.models.sizes import Sizes

Precision = Literal["fp32", "bf16", "fp16", "int8", "nf4"]
PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "fp16", "int8", "nf4")
# Made while loading; the others are published so
QUANTISED = ("int8", "nf4")
# In which OpenVINO computes, each under the name that links and records give it. In fp32 its texts
# are torch's, which has the same name; in the others they are its own
OPENVINO_PRECISIONS = {"fp32": "fp32", "bf16-openvino": "bf16", "int8-openvino": "int8"}
# Bytes a weight takes inside the layers, and outside of them.
_INSIDE = {
    "fp32": 4.0,
    "bf16": 2.0,
    "fp16": 2.0,
    "int8": 1.0,
    "nf4": 0.5 + 1 / 64 + 4 / (64 * 256),
}
_OUTSIDE = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 2, "nf4": 2}
# Bytes that the processor's product of 8-bit numbers takes for each number of its matrix.
_INT8_LAID_OUT = 10
# In the order of preference where all fit: the first is the most exact that the device is good at.
_PREFERENCE = {
    "cuda": ("fp16", "int8", "nf4"),
    "mps": ("fp16",),
    "cpu": ("bf16", "int8", "nf4"),
}
# Bytes of weights above which the processor's time goes into reading them, token by token.
_LARGE = 10**9
# Below this many parameters fp32 costs nothing that matters and replays exactly.
SMALL = 100_000_000
# Tokens read in one step, and the most texts written at once: what the working memory is for.
PREFILL_CHUNK_TOKENS = 512
MAX_REQUESTS_PER_BATCH = 64
# The longest text that can be scored, and what is scored at once: its keys and values are kept
# beside the cache. The logits of so many of its positions are held at once.
SCORED_TOKENS = 8192
LOGIT_ROWS = 256
# Bytes that a token of the vocabulary takes while such a position is scored: its logit, the same
# in 32 bits, its log-probability, its share of the entropy twice, and a comparison.
_SCORE = 19
# Bytes that a token of the vocabulary takes while the next one is drawn: scores, probabilities
# and noise, some of them twice.
_DRAW = 40
PAGE_TOKENS = 16
# OpenVINO's attention for processors knows pages of this size alone
OPENVINO_PAGE_TOKENS = 32
# The cache has room for several full windows where memory allows, for one in any case.
CACHE_WINDOWS = 16
CACHE_BYTES = 2 * 2**30
# Of llama.cpp, which fills its cache with zeros at the start, beside one window
LLAMA_CACHE_BYTES = 2**30
# Longer windows of a model are used as far as this cache goes
LLAMA_WINDOW = 8192
_LLAMA_BYTES = 100 * 2**20
# Its cache is divided into slots, in each of which one request runs: more of them at once slow each
# other down, and below so many tokens a slot is of little use, so that there are fewer of them
# instead
LLAMA_SLOTS = 9
_SLOT_TOKENS = 4096
# With weights of 32 bits it keeps keys and values in 32 bits too: half as many
_WIDE = "F32"
# Up to so many parameters OpenVINO's arithmetic in 32 bits is quicker than torch's in 16
OPENVINO_SMALL = 200_000_000
_OPENVINO_BYTES = 50 * 2**20
# Bytes of each of its numbers; and those of a logit in its own memory, beside what scoring takes
_OPENVINO = 4
_OPENVINO_ROWS = 4
# What a device's own library takes when it starts; on a processor, what was found in use beside all
# that is computed.
_CONTEXT = {"cuda": 500 * 2**20, "mps": 200 * 2**20, "cpu": 80 * 2**20}


@dataclass(frozen=True, slots=True)
class Plan:
    """A model in one precision on one device. Bytes, and tokens of the KV cache.

    cache: for `cache_tokens` tokens, shared by all requests. working: for the step that is being
    computed, and for the device's own library. openvino: whether its kernels compute, not torch's.
    """

    precision: str
    place: DeviceMemory
    weights: int
    cache_per_token: int
    cache_tokens: int
    working: int
    openvino: bool = False

    @property
    def cache(self) -> int:
        return self.cache_tokens * self.cache_per_token

    def cache_per_request(self, window: int) -> int:
        """Bytes of the KV cache of one request that fills the window; requests may share pages."""
        return _pages(window) * self.cache_per_token

    def conversation(self, window: int) -> int:
        """Tokens that one conversation can have, of a model with that window."""
        if self.openvino or self.precision in PRECISIONS:
            return min(window, self.cache_tokens - self.page_tokens)
        return divided(self.slot_tokens, window)[1]

    @property
    def called(self) -> str:
        """The precision as people read it, with whose kernels where they are not torch's own."""
        return called(self.precision, self.openvino)

    @property
    def page_tokens(self) -> int:
        """Tokens of a page of the cache."""
        return OPENVINO_PAGE_TOKENS if self.openvino else PAGE_TOKENS

    @property
    def wide(self) -> bool:
        """Whether llama.cpp keeps its keys and values in 32 bits."""
        return self.precision == _WIDE

    @property
    def slot_tokens(self) -> int:
        """Tokens that all slots of llama.cpp have together."""
        return self.cache_tokens // 2 if self.wide else self.cache_tokens

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.working

    @property
    def fits(self) -> bool:
        return self.total <= self.place.free

    @property
    def freed(self) -> dict[str, int]:
        """Bytes, by device, that are free again once this model is unloaded.

        Weights that the CPU reads from their file count as free all the time.
        """
        # OpenVINO lays them out anew
        mapped = self.place.kind == "cpu" and self.precision not in QUANTISED and not self.openvino
        return {self.place.device: self.cache + (0 if mapped else self.weights)}


def plan(sizes: Sizes, precision: str, place: DeviceMemory) -> Plan:
    """What a model of these sizes takes; the cache is as large as there is room for.

    Never below one window: whether that fits is told by `fits`.
    """
    weights = weight_bytes(sizes, precision)
    per_token = sizes.cached * _OUTSIDE[precision]
    working = working_bytes(sizes, precision, place.kind) + _CONTEXT[place.kind]
    # The batch's mask spans the whole cache, and there is an index of it
    masked = PREFILL_CHUNK_TOKENS * _OUTSIDE[precision] + 8
    one = _pages(sizes.window + PAGE_TOKENS)
    most = min(CACHE_WINDOWS * sizes.window, CACHE_BYTES // per_token)
    room = place.free - weights - working
    # Half of what is left stays free: the machine has other work. So much of it, at least, that
    # one step of many requests can read the whole cache
    each = per_token + masked + max(per_token + masked, _read_bytes(sizes, precision, place.kind))
    tokens = max(one, _pages(min(most, room // each)))
    working += (tokens + PREFILL_CHUNK_TOKENS) * masked
    return Plan(precision, place, weights, per_token, tokens, working)


def called(precision: str, openvino: bool = False) -> str:
    """A precision as people read it. openvino: whether float32 is on its kernels."""
    own = precision in OPENVINO_PRECISIONS and (openvino or precision != "fp32")
    return f"{OPENVINO_PRECISIONS[precision]} · OpenVINO" if own else precision


def openvino_plan(sizes: Sizes, place: DeviceMemory, precision: str = "fp32") -> Plan:
    """What a model takes on OpenVINO's kernels. precision: one of `OPENVINO_PRECISIONS`.

    So much is planned for as torch needs in float32, which converts the model and runs it where
    OpenVINO cannot, or as OpenVINO does where that is more; and for the library itself. Its weights
    are laid out anew in memory of its own: the pages of the file that they came from are not
    counted, they leave when room is needed.
    """
    torchs = plan(sizes, "fp32", place)
    pages = max(
        torchs.cache_tokens // OPENVINO_PAGE_TOKENS,
        -(-(sizes.window + OPENVINO_PAGE_TOKENS) // OPENVINO_PAGE_TOKENS),
    )
    return replace(
        torchs,
        precision=precision,
        cache_tokens=pages * OPENVINO_PAGE_TOKENS,
        working=max(torchs.working, _openvino_working(sizes) + _CONTEXT["cpu"]) + _OPENVINO_BYTES,
        openvino=True,
    )


def _openvino_working(sizes: Sizes) -> int:
    """Bytes of what OpenVINO computes in, beside the library itself.

    There is no mask, and no keys and values are gathered: a text that is scored has pages of its
    own.
    """
    attention = sizes.layers * sizes.hidden * (sizes.fused + sizes.heads * sizes.head)
    step = PREFILL_CHUNK_TOKENS * (6 * sizes.hidden + 3 * sizes.ffn + sizes.fused)
    draw = MAX_REQUESTS_PER_BATCH * sizes.vocabulary * (_DRAW + _OPENVINO)
    text = _pages(min(sizes.window, SCORED_TOKENS)) * sizes.cached * _OPENVINO
    scores = text + LOGIT_ROWS * sizes.vocabulary * (_SCORE + _OPENVINO_ROWS)
    # The matrices of attention are laid out twice, for single tokens and for many; what a step was
    # computed in stays the library's
    return _OPENVINO * (attention + step) + max(draw, scores)


def mapped_plan(sizes: Sizes, quantisation: str, file_bytes: int, place: DeviceMemory) -> Plan:
    """What llama.cpp takes for a GGUF file of `file_bytes`, which it maps into memory as it is.

    Its cache of keys and values is in 16 bits and made at the start, for one window or
    `LLAMA_WINDOW` at least and for several requests where there is room. Working memory: what one
    step of tokens is computed in, with its mask over the whole cache, the logits of one position
    for each request, and the program itself.
    """
    per_token = sizes.cached * 2
    step = PREFILL_CHUNK_TOKENS * (6 * sizes.hidden + 3 * sizes.ffn + sizes.fused) * 4
    fixed = step + MAX_REQUESTS_PER_BATCH * sizes.vocabulary * 4 + _LLAMA_BYTES
    masked = PREFILL_CHUNK_TOKENS * 2
    most = min(CACHE_WINDOWS * sizes.window, LLAMA_CACHE_BYTES // per_token)
    # Half of what is left stays free, as above
    room = (place.free - file_bytes - fixed) // (2 * (per_token + masked))
    tokens = max(_pages(min(sizes.window, LLAMA_WINDOW)), _pages(min(most, room)))
    working = fixed + tokens * masked
    return Plan(quantisation, place, file_bytes, per_token, tokens, working)


def divided(cache_tokens: int, window: int) -> tuple[int, int]:
    """How many slots a cache of llama.cpp is divided into, two at least, and the tokens of each.

    One of them is for reading. They have the whole window where there is room for that.
    """
    slots = min(LLAMA_SLOTS + 1, max(2, cache_tokens // min(window, _SLOT_TOKENS)))
    return slots, min(window, cache_tokens // slots)


def weight_bytes(sizes: Sizes, precision: str) -> int:
    """Bytes of the weights in memory."""
    return round(sizes.matrices * _INSIDE[precision] + sizes.kept * _OUTSIDE[precision])


def working_bytes(sizes: Sizes, precision: str, kind: str = "cpu") -> int:
    """Bytes of the greatest of what is computed in turns, apart from what grows with the cache.

    That is a step that reads the end of a full window, the draw of the next tokens, and the scores
    of a text; generation waits while a text is scored.
    """
    width = 6 * sizes.hidden + 3 * sizes.ffn + sizes.fused
    layer = PREFILL_CHUNK_TOKENS * width * _OUTSIDE[precision] + _unpacked(sizes, precision, kind)
    read = _read_bytes(sizes, precision, kind)
    step = layer + (sizes.window + PREFILL_CHUNK_TOKENS) * read
    draw = MAX_REQUESTS_PER_BATCH * sizes.vocabulary * _DRAW
    text = min(sizes.window, SCORED_TOKENS)
    # The last layer's states are held in parts and, for a moment, put together
    kept = text * (sizes.cached + 2 * sizes.hidden) * _OUTSIDE[precision]
    scores = kept + max(layer + text * read, LOGIT_ROWS * sizes.vocabulary * _SCORE)
    return max(step, draw, scores)


def _read_bytes(sizes: Sizes, precision: str, kind: str) -> int:
    """Bytes that attention takes, in one layer, for each key and value that it reads.

    They are gathered from the cache and repeated for every head of queries; the processor's
    kernel for 16 bits then lays them out anew.
    """
    repeated = sizes.heads if sizes.heads > sizes.groups else 0
    again = sizes.heads if kind == "cpu" and _OUTSIDE[precision] == 2 else 0
    return 2 * sizes.head * (sizes.groups + repeated + again) * _OUTSIDE[precision]


def _unpacked(sizes: Sizes, precision: str, kind: str) -> int:
    """Bytes of the largest matrix of a layer as a step unpacks it: the kernels for 4 bits are for
    single rows, and the processor's for 8 bits lay the matrix out anew."""
    largest = sizes.hidden * sizes.ffn * (2 if sizes.fused_gate else 1)
    if precision == "int8" and kind == "cpu":
        return largest * _INT8_LAID_OUT
    return largest * _OUTSIDE[precision] if precision == "nf4" else 0


def all_plans(sizes: Sizes, places: Sequence[DeviceMemory]) -> list[Plan]:
    """Every precision that makes sense on every device, the preferred ones first."""
    exact = ("fp32",) if sizes.parameters < SMALL else ()
    return [
        plan(sizes, precision, place)
        for place in places
        for precision in (*exact, *_PREFERENCE[place.kind])
    ]


@dataclass(frozen=True, slots=True)
class Advice:
    """The plan to take, and why, in one sentence."""

    plan: Plan
    reason: str


def recommend(plans: Sequence[Plan]) -> Advice:
    """The first plan that fits; raises `NotEnoughMemory` where none does."""
    for chosen in plans:
        if chosen.fits:
            return Advice(chosen, _reason(chosen, plans))
    smallest = min(plans, key=lambda plan: plan.total - plan.place.free)
    raise NotEnoughMemory(_too_large(smallest, ()))


def check_fits(chosen: Plan, plans: Sequence[Plan]) -> None:
    """Raise `NotEnoughMemory`, with what would fit among `plans`, unless `chosen` fits."""
    if not chosen.fits:
        raise NotEnoughMemory(_too_large(chosen, [plan for plan in plans if plan.fits]))


def gigabytes(count: int) -> str:
    """A number of bytes as people read it, in GB of 10^9 bytes or in MB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _pages(tokens: int) -> int:
    return -(-tokens // PAGE_TOKENS) * PAGE_TOKENS


def _reason(chosen: Plan, plans: Sequence[Plan]) -> str:
    facts = {
        "precision": chosen.called,
        "device": chosen.place.name,
        "total": gigabytes(chosen.total),
        "free": gigabytes(chosen.place.free),
    }
    if chosen.precision not in PRECISIONS:
        return _(
            "{precision} on {device}: {total} of {free} free, the file as it is, run by llama.cpp."
        ).format(**facts)
    passed = [plan for plan in plans[: plans.index(chosen)] if not plan.fits]
    if not passed and _slow(chosen) and any(p.precision == "nf4" and p.fits for p in plans):
        return _(
            "{precision} on {device}: {total} of {free} free, as precise as published and quick to "
            "load. nf4 answers a single user faster, slightly less precisely."
        ).format(**facts)
    if not passed:
        return _(
            "{precision} on {device}: {total} of {free} free, and more precision is not needed."
        ).format(**facts)
    first = passed[0]
    return _(
        "{precision} on {device}: {total} of {free} free; {other} on {place} would need {needed}, "
        "and {there} is free."
    ).format(
        **facts,
        other=first.precision,
        place=first.place.name,
        needed=gigabytes(first.total),
        there=gigabytes(first.place.free),
    )


def _slow(chosen: Plan) -> bool:
    """Whether the speed is that of memory: see benchmarks/README.md for what was measured."""
    return chosen.place.kind == "cpu" and chosen.precision == "bf16" and chosen.weights > _LARGE


def _too_large(chosen: Plan, fitting: Sequence[Plan]) -> str:
    said = _(
        "In {precision} this model needs {total} on {device}, where {free} is free: {weights} for "
        "the weights, {cache} for the KV cache, {working} for computing."
    ).format(
        precision=chosen.precision,
        total=gigabytes(chosen.total),
        device=chosen.place.name,
        free=gigabytes(chosen.place.free),
        weights=gigabytes(chosen.weights),
        cache=gigabytes(chosen.cache),
        working=gigabytes(chosen.working),
    )
    if not fitting:
        return f"{said} " + _("Close other programs, or choose a smaller model.")
    found = ", ".join(
        f"{plan.precision} ({plan.place.name}, {gigabytes(plan.total)})" for plan in fitting
    )
    return f"{said} " + _("What fits here: {found}.").format(found=found)
