"""Who runs in which slot: a prompt is read once, nobody waits without a reason."""

from hypothesis import given
from hypothesis import strategies as st

from core.llama.slots import KEEP, TAKE_OVER, WAIT, Kept, Slots, shared

LONG = tuple(range(1000, 1000 + 2 * KEEP))
OTHER = tuple(range(5000, 5000 + 2 * KEEP))


@given(
    beginning=st.lists(st.integers(0, 3), max_size=40),
    one=st.lists(st.integers(0, 3), max_size=40),
    other=st.lists(st.integers(0, 3), max_size=40),
)
def test_what_two_have_in_common(beginning: list[int], one: list[int], other: list[int]) -> None:
    a, b = beginning + one, beginning + other
    count = shared(a, b)
    assert len(beginning) <= count <= min(len(a), len(b))
    assert a[:count] == b[:count]
    assert a[count : count + 1] != b[count : count + 1] or count == len(a) == len(b)


def test_a_long_prompt_is_read_by_one_and_waited_for_by_the_others() -> None:
    slots = Slots(3, 1000)
    first = slots.place(LONG)
    assert first
    assert first.keep
    assert slots.place((*LONG, 1)) is None
    # A stranger does not wait for it
    assert slots.place(OTHER)
    # It has been read, and kept
    first.slot.reading = None
    slots.add(Kept("a", LONG, 10))
    second = slots.place((*LONG, 1))
    assert second
    assert second.take
    assert second.take.name == "a"
    assert not second.keep


def test_short_prompts_wait_for_nobody_and_are_not_kept() -> None:
    slots = Slots(2, 1000)
    places = [slots.place(LONG[: WAIT - 1]) for _n in range(2)]
    assert all(place and not place.keep and place.take is None for place in places)
    assert slots.place(LONG[: WAIT - 1]) is None
    assert not slots.free


def test_who_comes_back_gets_the_slot_that_knows_it() -> None:
    slots = Slots(3, 1000)
    first, second = slots.place(LONG), slots.place(OTHER)
    assert first
    assert second
    slots.done(second.slot, OTHER)
    slots.done(first.slot, LONG)
    again = slots.place((*LONG, 7))
    assert again
    assert again.slot is first.slot
    assert again.take is None


def test_a_beginning_that_all_share_takes_no_slot_from_who_used_it_last() -> None:
    slots = Slots(2, 1000)
    begin = LONG[: TAKE_OVER - 1]
    first = slots.place((*begin, *OTHER))
    assert first
    slots.done(first.slot, (*begin, *OTHER))
    second = slots.place((*begin, 3, 4, 5))
    assert second
    assert second.slot is not first.slot


def test_a_reader_that_fails_lets_the_others_read() -> None:
    slots = Slots(2, 1000)
    first = slots.place(LONG)
    assert first
    assert slots.place(LONG) is None
    slots.done(first.slot, ())
    second = slots.place(LONG)
    assert second
    assert second.keep


@given(sizes=st.lists(st.integers(1, 60), max_size=12))
def test_kept_states_stay_within_their_bounds(sizes: list[int]) -> None:
    slots = Slots(1, 100)
    gone = [k.name for n, size in enumerate(sizes) for k in slots.add(Kept(str(n), (n,), size))]
    assert sum(k.bytes for k in slots.kept) <= 100 or len(slots.kept) == 1
    # The oldest go first, each is told once
    assert gone + [k.name for k in slots.kept] == [str(n) for n in range(len(sizes))]
