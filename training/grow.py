"""``python -m training.grow``: a checkpoint carried over to a new vocabulary and to more layers.

What it has learned stays: a piece of the new vocabulary begins as the mean of the pieces that its
text was before, and a new layer adds nothing to what passes through until it has learned to.
"""

from pathlib import Path
from typing import Annotated

import sentencepiece
import torch
import typer

from core.models.chatglm import ChatGLMConfig, ChatGLMForCausalLM
from core.models.chatglm_tokenizer import SPECIAL_TOKENS
from training import model_init
from training.export import export
from training.tokenizer import BLANK

Reader = sentencepiece.SentencePieceProcessor


def carried_over(old_rows: torch.Tensor, old: Reader, new: Reader) -> torch.Tensor:
    """Embeddings (new size, hidden) for the pieces of ``new`` from those of ``old``.

    Piece by piece: its own old row; without a blank, where only the word behind a blank was known,
    that row moved by what separates the two kinds; else the mean of the old pieces of its text.
    """
    known = {old.id_to_piece(i): i for i in range(old.get_piece_size())}
    behind = [i for piece, i in known.items() if piece[0] == BLANK and piece[1:2].isalpha()]
    inside = [i for piece, i in known.items() if piece[0].isalpha()]
    moved = old_rows[inside].mean(0) - old_rows[behind].mean(0)
    rows = []
    for i in range(new.get_piece_size()):
        piece = new.id_to_piece(i)
        if piece in known:
            rows.append(old_rows[known[piece]])
        elif BLANK + piece in known:
            rows.append(old_rows[known[BLANK + piece]] + moved)
        else:
            # A dummy blank comes before any text; a line break keeps it away from the word
            alone = piece[0] != BLANK
            parts = old.encode("\n" + piece)[2:] if alone else old.encode(piece[1:])
            rows.append(old_rows[parts].mean(0))
    first = old.get_piece_size()
    specials = old_rows[first : first + len(SPECIAL_TOKENS)]
    table = torch.cat([torch.stack(rows), specials])
    spare = -len(table) % 64
    return torch.cat([table, old_rows[3:].mean(0).expand(spare, -1)])


def deepened(model: ChatGLMForCausalLM, after: list[int]) -> ChatGLMForCausalLM:
    """The same function with a copy of each layer in ``after`` behind it that adds nothing yet."""
    order = [i for i in range(len(model.model.layers)) for _ in range(1 + after.count(i))]
    shape = ChatGLMConfig(**{**model.config.to_dict(), "num_hidden_layers": len(order)})
    grown = ChatGLMForCausalLM(shape).float()
    stored = model.state_dict()
    state = {k: v for k, v in stored.items() if not k.startswith("model.layers.")}
    for at, source in enumerate(order):
        copy = at > 0 and order[at - 1] == source
        for key, value in stored.items():
            head, _, name = key.partition(f"model.layers.{source}.")
            if not head and name:
                silent = copy and name.endswith(("o_proj.weight", "down_proj.weight"))
                state[f"model.layers.{at}.{name}"] = value * 0 if silent else value
    grown.load_state_dict(state)
    return grown


def main(
    start: Annotated[Path, typer.Argument(help="The checkpoint to begin with.")],
    out: Annotated[Path, typer.Argument(help="Folder for the new one.")],
    tokenizer: Annotated[Path | None, typer.Option(help="A new tokenizer.model.")] = None,
    after: Annotated[list[int] | None, typer.Option(help="Layers to put a new one behind.")] = None,
) -> None:
    """Writes a checkpoint that ``python -m training --start`` can go on from."""
    model = model_init.resume(start)
    vocabulary = start / "tokenizer.model"
    if tokenizer:
        old, new = (Reader(model_file=str(path)) for path in (vocabulary, tokenizer))
        rows = carried_over(model.model.embed_tokens.weight.detach(), old, new)
        model.resize_token_embeddings(len(rows), mean_resizing=False)
        model.model.embed_tokens.weight.data.copy_(rows)
        vocabulary = tokenizer
    export(deepened(model, after or []), vocabulary, out)


if __name__ == "__main__":
    typer.run(main)
