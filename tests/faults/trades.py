"""Trades through Kafka while batcher and worker are killed. `python -m tests.faults.trades --seed 1`.

The poller's producer sends a stream with late and repeated trades. It is cut in as many parts as there are
kills, and one more; a kill -9 meets the desk while it stores a part, the batcher and the worker in turn, and
what was killed is started again at once. At the end PostgreSQL must have exactly the trades that were made,
and the candles that a plain computation makes of them. The seed decides the trades, their order, and how far
into a part each kill falls.

The last line is `key=value` figures; exits with 1 when anything differs.
"""

import argparse
import logging
import random
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import sqlalchemy as sa
import structlog

from market.trades import TradeRow
from models import Candle, Trade
from poller.kafka import KafkaSink
from runtime.broker import Queue, queue_length
from tests.faults.trades_stream import make_trades, sending_order, ticks
from tests.model.jobs import leave
from tests.support.back_office import BackOffice, DeskProcess
from tests.support.candles import Minute, fold
from tests.support.trade_desk import send, trade_desk
from tests.support.trade_topic import committed
from tests.support.waiting import eventually

TRADES = 1_000_000
KILLS = 50
# From a kill to the next trades in PostgreSQL: a killed worker's messages come back after ten seconds.
RECOVERY_LIMIT_S = 60.0
FLUSH_LIMIT_S = 60.0
END_LIMIT_S = 180.0
# Of a part, at most so much is stored before the kill.
PART_STORED_MAX = 0.8
LOOK_EVERY_S = 0.002
ROWS_AT_ONCE = 10_000
_ROWS = sa.select(
    Trade.symbol,
    Trade.trade_id,
    sa.cast(sa.extract("epoch", Trade.time) * 1000, sa.BigInteger),
    Trade.price,
    Trade.quantity,
    Trade.buyer_is_maker,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is in PostgreSQL at the end."""

    rows: int
    rows_wrong: int
    candles_wrong: int


class Victims:
    """The worker and the batcher: killed in turn, started again at once."""

    def __init__(self, office: BackOffice) -> None:
        self._starts = (office.start_worker, partial(office.start, "workers.batcher"))
        self._running: list[DeskProcess] = [start() for start in self._starts]
        self.kills = 0

    def kill(self) -> int:
        """kill -9 of the next one; how many that makes."""
        turn = self.kills % len(self._starts)
        victim = self._running[turn]
        assert victim.running, f"it ended by itself:\n{victim.output}"
        victim.kill()
        self._running[turn] = self._starts[turn]()
        self.kills += 1
        return self.kills


def run(trades: int, kills: int, seed: int, **changes: Any) -> Outcome:
    """Makes the trades, sends them while it kills, and compares."""
    chooser = random.Random(seed)
    made = make_trades(trades, chooser)
    order = sending_order(trades, chooser)
    say(f"{trades:,} trades, sent in {len(order):,} messages")
    with trade_desk(**changes) as office:
        _send_and_kill(office, made, order, kills, chooser)
        partitions = office.settings.kafka_partitions
        done = partial(committed, office.settings, partitions)
        eventually(
            lambda: done() == len(order), limit_s=END_LIMIT_S, every_s=0.5, what="all offsets committed"
        )
        # What is still in the queue came twice, and must change nothing.
        waiting = partial(queue_length, office.broker, Queue.TRADES)
        eventually(lambda: not waiting(), limit_s=END_LIMIT_S, what="an empty queue")
        return compare(office.database, made)


def _send_and_kill(
    office: BackOffice, made: list[TradeRow], order: list[int], kills: int, chooser: random.Random
) -> None:
    stream = ticks(made, order)
    victims = Victims(office)
    sink = KafkaSink(office.settings)
    parts = kills + 1
    for number in range(kills):
        for tick in islice(stream, len(order) // parts):
            send(sink, tick)
        _deliver(sink)
        # The kill falls while the desk stores this part, having stored the ones before.
        part = number + chooser.random() * PART_STORED_MAX
        _wait_for(office.database, int(len(made) * part / parts))
        say(f"kill {victims.kill()} after {_rows(office.database):,} rows")
    for tick in stream:
        send(sink, tick)
    assert sink.close(time.monotonic() + FLUSH_LIMIT_S) == 0, "the broker did not take all trades"


def _rows(database: sa.Engine) -> int:
    """Trades in PostgreSQL, by its candles: that is quick however many there are."""
    with database.connect() as connection:
        return connection.scalar(sa.select(sa.cast(sa.func.sum(Candle.trades), sa.BigInteger))) or 0


def _wait_for(database: sa.Engine, trades: int) -> None:
    eventually(
        lambda: _rows(database) >= trades,
        limit_s=RECOVERY_LIMIT_S,
        every_s=LOOK_EVERY_S,
        what=f"{trades} trades in PostgreSQL",
    )


def _deliver(sink: KafkaSink) -> None:
    """Waits until the broker has what was sent."""
    deadline = time.monotonic() + FLUSH_LIMIT_S
    while sink.unacknowledged:
        assert time.monotonic() < deadline, "the broker does not take the trades"
        sink.serve(LOOK_EVERY_S)


def compare(database: sa.Engine, made: list[TradeRow]) -> Outcome:
    """Every row and every candle in PostgreSQL, held against the trades that were made."""
    trades = {(trade.symbol, trade.trade_id, trade.time_ms): trade for trade in made}
    minutes = {(minute.symbol, minute.time): minute for minute in fold(made)}
    rows = rows_wrong = candles_wrong = 0
    with database.connect() as connection:
        for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(_ROWS):
            stored_trade = TradeRow(*row)
            rows += 1
            rows_wrong += trades.pop(stored_trade[:3], None) != stored_trade
        for candle in connection.execute(sa.select(Candle.__table__)).mappings():
            minute = Minute(**candle)
            candles_wrong += minutes.pop((minute.symbol, minute.time), None) != minute
    # What is left is missing there.
    return Outcome(rows, rows_wrong + len(trades), candles_wrong + len(minutes))


def say(line: str) -> None:
    """A line of progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Runs it; 1 when PostgreSQL has anything else than it should."""
    parser = argparse.ArgumentParser(description="Kills batcher and worker amid trades.")
    parser.add_argument("--trades", type=int, default=TRADES)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--confirm-s", type=float, help="BATCH_CONFIRM_S, to be done sooner")
    asked = parser.parse_args()
    changes = {} if asked.confirm_s is None else {"batch_confirm_s": asked.confirm_s}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    signal.signal(signal.SIGTERM, leave)
    began = time.monotonic()
    outcome = run(asked.trades, asked.kills, asked.seed, **changes)
    took_s = time.monotonic() - began
    if outcome.rows_wrong:
        say(f"{outcome.rows_wrong} rows are missing, or are of no trade that was made")
    say(
        f"trades={asked.trades} rows={outcome.rows} kills={asked.kills}"
        f" candles_wrong={outcome.candles_wrong} took_s={took_s:.1f}"
    )
    return 0 if outcome == Outcome(asked.trades, 0, 0) else 1


if __name__ == "__main__":
    sys.exit(main())
