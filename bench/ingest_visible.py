"""How long it takes from a trade to the row that others can read."""

import statistics
import time
from collections.abc import Iterator
from itertools import count

import sqlalchemy as sa

from bench.figures import say
from domain.instruments import ASSETS
from domain.messages import Tick
from models import Trade
from poller.kafka import KafkaSink
from tests.support.back_office import BackOffice
from tests.support.trade_desk import send

# Looking costs the server something too: so often, and at every so many-th trade.
LOOK_EVERY_S = 0.02
WATCHED = 10
PACE_S = 0.002
LAST_LIMIT_S = 60.0
PRICE = 645_000_000
# Above every id that was stored before: an older trade's row would be taken for the new one's.
_trade_ids = count(10**12)


class Watch:
    """Trades on their way, and how long each took to be seen."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        # By symbol: trade id -> when it was handed to the producer.
        self._sent: dict[str, dict[int, float]] = {symbol: {} for symbol in ASSETS}
        self._look_at = 0.0
        self.seconds: list[float] = []

    def __bool__(self) -> bool:
        return any(self._sent.values())

    def add(self, tick: Tick) -> None:
        """A trade that goes into the producer now."""
        self._sent[tick.symbol][tick.trade_id] = time.monotonic()

    def look(self) -> None:
        """Notes those that have become rows, if it is time to look."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_EVERY_S
        for symbol, sent in self._sent.items():
            if sent:
                seen = self._connection.scalars(
                    sa.select(Trade.trade_id).where(Trade.symbol == symbol, Trade.trade_id.in_(list(sent)))
                ).all()
                now = time.monotonic()
                self.seconds += [now - sent.pop(trade_id) for trade_id in seen]


def measure_visible(office: BackOffice, *, per_s: int, seconds: float) -> dict[str, float]:
    """Seconds to be visible, at a steady rate of trades."""
    say(f"{per_s:,} trades/s for {seconds:g} s")
    sink = KafkaSink(office.settings)
    with office.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        watch = Watch(connection)
        for tick in _paced(per_s, seconds, sink, watch):
            if tick.trade_id % WATCHED == 0:
                watch.add(tick)
            send(sink, tick)
        deadline = time.monotonic() + LAST_LIMIT_S
        while watch:
            assert time.monotonic() < deadline, "trades that never became rows"
            sink.serve(PACE_S)
            watch.look()
    assert sink.close(deadline) == 0
    return {
        "visible_p50_s": statistics.median(watch.seconds),
        "visible_p99_s": statistics.quantiles(watch.seconds, n=100, method="inclusive")[98],
    }


def _paced(per_s: int, seconds: float, sink: KafkaSink, watch: Watch) -> Iterator[Tick]:
    """The trades, each when it is due; in between it is looked what has arrived."""
    symbols = list(ASSETS)
    began = time.monotonic()
    for number in count():
        due = began + number / per_s
        if due > began + seconds:
            return
        while time.monotonic() < due:
            sink.serve(PACE_S)
            watch.look()
        yield _tick(symbols[number % len(symbols)], PRICE + number % 1_000)


def _tick(symbol: str, price: int) -> Tick:
    now_ms = time.time_ns() // 1_000_000
    return Tick(symbol, next(_trade_ids), price, 100_000, now_ms, False, now_ms * 1_000, "bench")
