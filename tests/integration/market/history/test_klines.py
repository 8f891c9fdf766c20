"""Days of the exchange's candles, from a small Binance into PostgreSQL."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from domain.instruments import ASSETS
from market.history.filling import Piece, Sources, from_klines
from market.history.klines import MalformedKline, decode_klines
from market.history.minutes import MINUTE_MS, MinuteCandle, Span
from market.history.store import store_klines, store_simulated
from runtime.binance import ROWS_MAX, BinanceAway, BinanceLimited, BinanceRest
from runtime.settings import Settings
from tests.support.binance import FakeRest, fake_rest
from tests.support.past_candles import (
    WEEK_MINUTES,
    Stored,
    last_week,
    stored,
    stored_minutes,
    this_minute,
    trade_at,
)
from tests.support.stored import store

BTC = ASSETS["BTC"]
KLINES = "/api/v3/klines"


@pytest.fixture
def rest() -> Iterator[FakeRest]:
    """The exchange, with a past."""
    with fake_rest() as rest:
        yield rest


@pytest.fixture
def sources(settings: Settings, database: sa.Engine, rest: FakeRest) -> Sources:
    """Empty tables, and a client that doesn't wait for a limit."""
    settings = settings.model_copy(
        update={"binance_rest_urls": (rest.url,), "binance_rest_tries": 2, "binance_rest_wait_max_s": 0.5}
    )
    return Sources(settings, database, BinanceRest(settings))


def told(rest: FakeRest, span: Span) -> list[MinuteCandle]:
    """What the exchange says of the minutes."""
    rows = rest.book.klines(
        BTC.market, start_ms=span.begin * MINUTE_MS, end_ms=span.end * MINUTE_MS - 1, limit=span.minutes
    )
    return decode_klines(rows, span)


def asked_minutes(rest: FakeRest) -> list[int]:
    """The minutes that were asked for, in the order of asking."""
    return [
        minute
        for asked in rest.asked
        for minute in range(
            int(asked.fields["startTime"]) // MINUTE_MS, int(asked.fields["endTime"]) // MINUTE_MS + 1
        )
    ]


