"""Starting the app for a class: its secrets, what it is started with, and what the teacher reads.

The app is a program of its own. It gets its code and key in its environment, where no list of
running programs shows them.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from core.classroom.door import new_code, new_key, said
from core.config import ClassSettings
from core.i18n import _

ROOT = Path(__file__).parents[2]
# Parameters of the links: each opens the door once, and is taken out of the address
JOIN, TEACH = "join", "teach"
PORT = 8501


@dataclass(frozen=True, slots=True)
class Launch:
    """An app for a class that is to be started. hosts: every name and address that it answers
    to."""

    settings: ClassSettings
    port: int
    hosts: tuple[str, ...]

    def command(self) -> list[str]:
        """What starts it; to be run in `ROOT`."""
        allowed = [f"--server.allowedHosts={host}" for host in self.hosts]
        return [
            *(sys.executable, "-m", "streamlit", "run", "Home.py"),
            "--server.address=0.0.0.0",
            f"--server.port={self.port}",
            *allowed,
            # It would show an address that is none, and look up this computer's on the internet
            "--logger.hideWelcomeMessage=true",
        ]

    def banner(self) -> str:
        """What the teacher reads in the terminal: the only place that shows the key."""
        told = {
            _("Students open"): self.settings.address,
            _("Join code"): said(self.settings.code),
            _("Your own link"): teacher_link(f"http://localhost:{self.port}", self.settings.key),
        }
        return "\n".join(
            (
                "",
                "  " + _("Prompt Lab for a class on this network"),
                "",
                # Below each other: words of some languages are wider than they are long
                *(f"  {name}\n      {value}" for name, value in told.items()),
                "",
                "  "
                + _("Open your own link on this computer, and keep it to yourself: it is the key."),
                "  " + _("Ctrl-C ends the class."),
                "",
            )
        )


def prepared(addresses: Sequence[str], names: Sequence[str], port: int) -> Launch:
    """A class with a new code and a new key, at the first of these addresses."""
    settings = ClassSettings(new_code(), new_key(), f"http://{addresses[0]}:{port}")
    hosts = dict.fromkeys(("localhost", "127.0.0.1", *addresses, *names))
    return Launch(settings, port, tuple(hosts))


def class_link(address: str, code: str, path: str = "", **parameters: str) -> str:
    """A link that lets a student in, and leads to a page."""
    query = urlencode({**parameters, JOIN: code})
    return f"{address}/{path}?{query}"


def teacher_link(address: str, key: str) -> str:
    """The link that makes a browser the teacher's, and leads to the teacher's page."""
    return f"{address}/Lessons?{urlencode({'teacher': '1', TEACH: key})}"
