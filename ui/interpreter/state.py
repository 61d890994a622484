"""What a visitor is in the middle of on the interpreter's page."""

from dataclasses import dataclass


@dataclass(slots=True)
class InterpreterState:
    """last: the conversation that was on screen last. held_in: the one that what is pending waits
    in for an answer from another window. pending: a question to ask; go_on: the conversation on
    screen is to be gone on with. unsent, refused: a question that was refused, to be put back into
    the box, and why. editing: the id of the message whose code is edited."""

    last: str | None = None
    held_in: str | None = None
    pending: str | None = None
    go_on: bool = False
    unsent: str = ""
    refused: str = ""
    editing: str | None = None
