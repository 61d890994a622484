"""Opening a model for a command."""

import io

from core.cli.session import teller


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_reading_tells_how_long_it_will_take_and_leaves_no_line() -> None:
    out, times = Terminal(), iter((0.0, 0.5, 5.0, 10.0))
    tell = teller("large", out, lambda: next(times))
    assert tell
    tell(1, 20)
    assert out.getvalue() == ""
    tell(10, 20)
    assert out.getvalue().endswith("Loading large: 50 %, about 5 s left")
    tell(20, 20)
    assert out.getvalue().endswith("\r\x1b[K")


def test_a_pipe_hears_nothing_of_the_reading() -> None:
    assert teller("large", io.StringIO()) is None
