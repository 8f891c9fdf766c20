"""What may become a row."""

import pytest

from market.trades import NotStorableError, TradeColumns, TradeRow, at_ms
from tests.support.market import NOON, NOON_MS, make_tick, make_trade


def test_a_tick_becomes_the_row_of_its_trade() -> None:
    assert TradeRow.decode(make_tick(5).encode()) == make_trade(5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("symbol", ""),
        ("symbol", "BTC\x00"),
        ("symbol", "B" * 17),
        ("trade_id", -1),
        ("trade_id", 2**63),
        ("price", 0),
        ("price", 2**63),
        ("quantity", -1),
        ("quantity", 2**63),
        ("event_time_ms", 0),
        ("event_time_ms", 2**62),
    ],
)
def test_a_tick_that_postgresql_would_refuse_is_refused_first(field: str, value: object) -> None:
    with pytest.raises(NotStorableError, match=field):
        TradeRow.decode(make_tick(5, **{field: value}).encode())


def test_trades_become_a_text_for_each_column() -> None:
    trades = [
        TradeRow("BTC", 1, NOON_MS, 645_000_000, 20, True),
        TradeRow("NULL", 2, NOON_MS + 1, 1, 0, False),
    ]
    assert TradeColumns.of(trades) == TradeColumns(
        symbols='{"BTC","NULL"}',
        trade_ids="{1,2}",
        times_ms=f"{{{NOON_MS},{NOON_MS + 1}}}",
        prices="{645000000,1}",
        quantities="{20,0}",
        buyers_are_makers="{True,False}",
    )


def test_milliseconds_become_a_time_to_the_millisecond() -> None:
    assert at_ms(NOON_MS) == NOON
    assert at_ms(NOON_MS + 7).microsecond == 7000