def test_a_week_comes_in_pages_the_newest_first_and_then_nothing_is_missing(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    span = last_week()
    filling = from_klines(sources, BTC, span)
    assert filling.missing == span.minutes == WEEK_MINUTES - 1
    pieces = list(filling.pieces)
    assert sum(piece.minutes for piece in pieces) == sum(piece.stored for piece in pieces) == span.minutes
    assert [each.candle for each in stored(database)] == told(rest, span)
    assert {each.source for each in stored(database)} == {"binance"}
    assert rest.paths() == [KLINES] * 11
    starts = [int(asked.fields["startTime"]) for asked in rest.asked]
    assert starts == sorted(starts, reverse=True)
    # And the next look asks nothing
    again = from_klines(sources, BTC, span)
    assert (again.missing, list(again.pieces)) == (0, [])
    assert len(rest.asked) == 11


def test_what_an_interrupted_fill_has_stored_is_not_asked_for_again(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    span = last_week()
    # Given a fill that ends after three pages
    first = from_klines(sources, BTC, span).pieces
    for _ in range(3):
        assert next(first) == Piece(ROWS_MAX, ROWS_MAX)
    assert stored_minutes(database, "binance") == list(range(span.end - 3000, span.end))
    # When another goes on
    rest_of_it = from_klines(sources, BTC, span)
    assert rest_of_it.missing == span.minutes - 3000
    list(rest_of_it.pieces)
    # Then all is there, and each minute was asked for once
    assert stored_minutes(database, "binance") == list(range(span.begin, span.end))
    assert sorted(asked_minutes(rest)) == list(range(span.begin, span.end))


def test_holes_are_healed_with_one_request_where_they_fit_into_one(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    # Given a day but for the holes of a poller that was down three times
    span = Span(this_minute() - 1440, this_minute() - 2)
    holes = {span.begin + 3, *range(span.begin + 100, span.begin + 130), span.end - 1}
    with database.begin() as connection:
        store_klines(connection, "BTC", [each for each in told(rest, span) if each.minute not in holes])
    filling = from_klines(sources, BTC, span)
    assert filling.missing == len(holes)
    assert list(filling.pieces) == [Piece(1, 1), Piece(31, 31)]
    assert [each.candle for each in stored(database)] == told(rest, span)
    assert len(rest.asked) == 2


def test_minutes_of_trades_and_made_up_ones_are_replaced_by_the_exchanges(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    # Given a minute of which the feed saw half, one that was made up, and the minute that it is
    now = this_minute()
    span = Span(now - 60, now - 1)
    flat = MinuteCandle(now - 21, 500, 500, 500, 500, 0, 0)
    store(database, [trade_at(now - 20), trade_at(now, trade_id=2)])
    with database.begin() as connection:
        store_simulated(connection, "BTC", [flat])
    list(from_klines(sources, BTC, span).pieces)
    kept = stored(database)
    assert kept[:-1] == [Stored(candle, "binance") for candle in told(rest, span)]
    # Then the open one stays as trades make it
    assert (kept[-1].candle.minute, kept[-1].source) == (now, "trades")


def test_a_limit_ends_the_fill_and_keeps_what_was_stored(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    span = last_week()
    pieces = from_klines(sources, BTC, span).pieces
    next(pieces)
    rest.limit(120, status=418)
    with pytest.raises(BinanceLimited) as limited:
        next(pieces)
    assert 100 < limited.value.retry_after_s <= 120
    # And as long as the ban lasts nothing is sent
    for _ in range(3):
        with pytest.raises(BinanceLimited):
            next(from_klines(sources, BTC, span).pieces)
    assert rest.too_early == 0
    assert len(rest.asked) == 2
    assert len(stored(database)) == ROWS_MAX


def test_a_429_is_waited_for(settings: Settings, database: sa.Engine, rest: FakeRest) -> None:
    patient = settings.model_copy(update={"binance_rest_urls": (rest.url,), "binance_rest_wait_max_s": 10.0})
    span = Span(this_minute() - 60, this_minute() - 1)
    rest.limit(1)
    list(from_klines(Sources(patient, database, BinanceRest(patient)), BTC, span).pieces)
    assert rest.too_early == 0
    assert [asked.status for asked in rest.asked] == [429, 200]
    assert stored_minutes(database, "binance") == list(range(span.begin, span.end))


def test_no_more_weight_is_used_than_the_settings_say(
    sources: Sources, database: sa.Engine, rest: FakeRest
) -> None:
    # Given as much weight as five pages cost; waiting for the next minute would take too long
    thrifty = sources.settings.model_copy(update={"binance_weight_max": 10})
    pieces = from_klines(Sources(thrifty, database, BinanceRest(thrifty)), BTC, last_week()).pieces
    with pytest.raises(BinanceLimited):
        list(pieces)
    # Unless a minute of the clock began in between
    assert len(rest.asked) in {5, 10}


def test_an_exchange_that_is_away_is_said_and_stores_nothing(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    rest.fail(503)
    with pytest.raises(BinanceAway):
        list(from_klines(sources, BTC, last_week()).pieces)
    assert stored(database) == []


def test_an_answer_that_is_no_klines_is_refused_whole(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    span = Span(this_minute() - 10, this_minute() - 1)
    good = rest.book.klines(BTC.market, start_ms=span.begin * MINUTE_MS, end_ms=None, limit=2)
    broken = f"[{good[0]}, {good[1][:6]}]".replace("'", '"')
    rest.answer_with(broken.encode())
    with pytest.raises(MalformedKline, match="has 6 fields"):
        list(from_klines(sources, BTC, span).pieces)
    assert stored(database) == []


def test_minutes_that_the_exchange_has_nothing_of_stay_missing(
    sources: Sources, rest: FakeRest, database: sa.Engine
) -> None:
    span = Span(this_minute() - 10, this_minute() - 1)
    rest.answer_with(b"[]")
    assert list(from_klines(sources, BTC, span).pieces) == [Piece(9, 0)]
    assert from_klines(sources, BTC, span).missing == 9
