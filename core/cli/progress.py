"""One line on a terminal that says how far something is, and disappears at the end."""

import sys
from typing import TextIO


class ProgressLine:
    """Nothing is written where `out` is no terminal."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = sys.stderr if out is None else out
        self._shows = self._out.isatty()

    def tell(self, said: str) -> None:
        """Say this in place of what was said before."""
        if self._shows:
            self._out.write(f"\r\x1b[K{said}")
            self._out.flush()

    def end(self) -> None:
        """Take the line away."""
        self.tell("")
