"""The random feed: walks, bursts, gaps, ids that repeat or go back, and callers that die within a tick."""

from dataclasses import replace

from domain.instruments import ASSETS, Instrument
from domain.messages import Tick
from domain.orders import Side
from domain.units import BASIS_POINTS, PRICE_RAW_MAX
from tests.model.engine import Model
from tests.model.rules import Prices
from tests.model.steps import SYMBOLS, Ageing, Meddling, Plan, Step, Trade

# How far the random walk may go from where it began.
DRIFT_MAX = 100
BURST_MAX = 12
EPOCH_MS = 1_700_000_000_000


class Feed(Plan):
    """Makes the ticks."""

    def __init__(self, seed: int, model: Model) -> None:
        super().__init__(seed, model)
        # Each source's newest id of each asset; a source that comes back goes on from where it was.
        self._ids: dict[tuple[str, str], int] = {}
        self._sources = dict.fromkeys(SYMBOLS, "binance")
        # Some desks only see calm markets, so that positions live long.
        self._calm = self._random.choice((5, 30, 100))

    def _walk(self) -> Step:
        symbol = self._random.choice(SYMBOLS)
        move = self._random.randint(-self._calm, self._calm)
        return Trade(self._tick(symbol, self._prices[symbol] * (BASIS_POINTS + move) // BASIS_POINTS))

    def _burst(self) -> Step:
        """Trades of one asset, one after another, in one direction."""
        symbol, move = self._random.choice(SYMBOLS), self._random.randint(-60, 60)
        for _ in range(self._random.randint(2, BURST_MAX)):
            price = self._prices[symbol] * (BASIS_POINTS + move) // BASIS_POINTS
            self._next.append(Trade(self._tick(symbol, price)))
        return self._planned()

    def _gap(self) -> Step:
        """1 to 90 %, either way."""
        symbol, percent = self._random.choice(SYMBOLS), self._random.randint(1, 90)
        price = self._prices[symbol]
        up = self._random.random() < 0.5
        return Trade(
            self._tick(symbol, price * 100 // (100 - percent) if up else price * (100 - percent) // 100)
        )

    def _touch(self) -> Step:
        """A trade that touches somebody's trigger exactly, or just not."""
        found = self._any_position()
        if found is None:
            return self._walk()
        position = found[1]
        terms = self._model.instruments[position.asset]
        triggers = [position.liquidation_price, position.stop_loss, position.take_profit]
        wanted = self._random.choice([trigger for trigger in triggers if trigger is not None])
        wanted += self._random.choice((-1, 0, 0, 1))
        return Trade(self._tick(position.asset, trade_for(position.side, wanted, terms)))

    def _odd_tick(self) -> Step:
        """An id that repeats or goes back, another source, or a price that can't be."""
        symbol = self._random.choice(SYMBOLS)
        tick = self._tick(symbol, self._prices[symbol])
        odd = self._random.randrange(8)
        if odd < 3 and self._is_seen_everywhere(symbol):
            return Trade(replace(tick, trade_id=max(0, tick.trade_id - self._random.randint(1, 3))))
        if odd < 5:
            others = {"binance", "replay", f"simulated:{self._count}"} - {self._sources[symbol]}
            self._sources[symbol] = self._random.choice(sorted(others))
            return Trade(self._tick(symbol, self._prices[symbol]))
        if odd < 6:
            return Trade(replace(tick, symbol="DOGE"))
        if odd < 7:
            return Trade(replace(tick, trade_id=self._random.choice((-1, 2**53))))
        return Trade(replace(tick, price=self._random.choice((-5, 0, 1, PRICE_RAW_MAX + 1))))

    def _is_seen_everywhere(self, symbol: str) -> bool:
        """Whether the newest tick in every shard is of the asset's source: only then may its ids go back.

        What an old id of a source is after another source had its turn, the rules don't tell.
        """
        markets = [shard.markets.get(symbol) for shard in self._model.shards]
        return all(market and market.tick.source == self._sources[symbol] for market in markets)

    def _dying_tick(self) -> Step:
        """A trade that may touch something, and whose caller dies."""
        trade = self._random.choice((self._gap, self._touch))()
        assert isinstance(trade, Trade)
        self._next += self._dying(trade.tick)
        return self._planned()

    def _dying(self, tick: Tick) -> list[Step | Meddling]:
        """The tick, then what people who hold that asset try meanwhile, perhaps the same tick once more."""
        shard = self._random.randrange(len(self._model.shards))
        steps: list[Step | Meddling] = [Trade(tick, dies=(shard, self._random.randint(1, 3)))]
        steps += [Meddling(self._user(), tick.symbol) for _ in range(self._random.randrange(6))]
        return [*steps, Trade(tick)] if self._random.random() < 0.3 else steps

    def _age(self) -> Step:
        symbol = self._random.choice(SYMBOLS)
        self._next += [Meddling(self._user(), symbol) for _ in range(4)]
        return Ageing(symbol)

    def _tick(self, symbol: str, price: int) -> Tick:
        reference = ASSETS[symbol].reference_price_raw
        self._prices[symbol] = price = min(max(price, reference // DRIFT_MAX), reference * DRIFT_MAX)
        source = self._sources[symbol]
        if (symbol, source) not in self._ids:
            self._ids[symbol, source] = self._random.randint(0, 1_000_000)
        self._ids[symbol, source] += self._random.choice((1, 1, 1, 2, 50))
        self._count += 1
        return Tick(
            symbol=symbol,
            trade_id=self._ids[symbol, source],
            price=price,
            quantity=1,
            event_time_ms=EPOCH_MS + self._count,
            buyer_is_maker=False,
            received_time_us=(EPOCH_MS + self._count) * 1000,
            source=source,
        )


def trade_for(side: Side, wanted: int, terms: Instrument) -> int:
    """The trade at which positions of that side close at `wanted`, or as near to it as one comes."""
    sign = 1 if side is Side.LONG else -1
    guess = wanted * BASIS_POINTS // (BASIS_POINTS - sign * terms.spread_bps)
    near = range(guess - 2, guess + 3)
    return min(near, key=lambda price: abs(Prices.around(price, terms).closing(side) - wanted))
