"""Where prompts go, if not to this machine."""

from collections.abc import Iterable
from contextlib import suppress

import streamlit as st

from core.engine.choices import choice_of
from core.errors import NotFound
from core.i18n import _
from ui.shell import resources
from ui.shell.text import label


def elsewhere(values: Iterable[str]) -> tuple[str, ...]:
    """The machines, other than this one, that models of these values are asked at; one that is not
    on offer here any more cannot be asked."""
    hosts = []
    for value in dict.fromkeys(values):
        with suppress(NotFound):
            server = choice_of(value, resources.settings()).entry.server
            if server and not server.here:
                hosts.append(server.host)
    return tuple(dict.fromkeys(hosts))


def leaving_line(hosts: Iterable[str]) -> str:
    """The sentence on where prompts go; empty where they stay."""
    named = ", ".join(hosts)
    if not named:
        return ""
    return ":material/cloud_upload: " + _(
        "What you send goes to **{host}**, and leaves this machine."
    ).format(host=label(named))


def say_leaving(hosts: Iterable[str]) -> None:
    """Draw that sentence, where there is one."""
    said = leaving_line(hosts)
    if said:
        st.caption(said)
