"""A stand-in for vLLM: its fields as its protocol has them, over a "model" that is a table.

Source: vLLM's vllm/entrypoints/openai/completion/protocol.py and serving.py; what it sends was
compared with a running vLLM 0.32, which `make test-vllm` does again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.backends.tokenizer import Tokenizer
from tests.bad_server import Handler

MODEL = "big"


@dataclass
class TableModel:
    """Replies like vLLM with this tokenizer.

    answer: the ids that it writes, whatever is asked. most: alternatives that it tells of a place.
    tells_ids: whether it knows the field for an answer's ids. tokenizes: whether it has /tokenize.
    rows: of its output, padding too.
    """

    tokenizer: Tokenizer
    answer: Sequence[int] = ()
    most: int = 20
    tells_ids: bool = True
    tokenizes: bool = True
    window: int = 2048
    extra_rows: int = 3
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.tokenizer.vocab_size + self.extra_rows

    def logprobs(self, before: Sequence[int]) -> Any:
        """The whole distribution after these ids, shape (rows,)."""
        drawn = np.random.default_rng(list(before[-2:])).normal(size=self.rows) * 3
        return drawn - np.log(np.exp(drawn).sum())

    def __call__(self, handler: Handler) -> None:
        body = handler.body
        if handler.path.endswith("/models"):
            listed = {"id": MODEL, "owned_by": "vllm", "max_model_len": self.window}
            return handler.whole({"object": "list", "data": [listed]})
        if handler.path == "/tokenize" and self.tokenizes:
            ids = self.tokenizer.encode(body["prompt"])
            return handler.whole({"count": len(ids), "max_model_len": self.window, "tokens": ids})
        if handler.path == "/v1/completions":
            return self._complete(handler, body)
        return handler.whole({"detail": "Not Found"}, 404)

    def _complete(self, handler: Handler, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        prompt = body["prompt"]
        ids = self.tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
        asked = max(body.get("logprobs") or 0, body.get("prompt_logprobs") or 0)
        if asked > self.most:
            said = f"Requested prompt logprobs of {asked}, which is greater than max allowed: {self.most}"
            error = {"message": said, "type": "BadRequestError", "param": "logprobs", "code": 400}
            return handler.whole({"error": error}, 400)
        written = list(self.answer[: body["max_tokens"]]) or [int(self.logprobs(ids).argmax())]
        if body.get("stream"):
            return self._stream(handler, body, ids, written)
        choice: dict[str, Any] = {"index": 0, "text": self.tokenizer.decode(written)}
        choice |= {"finish_reason": "length", "logprobs": None, "prompt_logprobs": None}
        if self.tells_ids and body.get("return_token_ids"):
            choice |= {"token_ids": written, "prompt_token_ids": ids}
        if body.get("logprobs"):
            choice["logprobs"] = {"top_logprobs": [self._named(ids, body)]}
        if body.get("prompt_logprobs"):
            choice["prompt_logprobs"] = self._given(ids, body["prompt_logprobs"])
        usage = {"prompt_tokens": len(ids), "completion_tokens": len(written)}
        return handler.whole({"choices": [choice], "usage": usage})

    def _stream(
        self, handler: Handler, body: dict[str, Any], ids: Sequence[int], written: list[int]
    ) -> None:
        handler.begin()
        ends = written[-1] in body.get("stop_token_ids", self.tokenizer.stop_ids)
        for n, one in enumerate(written):
            last = n == len(written) - 1
            stopped = last and ends
            choice: dict[str, Any] = {
                "index": 0,
                "text": "" if stopped else self._piece(written, n),
                "finish_reason": ("stop" if ends else "length") if last else None,
                "stop_reason": None,
            }
            if self.tells_ids and body.get("return_token_ids"):
                choice |= {"token_ids": [one], "prompt_token_ids": ids if n == 0 else None}
            handler.event({"choices": [choice]})
        counted = {"prompt_tokens": len(ids), "completion_tokens": len(written)}
        handler.event({"choices": [], "usage": counted})
        handler.event("[DONE]")

    def _piece(self, written: list[int], n: int) -> str:
        before, now = (self.tokenizer.decode(written[:end]) for end in (n, n + 1))
        return now[len(before) :]

    def _named(self, ids: Sequence[int], body: dict[str, Any]) -> dict[str, float]:
        logprobs = self.logprobs(ids)
        named = body.get("return_tokens_as_token_ids")
        return {
            f"token_id:{i}" if named else self.tokenizer.piece(int(i)): float(logprobs[i])
            for i in np.argsort(-logprobs)[: body["logprobs"]]
        }

    def _given(self, ids: Sequence[int], count: int) -> list[Any]:
        places: list[Any] = [None]
        for at in range(1, len(ids)):
            logprobs = self.logprobs(ids[:at])
            likely = np.argsort(-logprobs)[:count].tolist()
            places.append(
                {
                    str(i): {
                        "logprob": float(logprobs[i]),
                        "rank": int((logprobs > logprobs[i]).sum()) + 1,
                        "decoded_token": "x",
                    }
                    for i in dict.fromkeys([ids[at], *likely])
                }
            )
        return places
