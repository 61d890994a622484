"""A converted model in the place of torch's, as the library's continuous batching wants one.

The manager keeps its own bookkeeping, and its cache its memory: the same bytes are cut into the
pages that OpenVINO reads and writes. A step is computed by OpenVINO; the next tokens are drawn from
its logits as from torch's.
"""

import copy
import threading
from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile
from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import torch
from transformers import GenerationMixin, PreTrainedConfig, PreTrainedModel
from transformers.generation.continuous_batching.cache_allocators import (
    FullAttentionCacheAllocator,
)
from transformers.modeling_outputs import CausalLMOutputWithPast

from core.models.plan import LOGIT_ROWS, OPENVINO_PAGE_TOKENS, PREFILL_CHUNK_TOKENS
from core.openvino.conversion import (
    BEGINS,
    CHOSEN,
    IDS,
    LONGEST,
    PAGES,
    PAGES_BEGIN,
    PAST,
    POSITIONS,
    Attention,
    cache_names,
    with_paged_attention,
)
from core.openvino.library import openvino

if TYPE_CHECKING:
    from transformers.generation.continuous_batching.cache import PagedAttentionCache

Rows = npt.NDArray[np.float32]
# What the library takes for an attention that needs no mask: one would span the whole cache
_NO_MASK = "flash|openvino"
# A text that grows token by token gets room for so many more pages at a time
_ROOM_PAGES = 8


