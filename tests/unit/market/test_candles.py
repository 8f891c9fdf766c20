"""The fold of trades to minutes."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.candles import INTERVALS, Minute, aligned_up, fold
from market.trades import TradeRow
from tests.support.market import NOON, make_trade, make_trades


def test_trades_of_a_minute_become_its_candle() -> None:
    # Given four trades a second apart, the dearest in the middle
    prices = [500, 900, 100, 600]
    trades = [make_trade(number, price=price, quantity=10) for number, price in enumerate(prices)]
    # Then open and close are the first's and the last's
    assert fold(trades) == [
        Minute("BTC", NOON, 500, 900, 100, 600, volume=40, trades=4, first_trade_id=0, last_trade_id=3)
    ]


def test_minutes_and_symbols_are_kept_apart_and_sorted() -> None:
    trades = make_trades(0, 500) + make_trades(0, 300, symbol="ADA")
    keys = [(minute.symbol, minute.time) for minute in fold(trades)]
    assert keys == sorted(keys)
    assert [symbol for symbol, _ in keys] == ["ADA"] * 2 + ["BTC"] * 3


def test_no_trades_make_no_candles() -> None:
    assert fold([]) == []


TRADES = st.lists(
    st.builds(
        lambda trade_id, price, quantity, symbol: make_trade(
            trade_id, price=price, quantity=quantity, symbol=symbol
        ),
        st.integers(0, 1000),
        st.integers(1, 10**9),
        st.integers(0, 10**9),
        st.sampled_from(["BTC", "ETH"]),
    ),
    unique_by=lambda trade: (trade.symbol, trade.trade_id),
    max_size=40,
)


@given(st.data(), TRADES)
def test_any_order_and_any_split_of_trades_leaves_the_same_candles(
    data: st.DataObject, trades: list[TradeRow]
) -> None:
    shuffled = data.draw(st.permutations(trades))
    cut = data.draw(st.integers(0, len(trades)))
    # When they come in two lots, each in any order
    parts = fold(shuffled[:cut]) + fold(shuffled[cut:])
    merged = [
        reduce(Minute.merge, same)
        for _, same in groupby(
            sorted(parts, key=attrgetter("symbol", "time")), key=attrgetter("symbol", "time")
        )
    ]
    # Then nothing differs from all at once in order
    assert merged == fold(sorted(trades))


def test_candles_of_different_minutes_do_not_merge() -> None:
    first, second = fold(make_trades(0, 300))
    with pytest.raises(ValueError, match="different minutes"):
        first.merge(second)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("1m", datetime(2026, 3, 4, 12, 1, tzinfo=UTC)),
        ("15m", datetime(2026, 3, 4, 12, 15, tzinfo=UTC)),
        ("4h", datetime(2026, 3, 4, 16, 0, tzinfo=UTC)),
        ("1d", datetime(2026, 3, 5, tzinfo=UTC)),
        ("1w", datetime(2026, 3, 9, tzinfo=UTC)),
    ],
)
def test_alignment_is_utc_and_weeks_begin_on_monday(interval: str, expected: datetime) -> None:
    assert aligned_up(NOON + timedelta(seconds=1), INTERVALS[interval]) == expected
    assert aligned_up(expected, INTERVALS[interval]) == expected
