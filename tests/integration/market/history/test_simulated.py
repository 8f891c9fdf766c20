"""A made-up past before a simulated market's first trade."""

import pytest
import sqlalchemy as sa

from domain.instruments import ASSETS
from domain.market_model import PRICE_STEP_RAW
from market.history.filling import SIMULATED_PIECE, NoTradesYet, Piece, Sources, from_simulator
from market.history.minutes import Span
from runtime.binance import BinanceRest
from runtime.settings import Settings
from tests.support.past_candles import last_week, stored, stored_minutes, this_minute, trade_at
from tests.support.stored import store

BTC = ASSETS["BTC"]


@pytest.fixture
def sources(settings: Settings, database: sa.Engine) -> Sources:
    """Empty tables, and no exchange."""
    return Sources(settings, database, BinanceRest(settings))


def test_a_past_waits_for_the_first_trade(sources: Sources, database: sa.Engine) -> None:
    with pytest.raises(NoTradesYet, match="no trade of BTC is stored yet"):
        from_simulator(sources, BTC, last_week())
    store(database, [trade_at(this_minute(), symbol="ETH")])
    with pytest.raises(NoTradesYet):
        from_simulator(sources, BTC, last_week())


def test_it_leads_to_the_first_trade_without_a_hole_or_a_jump(sources: Sources, database: sa.Engine) -> None:
    now = this_minute()
    store(database, [trade_at(now, price=651_234_500), trade_at(now, trade_id=2, price=660_000_000)])
    span = last_week()
    filling = from_simulator(sources, BTC, span)
    pieces = list(filling.pieces)
    assert filling.missing == sum(piece.minutes for piece in pieces) == now - span.begin
    assert all(piece.stored == piece.minutes <= SIMULATED_PIECE for piece in pieces)
    candles = [each.candle for each in stored(database)]
    assert [candle.minute for candle in candles] == list(range(span.begin, now + 1))
    assert abs(candles[-2].close - candles[-1].open) <= PRICE_STEP_RAW
    assert stored_minutes(database, "trades") == [now]
    # And the next look finds nothing to do
    assert from_simulator(sources, BTC, span).missing == 0


def test_an_interrupted_past_is_gone_on_with_where_it_ended(sources: Sources, database: sa.Engine) -> None:
    now = this_minute()
    store(database, [trade_at(now)])
    span = last_week()
    pieces = from_simulator(sources, BTC, span).pieces
    assert [next(pieces), next(pieces)] == [Piece(SIMULATED_PIECE, SIMULATED_PIECE)] * 2
    before = stored(database)
    going_on = from_simulator(sources, BTC, span)
    assert going_on.missing == now - span.begin - 2 * SIMULATED_PIECE
    list(going_on.pieces)
    # Then what was there stays, and the rest leads to it
    after = stored(database)
    assert after[-len(before) :] == before
    joint = len(after) - len(before)
    assert abs(after[joint - 1].candle.close - after[joint].candle.open) <= PRICE_STEP_RAW
    assert [each.candle.minute for each in after] == list(range(span.begin, now + 1))


def test_more_days_are_added_before_those_that_are_there(sources: Sources, database: sa.Engine) -> None:
    now = this_minute()
    store(database, [trade_at(now)])
    list(from_simulator(sources, BTC, Span(now - 60, now)).pieces)
    assert list(from_simulator(sources, BTC, Span(now - 100, now)).pieces) == [Piece(40, 40)]
    assert stored_minutes(database, "simulated") == list(range(now - 100, now))


def test_the_same_first_trade_has_the_same_past(sources: Sources, database: sa.Engine) -> None:
    now = this_minute()
    pasts = []
    for _ in range(2):
        with database.begin() as connection:
            connection.execute(sa.text("TRUNCATE trades, candles, trade_batches"))
        store(database, [trade_at(now)])
        list(from_simulator(sources, BTC, Span(now - 300, now)).pieces)
        pasts.append(stored(database))
    assert pasts[0] == pasts[1]


def test_holes_after_the_first_trade_stay_holes(sources: Sources, database: sa.Engine) -> None:
    now = this_minute()
    span = Span(now - 100, now)
    # Given a desk that began an hour ago, and was down in between
    store(database, [trade_at(now - 60), trade_at(now, trade_id=2)])
    assert list(from_simulator(sources, BTC, span).pieces) == [Piece(40, 40)]
    assert stored_minutes(database, "simulated") == list(range(now - 100, now - 60))
    # And one that began before the days that are asked for
    assert from_simulator(sources, BTC, Span(now - 50, now)).missing == 0
    assert from_simulator(sources, BTC, span).missing == 0
