"""Where the sandbox cannot be had the app says in one sentence what is missing, and runs
nothing."""

import os
import re
import stat
from pathlib import Path

import pytest

from core.errors import InterpreterError
from core.interpreter import launch, probe, seccomp
from core.interpreter.pool import Pool
from core.interpreter.sandbox import Sandbox
from tests.interpreter.conftest import said, shown

HEADERS = {
    "x86_64": (0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": (1, "/usr/include/asm-generic/unistd.h"),
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only one with programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def fake(folder: Path, name: str, does: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)
    return file


def test_on_another_system_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert "Linux" in (probe.missing() or "")


def test_without_bubblewrap_it_says_how_to_install_it(programs: Path) -> None:
    assert "apt-get install bubblewrap" in (probe.missing() or "")


def test_an_old_bubblewrap_is_named_by_its_version(programs: Path) -> None:
    fake(programs, "bwrap", "echo bubblewrap 0.6.1")
    assert "0.6.1" in (probe.missing() or "")


def test_a_bubblewrap_with_rights_of_root_is_refused(programs: Path) -> None:
    file = fake(programs, "bwrap", "echo bubblewrap 0.9.0")
    file.chmod(0o755 | stat.S_ISUID)
    assert "chmod u-s" in (probe.missing() or "")


def test_a_missing_package_is_named(probe_ready: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PACKAGES", ("numpy", "a_package_that_is_not_there"))
    said = probe.missing() or ""
    assert "a_package_that_is_not_there" in said
    assert "numpy" not in said


@pytest.fixture
def probe_ready(probe: object) -> None:
    """Skips where there is no sandbox to take something away from."""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("bwrap: setting up uid map: Permission denied", "AppArmor"),
        ("bwrap: No permissions to create new namespace", "max_user_namespaces"),
        ("bwrap: Creating new namespace failed: nesting depth or (ENOSPC)", "max_user_namespaces"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "mount proc"),
        ("", "no reason given"),
        ("x" * 5000, "cannot make a sandbox here"),
    ],
)
def test_what_the_system_refuses_is_explained(said: str, told: str) -> None:
    sentence = probe.refusal(said)
    assert told in sentence
    assert len(sentence) < 500


def test_a_refusal_of_the_system_is_passed_on(
    probe_ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "import sys; sys.exit('bwrap: setting up uid map: Permission denied')"
    monkeypatch.setattr(launch, "trial", lambda: ["/usr/bin/python3", "-c", said])
    assert "AppArmor" in (probe.missing() or "")


def test_nothing_runs_where_something_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "missing", lambda: "Something is missing.")
    monkeypatch.setattr(probe, "Sandbox", lambda *_: pytest.fail("one was started"))
    pool = Pool(probe.Probe().make)
    with pytest.raises(InterpreterError, match="Something is missing"):
        pool.take("a")
    pool.close()


def test_a_sandbox_that_holds_is_found_to_hold(probe_ready: None) -> None:
    sandbox = Sandbox()
    try:
        assert probe.reached(sandbox) == []
    finally:
        sandbox.end()


def test_without_the_filter_it_is_found_not_to_hold(
    probe_ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = launch.command

    def without_filter(*given: object, **named: object) -> list[str]:
        line = whole(*given, **named)  # type: ignore[arg-type]
        at = line.index("--seccomp")
        return line[:at] + line[at + 2 :]

    monkeypatch.setattr(launch, "command", without_filter)
    said = probe.Probe().reason() or ""
    assert "memory" in said
    assert "does not hold" in said


def test_with_the_machines_network_it_is_found_not_to_hold(
    probe_ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = launch.command

    def with_network(*given: object, **named: object) -> list[str]:
        line = whole(*given, **named)  # type: ignore[arg-type]
        at = line.index("--seccomp")
        line = line[:at] + line[at + 2 :]
        line.insert(line.index("--unshare-all") + 1, "--share-net")
        return line

    monkeypatch.setattr(launch, "command", with_network)
    assert "network" in (probe.Probe().reason() or "")


def test_with_the_machines_files_it_is_found_not_to_hold(
    probe_ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = launch.sources
    monkeypatch.setattr(launch, "sources", lambda: [*whole(), launch.Bound(Path("/etc"), "/etc")])
    assert "accounts" in (probe.Probe().reason() or "")


def test_attempts_whose_result_is_not_told_count_as_no_test(
    probe_ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "_TEST", "print('all is well')  # {attempts!r}")
    assert "could not be tested" in (probe.Probe().reason() or "")


def test_a_private_folder_below_what_is_shown_is_hidden(
    probe_ready: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "promptlab.db").write_text("a secret")
    (tmp_path / "lib.py").write_text("x = 1")
    whole = launch.sources
    monkeypatch.setattr(
        launch, "sources", lambda: [*whole(), launch.Bound(tmp_path, "/packages_more")]
    )
    sandbox = Sandbox(private=[tmp_path / "data", Path("/nowhere")])
    try:
        code = "import os\nprint(os.path.exists('/packages_more/lib.py'))\nos.listdir('/packages_more/data')"
        assert said(shown(sandbox, code)) == "True\nPermissionError"
    finally:
        sandbox.end()


# --- the filter -----------------------------------------------------------------------------


@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_of_calls_are_those_of_the_headers(machine: str) -> None:
    column, path = HEADERS[machine]
    if not Path(path).is_file():
        pytest.skip(f"{path} is not here")
    text = Path(path).read_text()
    known = {
        name: int(number)
        for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)
    }
    for name, numbers in {**seccomp.REFUSED, **seccomp.JUDGED}.items():
        if name in known or numbers[column] is not None:
            assert known.get(name, numbers[column]) == numbers[column], name


@pytest.mark.parametrize("machine", HEADERS)
def test_the_filter_is_one_that_the_system_takes(machine: str) -> None:
    made = seccomp.program(machine)
    steps = [made[i : i + 8] for i in range(0, len(made), 8)]
    assert len(steps) < 4096
    for place, step in enumerate(steps):
        # No test leads behind the end
        assert place + 1 + max(step[2], step[3]) < len(steps) or step[0] == 0x06
    assert steps[-1][0] == 0x06


def test_an_unknown_machine_is_named() -> None:
    with pytest.raises(InterpreterError, match="riscv64"):
        seccomp.program("riscv64")


def test_the_command_hands_on_nothing_but_what_it_names(probe_ready: None) -> None:
    line = launch.command(launch.sources(), 7, 8)
    assert "--share-net" not in line
    assert "--proc" not in line[line.index("--unshare-all") :]
    inner = line[len(line) - 1 - line[::-1].index("bwrap") :]
    writable = [inner[i + 1] for i, word in enumerate(inner) if word in ("--bind", "--dev-bind")]
    assert writable == []
    assert ("setpriv" in line) == (os.getuid() == 0)
