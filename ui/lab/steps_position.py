"""Where stepping is: what is given and what was taken after it, which is in the URL as token ids
(`?path=`), so that a refresh and a link open the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.errors import InvalidInput
from core.tokens.path import format_path, parse_path
from ui.shell import resources

_PATH = "path"


@dataclass(frozen=True, slots=True)
class Position:
    """prompt, begun: what is given; begun belongs to the answer. path: what was taken after it.

    asked: what was typed as the prompt. chat: the answer is a reply in the model's chat format.
    """

    prompt: tuple[int, ...]
    begun: tuple[int, ...]
    path: tuple[int, ...]
    asked: str = ""
    chat: bool = True

    @property
    def ids(self) -> tuple[int, ...]:
        """All that comes before the next token."""
        return self.prompt + self.answer

    @property
    def answer(self) -> tuple[int, ...]:
        """The tokens of the answer so far."""
        return self.begun + self.path

    @property
    def step(self) -> int:
        """The number of the next token in the answer, from 0."""
        return len(self.answer)

    @property
    def ended(self) -> bool:
        """Whether the model's end was taken."""
        return bool(self.path) and self.path[-1] in resources.engine().tokenizer.stop_ids

    @property
    def full(self) -> bool:
        """Whether no token has room any more."""
        return len(self.ids) >= resources.engine().window

    def on_path(self, path: Sequence[int]) -> "Position":
        """The same with other tokens taken."""
        return replace(self, path=tuple(path))


def on_url(start: Position) -> Position:
    """The position of the URL; where it cannot be used, `start`, and why."""
    engine = resources.engine()
    room = max(0, engine.window - len(start.ids))
    try:
        return start.on_path(parse_path(st.query_params.get(_PATH, ""), engine.tokenizer, room))
    except InvalidInput as error:
        st.warning(str(error), icon=":material/link_off:")
        return start


def keep(path: Sequence[int]) -> None:
    """Put what was taken into the URL."""
    if path:
        st.query_params[_PATH] = format_path(path)
    else:
        restart()


def restart() -> None:
    """Forget what was taken."""
    st.query_params.pop(_PATH, None)
