"""Logits by forward passes of one's own: what the model predicts after given tokens.

A text is read in chunks, as a prompt is, and logits are made for some positions at a time, so
that a long text takes no more memory than was planned for it. On torch's kernels all hidden states
are kept until their logits are asked for; OpenVINO's graph gives the logits at once.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import takewhile
from typing import Protocol
from weakref import WeakKeyDictionary

import torch
from transformers import DynamicCache, PreTrainedModel

from core.backends.admission import check_length
from core.backends.backend import Logits
from core.errors import PromptTooLong
from core.i18n import _
from core.models.loading import LoadedModel
from core.models.plan import LOGIT_ROWS, PREFILL_CHUNK_TOKENS, SCORED_TOKENS
from core.openvino.paged_model import PagedModel, ReadText


class Owner(Protocol):
    """Who has the model and lends it for a forward pass: the owner."""

    window: int

    def exclusive(self) -> AbstractContextManager[LoadedModel]:
        """The model, while generation waits."""

    def check_ids(self, ids: Sequence[int]) -> None:
        """Raise `InvalidInput` unless there are ids and the model knows them all."""


def next_logits(owner: Owner, ids: Sequence[int]) -> Logits:
    """The logits of the token after `ids`, shape (vocabulary,), without padding rows.

    One forward pass; generation waits meanwhile. Raises `InvalidInput` for no ids or one outside
    the vocabulary, `PromptTooLong` for more than the context window or `SCORED_TOKENS`.
    """
    check_text(owner, ids)
    with owner.exclusive() as loaded:
        return _own(loaded, next(logit_rows(loaded, ids, len(ids) - 1)))[0]


def going_on_logits(owner: Owner, ids: Sequence[int]) -> Logits:
    """As `next_logits`, for a text that grows or shrinks at its end: only what the last such text
    of this model did not begin with is read. Shapes and errors are those of `next_logits`.

    In half precision the last bits depend on what was read before, as they do while generating.
    """
    check_text(owner, ids)
    with owner.exclusive() as loaded:
        if isinstance(loaded.model, PagedModel):
            text = _texts.setdefault(loaded.model, ReadText())
            return _own(loaded, torch.from_numpy(text.last(loaded.model, ids)))[0]
        hidden = _reading(loaded).read(loaded, ids)
        return _own(loaded, loaded.model.get_output_embeddings()(hidden))[0]


class _Reading:
    """The keys and values of a text that a model has read, to go on from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: tuple[int, ...] = ()
        self._cache: DynamicCache | None = None

    def read(self, loaded: LoadedModel, ids: Sequence[int]) -> torch.Tensor:
        """The last hidden state, (1, hidden)."""
        with self._lock:
            known = self._ids
            pairs = zip(known, ids, strict=False)
            shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
            start = min(shared, len(ids) - 1)
            cache = self._cache
            # Whatever breaks a pass off leaves half of it in the cache
            self._ids, self._cache = (), None
            if cache is None or not start:
                cache, start = DynamicCache(config=loaded.model.config), 0
            elif start < len(known):
                cache.crop(start - len(known))  # counted from the end
            for begin in range(start, len(ids), PREFILL_CHUNK_TOKENS):
                end = min(begin + PREFILL_CHUNK_TOKENS, len(ids))
                part = torch.tensor([ids[begin:end]], device=loaded.model.device)
                hidden = loaded.model.base_model(
                    input_ids=part,
                    attention_mask=torch.ones(1, end, dtype=torch.long, device=part.device),
                    past_key_values=cache,
                    use_cache=True,
                ).last_hidden_state
            self._ids, self._cache = tuple(ids), cache
            return hidden[0, -1:]


# By the model, so that a reading goes when its model goes
_readings: "WeakKeyDictionary[PreTrainedModel, _Reading]" = WeakKeyDictionary()
_texts: "WeakKeyDictionary[PagedModel, ReadText]" = WeakKeyDictionary()


def _reading(loaded: LoadedModel) -> _Reading:
    return _readings.setdefault(loaded.model, _Reading())


def answer_logits(owner: Owner, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[Logits]:
    """For each token of `answer` the logits that it was drawn from, shape (vocabulary,) each.

    One forward pass over both together. Raises what `next_logits` raises, for the two of them;
    `prompt` must not be empty.
    """
    owner.check_ids(prompt)
    check_text(owner, [*prompt, *answer])
    if not answer:
        return
    with owner.exclusive() as loaded:
        # The last token of the answer is not followed by one of its own
        parts = logit_rows(loaded, [*prompt, *answer][:-1], len(prompt) - 1)
    while True:
        # Others may generate between two parts
        with owner.exclusive() as loaded:
            part = next(parts, None)
            if part is None:
                return
            rows = _own(loaded, part)
        yield from rows


def check_text(owner: Owner, ids: Sequence[int]) -> None:
    """Raise `InvalidInput` or `PromptTooLong` for what cannot be read in one go."""
    owner.check_ids(ids)
    check_length(len(ids), owner.window)
    if len(ids) > SCORED_TOKENS:
        raise PromptTooLong(
            _(
                "The text has {tokens} tokens; at most {most} can be scored at once. Shorten it."
            ).format(tokens=len(ids), most=SCORED_TOKENS)
        )


def _own(loaded: LoadedModel, logits: torch.Tensor) -> Logits:
    """Without padding rows, in float32."""
    return logits[:, : loaded.tokenizer.vocab_size].float().cpu().numpy()


def logit_rows(loaded: LoadedModel, ids: Sequence[int], first: int = 0) -> Iterator[torch.Tensor]:
    """The logits after each token of a text from number `first` on, at most `LOGIT_ROWS` at a time:
    (some, vocabulary rows). To be gone on with while one has the model to oneself."""
    if isinstance(loaded.model, PagedModel):
        _texts.pop(loaded.model, None)
        for rows in ReadText().rows(loaded.model, ids, first):
            yield torch.from_numpy(rows)
        return
    hidden = hidden_states(loaded, [ids])[0, first:]
    yield from head_rows(loaded, hidden)


def head_rows(loaded: LoadedModel, hidden: torch.Tensor) -> Iterator[torch.Tensor]:
    """The logits of hidden states (n, hidden), as `logit_rows` gives them."""
    head = loaded.model.get_output_embeddings()
    for start in range(0, len(hidden), LOGIT_ROWS):
        yield head(hidden[start : start + LOGIT_ROWS])


def hidden_states(loaded: LoadedModel, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
    """Last hidden states on torch's kernels, (batch, longest, hidden); padded on the right, where
    causality hides it."""
    longest = max(len(ids) for ids in sequences)
    input_ids = torch.zeros(len(sequences), longest, dtype=torch.long)
    mask = torch.zeros(len(sequences), longest, dtype=torch.long)
    for row, ids in enumerate(sequences):
        input_ids[row, : len(ids)] = torch.tensor(ids)
        mask[row, : len(ids)] = 1
    device = loaded.model.device
    input_ids, mask = input_ids.to(device), mask.to(device)
    width = max(1, PREFILL_CHUNK_TOKENS // len(sequences))
    cache = DynamicCache(config=loaded.model.config) if longest > width else None
    if cache is not None:
        # Memory is planned for one text's keys and values
        _readings.pop(loaded.model, None)
    parts = []
    for start in range(0, longest, width):
        end = min(start + width, longest)
        parts.append(
            loaded.model.base_model(
                input_ids=input_ids[:, start:end],
                attention_mask=mask[:, :end],
                past_key_values=cache,
                use_cache=cache is not None,
            ).last_hidden_state
        )
    return torch.cat(parts, dim=1)
