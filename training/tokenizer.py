"""Trains the sentencepiece model in the published tokenizer's form (BPE, byte fallback).

A blank is joined to a word last: the word is cut alike behind a blank, behind a quote and at the
beginning of a name, so that what stands in quotes can be copied piece by piece. A word's first
piece is in the vocabulary twice, with the blank and without it.

The corpus' special ids are not in it: they follow its last piece and exist only in code.
"""

import io
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

# Its classes are made at run time, where no type checker sees them
_LAYOUT: Any = sentencepiece_model_pb2
BLANK = "\u2581"
# With the nine special ids this makes 5120, a multiple of 64.
PIECES = 5111
# Pieces without a blank, control ids and bytes among them; the rest are first pieces with one.
PLAIN = 3500
# A longer Chinese piece would be half a sentence: nothing to learn reading from.
LONGEST_CHINESE = 4
INDENTS = (2, 4, 8, 12, 16)
LINES = 300_000


def train_tokenizer(
    texts: Iterable[str], path: Path, seed: int, pieces: int = PIECES, plain: int = PLAIN
) -> None:
    """Writes ``tokenizer.model`` to ``path``, trained on ``texts``; same input, same file.

    ``pieces`` in all, ``plain`` of them without a blank.
    """
    lines = [line for text in texts for line in text.split("\n") if line]
    random.Random(seed).shuffle(lines)
    words = Counter(word for line in lines[:LINES] for word in line.split(" ") if word)
    model = _without_blanks(words, plain)
    _add_blanks(model, words, pieces)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _without_blanks(words: Counter[str], pieces: int) -> Any:
    """A vocabulary of ``pieces`` in which no piece holds a blank."""
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(f"{word}\t{count}" for word, count in sorted(words.items())),
        input_format="tsv",
        model_writer=buffer,
        model_type="bpe",
        # Room for the long Chinese pieces that are dropped again
        vocab_size=pieces * 6 // 5,
        hard_vocab_limit=False,
        byte_fallback=True,
        split_digits=True,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        character_coverage=0.9999,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    model = _LAYOUT.ModelProto.FromString(buffer.getvalue())
    room = pieces - sum(len(entry.piece) == 1 for entry in model.pieces)
    kept = []
    for entry in model.pieces:
        if len(entry.piece) > 1:
            if room <= 0 or _too_long(entry.piece):
                continue
            room -= 1
        kept.append(entry)
    del model.pieces[:]
    model.pieces.extend(kept)
    return model


def _too_long(piece: str) -> bool:
    return not piece.isascii() and len(piece) > LONGEST_CHINESE


def _add_blanks(model: Any, words: Counter[str], pieces: int) -> None:
    """Adds the blank, indents, and first pieces with a blank, up to ``pieces`` in all."""
    reader = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
    first: Counter[str] = Counter()
    for word, count in words.items():
        piece = reader.id_to_piece(reader.encode(word)[0])
        # Numbers stay digit by digit
        if not piece.startswith("<0x") and not piece[0].isdigit():
            first[piece] += count
    added = [BLANK, *(BLANK * n for n in INDENTS)]
    room = max(0, pieces - len(model.pieces) - len(added))
    added += [BLANK + piece for piece, _ in first.most_common(room)]
    # The lower the score, the later the pieces are joined
    lowest = min(entry.score for entry in model.pieces)
    for rank, piece in enumerate(added):
        model.pieces.add(piece=piece, score=lowest - 1 - rank)
    model.trainer_spec.vocab_size = len(model.pieces)
    model.normalizer_spec.add_dummy_prefix = True
