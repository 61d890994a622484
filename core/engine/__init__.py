"""One loaded model, many requests at once, each a stream of typed events.

- `engine`: submit, cancel, supervise; on transformers' continuous batching (imports torch)
- `draw`: the seeded draw of the next token, independent of what else runs (imports torch)
- `logits`: logits of the next token, and of every token of an answer (imports torch)
- `scoring`: log-probabilities, ranks and alternatives of a given text (imports torch)
- `reply`: token ids to text deltas, and the parts of a ChatGLM3 reply
"""
