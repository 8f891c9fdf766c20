"""Days of trades: made ahead, dropped when they are old. Partitions, where TimescaleDB doesn't do it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from market.trades import TradeRow
from runtime.broker import Actor, Queue, enqueue
from runtime.settings import Settings
from tests.support.back_office import BackOffice
from tests.support.candles import fold
from tests.support.market import NOON, NOON_MS, make_trade
from tests.support.stored import store, stored_minutes, stored_trades
from tests.support.threads import together
from tests.support.timescale import NO_PARTITIONS
from tests.support.waiting import eventually
from workers.trade_days import keep_days
from workers.trade_partitions import PAGES_AT_ONCE, days_there, make_days

pytestmark = pytest.mark.skipif(bool(NO_PARTITIONS), reason=NO_PARTITIONS or "they are tested")

TODAY = NOON.date()
DAY = timedelta(days=1)
DAY_MS = 86_400_000
THREADS = 4


@pytest.fixture(autouse=True)
def no_days(database: sa.Engine) -> Iterator[None]:
    """Before and after there is the default partition only."""
    drop_all(database)
    yield
    drop_all(database)


def drop_all(database: sa.Engine) -> None:
    with database.begin() as connection:
        for day in days_there(connection):
            connection.execute(sa.text(f"DROP TABLE trades_{day:%Y%m%d}"))


def days(database: sa.Engine) -> list[date]:
    with database.connect() as connection:
        return sorted(days_there(connection))


def rows_by_table(database: sa.Engine) -> dict[str, int]:
    query = sa.text("SELECT tableoid::regclass::text FROM trades")
    with database.connect() as connection:
        return dict(Counter(connection.scalars(query)))


def trade_of(day: int, trade_id: int) -> TradeRow:
    """A trade at noon, so many days from today."""
    return make_trade(trade_id, time_ms=NOON_MS + day * DAY_MS)


def test_each_day_has_its_own_table_ahead_and_all_other_times_share_one(
    database: sa.Engine, settings: Settings
) -> None:
    keep_days(database, settings, today=TODAY)
    assert days(database) == [TODAY + number * DAY for number in (-1, 0, 1, 2, 3)]
    # When trades come at both edges of a day, in a year long past and in one to come
    midnight_ms = NOON_MS - DAY_MS // 2
    times = [midnight_ms - 1, midnight_ms, midnight_ms + DAY_MS - 1, midnight_ms + DAY_MS, 1, 2**42 - 1]
    trades = [make_trade(number, time_ms=time_ms) for number, time_ms in enumerate(times)]
    store(database, trades)
    # Then each is where it belongs, and once, also when it comes again
    store(database, trades)
    assert rows_by_table(database) == {
        "trades_20260303": 1, "trades_20260304": 2, "trades_20260305": 1, "trades_default": 2
    }  # fmt: skip
    assert stored_trades(database) == trades


def test_what_came_before_its_day_was_made_moves_there_and_is_still_known(
    database: sa.Engine, settings: Settings
) -> None:
    trades = [trade_of(day, day + 9) for day in (-9, -1, 0, 1, 9)]
    store(database, trades)
    assert rows_by_table(database) == {"trades_default": 5}
    # When the days are made
    keep_days(database, settings, today=TODAY)
    assert rows_by_table(database) == {
        "trades_20260303": 1, "trades_20260304": 1, "trades_20260305": 1, "trades_default": 2
    }  # fmt: skip
    # Then the same trades are no new ones
    store(database, trades)
    assert stored_trades(database) == trades
    assert stored_minutes(database) == fold(trades)


def test_old_days_go_and_old_strays_and_their_candles_stay(database: sa.Engine, settings: Settings) -> None:
    ten = settings.model_copy(update={"trades_kept_days": 10})
    keep_days(database, ten, today=TODAY)
    # Given a trade of each day there is, and strays in the default partition
    trades = [trade_of(day, day + 100) for day in (-40, -10, -9, -1, 0, 1)]
    store(database, trades)
    # When the eleventh day after today has come
    keep_days(database, ten, today=TODAY + 11 * DAY)
    # Then what is older than ten days is gone, but in the candles
    assert stored_trades(database) == [trade_of(1, 101)]
    assert stored_minutes(database) == fold(trades)
    assert days(database)[0] == TODAY + DAY
    # And what is exactly ten days old was kept
    assert rows_by_table(database) == {"trades_20260305": 1}


def test_strays_of_many_pages_go_and_young_ones_between_them_stay(
    database: sa.Engine, settings: Settings
) -> None:
    fill = sa.text(
        "INSERT INTO trades SELECT 'BTC', i, timestamptz '2020-01-01Z' + i * interval '1 second', 1, 1, true"
        " FROM generate_series(1, 150000) i"
    )
    with database.begin() as connection:
        connection.execute(fill)
        pages = connection.scalar(sa.text("SELECT pg_relation_size('trades_default') / 8192"))
    assert pages > PAGES_AT_ONCE
    young = [trade_of(-20, 1_000_000), trade_of(30, 1_000_001)]
    store(database, young)
    keep_days(database, settings, today=TODAY)
    assert stored_trades(database) == young


def test_a_second_time_there_is_nothing_left_to_do(database: sa.Engine, settings: Settings) -> None:
    store(database, [trade_of(0, 1)])
    for _ in range(2):
        keep_days(database, settings, today=TODAY)
        assert days(database) == [TODAY + number * DAY for number in (-1, 0, 1, 2, 3)]
        assert rows_by_table(database) == {"trades_20260304": 1}


def test_many_at_once_share_the_work(database: sa.Engine, settings: Settings) -> None:
    store(database, [trade_of(day, day + 50) for day in range(-40, 5)])
    together([partial(keep_days, database, settings, today=TODAY)] * THREADS)
    assert days(database) == [TODAY + number * DAY for number in (-1, 0, 1, 2, 3)]
    assert len(stored_trades(database)) == 30 + 5


def test_days_are_made_and_dropped_while_trades_of_all_of_them_are_stored(
    database: sa.Engine, settings: Settings
) -> None:
    # Given days that are over one after the other
    make_days(database, TODAY - 16 * DAY, TODAY - DAY)
    eight = settings.model_copy(update={"trades_kept_days": 8})
    # And four that store the same trades, forwards and backwards, of days that are there and that aren't yet
    trades = [trade_of(number % 9, number) for number in range(2_000)]

    def run(mine: list[TradeRow]) -> None:
        for begin in range(0, len(mine), 50):
            store(database, mine[begin : begin + 100])

    def keep() -> None:
        for number in range(9):
            keep_days(database, eight, today=TODAY + number * DAY)

    together([*(partial(run, trades[::step]) for step in (1, -1, 1, -1)), keep])
    # Then nobody waited for who waited for them, and each trade is there and counted once
    assert days(database) == [TODAY + number * DAY for number in range(12)]
    assert stored_trades(database) == trades
    assert stored_minutes(database) == fold(trades)
    assert "trades_default" not in rows_by_table(database)


def test_who_reads_the_trades_for_long_is_not_waited_for(database: sa.Engine, settings: Settings) -> None:
    keep_days(database, settings, today=TODAY)
    later = TODAY + 60 * DAY
    with database.begin() as reader:
        reader.execute(sa.text("SELECT count(*) FROM trades"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            keep_days(database, settings, today=later)
    # And the next time it is done
    keep_days(database, settings, today=later)
    assert days(database) == [later + number * DAY for number in (-1, 0, 1, 2, 3)]


def test_the_worker_does_it_and_so_does_the_release(office: BackOffice) -> None:
    office.start_worker()
    today = datetime.now(UTC).date()
    enqueue(office.broker, Actor.TRADE_DAYS, Queue.UPKEEP)
    eventually(lambda: today + 3 * DAY in days(office.database), what="days made by the worker")
    # And by itself, further ahead
    release = office.start("workers.trade_days", trades_days_ahead=6)
    eventually(lambda: not release.running, limit_s=30)
    assert release.stop() == 0
    assert today + 6 * DAY in days(office.database)
