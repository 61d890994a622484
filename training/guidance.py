"""Attention shown where to look: the way from a question to the name of the tool that it needs.

A call begins with a tool's name, and in the list of tools the name stands before all that the
question says about it. To find it takes three steps, each a head's attention: in the list, from a
tool's subject to the first piece of its name; from the subject in the question to that in the list;
from where the call begins to the subject in the question. Dialogues alone do not form the three
together. Then all else is copied, so a fourth head looks at each token that is to be said next: of
the name, of its parameters' names and of their values. So for lists of tools, where the right
places are known, each step's head is pulled towards them by a loss of its own. That is part of the
training only: the model stays an ordinary ChatGLM3.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from core.models.chatglm import ChatGLMForCausalLM
from core.models.tokenizer import ChatGLMTokenizer, attach_tools
from training import corpus
from training.dialogue import Dialogue
from training.domains import tools
from training.encoding import LONGEST, Encoded, encode, pad
from training.grammar import Draw
from training.train import answer_scores

STEPS = 4
# What a name's first piece and each of the steps weigh beside the loss of all the answers' tokens.
FIRST_PIECE, STEP = 0.5, 0.3
# Dialogues from which each step's head is chosen: the one that looks best already.
CHOSEN_FROM = 12
_ENTRY = re.compile(r'\n    \{\n        "name": "')
_ARGUMENT = re.compile(r"(\w+)='([^']*)'")
# Each token that should look, and the tokens that it should look at.
Looks = list[tuple[int, list[int]]]


@dataclass(frozen=True, slots=True)
class Guided:
    """A dialogue that calls tools; ``begins`` are the first pieces of tools' and parameters' names."""

    encoded: Encoded
    begins: list[int]
    steps: tuple[Looks, Looks, Looks, Looks]


class _Text:
    """A message's text, and which tokens hold which part of it; ``begin`` is its first token."""

    def __init__(self, tokenizer: ChatGLMTokenizer, text: str, begin: int) -> None:
        self._spans: list[tuple[int, int, int, int]] = []
        at = -1  # a blank that is not in the text stands before it
        for place, one in enumerate(tokenizer.encode(text), begin):
            piece = tokenizer.piece(one)
            length = 1 if piece.startswith("<0x") else len(piece)
            self._spans.append((place, at, at + length, one))
            at += length
        self.exact = at == len(text)
        self.end = begin + len(self._spans)
        self.text = text

    def find(self, subject: str, first: int = 0, last: int | None = None) -> list[int]:
        """The tokens of every ``subject`` from ``first`` to ``last``, its words joined anyhow."""
        words = "[ _]".join(map(re.escape, subject.split()))
        pattern = re.compile(rf"(?<![A-Za-z]){words}(?![A-Za-z])", re.IGNORECASE)
        part = self.text if last is None else self.text[:last]
        found = (self.tokens(*m.span()) for m in pattern.finditer(part, first))
        return [place for places in found for place in places]

    def tokens(self, first: int, last: int) -> list[int]:
        """The tokens that hold a character from ``first`` up to before ``last``."""
        return [place for place, a, b, _ in self._spans if a < last and b > first]

    def copied(self, first: int, last: int, source: "_Text", start: int) -> Looks:
        """From before each token of a part to the same token of ``source``, where it starts so."""
        there = {(a - start, b - start, one): place for place, a, b, one in source._spans}
        inside = [span for span in self._spans if first <= span[1] and span[2] <= last]
        found = ((place, there.get((a - first, b - first, one))) for place, a, b, one in inside)
        return [(place - 1, [same]) for place, same in found if same is not None]


def guided(tokenizer: ChatGLMTokenizer, dialogue: Dialogue) -> Guided | None:
    """Where to look in ``dialogue``; None if it calls no tool or its places cannot be told."""
    if not dialogue.subjects:
        return None
    at = len(tokenizer.text_start())
    looks: tuple[Looks, Looks, Looks, Looks] = ([], [], [], [])
    listed: dict[str, list[int]] = {}
    entries: dict[str, int] = {}
    begins: list[int] = []
    asked: list[int] = []
    for message in attach_tools(dialogue.messages, dialogue.tools):
        head = _Text(tokenizer, f"{message.metadata}\n", at + 1)
        text = _Text(tokenizer, message.content, head.end)
        if not (head.exact and text.exact):
            return None
        if message.role == "system":
            system = text
            for entry, tool, subject in zip(
                _ENTRY.finditer(text.text), dialogue.tools, dialogue.subjects, strict=True
            ):
                end = text.text.index('"parameters"', entry.end())
                (name,) = text.tokens(entry.end(), entry.end() + 1)
                entries[str(tool["name"])] = entry.end()
                listed[subject] = text.find(subject, entry.end(), end)
                looks[0].extend((place, [name]) for place in listed[subject] if place > name)
        elif message.role == "user":
            question, asked = text, []
            for subject in dialogue.subjects:
                found = text.find(subject)
                looks[1].extend((place, listed[subject]) for place in found)
                asked = found or asked
        elif message.metadata and asked:
            looks[2].append((at, asked))
            begins.append(at + 1)
            place = entries[message.metadata]
            looks[3].extend(head.copied(0, len(message.metadata), system, place))
            for argument in _ARGUMENT.finditer(text.text):
                key = system.text.index(f'"{argument[1]}": {{', place) + 1
                looks[3].extend(text.copied(*argument.span(1), system, key))
                begins.extend(text.tokens(argument.start(1), argument.start(1) + 1))
                value = question.text.rfind(argument[2])
                if value >= 0:
                    looks[3].extend(text.copied(*argument.span(2), question, value))
        at = text.end
    if not begins or not all(listed.values()):
        return None
    return Guided(encode(tokenizer, dialogue), begins, looks)


