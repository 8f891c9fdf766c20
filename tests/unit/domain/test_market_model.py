"""The simulated market: repeatable, bounded, and with the habits of a real one."""

import math
from itertools import islice, pairwise
from statistics import mean, pstdev

import pytest

from domain.instruments import ASSETS
from domain.market_model import BOUND_FACTOR, MarketModel, ModelTrade

BTC = ASSETS["BTC"]


def trades(count: int, *, seed: int = 1, symbol: str = "BTC", trades_per_s: float = 5.0) -> list[ModelTrade]:
    return list(islice(MarketModel(seed, ASSETS[symbol], trades_per_s=trades_per_s), count))


def returns_per_second(made: list[ModelTrade]) -> list[float]:
    """Log-returns of the last price of each second, jumps cut to where they can't make every tail fat."""
    prices: list[int] = []
    elapsed_us = 0
    for before, trade in pairwise(made):
        elapsed_us += trade.wait_us
        prices.extend([before.price] * (elapsed_us // 1_000_000 - len(prices)))
    return [max(-0.002, min(0.002, math.log(after / before))) for before, after in pairwise(prices)]


def correlation(first: list[float], second: list[float]) -> float:
    a, b = mean(first), mean(second)
    covariance = mean((x - a) * (y - b) for x, y in zip(first, second, strict=True))
    return covariance / (pstdev(first) * pstdev(second))


@pytest.fixture(scope="module")
def long_run() -> list[ModelTrade]:
    return trades(100_000)


def test_the_same_seed_gives_the_same_market() -> None:
    assert trades(500, seed=3) == trades(500, seed=3)


def test_other_seeds_and_assets_give_other_markets() -> None:
    assert trades(50, seed=3) != trades(50, seed=4)
    first, second = trades(50, symbol="BTC"), trades(50, symbol="ETH")
    assert [trade.wait_us for trade in first] != [trade.wait_us for trade in second]


def test_a_market_goes_on_from_a_given_price_with_another_future() -> None:
    first = MarketModel(1, BTC, trades_per_s=5, start_price_raw=600_000_000)
    second = MarketModel(1, BTC, trades_per_s=5, start_price_raw=600_000_100)
    assert first.next_trade().price == pytest.approx(600_000_000, rel=0.01)
    assert [first.next_trade() for _ in range(20)] != [second.next_trade() for _ in range(20)]


def test_trades_come_at_the_mean_rate_that_was_asked_for(long_run: list[ModelTrade]) -> None:
    rate = len(long_run) / (sum(trade.wait_us for trade in long_run) / 1e6)
    assert rate == pytest.approx(5.0, rel=0.05)


def test_trades_come_in_bursts(long_run: list[ModelTrade]) -> None:
    waits = [float(trade.wait_us) for trade in long_run]
    # A steady random stream has 1.
    assert pstdev(waits) / mean(waits) > 1.05
    assert correlation(waits[1:], waits[:-1]) > 0.01


def test_returns_have_fat_tails_also_without_the_jumps(long_run: list[ModelTrade]) -> None:
    returns = returns_per_second(long_run)
    middle, spread = mean(returns), pstdev(returns)
    # A normal distribution has 3.
    assert mean((r - middle) ** 4 for r in returns) / spread**4 > 5


def test_volatility_clusters_while_returns_do_not_repeat(long_run: list[ModelTrade]) -> None:
    returns = returns_per_second(long_run)
    sizes = [abs(r) for r in returns]
    for lag in (1, 5, 20):
        assert correlation(sizes[lag:], sizes[:-lag]) > 0.05
    assert abs(correlation(returns[1:], returns[:-1])) < 0.1


def test_there_are_rare_jumps_of_the_size_that_is_promised(long_run: list[ModelTrade]) -> None:
    steps = [abs(math.log(after.price / before.price)) for before, after in pairwise(long_run)]
    jumps = [step for step in steps if step > 0.0029]
    # 20,000 s at one an hour.
    assert 1 <= len(jumps) <= 20
    assert max(jumps) < 0.022


def test_sellers_push_the_price_down_and_buyers_up(long_run: list[ModelTrade]) -> None:
    steps = [float(after.price - before.price) for before, after in pairwise(long_run)]
    limit = 10 * sorted(map(abs, steps))[len(steps) // 2]
    small = [(step, trade) for step, trade in zip(steps, long_run[1:], strict=True) if abs(step) < limit]
    selling = [float(trade.buyer_is_maker) for _, trade in small]
    assert correlation([step for step, _ in small], selling) < -0.2


def test_quantities_are_of_all_sizes_in_whole_lots(long_run: list[ModelTrade]) -> None:
    quantities = sorted(trade.quantity for trade in long_run)
    assert quantities[0] >= 1000
    assert all(quantity % 1000 == 0 for quantity in quantities)
    assert quantities[len(quantities) * 99 // 100] > 10 * quantities[len(quantities) // 2]


@pytest.mark.parametrize("symbol", ASSETS)
def test_prices_are_whole_price_steps(symbol: str) -> None:
    assert all(type(trade.price) is int and trade.price % 100 == 0 for trade in trades(2000, symbol=symbol))


@pytest.mark.parametrize("symbol", ASSETS)
@pytest.mark.parametrize("edge", [1, 10**15])
def test_the_price_never_leaves_its_bounds(symbol: str, edge: int) -> None:
    asset = ASSETS[symbol]
    # A trade a day: the walk is thrown far at each.
    model = MarketModel(1, asset, trades_per_s=1e-5, start_price_raw=edge)
    lowest, highest = -(-asset.reference_price_raw // BOUND_FACTOR), asset.reference_price_raw * BOUND_FACTOR
    assert all(lowest <= trade.price <= highest for trade in islice(model, 3000))
