"""A simulated market's past: leads to its price, and looks like it."""

import math
from collections import Counter
from itertools import islice, pairwise
from statistics import mean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import ASSETS
from domain.market_model import PRICE_STEP_RAW, MarketModel
from market.history.minutes import DAY_MINUTES, MinuteCandle, Span
from market.history.simulated import TRADES_PER_MINUTE, simulated_past

BTC = ASSETS["BTC"]
MINUTE = 29_544_000
LIVE_TRADES_PER_S = 20.0


def past(
    minutes: int = 300, *, symbol: str = "BTC", seed: int = 1, end: int = MINUTE, leads_to: int = 645_001_200
) -> list[MinuteCandle]:
    span = Span(end - minutes, end)
    return simulated_past(seed, ASSETS[symbol], span, leads_to=leads_to, live_trades_per_s=LIVE_TRADES_PER_S)


@pytest.fixture(scope="module")
def week() -> list[MinuteCandle]:
    return past(7 * DAY_MINUTES)


def test_there_is_a_candle_for_each_minute(week: list[MinuteCandle]) -> None:
    assert [candle.minute for candle in week] == list(range(MINUTE - 7 * DAY_MINUTES, MINUTE))


@given(st.sampled_from(sorted(ASSETS)), st.integers(-15, 15), st.integers(0, 10**6), st.integers(1, 90))
def test_the_last_close_is_the_price_to_lead_to(symbol: str, factor: int, cents: int, minutes: int) -> None:
    # Given a live price anywhere in the market's bounds, on the exchange's step
    reference = ASSETS[symbol].reference_price_raw
    anywhere = reference * (1 + factor) if factor >= 0 else reference // (1 - factor)
    leads_to = (anywhere + cents) // PRICE_STEP_RAW * PRICE_STEP_RAW
    assert past(minutes, symbol=symbol, leads_to=leads_to)[-1].close == leads_to


def test_a_price_between_two_steps_is_met_within_one() -> None:
    assert abs(past(leads_to=645_001_234)[-1].close - 645_001_234) < PRICE_STEP_RAW


def test_the_same_arguments_give_the_same_past_and_others_another() -> None:
    assert past() == past()
    closes = [candle.close for candle in past()]
    for other in (past(seed=2), past(end=MINUTE + 1), past(symbol="ETH")):
        assert [candle.close for candle in other] != closes


def test_the_past_is_not_what_a_live_market_that_starts_at_its_price_will_do() -> None:
    live = MarketModel(1, BTC, trades_per_s=TRADES_PER_MINUTE / 60, start_price_raw=645_001_200)
    minutes: Counter[int] = Counter()
    elapsed_us = 0
    for trade in islice(live, 100):
        elapsed_us += trade.wait_us
        minutes[elapsed_us // 60_000_000] += trade.quantity
    # In the past each of the few trades stands for many
    busier = round(LIVE_TRADES_PER_S * 60 / TRADES_PER_MINUTE)
    assert [candle.volume // busier for candle in past()[:5]] != [minutes[number] for number in range(5)]


def test_candles_are_whole_and_on_the_exchanges_steps(week: list[MinuteCandle]) -> None:
    for candle in week:
        assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
        assert all(type(price) is int and price % PRICE_STEP_RAW == 0 for price in candle[1:5])
        assert (candle.volume == 0) == (candle.trades == 0)


def test_each_minute_opens_where_the_one_before_closed(week: list[MinuteCandle]) -> None:
    assert all(after.open == before.close for before, after in pairwise(week))


def test_no_minute_moves_further_than_the_markets_jumps_can(week: list[MinuteCandle]) -> None:
    # The model's jumps are of up to 2 %, one an hour.
    assert max(math.log(candle.high / candle.low) for candle in week) < 0.05


def test_it_moves_as_much_as_the_live_market(week: list[MinuteCandle]) -> None:
    live: list[int] = []
    elapsed_us = 0
    for trade in islice(MarketModel(5, BTC, trades_per_s=LIVE_TRADES_PER_S), 100_000):
        elapsed_us += trade.wait_us
        live.extend([trade.price] * (elapsed_us // 60_000_000 - len(live)))

    def spread(prices: list[int]) -> float:
        """Of a minute's return, jumps cut off."""
        return pstdev(max(-0.003, min(0.003, math.log(after / before))) for before, after in pairwise(prices))

    assert spread([candle.close for candle in week]) == pytest.approx(spread(live), rel=0.5)


def test_volumes_are_of_the_live_markets_size(week: list[MinuteCandle]) -> None:
    live = list(islice(MarketModel(5, BTC, trades_per_s=LIVE_TRADES_PER_S), 50_000))
    minutes = sum(trade.wait_us for trade in live) / 60_000_000
    per_minute = sum(trade.quantity for trade in live) / minutes
    assert mean(candle.volume for candle in week) == pytest.approx(per_minute, rel=0.25)
    assert mean(candle.trades for candle in week) == pytest.approx(len(live) / minutes, rel=0.1)


@pytest.mark.parametrize("symbol", ASSETS)
@pytest.mark.parametrize("at", ["price_min", "price_max"])
def test_prices_stay_in_the_markets_bounds(symbol: str, at: str) -> None:
    model = MarketModel(1, ASSETS[symbol], trades_per_s=1)
    for candle in past(3 * DAY_MINUTES, symbol=symbol, leads_to=getattr(model, at)):
        assert model.price_min <= candle.low <= candle.high <= model.price_max
