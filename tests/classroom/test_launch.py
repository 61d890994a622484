"""Starting a class: what the app is started with, what the teacher reads, what nobody reads."""

import os
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from core.classroom import network
from core.classroom.launch import class_link, prepared, teacher_link
from core.cli.app import app
from core.config import ClassSettings, Settings, classroom_variables
from core.errors import InvalidInput


def test_it_listens_to_the_network_and_to_its_own_names_only() -> None:
    launch = prepared(["192.168.1.5", "10.0.0.7"], ["desk", "desk.local"], 8600)
    command = launch.command()
    assert "--server.address=0.0.0.0" in command
    hosts = {part.split("=")[1] for part in command if part.startswith("--server.allowedHosts")}
    assert hosts == {*("localhost", "127.0.0.1", "192.168.1.5", "10.0.0.7", "desk", "desk.local")}
    assert launch.settings.address == "http://192.168.1.5:8600"


def test_no_secret_is_in_the_command_or_printed_with_the_settings() -> None:
    launch = prepared(["192.168.1.5"], [], 8600)
    settings = Settings.from_environment(classroom_variables(launch.settings))
    assert settings.classroom == launch.settings
    for secret in (launch.settings.key, launch.settings.code):
        assert secret not in " ".join(launch.command())
        assert secret not in repr(settings)
        assert secret not in repr(launch)


def test_the_banner_has_the_address_the_code_and_the_key() -> None:
    launch = prepared(["192.168.1.5"], [], 8600)
    said = launch.banner()
    code = launch.settings.code
    assert f"{code[:3]} {code[3:]}" in said
    assert "http://192.168.1.5:8600\n" in said
    assert teacher_link("http://localhost:8600", launch.settings.key) in said


def test_every_class_is_another_one() -> None:
    first, second = (prepared(["192.168.1.5"], [], 8600).settings for _start in range(2))
    assert first.code != second.code
    assert first.key != second.key


def test_a_class_link_leads_to_a_page_with_the_code() -> None:
    link = urlsplit(class_link("http://10.0.0.7:1", "K7M4QX", "Lessons", lesson="top-p"))
    assert link.path == "/Lessons"
    assert parse_qs(link.query) == {"lesson": ["top-p"], "join": ["K7M4QX"]}


@pytest.mark.parametrize(
    "given",
    [
        {"PROMPTLAB_CLASSROOM": "K7M4QX"},
        {"PROMPTLAB_CLASSROOM_KEY": "k" * 30},
        {"PROMPTLAB_CLASSROOM_ADDRESS": "http://10.0.0.7:1"},
        classroom_variables(ClassSettings("short", "k" * 30, "http://10.0.0.7:1")),
        classroom_variables(ClassSettings("K7M4QX", "k" * 10, "http://10.0.0.7:1")),
    ],
)
def test_half_a_class_is_refused_and_its_secrets_are_not_said(given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="belong together") as refused:
        Settings.from_environment(given)
    assert "K7M4QX" not in str(refused.value)
    assert "kkk" not in str(refused.value)


def test_without_it_there_is_no_class() -> None:
    assert Settings.from_environment({}).classroom is None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda *given: calls.append(given))
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    monkeypatch.setattr(network, "addresses", lambda: ["192.168.1.5"])
    return calls


def test_the_command_starts_the_app_with_its_secrets_in_the_environment(started: list[Any]) -> None:
    done = CliRunner().invoke(app, ["classroom"])
    assert done.exit_code == 0
    [(program, command, environment)] = started
    assert program == sys.executable
    assert command[1:5] == ["-m", "streamlit", "run", "Home.py"]
    assert environment["PROMPTLAB_CLASSROOM_KEY"] in done.output
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [(["--port", "80"], "1024 to 65535"), (["--port", "x"], "must be a number")],
)
def test_a_port_that_cannot_be_is_refused(
    started: list[Any], given: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        app(["classroom", *given])
    assert end.value.code == 2
    assert reason in capsys.readouterr().err
    assert not started


def test_without_a_network_there_is_no_class(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(network, "addresses", list)
    with pytest.raises(SystemExit):
        app(["classroom"])
    assert "on no network" in capsys.readouterr().err
    assert not started


def test_a_port_in_use_is_passed_over_or_told_of(
    started: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert network.free_port(port, tries=1) is None
        assert network.free_port(port) != port
        with pytest.raises(SystemExit):
            app(["classroom", "--port", str(port)])
    assert f"Port {port} is in use" in capsys.readouterr().err


def test_addresses_are_those_that_others_can_reach() -> None:
    for address in network.addresses():
        assert not address.startswith(("127.", "169.254.", "0."))
