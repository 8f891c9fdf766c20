"""Which messages a client is told, whatever comes in between: each once, in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprints.stream.following import Following, Interrupted, TooFarBehind


def frame(seq: int) -> bytes:
    return b"%d" % seq


def following() -> Following:
    """One that has let go of what it held at first."""
    place = Following("somebody", held_max=1000)
    assert place.release() == []
    return place


def test_live_messages_are_told_as_they_come() -> None:
    place = following()

    assert [place.live(seq, frame(seq)) for seq in (7, 8, 9)] == [b"7", b"8", b"9"]
    assert (place.first, place.told) == (7, 9)


def test_what_is_held_is_told_when_it_is_let_go() -> None:
    place = Following("somebody", held_max=1000)

    assert place.live(4, frame(4)) is None
    assert place.live(5, frame(5)) is None

    assert place.release() == [b"4", b"5"]
    assert place.live(6, frame(6)) == b"6"


def test_what_was_told_otherwise_is_not_told_again() -> None:
    place = Following("somebody", held_max=1000)
    for seq in (4, 5, 6):
        place.live(seq, frame(seq))

    place.caught_up(5)

    assert place.release() == [b"6"]
    assert place.live(6, frame(6)) is None
    assert place.live(7, frame(7)) == b"7"


def test_a_message_that_is_missing_is_noticed() -> None:
    place = following()
    place.live(4, frame(4))

    with pytest.raises(Interrupted):
        place.live(6, frame(6))


def test_one_that_is_missing_after_what_was_caught_up_is_noticed_too() -> None:
    place = Following("somebody", held_max=1000)
    place.live(9, frame(9))
    place.caught_up(7)

    with pytest.raises(Interrupted):
        place.release()


def test_no_more_is_held_than_may_be() -> None:
    place = Following("somebody", held_max=3)
    for seq in (1, 2, 3):
        place.live(seq, frame(seq))

    with pytest.raises(TooFarBehind):
        place.live(4, frame(4))


def test_looking_back_ends_where_live_messages_began() -> None:
    place = following()
    place.live(7, frame(7))
    place.hold()
    assert place.live(8, frame(8)) is None
    assert place.first == 7

    # 5 and 6 were looked up.
    place.caught_up(6)

    assert place.told == 7
    assert place.release() == [b"8"]


@given(
    had=st.integers(0, 20),
    missed=st.integers(0, 20),
    before=st.integers(0, 10),
    during=st.integers(0, 10),
    after=st.integers(0, 10),
)
def test_whenever_the_look_back_ends_all_is_told_once_in_order(
    had: int, missed: int, before: int, during: int, after: int
) -> None:
    """before: live ones until it was read how far the account is; during: while events were looked up."""
    place = Following("somebody", held_max=1000)
    told = []
    seen = had + missed + before
    for seq in range(had + missed + 1, seen + during + 1):
        assert place.live(seq, frame(seq)) is None
    told += [frame(seq) for seq in range(had + 1, seen + 1)]
    place.caught_up(seen)
    told += place.release()
    for seq in range(seen + during + 1, seen + during + after + 1):
        told += filter(None, [place.live(seq, frame(seq))])

    assert told == [frame(seq) for seq in range(had + 1, seen + during + after + 1)]
