"""The model on this machine: many requests at once, each a stream of typed events.

- `engine`: the backend around one loaded model, on transformers' continuous batching
- `host`: the models of a server, side by side; `residents`: what is said of them; `choices`: what
  a visitor may choose from
- `cut`, `seeded_draw`, `repeated_draws`: top_k and the nucleus; a draw that does not depend on
  what else runs; one draw or a thousand of a given distribution
- `logits`, `scoring`: what the model thinks of the next token, and of a given text
- `precision_loss`: how far a model in fewer bits is from the same in more
"""
