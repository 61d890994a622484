"""The class link: as an address to type, with a code, and as a picture to point a phone at."""

from functools import lru_cache
from io import BytesIO
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from core.classroom.launch import class_link
from core.i18n import _
from ui.shell import membership

_HERE = {"localhost", "127.0.0.1", "::1", ""}


def link_for_all(path: str, parameters: dict[str, str]) -> str:
    """A link to a page of this app, for whoever is to open it; in a class it lets them in."""
    room = membership.classroom()
    if room:
        return class_link(room.address, room.door.code, path, **parameters)
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(parameters)}"


def only_here() -> str:
    """What is said of a link that leads nowhere from another computer; nothing of any other."""
    host = urlsplit(st.context.url or "").hostname or ""
    if membership.classroom() or host not in _HERE:
        return ""
    return _(
        "This link works only on this computer. To let a class in over the network, start the app "
        "with `make classroom`."
    )


def qr_code(link: str) -> str:
    """A link as an SVG picture, dark on white whatever the theme: that is what cameras read."""
    return _svg(link)


@lru_cache(maxsize=64)
def _svg(link: str) -> str:
    out = BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", border=3, light="white", dark="#10151D", xmldecl=False, omitsize=True
    )
    return out.getvalue().decode("ascii")
