"""Token ids to text, as they come: whole characters only, and a reply's parts told apart.

A ChatGLM3 reply is one or more segments `metadata \\n content`, separated by the assistant's role
id and closed by a stop id. The metadata is empty for a plain answer and a tool's name for a tool
call. The text of a reply is its contents, without leading and trailing blanks, as the published
`process_response` gives it; a stream's deltas add up to exactly that text. A reply of any other
family is one content; a model without a chat format gives plain text, blanks and all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from core.backends.calls import CallForm, chatglm3_arguments, reply_text_parts
from core.backends.events import Part, TextPart, ToolCall
from core.messages import Message

REPLACEMENT = "\ufffd"
SEGMENT_BREAK = "\n\n"
# Tokens after which the window of a `Detokenizer` is moved on.
_WINDOW = 64


class Decoder(Protocol):
    """What this module needs of a tokenizer."""

    def decode(self, ids: Iterable[int]) -> str: ...

    def may_change(self, token_id: int) -> bool: ...


class ReplyDecoder(Decoder, Protocol):
    """A tokenizer that knows the ids which shape a reply."""

    @property
    def assistant_id(self) -> int | None: ...

    @property
    def stop_ids(self) -> frozenset[int]: ...

    @property
    def chat(self) -> bool: ...

    @property
    def call_form(self) -> CallForm | None: ...


class Detokenizer:
    """Decodes a growing sequence of ids; the deltas add up to the decoding of the whole.

    A decoder drops the blank before its first token, so each step decodes a window that reaches
    back to a token already given out, and holds back text that ends in half a character.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._window: list[int] = []
        self._given = 0

    def feed(self, ids: Sequence[int]) -> str:
        """The text that became certain with `ids`."""
        self._window += ids
        if self._window and self._decoder.may_change(self._window[-1]):
            return ""
        text = self._decoder.decode(self._window)
        if text.endswith(REPLACEMENT):
            return ""
        delta = text[self._given :]
        self._given = len(text)
        if len(self._window) > _WINDOW:
            self._shorten()
        return delta

    def finish(self) -> str:
        """What was held back, now that nothing more comes."""
        text = self._decoder.decode(self._window)
        delta = text[self._given :]
        self._given = len(text)
        return delta

    def _shorten(self) -> None:
        tail = self._window[-1:]
        text = self._decoder.decode(tail)
        if text and REPLACEMENT not in text and not text.isspace():
            self._window, self._given = tail, len(text)


class ReplyText:
    """The contents of a reply as they come, without metadata lines and outer blanks."""

    def __init__(self, decoder: ReplyDecoder) -> None:
        self._decoder = decoder
        self._segment = _Segment(decoder)
        self._pending = ""
        self._any_text = False
        self._at_start = True
        self.token_ids: list[int] = []

    def feed(self, ids: Sequence[int]) -> str:
        """The text that became certain with `ids`; stop ids give none."""
        self.token_ids += ids
        delta = ""
        for i in ids:
            if i == self._decoder.assistant_id:
                delta += self._settle(self._segment.finish())
                self._pending = SEGMENT_BREAK if self._any_text else ""
                self._at_start = True
                self._segment = _Segment(self._decoder)
            elif i not in self._decoder.stop_ids:
                delta += self._settle(self._segment.feed([i]))
        return delta

    def finish(self) -> str:
        """What was held back and belongs to the text after all."""
        return self._settle(self._segment.finish())

    def _settle(self, text: str) -> str:
        """Hold blanks back until something follows them; drop those at a segment's start."""
        if self._at_start:
            text = text.lstrip()
        if not text:
            return ""
        self._at_start = False
        whole = self._pending + text
        settled = whole.rstrip()
        self._pending = whole[len(settled) :]
        self._any_text = self._any_text or bool(settled)
        return settled


class _Segment:
    """One `metadata \\n content`; until the first line break it is open which of them comes.

    Families without such parts have the content alone.
    """

    def __init__(self, decoder: ReplyDecoder) -> None:
        self._text = Detokenizer(decoder)
        self._head: str | None = None if decoder.assistant_id is None else ""

    def feed(self, ids: Sequence[int]) -> str:
        return self._split(self._text.feed(ids))

    def finish(self) -> str:
        text = self._split(self._text.finish())
        if self._head is not None:
            text, self._head = self._head, None
        return text

    def _split(self, text: str) -> str:
        if self._head is None:
            return text
        self._head += text
        if "\n" not in self._head:
            return ""
        content = self._head.split("\n", maxsplit=1)[1]
        self._head = None
        return content


def parse_reply(decoder: ReplyDecoder, ids: Iterable[int]) -> list[Message]:
    """The segments of a whole reply as assistant messages."""
    segments: list[list[int]] = [[]]
    for i in ids:
        if i == decoder.assistant_id:
            segments.append([])
        elif i not in decoder.stop_ids:
            segments[-1].append(i)
    if decoder.assistant_id is None:
        return [Message("assistant", decoder.decode(segments[0]).strip())]
    return [_parse_segment(decoder.decode(segment)) for segment in segments]


def reply_parts(
    decoder: ReplyDecoder, ids: Iterable[int], names: Collection[str] = ()
) -> tuple[Part, ...]:
    """The parts of a whole reply: what is said, and the tools that are asked for. names: of the
    tools that were offered."""
    segments = parse_reply(decoder, ids)
    form = decoder.call_form
    if decoder.assistant_id is None and form is not None:
        return reply_text_parts(form, segments[0].content, names)
    return tuple(
        ToolCall(segment.metadata, segment.content, *chatglm3_arguments(segment.content))
        if segment.metadata
        else TextPart(segment.content)
        for segment in segments
    )


def call_arguments(raw: str) -> Mapping[str, Any] | None:
    """The arguments of a call as ChatGLM3 writes it; None for any other program."""
    return chatglm3_arguments(raw)[0]


def reply_text(segments: Iterable[Message]) -> str:
    """The text of a reply: its contents, an empty line between them."""
    return SEGMENT_BREAK.join(segment.content for segment in segments if segment.content)


def _parse_segment(text: str) -> Message:
    if "\n" not in text:
        return Message("assistant", text.strip())
    metadata, content = text.split("\n", maxsplit=1)
    return Message("assistant", content.strip(), metadata.strip())


class PlainText:
    """The text of a completion, stop ids left out; for prompts without a chat format."""

    def __init__(self, decoder: ReplyDecoder) -> None:
        self._text = Detokenizer(decoder)
        self._stop_ids = decoder.stop_ids
        self.token_ids: list[int] = []

    def feed(self, ids: Sequence[int]) -> str:
        self.token_ids += ids
        return self._text.feed([i for i in ids if i not in self._stop_ids])

    def finish(self) -> str:
        return self._text.finish()


def answer_text(tokenizer: ReplyDecoder, ids: Sequence[int], chat: bool) -> str:
    """What an answer says, as a stream of it would: contents of a reply, or plain text."""
    text = ReplyText(tokenizer) if chat else PlainText(tokenizer)
    return text.feed(ids) + text.finish()
