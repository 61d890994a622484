"""A model on a server whose tokenizer is here: prompts go as token ids, and it can be seen from
inside.

- `tokenizer`: finds the tokenizer that a server's entry names
- `fitting`: whether it is the server's own, and which way the server takes and tells ids
- `flight`, `backend`: requests by ids, behind the seam
- `reading`: what the model finds likely, by what the server tells of it
- `connections`: one connection for each server, with a tokenizer here or without
"""
