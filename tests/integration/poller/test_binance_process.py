"""The poller process on the live feed: killed, replaced, and the whole path behind it under random drops."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.instruments import ASSETS
from models import Candle, Trade
from poller.checkpoint import BinanceCheckpoint
from poller.sources.binance.gaps import Gaps
from runtime.broker import connect_broker
from tests.integration.poller.exchange import every_id, rises, traded_ids
from tests.integration.poller.feed import Feed, Topic, reading
from tests.support.back_office import BackOffice
from tests.support.binance import Book, FakeBinance, addresses, trade_everywhere, trading
from tests.support.published import published_ids
from tests.support.services import RunningServer
from tests.support.trade_topic import create_topic
from tests.support.waiting import Deadlines, eventually

Hosts = tuple[FakeBinance, FakeBinance]
RUN_LIMIT_S = 30.0
TRADES_PER_S = 300


def live(*hosts: FakeBinance, **changed: Any) -> dict[str, Any]:
    """The live feed's settings for a process."""
    return {"market_feed": "binance", "reconnect_delay_max_s": 0.3, **addresses(*hosts), **changed}


def wait_for_a_subscriber(*hosts: FakeBinance) -> None:
    eventually(lambda: any(host.subscribers for host in hosts), limit_s=RUN_LIMIT_S, what="a subscriber")


def wait_for_more(topic: Topic, count: int) -> None:
    topic.trade_ids()
    known = len(topic.ticks)
    eventually(
        lambda: topic.trade_ids() and len(topic.ticks) > known + count,
        limit_s=RUN_LIMIT_S,
        what="more trades",
    )


def wait_for_unread_trades(*hosts: FakeBinance) -> None:
    eventually(lambda: not any(host.connections for host in hosts), what="nobody to be connected")
    known = len(hosts[0].book.ids())
    eventually(lambda: len(hosts[0].book.ids()) > known + 20, what="trades that nobody reads")


def all_traded(book: Book) -> dict[str, list[int]]:
    """Every id that was traded, by symbol."""
    return traded_ids(book, since=dict.fromkeys(ASSETS, 0))


def newest_ids(book: Book) -> dict[str, int]:
    """The last id that was traded, by symbol."""
    return {symbol: ids[-1] for symbol, ids in all_traded(book).items() if ids}


def lacks(at: BinanceCheckpoint, symbol: str, trade_id: int) -> bool:
    """Whether a poller that goes on from there has this trade still to send."""
    return (
        trade_id > at.last.get(symbol, 0)
        or symbol in at.beginnings
        or any(first <= trade_id <= last for first, last in at.gaps.get(symbol, []))
    )


def noted(feed: Feed) -> tuple[dict[str, int], dict[str, Any]]:
    """How far the stored checkpoint is, and what it lacks before that."""
    stored = feed.checkpoint("binance")
    return stored.get("last", {}), stored.get("gaps", {})


def wait_for_all(feed: Feed, topic: Topic, book: Book) -> None:
    def found() -> dict[str, list[int]]:
        topic.trade_ids()
        return {symbol: sorted(set(ids)) for symbol, ids in every_id(topic.ticks).items()}

    def how_it_stands() -> str:
        there, traded = found(), all_traded(book)
        missing = {
            symbol: [*Gaps((lacking, lacking) for lacking in set(ids) - set(there.get(symbol, [])))]
            for symbol, ids in traded.items()
        }
        return (
            f"every trade in the topic\nmissing: {missing}\ntraded up to: {newest_ids(book)}\n"
            f"checkpoint: {feed.checkpoint('binance')}\nthe reader met: {topic.errors}\n"
            f"the poller's last words:\n{feed.last_words()}"
        )

    eventually(lambda: found() == all_traded(book), limit_s=RUN_LIMIT_S, what=how_it_stands)


def test_killed_at_any_moment_the_next_one_fetches_what_is_missing(feed: Feed, hosts: Hosts) -> None:
    book = hosts[0].book
    # A broker that is slow here must not make it send everything again.
    settings = live(*hosts, kafka_stall_s=RUN_LIMIT_S)
    poller = feed.start(**settings)
    wait_for_a_subscriber(*hosts)
    left: list[BinanceCheckpoint] = []
    with reading(feed.settings) as topic, published_ids(feed.order_state) as published:
        with trading(book, per_s=TRADES_PER_S):
            for _ in range(3):
                wait_for_more(topic, TRADES_PER_S)
                poller.kill()
                wait_for_unread_trades(*hosts)
                left.append(BinanceCheckpoint.model_validate(feed.checkpoint("binance")))
                # The next one begins in another minute, whatever the clock says.
                book.let_pass(60_000)
                poller = feed.start(**settings)
                wait_for_a_subscriber(*hosts)
            wait_for_more(topic, TRADES_PER_S)
        trade_everywhere(book)
        wait_for_all(feed, topic, book)
        # Sent again was only what a killed one had not yet noted as acknowledged.
        sent = Counter((tick.symbol, tick.trade_id) for tick in topic.ticks)
        assert not {
            trade: times for trade, times in sent.items() if times > 1 + sum(lacks(at, *trade) for at in left)
        }
        eventually(lambda: noted(feed) == (newest_ids(book), {}), what="a checkpoint that has all")
        assert all(rises(published[symbol]) for symbol in ASSETS)
    # What was fetched was history only.
    assert (
        0 < sum(len(ids) for ids in published.values()) < len({(t.symbol, t.trade_id) for t in topic.ticks})
    )


