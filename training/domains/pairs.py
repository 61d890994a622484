"""Tables of questions and answers."""

# question wordings and answer wordings
Pairs = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