def drawn(tokenizer: ChatGLMTokenizer, seed: str) -> Iterator[Guided]:
    """Endless training dialogues about two tools or more; the same seed gives the same ones."""
    draw = Draw(seed)
    while True:
        dialogue = corpus.draw_dialogue(draw, tools.call)
        one = guided(tokenizer, dialogue) if len(dialogue.tools) > 1 else None
        if one and len(one.encoded.ids) <= LONGEST:
            yield one


@contextmanager
def _watched(model: ChatGLMForCausalLM) -> Iterator[dict[int, torch.Tensor]]:
    """Each layer's attention, (rows, heads, tokens, tokens), of what the model reads meanwhile."""
    seen: dict[int, torch.Tensor] = {}

    def keep(layer: int) -> Any:
        def hook(_module: Any, _inputs: Any, outputs: Any) -> None:
            seen[layer] = outputs[1]

        return hook

    layers = enumerate(model.model.layers)
    hooks = [layer.self_attn.register_forward_hook(keep(at)) for at, layer in layers]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def layers_of(step: int, count: int) -> range:
    """The layers whose heads may take a step, in a model of ``count`` of them: later for later.

    Where to look for what to copy is a matter of any of the later ones.
    """
    if step == STEPS - 1:
        return range(count // 3, count)
    first = count * (2 + 2 * step) // 9
    return range(first, max(first + 1, count * (4 + 2 * step) // 9))


class Guide:
    """Draws lists of tools and gives their loss; switches ``model`` to the plain attention.

    All processes of a team choose the same heads.
    """

    def __init__(
        self, model: ChatGLMForCausalLM, tokenizer: ChatGLMTokenizer, seed: int, rank: int
    ) -> None:
        self._model = model
        model.set_attn_implementation("eager")
        self._source = drawn(tokenizer, f"guided {seed} {rank}")
        same = drawn(tokenizer, f"guided {seed}")
        group = [next(same) for _ in range(CHOSEN_FROM)]
        ids, _ = pad([one.encoded for one in group])
        with torch.no_grad(), _watched(model) as seen:
            model.model(input_ids=ids[:, :-1], use_cache=False)
        count = len(model.model.layers)
        self.heads: list[tuple[int, int]] = []
        for step in range(STEPS):
            layers = layers_of(step, count)
            heads = [(layer, head) for layer in layers for head in range(seen[layer].size(1))]
            heads = [head for head in heads if head not in self.heads]
            missed = [float(_missed(seen, group, step, head)) for head in heads]
            self.heads.append(heads[missed.index(min(missed))])

    def loss(self, tokens: int) -> torch.Tensor:
        """The loss of a new batch of about ``tokens`` tokens."""
        group: list[Guided] = []
        while sum(len(one.encoded.ids) for one in group) < tokens:
            group.append(next(self._source))
        ids, learn = pad([one.encoded for one in group])
        with _watched(self._model) as seen:
            scores, wanted = answer_scores(self._model, ids, learn)
        each = cross_entropy(scores, wanted, reduction="none")
        begins = torch.zeros_like(learn)
        for row, one in enumerate(group):
            begins[row, one.begins] = True
        first = each[begins[learn]]
        steps = [_missed(seen, group, step, head) for step, head in enumerate(self.heads)]
        return each.mean() + FIRST_PIECE * first.mean() + STEP * torch.stack(steps).sum()


def _missed(
    seen: dict[int, torch.Tensor], group: list[Guided], step: int, head: tuple[int, int]
) -> torch.Tensor:
    """Minus the logarithm of the attention that falls where ``step`` should look, on average."""
    layer, at = head
    looks = [(row, *look) for row, one in enumerate(group) for look in one.steps[step]]
    rows, places = torch.tensor([(row, place) for row, place, _ in looks]).T
    right = torch.zeros(len(looks), seen[layer].size(-1))
    for i, (_, _, targets) in enumerate(looks):
        right[i, targets] = 1.0
    held = (seen[layer][rows, at, places].float() * right).sum(-1)
    return -(held + 1e-4).log().mean()
