"""Conversations as ids with a loss mask, and batches of similar length."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from core.models.chatglm_tokenizer import ChatGLMTokenizer, attach_tools
from training.dialogue import Dialogue


@dataclass(frozen=True, slots=True)
class Encoded:
    """One conversation: ``ids`` (length n) and ``learn`` (n booleans, the tokens with loss)."""

    ids: np.ndarray
    learn: np.ndarray


def encode(tokenizer: ChatGLMTokenizer, dialogue: Dialogue) -> Encoded:
    """The prompt form of ChatGLM3; loss on each answer and on the stop token after it.

    The stop token is the next message's role id, as in the published model: the user's after an
    answer, the observation's after a tool call.
    """
    ids = [tokenizer.special["[gMASK]"], tokenizer.special["sop"]]
    learn = [False, False]
    stop = False
    messages = attach_tools(dialogue.messages, dialogue.tools)
    for message in messages:
        part = tokenizer.message_ids(message)
        answers = message.role == "assistant"
        ids += part
        # A role id that ends an answer is learned; the assistant's own role id never is.
        learn += [stop, *[answers] * (len(part) - 1)]
        stop = answers
    if stop:
        ending = "<|observation|>" if messages[-1].metadata else "<|user|>"
        ids.append(tokenizer.special[ending])
        learn.append(True)
    return Encoded(np.array(ids, dtype=np.int32), np.array(learn, dtype=bool))


def encode_all(
    tokenizer: ChatGLMTokenizer, dialogues: Iterable[Dialogue], longest: int
) -> list[Encoded]:
    """All conversations of at most ``longest`` tokens."""
    encoded = (encode(tokenizer, dialogue) for dialogue in dialogues)
    return [item for item in encoded if len(item.ids) <= longest]


def batches(
    items: list[Encoded], tokens: int, rng: random.Random
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless (ids, learn) batches of about ``tokens`` tokens, shape (rows, longest), padded
    with 0 on the right; rows of one batch have nearly the same length."""
    while True:
        order = sorted(range(len(items)), key=lambda i: len(items[i].ids) + rng.random() * 8)
        groups: list[list[int]] = [[]]
        for i in order:
            if groups[-1] and (len(groups[-1]) + 1) * len(items[i].ids) > tokens:
                groups.append([])
            groups[-1].append(i)
        rng.shuffle(groups)
        for group in groups:
            yield pad([items[i] for i in group])


def pad(group: list[Encoded]) -> tuple[torch.Tensor, torch.Tensor]:
    """One batch: ids (rows, longest) int64 and learn (rows, longest) bool."""
    longest = max(len(item.ids) for item in group)
    ids = torch.zeros(len(group), longest, dtype=torch.long)
    learn = torch.zeros(len(group), longest, dtype=torch.bool)
    for row, item in enumerate(group):
        ids[row, : len(item.ids)] = torch.from_numpy(item.ids.astype(np.int64))
        learn[row, : len(item.ids)] = torch.from_numpy(item.learn)
    return ids, learn
