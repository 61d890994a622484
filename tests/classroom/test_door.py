"""The door of a class: who gets in, and how little can be found out by trying."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.classroom.door import (
    CODE_LENGTH,
    LETTERS,
    MOST_MEMBERS,
    TRIES,
    WITHIN_S,
    Door,
    WrongCode,
    new_code,
    new_key,
    said,
)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(clock: Clock) -> Door:
    return Door("K7M4QX", "the teacher's own key", clock)


@pytest.mark.parametrize("typed", ["K7M4QX", "k7m 4qx", " K7M-4QX ", "ｋ７ｍ４ｑｘ", "k.7.m.4.q.x"])
def test_the_code_opens_however_it_is_typed(door: Door, typed: str) -> None:
    member = door.member(door.join(typed, "one"))
    assert member is not None
    assert not member.teacher


@pytest.mark.parametrize("typed", ["", "K7M4Q", "K7M4QXX", "K7M4QY", "*", "\x00", "K" * 10_000_000])
def test_no_other_code_opens(door: Door, typed: str) -> None:
    with pytest.raises(WrongCode):
        door.join(typed, "one")
    assert door.students() == 0


def test_the_key_makes_a_teacher_and_the_code_does_not(door: Door) -> None:
    member = door.member(door.teach("the teacher's own key", "one"))
    assert member is not None
    assert member.teacher
    with pytest.raises(WrongCode):
        door.teach("K7M4QX", "one")
    with pytest.raises(WrongCode):
        door.join("the teacher's own key", "one")
    assert door.students() == 0


def test_trying_is_bounded_by_address_and_time(door: Door, clock: Clock) -> None:
    for _try in range(TRIES):
        with pytest.raises(WrongCode, match="not the code"):
            door.join("WRONG2", "one")
    # Also with the right one: else trying on would tell which it is
    with pytest.raises(WrongCode, match=r"Try again in 60 seconds"):
        door.join("K7M4QX", "one")
    with pytest.raises(WrongCode, match="Too many"):
        door.teach("the teacher's own key", "one")
    assert door.member(door.join("K7M4QX", "another"))
    clock.now += WITHIN_S - 1
    with pytest.raises(WrongCode, match=r"Try again in 1 second\."):
        door.join("K7M4QX", "one")
    clock.now += 1
    assert door.member(door.join("K7M4QX", "one"))


def test_a_day_of_trying_finds_one_code_in_tens_of_thousands() -> None:
    tries = 24 * 3600 / WITHIN_S * TRIES
    assert tries / len(LETTERS) ** CODE_LENGTH < 1 / 50_000


def test_trying_from_many_threads_at_once_is_bounded_too(door: Door) -> None:
    def tried(_n: int) -> str:
        with pytest.raises(WrongCode) as refused:
            door.join("WRONG2", "one")
        return str(refused.value)

    with ThreadPoolExecutor(16) as threads:
        answers = [*threads.map(tried, range(200))]
    assert sum("not the code" in answer for answer in answers) == TRIES


def test_what_is_remembered_is_bounded(door: Door) -> None:
    keys = [door.join("K7M4QX", "one") for _student in range(MOST_MEMBERS + 10)]
    assert door.students() == MOST_MEMBERS
    assert door.member(keys[0]) is None
    assert door.member(keys[-1])
    for number in range(10_000):
        with pytest.raises(WrongCode):
            door.join("", f"address {number}")
    assert len(door._wrong) < 5000


def test_who_is_here_is_not_forgotten_for_who_comes(door: Door) -> None:
    first = door.join("K7M4QX", "one")
    for _student in range(MOST_MEMBERS + 10):
        door.join("K7M4QX", "one")
        assert door.member(first)


def test_a_key_says_nothing_of_its_member_and_a_member_opens_nothing(door: Door) -> None:
    key = door.join("K7M4QX", "one")
    member = door.member(key)
    assert member is not None
    assert member.id not in key
    assert door.member(member.id) is None
    assert door.member("") is None


def test_codes_and_keys_are_made_at_random() -> None:
    codes = {new_code() for _code in range(200)}
    assert len(codes) > 190
    assert all(re.fullmatch(f"[{LETTERS}]{{{CODE_LENGTH}}}", code) for code in codes)
    assert not set("01OILUV") & set(LETTERS)
    assert len({new_key() for _key in range(200)}) == 200
    assert min(len(new_key()) for _key in range(20)) >= 32
    assert said("K7M4QX") == "K7M 4QX"


def test_secrets_are_compared_in_constant_time(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(given: bytes, right: bytes) -> bool:
        compared.append(right)
        return given == right

    monkeypatch.setattr("core.classroom.door.secrets.compare_digest", compare)
    door.join("K7M4QX", "one")
    door.teach("the teacher's own key", "one")
    assert compared == [b"K7M4QX", b"the teacher's own key"]
