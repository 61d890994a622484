"""From nothing to a checkpoint: corpus, tokenizer, model, training, export."""

import json
from pathlib import Path

import torch

from core.models.tokenizer import ChatGLMTokenizer, attach_tools
from training import corpus, model_init
from training.domains import registry
from training.encoding import Encoded, encode_all
from training.evaluate import share_right
from training.export import export
from training.tokenizer import train_tokenizer
from training.train import Plan, train

LONGEST = 640


def prepare(seed: int, count: int, folder: Path) -> tuple[ChatGLMTokenizer, list[Encoded]]:
    """Generates ``count`` conversations, trains the tokenizer on them and encodes them."""
    dialogues = list(corpus.conversations(seed, count))
    texts = (m.content for d in dialogues for m in attach_tools(d.messages, d.tools))
    path = folder / "tokenizer.model"
    train_tokenizer(texts, path, seed)
    tokenizer = ChatGLMTokenizer(path)
    return tokenizer, encode_all(tokenizer, dialogues, LONGEST)


def validation(tokenizer: ChatGLMTokenizer, seed: int, each: int = 12) -> list[Encoded]:
    """A few held-out dialogues of every domain."""
    dialogues = [d for domain in registry.DOMAINS for d in corpus.heldout(seed, domain, each)]
    return encode_all(tokenizer, dialogues, LONGEST)


def run(
    plan: Plan, conversations: int, threads: int, work: Path, out: Path, size: str = "base"
) -> list[dict[str, float]]:
    """The whole training; ``work`` keeps the intermediate files, ``out`` the checkpoint.

    Returns the loss over time.
    """
    torch.set_num_threads(threads)
    tokenizer, items = prepare(plan.seed, conversations, work)
    total = sum(len(item.ids) for item in items)
    print(
        f"{len(items)} conversations, {total} tokens, {total // len(items)} each",
        flush=True,
    )
    model = model_init.build(
        model_init.config(tokenizer.vocab_size, *model_init.SIZES[size]), plan.seed
    )
    rows = train(
        model,
        items,
        validation(tokenizer, plan.seed),
        plan,
        work,
        on_report=lambda row: print(json.dumps(row), flush=True),
        measure=lambda: share_right(model, tokenizer, 4),
    )
    export(model, work / "tokenizer.model", out)
    return rows
