"""Builds the embedded demonstration model: corpus, tokenizer, training, evaluation, export.

Run everything with ``python -m training``; see training/README.md for the parts.
"""

import core  # noqa: F401 - before torch: it settles how its threads wait
