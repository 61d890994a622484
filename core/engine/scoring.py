"""Teacher-forced scoring: how likely the model finds each token of a given text.

The text is read in chunks, as a prompt is, and gives the logits of every position; from them come
log-probabilities (natural logarithm, at temperature 1, before any cut), ranks and the most likely
alternatives.
"""

import math
from collections.abc import Iterator, Sequence

import torch

from core.backends.scores import LikelyToken, TokenScore
from core.engine.logits import Owner, check_text, head_rows, hidden_states, logit_rows
from core.models.loading import LoadedModel
from core.models.plan import SCORED_TOKENS
from core.openvino.paged_model import PagedModel


def score_many(
    owner: Owner, sequences: Sequence[Sequence[int]], top: int = 5
) -> list[list[TokenScore]]:
    """For each sequence one entry per token, with its `top` alternatives.

    Raises `InvalidInput` for an empty sequence or an id outside the vocabulary, `PromptTooLong`
    for one longer than the context window or `SCORED_TOKENS`.
    """
    for ids in sequences:
        check_text(owner, ids)
    results: list[list[TokenScore]] = [[] for _sequence in sequences]
    for batch in _batches(sequences):
        with owner.exclusive() as loaded:
            for i, rows in zip(batch, _rows(loaded, [sequences[i] for i in batch]), strict=True):
                results[i] = _score_one(loaded, sequences[i], rows, top)
    return results


def _rows(loaded: LoadedModel, batch: Sequence[Sequence[int]]) -> Iterator[Iterator[torch.Tensor]]:
    """For each text the logits after its tokens but the last, some rows at a time."""
    if isinstance(loaded.model, PagedModel):
        yield from (logit_rows(loaded, ids[:-1]) for ids in batch)
        return
    hidden = hidden_states(loaded, batch)
    for ids, states in zip(batch, hidden, strict=True):
        yield head_rows(loaded, states[: len(ids) - 1])


def _batches(sequences: Sequence[Sequence[int]]) -> list[list[int]]:
    """Indexes in groups of similar length, each at most `SCORED_TOKENS` when padded."""
    batches: list[list[int]] = []
    longest = 0
    for i in sorted(range(len(sequences)), key=lambda i: len(sequences[i])):
        longest = max(longest, len(sequences[i]))
        if batches and (len(batches[-1]) + 1) * longest <= SCORED_TOKENS:
            batches[-1].append(i)
        else:
            batches.append([i])
            longest = len(sequences[i])
    return batches


def _score_one(
    loaded: LoadedModel, ids: Sequence[int], rows: Iterator[torch.Tensor], top: int
) -> list[TokenScore]:
    tokenizer = loaded.tokenizer
    scores = [TokenScore(ids[0], tokenizer.piece(ids[0]), None, None, ())]
    for part in rows:
        # The scores so far are as many as the tokens so far
        logits = part.float()
        targets = torch.tensor(ids[len(scores) : len(scores) + len(logits)], device=logits.device)
        logits[:, tokenizer.vocab_size :] = -torch.inf
        logprobs = torch.log_softmax(logits, dim=-1)
        own = logprobs.gather(1, targets[:, None])
        ranks = (logprobs > own).sum(dim=-1) + 1
        entropies = torch.special.entr(logprobs.exp()).sum(dim=-1) / math.log(2)
        best, best_ids = logprobs.topk(min(top, tokenizer.vocab_size), dim=-1)
        for row, token_id in enumerate(targets.tolist()):
            alternatives = zip(best_ids[row].tolist(), best[row].tolist(), strict=True)
            scores.append(
                TokenScore(
                    token_id,
                    tokenizer.piece(token_id),
                    own[row].item(),
                    int(ranks[row].item()),
                    tuple(LikelyToken(i, tokenizer.piece(i), value) for i, value in alternatives),
                    entropies[row].item(),
                )
            )
    return scores
