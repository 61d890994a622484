"""Results as plain values for JSON, and as text for people."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from core.errors import PromptLabError
from core.events import Finished
from core.sampling import Sampling

if TYPE_CHECKING:
    from core.engine.scoring import TokenScore
    from core.models.catalogue import CatalogueEntry
    from core.models.tokenizer import ChatGLMTokenizer
    from core.storage.records import Cell


def print_json(value: dict[str, Any]) -> None:
    """One object on one line of standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def answer(end: Finished, sampling: Sampling) -> dict[str, Any]:
    """An answer and what it takes to get it again."""
    return {
        "text": end.text,
        "raw": end.raw,
        "token_ids": list(end.token_ids),
        "prompt_tokens": end.usage.prompt_tokens,
        "new_tokens": end.usage.new_tokens,
        "finish_reason": end.reason,
        "seed": end.seed,
        "settings": sampling.with_seed(end.seed).to_dict(),
    }


def cell(value: "Cell") -> dict[str, Any]:
    """One text of a grid."""
    return {
        "temperature": value.temperature,
        "top_p": value.top_p,
        "sample": value.sample,
        "seed": value.seed,
        "text": value.text,
        "token_ids": list(value.token_ids),
        "finish_reason": value.finish_reason,
        "mean_logprob": value.mean_logprob,
    }


def scores(tokens: Sequence["TokenScore"]) -> dict[str, Any]:
    """Scored tokens: entry i is the prediction of token i from those before it."""
    return {"tokens": [asdict(token) for token in tokens]}


def tokens(tokenizer: "ChatGLMTokenizer", ids: Sequence[int]) -> dict[str, Any]:
    """Token ids and their vocabulary entries."""
    return {"ids": list(ids), "pieces": [tokenizer.piece(i) for i in ids]}


def cell_text(value: "Cell") -> str:
    """One text of a grid under its settings."""
    mean = "-" if value.mean_logprob is None else f"{value.mean_logprob:.3f}"
    head = (
        f"temperature {value.temperature:g}  top_p {value.top_p:g}  seed {value.seed}  "
        f"mean_logprob {mean}"
    )
    return f"{head}\n{value.text}\n"


def score_text(token: "TokenScore") -> str:
    """One scored token as a row: id, piece, log-probability, rank."""
    if token.logprob is None:
        return f"{token.id:>7}  {token.piece}"
    return f"{token.id:>7}  {token.piece:<16}  {token.logprob:>9.4f}  {token.rank:>6}"


def model(entry: "CatalogueEntry") -> dict[str, Any]:
    """A model on offer; `error` says why it cannot be loaded, as far as can be seen from outside."""
    from core.models.checkpoint import inspect

    found: dict[str, Any] = {"name": entry.name, "folder": str(entry.folder)}
    try:
        checkpoint = inspect(entry.folder)
        return {
            **found,
            "window": checkpoint.window,
            "weight_bytes": checkpoint.weight_bytes,
            "error": None,
        }
    except PromptLabError as error:
        return {**found, "window": None, "weight_bytes": None, "error": str(error)}
