"""Models on other servers, by the chat API that OpenAI made and most servers speak.

- `listed`: which servers there are: the operator's file, and those of a visitor; their keys
- `wire`: the official client, with bounds on what a server may send
- `answer`: one streamed answer, whatever the server sends; `calls`: the tools in it
- `probe`: what a server can, measured by small requests; `subjects`, `cards`: what was found, kept;
  `reasons`: what that says against a server
- `flight`, `backend`: all of it behind the seam
- `by_ids`: what some servers can beyond that API; `core.served` has the models that are asked so
"""
