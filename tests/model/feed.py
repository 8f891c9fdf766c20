"""The random feed: walks, bursts, jumps, ids that repeat or go back, and callers that die within a tick."""

from dataclasses import replace

from domain.instruments import ASSETS, Instrument
from domain.messages import Tick
from domain.orders import Position, Side
from domain.units import BASIS_POINTS, PRICE_RAW_MAX
from tests.model.engine import Model
from tests.model.rules import Prices, is_within
from tests.model.steps import SYMBOLS, Ageing, Plan, Planned, Step, Trade

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
        return self._moves(symbol, move)

    def _burst(self) -> Step:
        """Trades of one asset, one after another, in one direction."""
        self._next += self._run(self._random.choice(SYMBOLS), self._random.randint(-60, 60))
        return self._planned()

    def _run(self, symbol: str, move: int) -> list[Planned]:
        """So many basis points further with each trade."""
        return [lambda: self._moves(symbol, move) for _ in range(self._random.randint(2, BURST_MAX))]

    def _moves(self, symbol: str, move: int) -> Trade:
        return Trade(self._tick(symbol, self._prices[symbol] * (BASIS_POINTS + move) // BASIS_POINTS))

    def _gap(self) -> Step:
        """1 to 90 %, either way, or to the edge of what is believed."""
        symbol = self._random.choice(SYMBOLS)
        self._next += self._jump(symbol, self._far_price(symbol))
        return self._planned()

    def _far_price(self, symbol: str) -> int:
        chooser, price = self._random, self._prices[symbol]
        band = self._model.instruments[symbol].deviation_bps
        if band and chooser.random() < 0.25:
            reference = self._reference(symbol)
            edge = reference * band // BASIS_POINTS
            return reference + chooser.choice((-1, 1)) * (edge + chooser.choice((-1, 0, 0, 1)))
        percent = chooser.randint(1, 90)
        up = chooser.random() < 0.5
        return price * 100 // (100 - percent) if up else price * (100 - percent) // 100

    def _reference(self, symbol: str) -> int:
        """What a jump is measured from: the believed price, or that of the latest trade in doubt."""
        market = self._model.shards[0].markets.get(symbol)
        if market is None:
            return self._prices[symbol]
        if market.suspicion is not None and self._random.random() < 0.5:
            return market.suspicion.tick.price
        return market.tick.price

    def _jump(self, symbol: str, price: int) -> list[Planned]:
        """A trade far away and, where others must confirm it, those: all, too few, or others instead."""
        steps: list[Planned] = [Trade(self._tick(symbol, price))]
        missing = self._missing(symbol, price)
        if missing == 0:
            return steps
        what = self._random.random()
        for _ in range(missing if what < 0.5 else self._random.randrange(missing)):
            if self._random.random() < 0.3:
                steps.append(self._meddling(symbol))
            steps.append(lambda: self._agrees(symbol, price))
        if what > 0.85:
            # Back to where it was.
            steps.append(lambda: Trade(self._tick(symbol, self._believed(symbol))))
        elif what > 0.7:
            steps.append(lambda: Trade(self._tick(symbol, self._far_price(symbol))))
        elif what > 0.6:
            steps.append(lambda: self._another_source(symbol))
        steps += [self._meddling(symbol) for _ in range(self._random.randrange(4))]
        return steps

    def _agrees(self, symbol: str, price: int) -> Trade:
        """A trade near that price."""
        near = self._model.instruments[symbol].deviation_bps // 3
        return Trade(
            self._tick(symbol, price * (BASIS_POINTS + self._random.randint(-near, near)) // BASIS_POINTS)
        )

    def _missing(self, symbol: str, price: int) -> int:
        """How many further trades it takes until this one is believed."""
        terms = self._model.instruments[symbol]
        market = self._model.shards[0].markets.get(symbol)
        if market is None or terms.deviation_bps == 0:
            return 0
        return 0 if is_within(price, market.tick.price, terms.deviation_bps) else terms.confirmations

    def _believed(self, symbol: str) -> int:
        market = self._model.shards[0].markets.get(symbol)
        return market.tick.price if market else self._prices[symbol]

    def _touch(self) -> Step:
        """A trade that touches somebody's trigger exactly, or just not."""
        found = self._any_position()
        return self._walk() if found is None else self._touches(found[1])

    def _touches(self, position: Position) -> Step:
        self._next += self._confirmed(position.asset, self._touching(position))
        return self._planned()

    def _touching(self, position: Position) -> int:
        """The price of a trade that touches one of its triggers, or misses it by a unit."""
        trailing = position.trailing_stop
        triggers = [position.liquidation_price, position.stop_loss, position.take_profit]
        # Touching a peak does nothing; a unit beyond it, it moves.
        triggers += [trailing.stop_price, trailing.stop_price, trailing.peak] if trailing else []
        wanted = self._random.choice([trigger for trigger in triggers if trigger is not None])
        wanted += self._random.choice((-1, 0, 0, 1))
        return trade_for(position.side, wanted, self._model.instruments[position.asset])

    def _confirmed(self, symbol: str, price: int) -> list[Planned]:
        """Trades at exactly this price: as many as it takes until the last one is believed."""
        price = within_drift(symbol, price)
        return [Trade(self._tick(symbol, price)) for _ in range(1 + self._missing(symbol, price))]

    def _ratchet(self) -> Step:
        """Somebody's trailing stop is led after the price, and then touched."""
        found = self._any_position()
        trailing = [p for p in (found and self._positions_of(found[0])) or () if p.trailing_stop]
        if not trailing:
            return self._walk()
        position = self._random.choice(trailing)
        move = self._random.randint(1, 80) * (1 if position.side is Side.LONG else -1)
        self._next += self._run(position.asset, move)
        self._next.append(lambda: self._touches_again(position))
        return self._planned()

    def _touches_again(self, position: Position) -> Step:
        """The position as it is by now, if it still is."""
        found = self._model.account(position.user_id)
        present = found.positions.get(position.order_id) if found else None
        return self._walk() if present is None else self._touches(present)

    def _odd_tick(self) -> Step:
        """An id that repeats or goes back, another source, or a price that can't be."""
        symbol = self._random.choice(SYMBOLS)
        odd = self._random.randrange(8)
        if 3 <= odd < 5:
            return self._another_source(symbol)
        tick = self._tick(symbol, self._prices[symbol])
        if odd < 3 and self._is_seen_everywhere(symbol):
            return Trade(replace(tick, trade_id=max(0, tick.trade_id - self._random.randint(1, 3))))
        if odd < 6:
            return Trade(replace(tick, symbol="DOGE"))
        if odd < 7:
            return Trade(replace(tick, trade_id=self._random.choice((-1, 2**53))))
        return Trade(replace(tick, price=self._random.choice((-5, 0, 1, PRICE_RAW_MAX, PRICE_RAW_MAX + 1))))

    def _another_source(self, symbol: str) -> Trade:
        others = {"binance", "replay", f"simulated:{self._count}"} - {self._sources[symbol]}
        self._sources[symbol] = self._random.choice(sorted(others))
        return Trade(self._tick(symbol, self._prices[symbol]))

    def _is_seen_everywhere(self, symbol: str) -> bool:
        """Whether the newest tick in every shard is of the asset's source: only then may its ids go back.

        What an old id of a source is after another source had its turn, the rules don't tell.
        """
        markets = [shard.markets.get(symbol) for shard in self._model.shards]
        newest = [market and (market.suspicion or market).tick for market in markets]
        return all(tick and tick.source == self._sources[symbol] for tick in newest)

    def _dying_tick(self) -> Step:
        """A trade that may touch something, and whose caller dies."""
        found = self._any_position()
        if found is None or self._random.random() < 0.5:
            symbol = self._random.choice(SYMBOLS)
            self._next += self._dying(symbol, self._far_price(symbol))
        else:
            self._next += self._dying(found[1].asset, self._touching(found[1]))
        return self._planned()

    def _dying(self, symbol: str, price: int, *, calls: tuple[int, ...] = (1, 1, 2, 3, 6)) -> list[Planned]:
        """The tick, then what people who hold that asset try meanwhile, perhaps the same tick once more.

        Mostly it dies in the trade that would be believed; a trade that isn't may have such a caller too.
        """
        *steps, last = self._confirmed(symbol, price)
        assert isinstance(last, Trade)
        if steps and self._random.random() < 0.2:
            steps, last = [], steps[0]
            assert isinstance(last, Trade)
        shard = self._random.randrange(len(self._model.shards))
        steps.append(Trade(last.tick, dies=(shard, self._random.choice(calls))))
        steps += [self._meddling(symbol) for _ in range(self._random.randrange(6))]
        if self._random.random() < 0.3:
            steps.append(last)
        return steps

    def _age(self) -> Step:
        symbol = self._random.choice(SYMBOLS)
        self._next += [self._meddling(symbol) for _ in range(4)]
        return Ageing(symbol)

    def _tick(self, symbol: str, price: int) -> Tick:
        self._prices[symbol] = price = within_drift(symbol, price)
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


def within_drift(symbol: str, price: int) -> int:
    """The price, or the last one that the walk may reach."""
    reference = ASSETS[symbol].reference_price_raw
    return min(max(price, reference // DRIFT_MAX), reference * DRIFT_MAX)


def trade_for(side: Side, wanted: int, terms: Instrument) -> int:
    """The trade at which positions of that side close at `wanted`, or as near to it as one comes."""
    sign = 1 if side is Side.LONG else -1
    guess = wanted * BASIS_POINTS // (BASIS_POINTS - sign * terms.spread_bps)
    near = range(guess - 2, guess + 3)
    return min(near, key=lambda price: abs(Prices.around(price, terms).closing(side) - wanted))
