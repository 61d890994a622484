"""What the commands print: strict JSON for scripts, plain columns for people.

JSON has no infinity: a log-probability of minus infinity (a padding row of the vocabulary, which
stands for no token) is null, and such rows are no alternatives.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import typer

from core.backends.events import Finished, ToolCall
from core.backends.scores import TokenScore
from core.backends.tokenizer import Tokenizer
from core.grid.records import Cell
from core.grid.spec import GridSpec
from core.sampling.settings import Sampling


def emit(value: object) -> None:
    """One JSON value on a line of standard output, in UTF-8 whatever the terminal speaks."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # Half a surrogate pair, say of a file name, becomes the JSON escape that it is written as
    typer.echo(text.encode("utf-8", "backslashreplace"))


def emit_all(values: Iterable[object]) -> None:
    """JSON Lines."""
    for value in values:
        emit(value)


def answer_object(end: Finished, sampling: Sampling) -> dict[str, Any]:
    """An answer and all that is needed to get it again; an error where there is no answer."""
    if end.error:
        return {"error": end.error}
    calls = [asdict(part) for part in end.parts if isinstance(part, ToolCall)]
    return {
        "text": end.text,
        **({"calls": calls} if calls else {}),
        "raw": end.raw,
        "token_ids": list(end.token_ids),
        "prompt_tokens": end.usage.prompt_tokens if end.usage else None,
        "new_tokens": end.usage.new_tokens if end.usage else None,
        "finish_reason": end.reason,
        "seed": end.seed,
        "settings": {**sampling.to_dict(), "seed": end.seed},
    }


def cell_object(spec: "GridSpec", cell: "Cell") -> dict[str, Any]:
    """A cell of the grid with its settings; `mean_logprob` is null for an empty answer."""
    sampling = spec.sampling(cell.place, cell.sample)
    return {
        **{name: getattr(sampling, name) for name in ("temperature", "top_p", "top_k")},
        **spec.values(cell.place),
        "sample": cell.sample,
        "seed": cell.seed,
        "text": cell.text,
        "token_ids": list(cell.token_ids),
        "finish_reason": cell.finish_reason,
        "mean_logprob": _finite(cell.mean_logprob),
        "greedy_prefix": cell.greedy_prefix,
        "entropies": list(cell.entropies),
        "loaded_as": asdict(cell.loaded_as) if cell.loaded_as else None,
    }


def scores_object(scores: Sequence["TokenScore"]) -> dict[str, Any]:
    """The prediction of every token; null and no alternatives for the first one."""
    return {
        "tokens": [
            {
                "id": score.id,
                "piece": score.piece,
                "logprob": _finite(score.logprob),
                "rank": score.rank,
                "top": [
                    {"id": other.id, "piece": other.piece, "logprob": other.logprob}
                    for other in score.top
                    if math.isfinite(other.logprob)
                ],
            }
            for score in scores
        ]
    }


def pieces_object(tokenizer: "Tokenizer", ids: Sequence[int]) -> dict[str, Any]:
    """Token ids with their entries in the vocabulary."""
    return {"ids": list(ids), "pieces": [tokenizer.piece(i) for i in ids]}


def print_cells(spec: "GridSpec", cells: Sequence["Cell"]) -> None:
    """Every text under its settings."""
    for cell in cells:
        mean = "" if cell.mean_logprob is None else f"  logprob {cell.mean_logprob:.3f}"
        typer.echo(f"{spec.label(cell.place)}  seed {cell.seed}{mean}")
        typer.echo(f"  {cell.text}\n")


def print_scores(scores: Sequence["TokenScore"]) -> None:
    """Piece, log-probability and rank of every token, in columns."""
    for score in scores:
        logprob = "" if score.logprob is None else f"{score.logprob:.3f}"
        typer.echo(f"{score.piece}\t{logprob}\t{score.rank or ''}")


def print_pieces(tokenizer: "Tokenizer", ids: Sequence[int]) -> None:
    """Id and piece of every token, in columns."""
    for token_id in ids:
        typer.echo(f"{token_id}\t{tokenizer.piece(token_id)}")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
