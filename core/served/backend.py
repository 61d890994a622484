"""A model on a server by token ids: exact prompts, begun answers, and a look inside.

The prompt is made here, by the model's chat format, and sent as ids; what the server writes comes
back as ids where it tells them. What it tells of a distribution is read as `reading` and
`core.llama.reading` say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from core.backends import admission
from core.backends.backend import Ability, Logits, Probabilities, require
from core.backends.request import Request
from core.backends.scores import TokenScore
from core.backends.stream import Sink
from core.backends.tokenizer import Tokenizer
from core.errors import EngineError, PromptLabError
from core.i18n import _
from core.llama import draws
from core.llama.held_back import PartialTokens, StreamedIds, may_be_the_end
from core.llama.reading import Reader
from core.served.fitting import Way
from core.served.flight import IdFlight
from core.served.reading import PlaceReader
from core.servers.answer import SLACK, take_usage
from core.servers.backend import ServerBackend
from core.servers.by_ids import LLAMA, LLAMA_FIELDS, ids_in, vllm_choices
from core.servers.flight import Flight
from core.servers.listed import Server
from core.servers.subjects import Card
from core.servers.wire import TooMuch, explained

# The longest answer where neither the settings nor the server say one
_LONGEST = 4096
_ENDS = {"stop": "stop", "length": "length"}


class TokenizedServer(ServerBackend):
    """A model on a server whose tokenizer is here. All methods may be called from any thread.

    tokenizer: the server's own, as `fitting` found. way: how it is asked. window: in tokens, where
    the server told. card: as `ServerBackend` has it.
    """

    def __init__(
        self,
        server: Server,
        tokenizer: Tokenizer,
        way: Way,
        window: int | None = None,
        card: Callable[[], Card | None] = lambda: None,
    ) -> None:
        super().__init__(server, window, way.given or None, card)
        self.tokenizer, self._way = tokenizer, way
        self._reader: Reader | PlaceReader = (
            Reader(self._ask, tokenizer, way.rows)
            if way.reads == "llama.cpp"
            else PlaceReader(self._wire, tokenizer, way)
        )

    @property
    def can(self) -> frozenset[Ability]:
        found: set[Ability] = {"token_ids"}
        if self.facts.window:
            found.add("window")
        if self.tokenizer.chat:
            found.add("chat")
        if self.tokenizer.tools:
            found.add("tools")
        if self._way.writes != "text":
            found.add("begun")
        if self._way.reads:
            found |= {"logits", "scores"}
            if self._way.tells_all(self.tokenizer.vocab_size):
                found.add("exact_next")
        return frozenset(found)

    def why_not(self, ability: Ability) -> str | None:
        # Tools are written into the prompt here, and calls read here: the card asked the server.
        # As for settings, see `unheeded`
        if ability == "tools" or self._way.writes != "text":
            return None
        return super().why_not(ability)

    def unheeded(self, setting: str) -> str | None:
        # The card is of the chat API: llama.cpp and vLLM are asked by fields of their own
        return super().unheeded(setting) if self._way.writes == "text" else None

    # --- requests -------------------------------------------------------------------------

    def check(self, request: Request) -> None:
        self._ids(request)
        self._check_open()

    def _ids(self, request: Request) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], int]:
        """The ids of the prompt and of the begun answer, and how many tokens may follow."""
        if request.begun:
            require(self, "begun")
        prompt, begun = admission.request_ids(self.tokenizer, request)
        admission.check_ids(prompt + begun, self.tokenizer.vocab_size)
        window = self.facts.window or len(prompt) + len(begun) + _LONGEST
        return (prompt, begun), admission.new_tokens(request, len(prompt), len(begun), window)

    def _flight(self, request: Request, sink: Sink) -> Flight:
        ids, budget = self._ids(request)
        return IdFlight(request, sink, self.tokenizer, ids, budget, self._way.writes != "text")

    def _read(self, flight: Flight) -> None:
        assert isinstance(flight, IdFlight)
        if self._way.writes == "llama.cpp":
            self._read_llama(flight)
        else:
            self._read_completion(flight)

    def _read_llama(self, flight: IdFlight) -> None:
        body = {
            "prompt": flight.read_ids,
            "n_predict": flight.budget,
            "stream": True,
            "return_tokens": True,
            "response_fields": LLAMA_FIELDS,
            **draws.asked(flight.request.sampling, len(flight.begun), self._way.rows),
        }
        streamed, last = StreamedIds(self._partial), ""
        for pieces, event in enumerate(self._wire.events(LLAMA, body)):
            if flight.finished:
                return
            if pieces > flight.budget + SLACK:
                raise TooMuch
            known, checked = len(streamed.ids), _checked(event)
            if checked["content"] or checked["tokens"]:
                self._wire.heard()
            ids = [i for i in streamed.feed(checked) if i >= 0][: flight.budget]
            if event.get("stop"):
                last = str(event.get("stop_type"))
                break
            if streamed.open:
                # Half characters that only the server knows: from here on there is the text alone
                flight.advance(ids[:known])
                flight.write(checked["content"])
                continue
            flight.advance(ids[:-1] if may_be_the_end(self.tokenizer, ids) else ids)
            if ids and ids[-1] in self.tokenizer.stop_ids:
                # An end that is none to the server: it would go on
                flight.finish("stop")
                return
        if not last:
            raise self._too_early()
        ended = last == "eos"
        # What is missing at the very end is half a character, which no text has
        if not flight.without_ids:
            flight.advance(ids[:-1] if ended and may_be_the_end(self.tokenizer, ids) else ids)
        flight.finish("stop" if ended else "length")

    def _read_completion(self, flight: IdFlight) -> None:
        sampling, told = self._heeded(flight.request).sampling, self._way.writes == "vllm"
        asked = draws.asked(sampling, len(flight.begun), self._way.rows)
        body: dict[str, Any] = {
            "model": self.server.model,
            "prompt": flight.read_ids,
            "max_tokens": flight.budget,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if sampling.seed is not None:
            body["seed"] = asked.get("seed", sampling.seed)
        if told:
            # The server's own defaults may be the model's: all are said
            body |= {
                "top_k": sampling.top_k,
                "min_p": 0.0,
                "repetition_penalty": 1.0,
                "stop_token_ids": sorted(self.tokenizer.stop_ids),
                "return_token_ids": True,
            }
        elif sampling.top_k:
            body["top_k"] = sampling.top_k
        ids: list[int] = []
        reason = ""
        for choice, usage in vllm_choices(self._wire, body):
            if flight.finished:
                return
            take_usage(usage, flight.said)
            text, more = choice.get("text"), ids_in(choice)
            if more or (isinstance(text, str) and text):
                self._wire.heard()
            if told:
                ids += more
                flight.advance(ids[: flight.budget])
            elif isinstance(text, str) and text:
                flight.write(text)
            if len(ids) > flight.budget + SLACK or flight.said.pieces > flight.budget + SLACK:
                raise TooMuch
            if isinstance(choice.get("finish_reason"), str):
                reason = reason or choice["finish_reason"]
        if not reason:
            raise self._too_early()
        if reason not in _ENDS:
            raise EngineError(
                _("{server} broke the answer off ({reason}). Try again.").format(
                    server=self.server.host, reason=reason[:80]
                )
            )
        flight.finish("length" if reason == "length" else "stop")

    @cached_property
    def _partial(self) -> PartialTokens:
        return PartialTokens(self.tokenizer)

    # --- what the model finds of a given text ---------------------------------------------

    def check_ids(self, ids: Sequence[int]) -> None:
        """Raise `InvalidInput` unless there are ids and the tokenizer knows them all."""
        admission.check_ids(ids, self.tokenizer.vocab_size)

    def check_text(self, ids: Sequence[int]) -> None:
        """Raise `InvalidInput` or `PromptTooLong` for what cannot be read in one go."""
        self.check_ids(ids)
        if self.facts.window:
            admission.check_length(len(ids), self.facts.window)

    def score_many(
        self,
        sequences: Sequence[Sequence[int]],
        top: int = 5,
        given: Sequence[int] | None = None,
    ) -> list[list[TokenScore]]:
        """As the protocol says; the entropy is never told, the rank where the server tells it."""
        for ids in sequences:
            self.check_text(ids)
        with self._explained():
            return self._reader.score_many(sequences, top, given or [0] * len(sequences))

    def next_logits(self, ids: Sequence[int]) -> Logits:
        """As the protocol says, up to a constant: they are log-probabilities."""
        self.check_text(ids)
        with self._explained():
            return self._reader.next_logits(ids)

    def going_on_logits(self, ids: Sequence[int]) -> Logits:
        """As `next_logits`: what the server has read before, it knows itself."""
        return self.next_logits(ids)

    def answer_logits(self, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[Logits]:
        """For each token of `answer` the logits that it was drawn from, shape (vocabulary,) each;
        those of unlikely tokens are estimates."""
        self.check_ids(prompt)
        self.check_text([*prompt, *answer])
        with self._explained():
            yield from self._reader.answer_logits(prompt, answer)

    def drawn_token(self, probabilities: Probabilities, seed: int, step: int) -> int:
        """A draw made here, of the same distribution: the server's own may be another token."""
        return draws.drawn_token(probabilities, seed, step)

    def draw_counts(
        self, probabilities: Probabilities, seed: int, step: int, times: int
    ) -> npt.NDArray[np.int64]:
        """As `drawn_token`, for many seeds."""
        return draws.draw_counts(probabilities, seed, step, times)

    def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """A question of `Reader`."""
        answer = self._wire.ask(LLAMA, body)
        return answer if isinstance(answer, dict) else {}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        self._check_open()
        try:
            yield
        except PromptLabError:
            raise
        except Exception as error:  # whatever a server sends
            raise explained(self.server, error) from error


def _checked(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event of llama.cpp's with what is counted on; anything else is none of its."""
    content, count, ids = (event.get(name) for name in ("content", "tokens_predicted", "tokens"))
    ids = ids if isinstance(ids, list) else []
    return {
        "content": content if isinstance(content, str) else "",
        "tokens_predicted": count if isinstance(count, int) else 0,
        "tokens": [i for i in ids if isinstance(i, int)],
    }
