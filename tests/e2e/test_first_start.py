"""The first start of a desk: seven days on the chart, and no jump where they meet the live market."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.instruments import ASSETS
from market.history.minutes import DAY_MINUTES
from tests.support.first_start import (
    MINUTE_S,
    SLACK_MINUTES,
    desk_on,
    desk_without_network,
    minutes_of_chart,
    trading_binance,
    wait_for_chart,
)
from tests.support.running_desk import RunningDesk

DAYS = 7
LIMIT_S = 120.0
PRICE_STEP = 0.01


def without_holes(candles: list[dict[str, Any]]) -> bool:
    return all(after["time"] - before["time"] == MINUTE_S for before, after in pairwise(candles))


def first_traded_s(desk: RunningDesk, symbol: str) -> int:
    """When the first minute began that has a candle of trades, in seconds since the epoch."""
    query = (
        "select extract(epoch from min(time))::bigint from candles where symbol = %s and source = 'trades'"
    )
    with psycopg.connect(desk.database_url) as connection:
        row = connection.execute(query, [symbol]).fetchone()
    assert row is not None
    return int(row[0])


def test_without_a_network_seven_days_lead_to_the_simulated_price(tmp_path: Path) -> None:
    with desk_without_network(tmp_path, history_days=DAYS) as desk:
        wait_for_chart(desk, days=DAYS, limit_s=LIMIT_S)

        for symbol in ASSETS:
            candles = minutes_of_chart(desk, symbol)
            assert without_holes(candles)
            assert 0 <= len(candles) - DAYS * DAY_MINUTES <= SLACK_MINUTES
            # Where one minute ends the next begins, up to the first one that trades made
            live_s = first_traded_s(desk, symbol)
            made_up = [candle for candle in candles if candle["time"] < live_s]
            assert len(made_up) > DAYS * DAY_MINUTES - SLACK_MINUTES
            joints = pairwise(candles[: len(made_up) + 1])
            assert max(abs(after["open"] - before["close"]) for before, after in joints) <= PRICE_STEP * 1.01
            quote = desk.quote(symbol)
            assert quote is not None
            assert quote["source"] == "simulated"
        # And the day, the week are there too
        assert len(desk.get("/asset/candles?asset=BTC&ts=1d")["candles"]) == DAYS + 1
        assert "history not filled" not in desk.output()


def test_with_binance_seven_days_are_its_own_candles(tmp_path: Path) -> None:
    with trading_binance() as binance, desk_on(binance, tmp_path, history_days=DAYS) as desk:
        wait_for_chart(desk, days=DAYS, limit_s=LIMIT_S)

        for symbol, asset in ASSETS.items():
            # A minute counts as over a minute later: the last ones may still be missing
            past = minutes_of_chart(desk, symbol)[:-SLACK_MINUTES]
            assert without_holes(past)
            assert abs(len(past) - DAYS * DAY_MINUTES) <= 2 * SLACK_MINUTES
            first_ms, last_ms = past[0]["time"] * 1000, past[-1]["time"] * 1000
            told = binance.book.klines(asset.market, start_ms=first_ms, end_ms=last_ms, limit=len(past))
            assert [candle["time"] * 1000 for candle in past] == [kline[0] for kline in told]
            for candle, kline in zip(past, told, strict=True):
                prices = [candle["open"], candle["high"], candle["low"], candle["close"]]
                assert prices == pytest.approx(list(map(float, kline[1:5])))
                assert candle["volume"] == kline[5]
            quote = desk.quote(symbol)
            assert quote is not None
            assert quote["source"] == "binance"
        assert binance.rest.too_early == 0
