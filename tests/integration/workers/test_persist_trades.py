"""Batches of trades in PostgreSQL: each trade once, each candle as if they had come in order."""

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.units import PRICE_RAW_MAX
from market.trades import QUANTITY_MAX, TIME_MS_MAX, TRADE_ID_MAX, TradeColumns, TradeRow
from models import Candle, CandleSource, TradeBatch
from runtime.broker import Actor, Queue, enqueue
from tests.support.back_office import BackOffice, keep_commits
from tests.support.candles import Minute, fold
from tests.support.market import NOON, NOON_MS, make_trade, make_trades
from tests.support.services import RunningServer
from tests.support.stored import store, stored_minutes, stored_trades
from tests.support.threads import together
from tests.support.waiting import eventually
from workers.upkeep import prune_batches

# A killed worker's messages come back after Dramatiq's heartbeat_timeout, ten seconds.
GIVEN_BACK_LIMIT_S = 40.0


def test_a_batch_becomes_rows_and_candles(database: sa.Engine) -> None:
    trades = make_trades(0, 500) + make_trades(0, 100, symbol="ETH")
    batch_id = uuid4()
    store(database, trades, batch_id)
    assert stored_trades(database) == sorted(trades)
    assert [asdict(minute) for minute in stored_minutes(database)] == list(map(asdict, fold(trades)))
    with database.connect() as connection:
        assert connection.execute(sa.select(TradeBatch.id, TradeBatch.trades)).all() == [(batch_id, 600)]


def test_a_candle_is_open_high_low_close_and_volume_of_its_minute(database: sa.Engine) -> None:
    # Given four trades of a minute, the first two at its edges, and one of the next, in any order
    prices = {1: 500, 2: 900, 3: 100, 4: 600, 5: 70}
    times = {1: 0, 2: 0, 3: 30_000, 4: 59_999, 5: 60_000}
    trades = [make_trade(id_, price=prices[id_], time_ms=NOON_MS + times[id_], quantity=10) for id_ in prices]
    store(database, [trades[index] for index in (3, 0, 4, 2, 1)])
    # Then open and close are the first's and the last's
    minute = Minute("BTC", NOON, 500, 900, 100, 600, volume=40, trades=4, first_trade_id=1, last_trade_id=4)
    assert stored_minutes(database)[0] == minute
    assert [candle.open for candle in stored_minutes(database)] == [500, 70]


def test_fields_are_stored_to_the_last_digit(database: sa.Engine) -> None:
    # Given the extremes that may come, one with a symbol that would be nothing in an array of PostgreSQL's
    low = TradeRow("NULL", 0, 1, 1, 0, False)
    high = TradeRow("A1", TRADE_ID_MAX, TIME_MS_MAX, PRICE_RAW_MAX, QUANTITY_MAX, True)
    odd = TradeRow("A1", 3, 1_772_625_600_007, 3, 3, False)
    store(database, [low, high, odd])
    assert stored_trades(database) == sorted([low, high, odd])
    assert stored_minutes(database) == fold([low, high, odd])


def test_a_trade_that_is_in_a_batch_twice_counts_once(database: sa.Engine) -> None:
    trades = make_trades(0, 10)
    store(database, trades + trades[::-1])
    assert stored_trades(database) == trades
    assert stored_minutes(database) == fold(trades)


def test_the_same_batch_again_changes_nothing(database: sa.Engine) -> None:
    trades, batch_id = make_trades(0, 100), uuid4()
    for _ in range(3):
        store(database, trades, batch_id)
    # Also under another id, as after a rebalance
    store(database, trades)
    assert stored_trades(database) == trades
    assert stored_minutes(database) == fold(trades)


def test_a_batch_of_ten_thousand_minutes_fits(database: sa.Engine) -> None:
    trades = [make_trade(number, time_ms=number * 60_000 + 1) for number in range(10_000)]
    store(database, trades)
    assert stored_minutes(database) == fold(trades)


TRADES = st.lists(
    st.builds(
        lambda trade_id, price, symbol: make_trade(trade_id, price=price, symbol=symbol),
        st.integers(0, 900),
        st.integers(1, 10**9),
        st.sampled_from(["BTC", "ETH"]),
    ),
    unique_by=lambda trade: (trade.symbol, trade.trade_id),
    min_size=1,
    max_size=30,
)

HISTORY = st.lists(
    st.builds(
        lambda symbol, minute, source: Minute(
            *(symbol, NOON + timedelta(minutes=minute), 5, 6, 4, 5),
            volume=7, trades=8, first_trade_id=None, last_trade_id=None, source=source,
        ),
        st.sampled_from(["BTC", "ETH"]),
        st.integers(0, 4),
        st.sampled_from([CandleSource.BINANCE, CandleSource.SIMULATED]),
    ),
    unique_by=lambda minute: (minute.symbol, minute.time),
    max_size=5,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), TRADES, HISTORY)
def test_late_repeated_and_reordered_trades_leave_the_same_as_in_order(
    database: sa.Engine, data: st.DataObject, trades: list[TradeRow], history: list[Minute]
) -> None:
    # Given whole minutes that came from elsewhere
    with database.begin() as connection:
        connection.execute(sa.text("TRUNCATE trades, candles, trade_batches"))
        for minute in history:
            connection.execute(sa.insert(Candle).values(asdict(minute)))
    # And the trades in any order, some twice or more, cut into batches anywhere
    repeated = data.draw(st.lists(st.sampled_from(trades), max_size=20))
    arriving = data.draw(st.permutations(trades + repeated))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arriving)), max_size=4)))
    for begin, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
        if begin < end:
            store(database, arriving[begin:end])
    # Then rows and candles are those of the trades in order, and the minutes from elsewhere as they were
    expected = {(minute.symbol, minute.time): minute for minute in (*fold(sorted(trades)), *history)}
    assert stored_trades(database) == sorted(trades)
    assert stored_minutes(database) == [expected[key] for key in sorted(expected)]


