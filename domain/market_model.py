"""A made-up market that looks like one: a pure, seeded generator of trades, without a clock.

What it shows: volatility that clusters (two mean-reverting log-volatilities, of seconds and of minutes), fat
tails (Student's t steps and rare jumps of 0.3 to 2 %), bursts of trades, buyers and sellers who follow each
other, trades at the bid or the ask, log-normal sizes. The walk is computed in floats inside; what leaves is
whole raw prices on the exchange's price steps.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from domain.instruments import Asset
from domain.units import PRICE_SCALE, QUANTITY_SCALE

# The walk is reflected here, as multiples of the asset's reference price.
BOUND_FACTOR = 20
# Exchange price step: $0.01. Lot: five decimals.
PRICE_STEP_RAW: int = PRICE_SCALE // 100
_LOTS_PER_UNIT = 10**5
QUANTITY_STEP_RAW: int = QUANTITY_SCALE // _LOTS_PER_UNIT

_VOLATILITY_PER_ROOT_S = 1.1e-4  # about 60 % a year before jumps
_VOLATILITY_FACTORS = ((20.0, 0.45), (600.0, 0.55))  # (memory in s, spread of the log)
_STEP_FREEDOM = 5  # Student's t
_SIDE_PERSISTS = 0.65
_SIDE_PULL = 0.35  # correlation of a step with its aggressor's side
_HALF_SPREAD = 1.5e-5
_BURST_SPEED = 8.0
_BURST_BEGINS = 1 / 400  # per trade
_BURST_ENDS = 1 / 60
_BURST_VOLATILITY = 1.6
_JUMPS_PER_S = 1 / 3600
_JUMP_SIZES = (0.003, 0.02)
_JUMP_EXCITES = 1.0  # added to the fast log-volatility
_NOTIONAL_MEDIAN_USD = 150.0
_NOTIONAL_SPREAD = 1.4  # of the log


@dataclass(frozen=True, slots=True)
class ModelTrade:
    """One trade: microseconds after the one before, price raw, quantity x 10^8."""

    wait_us: int
    price: int
    quantity: int
    buyer_is_maker: bool


class MarketModel:
    """One asset's market. The same arguments give the same trades, for ever."""

    def __init__(
        self, seed: int | str, asset: Asset, *, trades_per_s: float, start_price_raw: int | None = None
    ) -> None:
        reference = asset.reference_price_raw
        self.price_min = -(-reference // BOUND_FACTOR // PRICE_STEP_RAW) * PRICE_STEP_RAW
        self.price_max = reference * BOUND_FACTOR // PRICE_STEP_RAW * PRICE_STEP_RAW
        start = min(max(start_price_raw or reference, self.price_min), self.price_max)
        # The start is part of the seed: a restarted market must not live the same hour again.
        self._random = random.Random(f"{seed}/{asset.symbol}/{start}")
        self._log_price = math.log(start)
        self._log_bounds = math.log(self.price_min), math.log(self.price_max)
        self._log_volatilities = [0.0 for _ in _VOLATILITY_FACTORS]
        self._side = 1
        self._bursting = False
        # Chosen so that calm and bursts together give the mean rate.
        trades_per_cycle = 1 / _BURST_BEGINS + 1 / _BURST_ENDS
        calm_waits = 1 / _BURST_BEGINS + 1 / _BURST_ENDS / _BURST_SPEED
        self._calm_rate = trades_per_s * calm_waits / trades_per_cycle

    def __iter__(self) -> Iterator[ModelTrade]:
        while True:
            yield self.next_trade()

    def next_trade(self) -> ModelTrade:
        """The next trade of the market."""
        self._switch_burst()
        rate = self._calm_rate * (_BURST_SPEED if self._bursting else 1.0)
        wait_s = self._random.expovariate(rate)
        if self._random.random() > _SIDE_PERSISTS:
            self._side = -self._side
        self._move(wait_s)
        price = self._trade_price()
        return ModelTrade(
            wait_us=max(1, round(wait_s * 1e6)),
            price=price,
            quantity=self._quantity(price),
            buyer_is_maker=self._side < 0,
        )

    def _switch_burst(self) -> None:
        chance = _BURST_ENDS if self._bursting else _BURST_BEGINS
        if self._random.random() < chance:
            self._bursting = not self._bursting

    def _move(self, wait_s: float) -> None:
        """Moves the middle price by what happens in so many seconds."""
        step = _SIDE_PULL * self._side + math.sqrt(1 - _SIDE_PULL**2) * self._heavy_normal()
        log_price = self._log_price + self._volatility(wait_s) * math.sqrt(wait_s) * step
        if self._random.random() < 1 - math.exp(-wait_s * _JUMPS_PER_S):
            log_price += self._random.choice((-1, 1)) * self._random.uniform(*_JUMP_SIZES)
            self._log_volatilities[0] += _JUMP_EXCITES
        low, high = self._log_bounds
        if log_price < low:
            log_price = 2 * low - log_price
        elif log_price > high:
            log_price = 2 * high - log_price
        self._log_price = min(max(log_price, low), high)

    def _volatility(self, wait_s: float) -> float:
        """Of one second, now; the log-volatilities revert to their mean with their memory."""
        total = 0.0
        for number, (memory_s, spread) in enumerate(_VOLATILITY_FACTORS):
            kept = math.exp(-wait_s / memory_s)
            shock = spread * math.sqrt(1 - kept * kept) * self._random.gauss(0, 1)
            self._log_volatilities[number] = kept * self._log_volatilities[number] + shock
            total += self._log_volatilities[number]
        return _VOLATILITY_PER_ROOT_S * math.exp(total) * (_BURST_VOLATILITY if self._bursting else 1.0)

    def _heavy_normal(self) -> float:
        """Student's t, scaled to variance 1."""
        chi_square = self._random.gammavariate(_STEP_FREEDOM / 2, 2)
        scale = math.sqrt((_STEP_FREEDOM - 2) / chi_square)
        return self._random.gauss(0, 1) * scale

    def _trade_price(self) -> int:
        """Where the aggressor trades, on the exchange's steps and within the bounds."""
        price = math.exp(self._log_price) * (1 + self._side * _HALF_SPREAD)
        stepped = round(price / PRICE_STEP_RAW) * PRICE_STEP_RAW
        return min(max(stepped, self.price_min), self.price_max)

    def _quantity(self, price: int) -> int:
        notional_usd = _NOTIONAL_MEDIAN_USD * math.exp(_NOTIONAL_SPREAD * self._random.gauss(0, 1))
        steps: int = round(notional_usd / (price / PRICE_SCALE) * _LOTS_PER_UNIT)
        return QUANTITY_STEP_RAW * max(1, steps)
