"""A fill that takes too long gives its worker back."""

import time
from collections.abc import Iterator

from structlog.testing import capture_logs

from domain.instruments import ASSETS
from market.history.filling import Filling, Piece
from workers.history import fill


def pieces(asked: list[int]) -> Iterator[Piece]:
    for number in range(3):
        asked.append(number)
        yield Piece(minutes=100, stored=90)


def test_all_pieces_are_done_in_time_and_what_was_stored_is_told() -> None:
    asked: list[int] = []
    with capture_logs() as logs:
        fill(Filling(300, pieces(asked)), "binance", ASSETS["BTC"], deadline=time.monotonic() + 3600)
    assert asked == [0, 1, 2]
    (told,) = logs
    assert (told["event"], told["minutes"], told["stored"]) == ("history filled", 300, 270)


def test_after_the_deadline_the_rest_is_left_to_the_next_look() -> None:
    asked: list[int] = []
    with capture_logs() as logs:
        fill(Filling(300, pieces(asked)), "binance", ASSETS["BTC"], deadline=time.monotonic())
    assert asked == [0]
    assert [(told["event"], told["minutes"], told["of"]) for told in logs] == [
        ("history filled in part", 100, 300)
    ]
