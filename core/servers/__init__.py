"""Models on other servers, by the chat API that OpenAI made and most servers speak.

- `listed`: which servers there are: the operator's file, and those of a visitor; their keys
- `wire`: the official client, with bounds on what a server may send
- `answer`: one streamed answer, whatever the server sends
- `probe`: what a server can, measured by small requests; `subjects`, `cards`: what was found, kept
- `backend`: all of it behind the seam; `connections`: one of them for each server
"""
