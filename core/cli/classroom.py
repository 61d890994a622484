"""The command that starts the app for a class on one network."""

import os
import sys
from typing import Annotated

import typer

from core.classroom import network
from core.classroom.launch import PORT, ROOT, prepared
from core.cli import options
from core.config import Settings, classroom_variables, with_own_environment
from core.errors import InvalidInput
from core.i18n import _


def classroom(
    port: Annotated[
        int | None,
        typer.Option(
            parser=options.number("port", int),
            help=_("The port to listen on; otherwise 8501, or the next one that is free."),
        ),
    ] = None,
) -> None:
    """Open the app to a class on this network, behind a join code."""
    if port is not None and not 1024 <= port <= 65535:
        raise InvalidInput(_("port must be 1024 to 65535, got {value}.").format(value=port))
    Settings.from_environment()
    addresses = network.addresses()
    if not addresses:
        raise InvalidInput(
            _("This computer is on no network. Connect it to the one that the class is on.")
        )
    found = network.free_port(port or PORT, tries=1 if port else 20)
    if found is None:
        raise InvalidInput(
            _("Port {port} is in use. Stop what uses it, or choose another with --port.").format(
                port=port or PORT
            )
        )
    launch = prepared(addresses, network.names(), found)
    environment = with_own_environment(classroom_variables(launch.settings))
    # What a class forbids is told here, and not on the page
    Settings.from_environment(environment)
    typer.echo(launch.banner())
    sys.stdout.flush()
    os.chdir(ROOT)
    # In the place of this program: a Ctrl-C, or whatever else ends it, reaches the app itself
    os.execve(sys.executable, launch.command(), environment)
