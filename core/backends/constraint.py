"""One answer held to a grammar, by llguidance: which tokens may come next, and what that changes.

A grammar is asked before each token in well under a millisecond; what it rules out is counted, so
that a page can say how much of an answer was the model's own.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from core.backends.call_grammar import ControlIds, reply_grammar
from core.backends.events import Held
from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.errors import EngineError
from core.i18n import _

# llguidance marks tokens that are no text with it; no character begins with that byte
_MARKER = 0xFF


class Grammars:
    """Makes constraints for the answers of one model."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def constraint(self, request: Request) -> "Constraint | None":
        """What the answer to a request is held to; None where it asks for nothing, or where nothing
        can be called. An answer that is begun has no place in a grammar of whole ones. Raises
        `EngineError` for tools that the library has no grammar for."""
        if not request.valid_calls or request.begun:
            return None
        control = self._vocabulary.control
        text = reply_grammar(self._tokenizer.call_form, request.tools, control)
        return None if text is None else Constraint(self._tokenizer, self._compiled, text)

    @cached_property
    def _vocabulary(self) -> "_Vocabulary":
        return _Vocabulary(self._tokenizer)

    @cached_property
    def _compiled(self) -> Any:
        import llguidance

        return llguidance.LLTokenizer(llguidance.TokenizerWrapper(self._vocabulary))


class _Vocabulary:
    """A tokenizer as the library asks for one."""

    bos_token_id = None

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        ids = range(tokenizer.vocab_size)
        written = [tokenizer.token_bytes(i) for i in ids]
        foreign = [i for i, raw in enumerate(written) if not raw or _MARKER in raw]
        self.control = ControlIds.of(tokenizer, foreign)
        ends = self.control.ends
        self.eos_token_id = ends[0] if ends else 0
        apart = {*ends, *self.control.others}
        self.special_token_ids = sorted(apart)
        self.tokens = [f"<|{i}|>".encode() if i in apart else written[i] for i in ids]

    def __call__(self, text: str | bytes) -> list[int]:
        """The ids of a text in the middle of another one."""
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return self._tokenizer.encode("\n" + said)[len(self._tokenizer.encode("\n")) :]


class Constraint:
    """Where one answer stands in its grammar, and what that ruled out so far.

    grammar: in the library's Lark syntax. taken: how many tokens the answer has.
    """

    def __init__(self, tokenizer: Tokenizer, compiled: Any, grammar: str) -> None:
        import llguidance

        self._ends = sorted(tokenizer.stop_ids)
        self._size = tokenizer.vocab_size
        self.grammar = grammar
        self._matcher = llguidance.LLMatcher(compiled, grammar)
        if self._matcher.is_error():
            raise EngineError(
                _("The grammar of these tools cannot be used: {reason}").format(
                    reason=self._matcher.get_error()[:200]
                )
            )
        self.taken = 0
        self._lost = False
        self._tokens = self._overruled = 0
        self._mass = 0.0

    def take(self, ids: Sequence[int]) -> None:
        """All ids of the answer so far. One that the grammar cannot follow, which no draw gives, is
        free from there on."""
        for token in ids[self.taken :]:
            self.taken += 1
            if not self._matcher.is_stopped():
                self._lost = self._lost or not self._matcher.consume_token(token)

    def allowed(self) -> npt.NDArray[np.bool_] | None:
        """Which tokens may come next, (vocabulary,); None where all may."""
        if self._lost:
            return None
        found = np.zeros(self._size, dtype=bool)
        if not self._matcher.is_stopped():
            bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
            found = np.unpackbits(bits, count=self._size, bitorder="little").astype(bool)
        if self._matcher.is_accepting():
            found[self._ends] = True
        return found if found.any() and not found.all() else None

    def note(self, mass: float, overruled: bool) -> None:
        """Count a token: the probability that was ruled out, and whether the likeliest token
        was."""
        self._tokens += 1
        self._mass += mass
        self._overruled += overruled

    @property
    def held(self) -> Held:
        """What was counted so far."""
        share = self._mass / self._tokens if self._tokens else 0.0
        return Held(self._tokens, self._overruled, share)
