"""Answers for many prompts at once, for the evaluation; seeded."""

from dataclasses import dataclass
from typing import Any

import torch

from core.messages import Message
from core.models.chatglm import ChatGLMForCausalLM
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from training.dialogue import Dialogue


@dataclass(frozen=True, slots=True)
class Sampling:
    """temperature 0 is greedy; top_p in (0, 1]."""

    temperature: float
    top_p: float = 1.0


GREEDY = Sampling(0.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said; ``ended`` is false if the token limit cut it off."""

    content: str
    metadata: str
    ended: bool


def parse(text: str, ended: bool) -> Answer:
    """The generated text: the metadata line, then the content with its dummy blank."""
    metadata, _, content = text.partition("\n")
    return Answer(content.removeprefix(" "), metadata.strip(), ended)


def prompt(tokenizer: ChatGLMTokenizer, dialogue: Dialogue) -> list[int]:
    """The ids up to the assistant's role id before the dialogue's last answer."""
    return tokenizer.prompt_ids(dialogue.messages[:-1], list(dialogue.tools) or None)


@torch.no_grad()
def answers(
    model: ChatGLMForCausalLM,
    tokenizer: ChatGLMTokenizer,
    prompts: list[list[int]],
    sampling: Sampling,
    seed: int = 1,
    limit: int = 160,
    rows: int = 48,
) -> list[Answer]:
    """One answer for each prompt, ``rows`` at a time, at most ``limit`` tokens long."""
    torch.manual_seed(seed)
    stops = sorted(tokenizer.stop_ids)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    found: dict[int, Answer] = {}
    for start in range(0, len(order), rows):
        group = order[start : start + rows]
        longest = max(len(prompts[i]) for i in group)
        ids = torch.zeros(len(group), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, i in enumerate(group):
            ids[row, longest - len(prompts[i]) :] = torch.tensor(prompts[i])
            mask[row, longest - len(prompts[i]) :] = 1
        output = _generate(model, ids, mask, sampling, stops, limit)
        for i, line in zip(group, output[:, longest:].tolist(), strict=True):
            end = next((k for k, t in enumerate(line) if t in tokenizer.stop_ids), None)
            found[i] = parse(tokenizer.decode(line[:end]), end is not None)
    return [found[i] for i in range(len(prompts))]


def _generate(
    model: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    sampling: Sampling,
    stops: list[int],
    limit: int,
) -> torch.Tensor:
    drawn = sampling.temperature > 0
    chosen = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
    return model.generate(
        input_ids=ids,
        attention_mask=mask,
        max_new_tokens=limit,
        do_sample=drawn,
        use_cache=True,
        eos_token_id=stops,
        pad_token_id=0,
        **(chosen if drawn else {}),
    )


def reply(
    model: ChatGLMForCausalLM,
    tokenizer: ChatGLMTokenizer,
    text: str,
    sampling: Sampling,
    n: int,
) -> list[str]:
    """``n`` answers to a single user message."""
    ids = tokenizer.prompt_ids([Message("user", text)])
    return [a.content for a in answers(model, tokenizer, [ids] * n, sampling)]
