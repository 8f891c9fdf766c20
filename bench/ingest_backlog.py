"""How fast a full topic becomes rows and candles, against a plain COPY of the same rows."""

import random
import statistics
import time
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa

from bench.figures import say
from domain.instruments import ASSETS
from domain.messages import Tick
from market.trades import at_ms
from models import Candle, Trade
from poller.kafka import KafkaSink
from tests.support.back_office import BackOffice
from tests.support.market import NOON_MS
from tests.support.trade_desk import send, stored
from tests.support.waiting import eventually

# A busy market: so many milliseconds from trade to trade.
APART_MS = 10
PRICE = 645_000_000
FLUSH_LIMIT_S = 60.0
FIRST_LIMIT_S = 30.0
STORED_LIMIT_S = 240.0
STOP_LIMIT_S = 20.0
CHUNK_BYTES = 1 << 16


def measure_backlog(office: BackOffice, trades: int, *, rounds: int) -> dict[str, float]:
    """COPY and the desk in turns; medians."""
    pairs = [_round(office, list(random_ticks(trades, seed=number))) for number in range(rounds)]
    return {
        "trades_per_s": statistics.median(desk for _, desk in pairs),
        "copy_per_s": statistics.median(copy for copy, _ in pairs),
        "vs_copy": statistics.median(desk / copy for copy, desk in pairs),
    }


def random_ticks(count: int, *, seed: int) -> Iterator[Tick]:
    """Trades of all assets in turn, at prices that wander."""
    chooser = random.Random(seed)
    symbols = list(ASSETS)
    price = PRICE
    for number in range(count):
        price = max(1, price + chooser.randint(-5_000, 5_000))
        time_ms = NOON_MS + number * APART_MS
        quantity = chooser.randint(1, 10**9)
        maker = chooser.random() < 0.5
        symbol = symbols[number % len(symbols)]
        yield Tick(symbol, number, price, quantity, time_ms, maker, time_ms * 1000, "bench")


def _round(office: BackOffice, ticks: list[Tick]) -> tuple[float, float]:
    """Trades/s of COPY, right before and right after, and of the desk."""
    copy_s = _copy_s(office.settings.database_url, ticks)
    with office.database.begin() as connection:
        connection.execute(sa.text("TRUNCATE trades, candles, trade_batches"))
    _fill_topic(office, ticks)
    batcher = office.start("workers.batcher")
    first = eventually(lambda: stored(office.database), limit_s=FIRST_LIMIT_S, what="a first batch")
    began = time.perf_counter()
    eventually(
        lambda: stored(office.database) >= len(ticks), limit_s=STORED_LIMIT_S, what="all trades stored"
    )
    desk_per_s = (len(ticks) - first) / (time.perf_counter() - began)
    assert batcher.stop(STOP_LIMIT_S) == 0
    assert office.count(Trade) == len(ticks)
    with office.database.connect() as connection:
        assert connection.scalar(sa.select(sa.func.sum(Candle.trades))) == len(ticks)
    copy_s += _copy_s(office.settings.database_url, ticks)
    copy_per_s = 2 * len(ticks) / copy_s
    say(f"{len(ticks):,} trades: COPY {copy_per_s:,.0f}/s, desk {desk_per_s:,.0f}/s")
    return copy_per_s, desk_per_s


def _fill_topic(office: BackOffice, ticks: list[Tick]) -> None:
    sink = KafkaSink(office.settings)
    for tick in ticks:
        send(sink, tick)
    assert sink.close(time.monotonic() + FLUSH_LIMIT_S) == 0, "the broker did not take all trades"


def _copy_s(database_url: str, ticks: list[Tick]) -> float:
    """Seconds that a COPY of the rows takes, commit included; its text is made before the clock starts."""
    text = b"".join(_line(tick) for tick in ticks)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (LIKE trades INCLUDING ALL)")
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY plain FROM STDIN") as copy:
            for begin in range(0, len(text), CHUNK_BYTES):
                copy.write(text[begin : begin + CHUNK_BYTES])
        duration = time.perf_counter() - began
        connection.execute("DROP TABLE plain")
    return duration


def _line(tick: Tick) -> bytes:
    fields = (
        *(tick.symbol, tick.trade_id, at_ms(tick.event_time_ms).isoformat()),
        *(tick.price, tick.quantity, "t" if tick.buyer_is_maker else "f"),
    )
    return ("\t".join(map(str, fields)) + "\n").encode()
