"""Trains the sentencepiece model in the published tokenizer's form (BPE, byte fallback).

The corpus' special ids are not in it: they follow its last piece and exist only in code.
"""

import io
import random
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

# With the nine special ids this makes 4096, a multiple of 64.
PIECES = 4087
LINES = 300_000


def train_tokenizer(texts: Iterable[str], path: Path, seed: int, pieces: int = PIECES) -> None:
    """Writes ``tokenizer.model`` to ``path``, trained on ``texts``; same input, same file."""
    lines = [line for text in texts for line in text.split("\n") if line]
    random.Random(seed).shuffle(lines)
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines[:LINES]),
        model_writer=buffer,
        model_type="bpe",
        vocab_size=pieces,
        byte_fallback=True,
        split_digits=True,
        add_dummy_prefix=True,
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        normalization_rule_name="identity",
        character_coverage=0.9999,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
