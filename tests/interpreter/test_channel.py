"""What comes through the pipe may be anything: it is refused, and the app goes on in its memory.

The programs stand in the relay's place, in a real sandbox: what a model's code could make of the
relay if it ever got at its pipe.
"""

import contextlib
import json
import os
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InterpreterError
from core.interpreter import launch
from core.interpreter.frames import BadFrame, Late, Reader, packed, unpacked
from core.interpreter.frames import send as send_frame
from core.interpreter.limits import MIB, Limits
from core.interpreter.outputs import Ended, Note, Output, Text
from core.interpreter.sandbox import Sandbox
from tests.interpreter.conftest import shown

# Says that it is ready, and takes the first request; `n` is its number
HOSTILE = """
import json, os, sys, time
def take():
    size = int.from_bytes(os.read(0, 4), "big")
    data = b""
    while len(data) < size:
        data += os.read(0, size - len(data))
    return json.loads(data)
def raw(data):
    while data:
        data = data[os.write(1, data):]
def send(text):
    data = text if isinstance(text, bytes) else text.encode()
    raw(len(data).to_bytes(4, "big") + data)
def give(**message):
    send(json.dumps(message))
take()
give(id=0, type="done")
n = take()["id"]
"""


@pytest.fixture
def hostile(
    probe: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator["type[Hostile]"]:
    """Makes sandboxes whose relay is a program of the test."""
    file = tmp_path / "guest.py"
    monkeypatch.setattr(launch, "GUEST_FILE", file)
    Hostile.file = file
    yield Hostile
    for sandbox in Hostile.made:
        sandbox.end()
    Hostile.made.clear()


class Hostile:
    """A sandbox with a program in the relay's place."""

    file: Path
    made: list[Sandbox] = []  # noqa: RUF012 - emptied by the fixture

    def __init__(self, program: str) -> None:
        self.file.write_text(HOSTILE + textwrap.dedent(program))
        self.sandbox = Sandbox(Limits(grace_s=0.3))
        self.made.append(self.sandbox)

    def outputs(self) -> list[Output]:
        return shown(self.sandbox, "1", seconds=120)


BROKEN = {
    "random bytes": "raw(os.urandom(100_000))",
    "a length of four gigabytes": "raw(b'\\xff' * 4)",
    "the end in a frame": "raw(b'\\0\\0\\1\\0half')",
    "the end": "pass",
    "no JSON": "send('hello')",
    "a list": "send('[1, 2]')",
    "a number": "send('7')",
    "no text": "give(id=n, type='stream', name='stdout', text=7)",
    "no data": "give(id=n, type='display', data=[1])",
    "no type": "give(id=n)",
    "an unknown type": "give(id=n, type='run', code='1')",
    "a number for a type": "give(id=n, type=1)",
    "no number": "give(type='done')",
    "a number from the future": "give(id=n + 1, type='done')",
    "text as a number": "give(id=str(n), type='done')",
    "a broken number": "give(id=n + 0.5, type='done')",
    "deep JSON": "send('[' * 1_000_000)",
    "deep objects": "send('{\"a\":' * 500_000)",
    "not a number": "send('{\"id\": NaN}')",
    "a long integer": "send('{\"id\": ' + '9' * 100_000 + '}')",
    "bytes that are no text": 'send(b\'{"id": "\\xff\\xfe"}\')',
    "a forged end": "give(id=n, type='ended', why='all is well')",
    "a note of its own": "give(id=n, type='note', about='Please enter your password')",
    "a file that nobody asked for": "give(id=n, type='part', data='', size=0)",
}


@pytest.mark.parametrize("program", BROKEN.values(), ids=BROKEN.keys())
def test_whatever_is_no_message_ends_the_sandbox_with_our_words(
    hostile: type[Hostile], program: str
) -> None:
    one = hostile(program)
    outputs = one.outputs()
    assert outputs == [Ended(one.sandbox.why)]
    assert one.sandbox.why.startswith("The interpreter stopped")
    assert not one.sandbox.alive


ENDLESS = {
    "small messages": "while True: give(id=n, type='stream', name='stdout', text='x')",
    "large messages": "while True: give(id=n, type='stream', name='stdout', text='x' * 5_000_000)",
    "old messages": "while True: give(id=0, type='stream', name='stdout', text='x')",
    "200 MB in one": "raw((200_000_000).to_bytes(4, 'big')); raw(bytes(200_000_000))",
    "wide objects": "send(json.dumps({'id': n, 'type': 'display', 'data': {'text/plain': 'x',"
    " 'wide': {str(i): 0 for i in range(300_000)}}})); send('x')",
}


@pytest.mark.parametrize("program", ENDLESS.values(), ids=ENDLESS.keys())
def test_endless_messages_end_the_sandbox_and_take_little_memory(
    hostile: type[Hostile], program: str
) -> None:
    one = hostile(program)
    me, done, most = psutil.Process(), threading.Event(), [0]

    def look() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], me.memory_info().rss)

    before = me.memory_info().rss
    looking = threading.Thread(target=look)
    looking.start()
    outputs = one.outputs()
    done.set()
    looking.join()
    assert outputs[-1] == Ended(one.sandbox.why)
    assert not one.sandbox.alive
    assert most[0] - before < 200 * MIB


def test_nothing_at_all_ends_the_sandbox_when_its_time_is_over(hostile: type[Hostile]) -> None:
    one = hostile("time.sleep(600)")
    assert shown(one.sandbox, "1", seconds=0.3) == [Ended(one.sandbox.why)]


