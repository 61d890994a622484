"""Builds the embedded demonstration model: corpus, tokenizer, training, evaluation, export.

Run everything with ``python -m training``; see training/README.md for the parts.
"""
