"""A made-up past: the candle of any minute before a market's first trade, the same for the same seed.

Each follows from its minute alone, so seven days cost nothing until they are asked for; a candle opens where
the one before it closed.
"""

import math
import random
from dataclasses import dataclass

from domain.instruments import ASSET_BY_MARKET
from domain.units import PRICE_SCALE

MINUTE_MS = 60_000
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class PastKline:
    """prices: open, high, low, close; all decimals as the exchange writes them."""

    prices: tuple[str, str, str, str]
    volume: str
    trades: int


def past_kline(seed: int, market: str, open_ms: int) -> PastKline:
    """The candle of a minute."""
    minute = open_ms // MINUTE_MS
    chooser = random.Random(f"{seed} {market} {minute}")
    opens, closes = _cents(seed, market, minute), _cents(seed, market, minute + 1)
    high = max(opens, closes) + chooser.randrange(50)
    low = min(opens, closes) - chooser.randrange(50)
    cents = (opens, high, low, closes)
    return PastKline(
        prices=tuple(f"{price / 100:.8f}" for price in cents),  # type: ignore[arg-type]
        volume=f"{chooser.randrange(1, 50_000) / 1000:.8f}",
        trades=chooser.randrange(1, 2000),
    )


def _cents(seed: int, market: str, minute: int) -> int:
    """The price at the beginning of a minute: a day's wave, an hour's, and some noise."""
    noise = random.Random(f"{seed} {market} price {minute}").uniform(-0.0005, 0.0005)
    wave = 0.02 * math.sin(minute * math.tau / _DAY_MINUTES) + 0.004 * math.sin(minute * math.tau / 60)
    reference_cents: float = ASSET_BY_MARKET[market].reference_price_raw / PRICE_SCALE * 100
    return round(reference_cents * (1 + wave + noise))