def test_a_frame_that_comes_byte_by_byte_does_not_stretch_the_time(hostile: type[Hostile]) -> None:
    one = hostile("raw(b'\\0\\0\\1\\0')\nwhile True: raw(b' '); time.sleep(0.05)")
    began = time.monotonic()
    assert shown(one.sandbox, "1", seconds=0.3) == [Ended(one.sandbox.why)]
    assert time.monotonic() - began < 10


def test_whoever_does_not_read_is_ended(hostile: type[Hostile]) -> None:
    one = hostile("give(id=n, type='stored')\ngive(id=n, type='done')\ntime.sleep(600)")
    one.sandbox.put("a", b"")
    # More than the pipe takes
    assert shown(one.sandbox, "#" * 190_000, seconds=0.3) == [Ended(one.sandbox.why)]
    assert not one.sandbox.alive


def test_what_belongs_to_an_earlier_request_is_not_shown(hostile: type[Hostile]) -> None:
    one = hostile(
        "give(id=n, type='done')\nn2 = take()['id']\n"
        "give(id=n, type='stream', name='stdout', text='old')\ngive(id=n, type='done')\n"
        "give(id=n2, type='stream', name='stdout', text='new')\ngive(id=n2, type='done')\n"
        "time.sleep(600)"
    )
    assert one.outputs() == []
    assert one.outputs() == [Text("new")]


def test_a_name_of_a_stream_is_one_of_two(hostile: type[Hostile]) -> None:
    one = hostile(
        "give(id=n, type='stream', name='<b>', text='x')\ngive(id=n, type='note', about='size')\n"
        "give(id=n, type='done')\ntime.sleep(600)"
    )
    assert one.outputs() == [Text("x", "stdout"), Note("size")]


FORGED_FILES = {
    "another answer": "give(id=n, type='stored')",
    "no answer": "pass",
    "two answers": "[give(id=n, type='part', data='', size=0) for _ in '12']",
    "no base64": "give(id=n, type='part', data='%%%', size=3)",
    "no data": "give(id=n, type='part', size=3)",
    "an object": "give(id=n, type='part', data={}, size=3)",
    "too much": "import base64; give(id=n, type='part',"
    " data=base64.b64encode(bytes(3 << 20)).decode(), size=3 << 20)",
}


@pytest.mark.parametrize("program", FORGED_FILES.values(), ids=FORGED_FILES.keys())
def test_a_forged_file_ends_the_sandbox(hostile: type[Hostile], program: str) -> None:
    one = hostile(f"{program}\ngive(id=n, type='done')\ntime.sleep(600)")
    with pytest.raises(InterpreterError):
        one.sandbox.get("a.txt")
    assert not one.sandbox.alive


@pytest.mark.parametrize(
    "listed",
    ["'x'", "[1]", "[['a']]", "[['a', -1]]", "[['a', 'b']]", "[[7, 1]]", "[['a', 1]] * 999"],
)
def test_a_forged_list_of_files_ends_the_sandbox(hostile: type[Hostile], listed: str) -> None:
    one = hostile(f"give(id=n, type='files', files={listed})\ngive(id=n, type='done')")
    with pytest.raises(InterpreterError):
        one.sandbox.files()
    assert not one.sandbox.alive


def test_names_that_cannot_be_shown_are_left_out(hostile: type[Hostile]) -> None:
    names = ["../up", ".hidden", "a/b", "a\x1b[31m", "a\u202eb", "", "x" * 500, "good.txt"]
    one = hostile(
        f"give(id=n, type='files', files=[[x, 1] for x in {names!r}])\ngive(id=n, type='done')\n"
        "time.sleep(600)"
    )
    assert one.sandbox.files() == {"good.txt": 1}


def test_a_reason_from_inside_has_no_control_characters(hostile: type[Hostile]) -> None:
    one = hostile(
        "give(id=n, type='refused', text='\\x1b[31m' + 'x' * 200_000)\ngive(id=n, type='done')\n"
        "time.sleep(600)"
    )
    with pytest.raises(ValueError, match="could not be read") as told:
        one.sandbox.get("a.txt")
    assert "\x1b" not in str(told.value)
    assert len(str(told.value)) < 500


# --- frames ---------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=25, deadline=None)
@given(messages=st.lists(st.dictionaries(st.text(), JSON), max_size=5), cut=st.integers(1, 7))
def test_frames_come_out_as_they_went_in(messages: list[dict], cut: int) -> None:
    data = b"".join(map(packed, messages))
    reader_end, writer_end = os.pipe()
    try:
        reader = Reader(reader_end)
        deadline = time.monotonic() + 10
        writing = threading.Thread(
            target=lambda: [
                os.write(writer_end, data[i : i + cut * 97]) for i in range(0, len(data), cut * 97)
            ]
        )
        writing.start()
        assert [reader.next(deadline) for _ in messages] == json.loads(json.dumps(messages))
        writing.join()
        with pytest.raises(Late):
            reader.next(time.monotonic())
    finally:
        os.close(reader_end)
        os.close(writer_end)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadFrame):
        assert isinstance(unpacked(data), dict)


def test_whoever_is_gone_is_noticed_when_writing() -> None:
    reader_end, writer_end = os.pipe()
    os.close(reader_end)
    os.set_blocking(writer_end, False)
    with pytest.raises(BadFrame):
        send_frame(writer_end, {"op": "run"}, time.monotonic() + 5)
    os.close(writer_end)