class PagedModel(PreTrainedModel, GenerationMixin):
    """A compiled graph behind the library's interface of a model; it has no parameters of its
    own."""

    _supports_sdpa = True

    def __init__(
        self,
        config: PreTrainedConfig,
        graph: Any,
        layers: Sequence[Attention],
        threads: int,
        bf16: bool = False,
    ) -> None:
        """graph: of `core.openvino.conversion.export`. bf16: whether products are taken in
        bfloat16; keys, values and logits are float32 in any case."""
        super().__init__(copy.deepcopy(config))
        self.config._attn_implementation_internal = _NO_MASK
        self._layers = list(layers)
        self._request = _compiled(with_paged_attention(graph, layers), threads, bf16)
        self._lock = threading.Lock()
        # Those of nobody stand in until there is a cache
        self._pages = _Pages.of(layers, 1)
        self._bound: _Pages | None = None
        self._listed: _Listed | None = None

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    def _supports_logits_to_keep(self) -> bool:
        return True

    def use(self, cache: "PagedAttentionCache") -> None:
        """Keep keys and values in the memory of the manager's cache from now on."""
        (allocator,) = cache.cache_allocators.values()
        # The same bookkeeping under another rule of what is told of it
        allocator.__class__ = _Listed
        listed = cast(_Listed, allocator)
        listed.steps = []
        self._listed = listed
        self._pages = _Pages.within(self._layers, cache.cache_tensor.view(torch.float32).numpy())

    def forward(  # type: ignore[override]
        self,
        input_ids: torch.Tensor,
        position_ids: torch.Tensor,
        logits_to_keep: torch.Tensor,
        **_given: Any,
    ) -> CausalLMOutputWithPast:
        """One step of continuous batching; the texts in it are those that the cache was told of."""
        assert self._listed is not None
        steps, self._listed.steps = self._listed.steps, []
        ids, positions = input_ids.numpy()[0], position_ids.numpy()[0]
        with self._lock:
            logits = self._step(self._pages, ids, positions, logits_to_keep.numpy(), steps)
        # In the memory of the library, until the next step
        return CausalLMOutputWithPast(logits=torch.from_numpy(logits)[None])  # type: ignore[arg-type]

    def read(self, pages: "_Pages", past: int, ids: Sequence[int], chosen: Sequence[int]) -> Rows:
        """The logits after the chosen of some tokens of one text, which follow `past` others:
        (chosen, vocabulary). pages: all of that text alone, from the first on."""
        table = range(-(-(past + len(ids)) // OPENVINO_PAGE_TOKENS))
        positions = np.arange(past, past + len(ids))
        step = [(past, len(ids), table)]
        with self._lock:
            try:
                return self._step(pages, np.array(ids), positions, np.array(chosen), step).copy()
            finally:
                # The text's pages are whose they were: the library would hold them until the next
                # step
                self._bind(self._pages)

    @property
    def layers(self) -> Sequence[Attention]:
        """What is kept in the cache for each layer."""
        return self._layers

    def _step(
        self,
        pages: "_Pages",
        ids: npt.NDArray[Any],
        positions: npt.NDArray[Any],
        chosen: npt.NDArray[Any],
        steps: Sequence[tuple[int, int, Sequence[int]]],
    ) -> Rows:
        """Logits of the chosen tokens, (chosen, vocabulary), in memory that the next step writes
        to.

        steps: of each text how many of its tokens are in the cache, how many come now, and its
        pages.
        """
        past, new = [step[0] for step in steps], [step[1] for step in steps]
        tables = [step[2] for step in steps]
        given: dict[str, npt.NDArray[Any]] = {
            IDS: ids.astype(np.int64)[None],
            POSITIONS: positions.astype(np.int64)[None],
            CHOSEN: chosen.astype(np.int64),
            PAST: np.array(past, dtype=np.int32),
            BEGINS: np.array([0, *accumulate(new)], dtype=np.int32),
            PAGES: np.array([page for table in tables for page in table], dtype=np.int32),
            PAGES_BEGIN: np.array([0, *accumulate(map(len, tables))], dtype=np.int32),
            LONGEST: np.array(max(map(sum, zip(past, new, strict=True))), dtype=np.int32),
        }
        if pages is not self._bound:
            self._bind(pages)
        ov = openvino()
        for name, value in given.items():
            self._request.set_tensor(name, ov.Tensor(value, shared_memory=value.ndim > 0))
        self._request.infer()
        rows: Rows = self._request.get_output_tensor(0).data
        return rows

    def _bind(self, pages: "_Pages") -> None:
        """Have the library read and write these pages."""
        ov = openvino()
        for name, part in pages.parts.items():
            self._request.set_tensor(name, ov.Tensor(part, shared_memory=True))
        self._bound = pages


class _Pages:
    """The memory of keys and values: (pages, groups, tokens of a page, width) for every layer."""

    def __init__(self, parts: dict[str, Rows]) -> None:
        """parts: by the names of the graph's inputs."""
        self.parts = parts

    @classmethod
    def within(cls, layers: Sequence[Attention], memory: Rows) -> "_Pages":
        """As many pages as go into the memory."""
        count = memory.size // sum(prod(shape) for shape in _shapes(layers, 1).values())
        parts: dict[str, Rows] = {}
        start = 0
        for name, shape in _shapes(layers, count).items():
            end = start + prod(shape)
            parts[name] = memory[start:end].reshape(shape)
            start = end
        return cls(parts)

    @classmethod
    def of(cls, layers: Sequence[Attention], count: int) -> "_Pages":
        """So many pages in memory of their own."""
        return cls(
            {name: np.zeros(shape, np.float32) for name, shape in _shapes(layers, count).items()}
        )

    @property
    def count(self) -> int:
        return len(next(iter(self.parts.values())))

    def grow(self, count: int) -> None:
        """Have so many pages, those that there are among them; to be done while nobody else has
        them.

        Part by part, as there may be no room for all of them twice.
        """
        for name, part in self.parts.items():
            larger = np.zeros((count, *part.shape[1:]), np.float32)
            larger[: len(part)] = part
            self.parts[name] = larger


def _shapes(layers: Sequence[Attention], count: int) -> dict[str, tuple[int, int, int, int]]:
    """Of so many pages of keys and of values in each layer, by the names of the graph's inputs."""
    return {
        name: (count, layer.groups, OPENVINO_PAGE_TOKENS, layer.width)
        for index, layer in enumerate(layers)
        for name in cache_names(index)
    }


class _Listed(FullAttentionCacheAllocator):
    """The library's bookkeeping of pages; the texts of a step are noted page by page.

    The library would list where each token of each text lies, for torch to gather.
    """

    steps: list[tuple[int, int, Sequence[int]]]

    def get_write_indices(self, request_id: str, past_length: int, query_length: int) -> list[int]:
        pages = -(-(past_length + query_length) // self.tokens_per_page)
        table = self.block_table[request_id][:pages]
        self.steps.append((past_length, query_length, table))
        return []

    def get_read_indices(self, request_id: str, past_length: int, query_length: int) -> list[int]:
        return []


class ReadText:
    """A text that a model has read, with its keys and values, to go on from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: tuple[int, ...] = ()
        self._pages: _Pages | None = None

    def last(self, model: PagedModel, ids: Sequence[int]) -> Rows:
        """The logits after the whole text, (1, vocabulary); what it shares with the text before at
        its beginning is not read again."""
        with self._lock:
            known = self._ids
            pairs = zip(known, ids, strict=False)
            shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
            start = min(shared, len(ids) - 1)
            self._ids = ()
            self._make_room(model, len(ids))
            for begin in range(start, len(ids), PREFILL_CHUNK_TOKENS):
                part = ids[begin : begin + PREFILL_CHUNK_TOKENS]
                rows = self._read(model, begin, part, [len(part) - 1])
            self._ids = tuple(ids)
            return rows

    def rows(self, model: PagedModel, ids: Sequence[int], first: int = 0) -> Iterator[Rows]:
        """The logits after each token from number `first` on, (some, vocabulary) at a time."""
        self._ids = ()
        self._make_room(model, len(ids))
        for begin in range(0, first, PREFILL_CHUNK_TOKENS):
            part = ids[begin : min(begin + PREFILL_CHUNK_TOKENS, first)]
            self._read(model, begin, part, [len(part) - 1])
        for begin in range(first, len(ids), LOGIT_ROWS):
            part = ids[begin : begin + LOGIT_ROWS]
            yield self._read(model, begin, part, range(len(part)))

    def _read(
        self, model: PagedModel, past: int, ids: Sequence[int], chosen: Sequence[int]
    ) -> Rows:
        """The next tokens of the text, behind `past` ones; the logits after the chosen of them."""
        assert self._pages is not None
        return model.read(self._pages, past, ids, chosen)

    def _make_room(self, model: PagedModel, tokens: int) -> None:
        """Have pages for so many tokens."""
        needed = -(-tokens // OPENVINO_PAGE_TOKENS)
        if self._pages is None:
            self._pages = _Pages.of(model.layers, needed + _ROOM_PAGES)
        elif self._pages.count < needed:
            self._pages.grow(needed + _ROOM_PAGES)


def _compiled(graph: Any, threads: int, bf16: bool) -> Any:
    """A request to run the graph. In float32 throughout: the same bits for a text, whoever is with
    it in a step."""
    compiled = (
        openvino()
        .Core()
        .compile_model(
            graph,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
                "KV_CACHE_PRECISION": "f32",
                "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
                "INFERENCE_NUM_THREADS": threads,
                "PERFORMANCE_HINT": "LATENCY",
                "NUM_STREAMS": 1,
                # Other models, and what draws the tokens, compute beside it
                "ENABLE_CPU_PINNING": False,
            },
        )
    )
    return compiled.create_infer_request()