@pytest.mark.parametrize("source", [CandleSource.BINANCE, CandleSource.SIMULATED])
def test_trades_are_stored_beside_a_candle_of_another_source_and_leave_it_as_it_is(
    database: sa.Engine, source: CandleSource
) -> None:
    # Given history for the first of two minutes
    history = {
        "symbol": "BTC", "time": NOON, "open": 5, "high": 6, "low": 4, "close": 5, "volume": 7, "trades": 8,
        "first_trade_id": None, "last_trade_id": None, "source": source,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(sa.insert(Candle).values(history))
    # When trades of both minutes come
    trades = make_trades(0, 400)
    store(database, trades)
    # Then only the other minute is theirs
    assert stored_trades(database) == trades
    assert [asdict(minute) for minute in stored_minutes(database)] == [history, asdict(fold(trades)[1])]


def test_overlapping_batches_at_the_same_time_neither_deadlock_nor_count_twice(database: sa.Engine) -> None:
    trades = make_trades(0, 1000) + make_trades(0, 1000, symbol="ETH")

    def run(mine: list[TradeRow]) -> None:
        for begin in range(0, 2000, 250):
            store(database, mine[begin : begin + 500])

    # When four write the same trades at once, forwards and backwards
    together([partial(run, trades[::step]) for step in (1, -1, 1, -1)])
    assert stored_trades(database) == sorted(trades)
    assert stored_minutes(database) == fold(trades)


def test_a_bad_trade_takes_its_whole_batch_along(database: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="price_positive"):
        store(database, [*make_trades(0, 5), make_trade(5, price=0)])
    assert stored_trades(database) == []
    assert stored_minutes(database) == []


def test_old_batch_ids_are_forgotten_and_young_ones_kept(database: sa.Engine) -> None:
    old, young = uuid4(), uuid4()
    store(database, make_trades(0, 1), old)
    store(database, make_trades(1, 1), young)
    age = sa.update(TradeBatch).where(TradeBatch.id == old)
    with database.begin() as connection:
        connection.execute(age.values(persisted_at=sa.func.now() - sa.text("interval '2 days'")))
    with database.begin() as connection:
        assert prune_batches(connection, hours=24) == 1
        assert connection.scalars(sa.select(TradeBatch.id)).all() == [young]


def send(office: BackOffice, trades: list[TradeRow]) -> None:
    columns = TradeColumns.of(trades)
    enqueue(office.broker, Actor.PERSIST_TRADES, Queue.TRADES, str(uuid4()), columns)


def test_kill_9_of_the_worker_amid_a_batch_loses_and_doubles_nothing(office: BackOffice) -> None:
    # Given a candle that somebody holds, and a worker that has written a batch's trades and waits for it
    store(office.database, make_trades(0, 1))
    worker = office.start_worker()
    with office.database.begin() as connection:
        connection.execute(sa.update(Candle).values(trades=Candle.trades))
        for first in range(1, 1501, 500):
            send(office, make_trades(first, 500, time_ms=NOON_MS))
        eventually(lambda: waiting(office) >= 1, what="a worker amid a batch")
        # When it is killed
        worker.kill()
    # Then PostgreSQL, which may finish what it was asked to, has each batch whole or not at all
    eventually(lambda: waiting(office) == 0)
    assert trades_without_batch(office) == 0
    office.start_worker()
    # And another worker gets the messages, and all of it is there once
    eventually(lambda: office.count(TradeBatch) == 4, limit_s=GIVEN_BACK_LIMIT_S)
    trades = make_trades(0, 1) + make_trades(1, 1500, time_ms=NOON_MS)
    assert stored_trades(office.database) == trades
    assert stored_minutes(office.database) == fold(trades)


def test_batches_wait_for_postgresql_and_then_all_come(office: BackOffice, postgres: RunningServer) -> None:
    keep_commits(office.database)
    worker = office.start_worker()
    send(office, make_trades(0, 100))
    eventually(lambda: office.count(TradeBatch) == 1)
    # When PostgreSQL is killed and batches come meanwhile
    postgres.kill()
    for first in range(100, 500, 100):
        send(office, make_trades(first, 100))
    eventually(lambda: worker.output.count("a server is away; tried again") >= 8, what="tries of all four")
    postgres.start().wait()
    # Then they are there soon after it is
    eventually(lambda: office.count(TradeBatch) == 5, limit_s=30)
    assert stored_minutes(office.database) == fold(make_trades(0, 500))


def trades_without_batch(office: BackOffice) -> int:
    """Rows that no noted batch brought."""
    query = "SELECT (SELECT count(*) FROM trades) - (SELECT sum(trades) FROM trade_batches)"
    with office.database.connect() as connection:
        return int(connection.scalar(sa.text(query)))


def waiting(office: BackOffice) -> int:
    """Transactions that wait for another's end, as one does for a row that the other changed."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    with office.database.connect() as connection:
        return int(connection.scalar(sa.text(query)) or 0)