def test_what_a_killed_one_had_in_hand_while_kafka_was_away_is_fetched(
    feed: Feed, hosts: Hosts, broker: RunningServer
) -> None:
    book = hosts[0].book
    feed.settings = feed.settings.model_copy(update={"kafka_brokers": broker.server.url})
    poller = feed.start(**live(*hosts))
    wait_for_a_subscriber(*hosts)
    for _ in range(50):
        trade_everywhere(book)
    eventually(
        lambda: [quote.trade_id for quote in feed.desk.quotes().values()] == [50] * len(ASSETS),
        limit_s=RUN_LIMIT_S,
    )
    poller.kill()
    broker.start().wait()
    feed.start(**live(*hosts))
    wait_for_a_subscriber(*hosts)
    # What it has to fetch is of an earlier minute.
    book.let_pass(60_000)
    trade_everywhere(book)
    with reading(feed.settings) as topic:
        wait_for_all(feed, topic, book)
    assert {quote.trade_id for quote in feed.desk.quotes().values()} == {51}


def test_a_standby_takes_over_without_a_hole(feed: Feed, hosts: Hosts) -> None:
    active = feed.start(**live(*hosts))
    wait_for_a_subscriber(*hosts)
    standby = feed.start(**live(*hosts))
    eventually(lambda: "standing by" in standby.output, limit_s=RUN_LIMIT_S, what="a standby")
    with reading(feed.settings) as topic:
        with trading(hosts[0].book, per_s=TRADES_PER_S):
            wait_for_more(topic, TRADES_PER_S)
            active.kill()
            eventually(lambda: '"event": "active"' in standby.output, limit_s=RUN_LIMIT_S)
            wait_for_more(topic, TRADES_PER_S)
        wait_for_a_subscriber(*hosts)
        trade_everywhere(hosts[0].book)
        wait_for_all(feed, topic, hosts[0].book)


def test_stopped_it_ends_well_in_the_middle_of_a_fetch(feed: Feed, hosts: Hosts) -> None:
    poller = feed.start(**live(*hosts, binance_rest_wait_max_s=600))
    wait_for_a_subscriber(*hosts)
    hosts[0].book.trade()
    eventually(lambda: feed.checkpoint("binance").get("last") == {"BTC": 1}, limit_s=RUN_LIMIT_S)
    hosts[0].rest.limit(300, status=418)
    asked = len(hosts[0].rest.asked)
    hosts[0].skip(1)
    hosts[0].book.trade()
    hosts[0].book.trade()
    eventually(lambda: len(hosts[0].rest.asked) > asked, what="a request that is told to wait")
    assert poller.stop(limit_s=feed.settings.graceful_stop_s) == 0
    stored = feed.checkpoint("binance")
    assert (stored["last"], stored["gaps"]) == ({"BTC": 3}, {"BTC": [[2, 2]]})


@pytest.fixture
def office(feed: Feed, database: sa.Engine, tmp_path: Path) -> Iterator[BackOffice]:
    """The whole path of trades, on the feed's servers and topic."""
    broker = connect_broker(feed.settings)
    office = BackOffice(feed.settings, database, feed.order_state, broker, tmp_path)
    yield office
    office.close()


def test_twenty_random_drops_in_a_minute_cost_no_trade(office: BackOffice, hosts: Hosts) -> None:
    """300 trades/s for 60 s, cut 20 times whatever is connected; seed 5."""
    book, chooser = hosts[0].book, random.Random(5)
    create_topic(office.settings)
    office.start_worker()
    office.start("workers.batcher", batch_wait_s=1)
    office.start("poller.main", **live(*hosts))
    wait_for_a_subscriber(*hosts)
    drops = sorted(chooser.uniform(1, 59) for _ in range(20))
    with published_ids(office.order_state) as published, trading(book, per_s=TRADES_PER_S, seed=5):
        minute = Deadlines()
        for drop_s in drops:
            minute.reach(drop_s)
            # One that meets no connection would be none.
            wait_for_a_subscriber(*hosts)
            # The other one may be connected to by then.
            for host in [host for host in hosts if host.connections]:
                host.drop()
        minute.reach(60)
    wait_for_a_subscriber(*hosts)
    trade_everywhere(book)
    traded = {(symbol, trade_id) for symbol, ids in all_traded(book).items() for trade_id in ids}
    assert len(traded) > 0.9 * TRADES_PER_S * 60
    eventually(lambda: office.count(Trade) >= len(traded), limit_s=60, every_s=0.5, what="all in PostgreSQL")
    with office.database.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.select(Trade.symbol, Trade.trade_id))]
        folded = connection.scalar(sa.select(sa.func.sum(Candle.trades)))
    assert len(rows) == len(set(rows)) == folded
    assert set(rows) == traded
    assert all(rises(published[symbol]) for symbol in ASSETS)
    assert sum(host.accepted for host in hosts) == 21
