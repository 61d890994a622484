"""From nothing to a checkpoint: corpus, tokenizer, model, training, export."""

import json
import shutil
from pathlib import Path

from core.models.chatglm_tokenizer import ChatGLMTokenizer, attach_tools
from training import corpus, model_init
from training.domains import registry
from training.encoding import Encoded, encode_all
from training.evaluate import opened, share_right
from training.export import export
from training.team import Team, work_together
from training.tokenizer import train_tokenizer
from training.train import Plan, train

# The most tokens of a conversation that is trained on.
LONGEST = 1024
# Conversations that the tokenizer is trained on
VOCABULARY_FROM = 60_000


def vocabulary(seed: int, path: Path) -> None:
    """Trains the tokenizer on a part of the corpus and writes it to ``path``."""
    dialogues = corpus.conversations(seed, VOCABULARY_FROM)
    texts = (m.content for d in dialogues for m in attach_tools(d.messages, d.tools))
    train_tokenizer(texts, path, seed)


def validation(tokenizer: ChatGLMTokenizer, seed: int, each: int = 12) -> list[Encoded]:
    """A few held-out dialogues of every domain."""
    dialogues = [d for domain in registry.DOMAINS for d in corpus.heldout(seed, domain, each)]
    return encode_all(tokenizer, dialogues, LONGEST)


def run(
    plan: Plan,
    conversations: int,
    processes: int,
    work: Path,
    out: Path,
    size: str = "base",
    start: Path | None = None,
) -> list[dict[str, float]]:
    """The whole training; ``work`` keeps the intermediate files, ``out`` the checkpoint.

    ``start`` is a checkpoint to go on from, instead of nothing. ``conversations`` are shared among
    the ``processes``. Returns the loss over time.
    """
    work.mkdir(parents=True, exist_ok=True)
    if start:
        shutil.copyfile(start / "tokenizer.model", work / "tokenizer.model")
    else:
        vocabulary(plan.seed, work / "tokenizer.model")
    share = conversations // processes
    work_together(processes, work, _train, plan, share, work, out, size, start)
    rows: list[dict[str, float]] = json.loads((work / "curves.json").read_text())
    return rows


def _train(
    team: Team, plan: Plan, conversations: int, work: Path, out: Path, size: str, start: Path | None
) -> None:
    tokenizer = ChatGLMTokenizer(work / "tokenizer.model")
    drawn = corpus.conversations(f"{plan.seed} {team.rank}", conversations)
    items = encode_all(tokenizer, drawn, LONGEST)
    if team.leads:
        total = sum(len(item.ids) for item in items)
        print(
            f"{team.size} x {len(items)} conversations, {total} tokens, {total // len(items)} each",
            flush=True,
        )
    if start:
        model = model_init.resume(start)
    else:
        shape = model_init.config(tokenizer.vocab_size, *model_init.SIZES[size])
        model = model_init.build(shape, plan.seed)

    def right() -> float:
        """Of what would ship now."""
        export(model, work / "tokenizer.model", work / "measured")
        with opened(work / "measured") as backend:
            return share_right(backend, 4)

    train(
        model,
        items,
        validation(tokenizer, plan.seed),
        plan,
        work,
        on_report=lambda row: print(json.dumps(row), flush=True),
        measure=right,
        team=team,
    )
    if team.leads:
        export(model, work / "tokenizer.model", out)
