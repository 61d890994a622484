"""From nothing to a checkpoint: corpus, tokenizer, model, training, export."""

import json
import shutil
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


def prepare(
    seed: int, count: int, folder: Path, known: Path | None = None
) -> tuple[ChatGLMTokenizer, list[Encoded]]:
    """Generates ``count`` conversations and encodes them: with the tokenizer in ``known``, or
    with one that is trained on them."""
    path = folder / "tokenizer.model"
    if known:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(known / "tokenizer.model", path)
        tokenizer = ChatGLMTokenizer(path)
        return tokenizer, encode_all(tokenizer, corpus.conversations(seed, count), LONGEST)
    dialogues = list(corpus.conversations(seed, count))
    texts = (m.content for d in dialogues for m in attach_tools(d.messages, d.tools))
    train_tokenizer(texts, path, seed)
    tokenizer = ChatGLMTokenizer(path)
    return tokenizer, encode_all(tokenizer, dialogues, LONGEST)


def validation(tokenizer: ChatGLMTokenizer, seed: int, each: int = 12) -> list[Encoded]:
    """A few held-out dialogues of every domain."""
    dialogues = [d for domain in registry.DOMAINS for d in corpus.heldout(seed, domain, each)]
    return encode_all(tokenizer, dialogues, LONGEST)


def run(
    plan: Plan,
    conversations: int,
    threads: int,
    work: Path,
    out: Path,
    size: str = "base",
    start: Path | None = None,
) -> list[dict[str, float]]:
    """The whole training; ``work`` keeps the intermediate files, ``out`` the checkpoint.

    ``start`` is a checkpoint to go on from, instead of nothing. Returns the loss over time.
    """
    torch.set_num_threads(threads)
    tokenizer, items = prepare(plan.seed, conversations, work, start)
    total = sum(len(item.ids) for item in items)
    print(
        f"{len(items)} conversations, {total} tokens, {total // len(items)} each",
        flush=True,
    )
    if start:
        model = model_init.resume(start)
    else:
        shape = model_init.config(tokenizer.vocab_size, *model_init.SIZES[size])
        model = model_init.build(shape, plan.seed)
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
