"""The sinks against a real Redis-compatible server and a real Kafka-compatible broker, killed on the way."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from domain.messages import Tick
from orders.ticks import TickLane
from poller.handoff import Handoff
from poller.kafka import KafkaSink
from poller.sinks import Fanout
from poller.topic import ensure_topic
from runtime.connections import kafka_config, orders_redis
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.process import Stop
from runtime.settings import Settings
from tests.integration.poller.feed import Feed, reading
from tests.support import brokers
from tests.support.brokers import BrokerKind
from tests.support.market import make_past_tick, make_tick
from tests.support.opening import open_all
from tests.support.services import RunningServer
from tests.support.waiting import eventually


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[RunningServer]:
    """An order state's server of the test's own, to be killed."""
    server = ValkeyServer(
        "orders", folder=tmp_path / "orders", secrets=tmp_path / "secrets", port=quiet_port(), fsync="always"
    )
    server.prepare()
    running = RunningServer(server, tmp_path / "orders.log")
    running.start().wait()
    yield running
    running.stop()


@contextmanager
def kafka_sink(settings: Settings) -> Iterator[KafkaSink]:
    sink = KafkaSink(settings)
    yield sink
    sink.close(time.monotonic())


def changed(settings: Settings, **values: Any) -> Settings:
    return settings.model_copy(update=values)


def serve_until(sink: KafkaSink, done: Callable[[], bool], *, what: str, limit_s: float = 20.0) -> None:
    def served() -> bool:
        sink.serve(0.01)
        return done()

    eventually(served, limit_s=limit_s, what=what)


def serve_until_all_is_acknowledged(sink: KafkaSink) -> None:
    serve_until(sink, lambda: sink.unacknowledged == 0, what="all to be acknowledged")


class TestKafka:
    """On each kind of broker."""

    @pytest.fixture
    def feed_settings(self, feed_settings: Settings, kafka: RunningServer) -> Settings:
        return changed(feed_settings, kafka_brokers=kafka.server.url)

    @pytest.fixture
    def broker(self, broker_kind: BrokerKind) -> Iterator[RunningServer]:
        with brokers.broker(broker_kind) as running:
            yield running

    def test_every_trade_lies_in_the_topic_keyed_by_symbol(self, feed_settings: Settings) -> None:
        with kafka_sink(feed_settings) as sink:
            for trade_id in range(1000):
                assert sink.send(make_tick(trade_id))
            serve_until_all_is_acknowledged(sink)
            assert (sink.acknowledged, sink.delivered, sink.failed) == (1000, 1000, 0)
        with reading(feed_settings) as topic:
            eventually(lambda: len(topic.trade_ids()) == 1000, what="1000 trades")
            assert topic.partitions == feed_settings.kafka_partitions
            assert topic.partitions_of.keys() == {b"BTC"}
            assert topic.ticks == [make_tick(trade_id) for trade_id in range(1000)], "in order, once each"

    def test_what_is_not_acknowledged_is_bounded_and_nothing_of_it_dropped(
        self, feed_settings: Settings, broker: RunningServer
    ) -> None:
        settings = changed(feed_settings, kafka_brokers=broker.server.url, kafka_pending_max=100)
        with kafka_sink(settings) as sink:
            accepted = [sink.send(make_tick(trade_id)) for trade_id in range(150)]
            assert accepted == [True] * 100 + [False] * 50
            assert (sink.unacknowledged, sink.acknowledged) == (100, 0)
            broker.start().wait()
            serve_until_all_is_acknowledged(sink)
            assert sink.send(make_tick(100))
            serve_until_all_is_acknowledged(sink)
            with reading(settings) as topic:
                eventually(lambda: topic.trade_ids() == set(range(101)))

    def test_a_killed_broker_gets_all_that_it_had_not_acknowledged_when_it_comes_back(
        self, feed_settings: Settings, broker: RunningServer, broker_kind: BrokerKind
    ) -> None:
        settings = changed(feed_settings, kafka_brokers=broker.server.url)
        broker.start().wait()
        with kafka_sink(settings) as sink:
            for trade_id in range(200):
                sink.send(make_tick(trade_id))
            serve_until_all_is_acknowledged(sink)
            broker.kill()
            for trade_id in range(200, 500):
                sink.send(make_tick(trade_id))
            broker.start().wait()
            for trade_id in range(500, 600):
                sink.send(make_tick(trade_id))
            serve_until_all_is_acknowledged(sink)
            with reading(settings) as topic:
                # The embedded one has forgotten what it had acknowledged.
                first = 0 if broker_kind.keeps_its_log else 200
                eventually(lambda: topic.trade_ids() == set(range(first, 600)))
                assert topic.partitions == settings.kafka_partitions

    def test_a_delivery_that_failed_is_sent_again_by_a_new_producer_when_the_old_one_died_of_it(
        self, feed_settings: Settings, broker: RunningServer, broker_kind: BrokerKind
    ) -> None:
        # Too long to help.
        settings = changed(feed_settings, kafka_brokers=broker.server.url, kafka_stall_s=60)
        broker.start().wait()
        with kafka_sink(settings) as sink:
            sink.send(make_tick(0))
            serve_until_all_is_acknowledged(sink)
            broker.kill()
            for trade_id in range(1, 51):
                sink.send(make_tick(trade_id))
            sink.serve()
            # What librdkafka gives up is reported as any failed delivery is.
            assert sink._producer is not None
            sink._producer.purge()
            serve_until(sink, lambda: sink.failed == 50, what="all to be given up, those under way last")
            assert (sink.unacknowledged, sink.acknowledged) == (50, 1)
            # For an idempotent producer the gap is fatal, once a broker answers.
            broker.start().wait()
            admin = AdminClient(kafka_config(settings, name="tests"))
            ensure_topic(admin, settings)
            serve_until_all_is_acknowledged(sink)
            with reading(settings) as topic:
                first = 0 if broker_kind.keeps_its_log else 1
                eventually(lambda: topic.trade_ids() == set(range(first, 51)))

    def test_acknowledged_counts_only_up_to_the_first_that_is_missing(self, feed_settings: Settings) -> None:
        with kafka_sink(feed_settings) as sink:
            seen = []
            for trade_id in range(500):
                sink.send(make_tick(trade_id))
                seen.append(sink.acknowledged)
            serve_until_all_is_acknowledged(sink)
            seen.append(sink.acknowledged)
        assert seen == sorted(seen)
        assert all(acknowledged <= sent for sent, acknowledged in enumerate(seen, 1))
        assert seen[-1] == 500


class RunningFanout:
    """A fanout in its thread, fed by the test."""

    def __init__(self, feed: Feed, settings: Settings) -> None:
        self.stop = Stop()
        self.handoff = Handoff(settings.feed_queue_max)
        self.kafka = KafkaSink(settings)
        lane = TickLane(feed.order_state, settings)
        self.fanout = Fanout(self.handoff, lane, self.kafka, settings=settings, stop=self.stop)
        self._thread = threading.Thread(target=self.fanout.run, name="fanout")
        self._thread.start()

    def give(self, *ticks: Tick) -> None:
        async def put_all() -> None:
            for tick in ticks:
                await self.handoff.put(tick)

        asyncio.run(put_all())

    def end(self) -> None:
        self.stop.set()
        self.handoff.close()
        self._thread.join(15)
        assert not self._thread.is_alive()


@contextmanager
def running_fanout(feed: Feed, **values: Any) -> Iterator[RunningFanout]:
    running = RunningFanout(feed, changed(feed.settings, **values))
    try:
        yield running
    finally:
        running.end()


class TestFanout:
    def test_a_tick_is_a_price_in_redis_and_a_trade_in_kafka(self, feed: Feed) -> None:
        with running_fanout(feed) as running:
            running.give(make_tick(5, price=645_001_200, source="replay:x"))
            eventually(lambda: "BTC" in feed.desk.quotes(), what="a price")
            quote = feed.desk.quotes()["BTC"]
            assert (quote.price, quote.trade_id, quote.source) == (645_001_200, 5, "replay")
        with reading(feed.settings) as topic:
            eventually(lambda: topic.trade_ids() == {5})

    def test_what_redis_refuses_is_counted_and_still_recorded(self, feed: Feed) -> None:
        with running_fanout(feed) as running:
            running.give(make_tick(7), make_tick(6), make_tick(7), make_tick(8))
            eventually(lambda: running.kafka.delivered == 4)
            assert running.fanout.ticks == 4
            assert running.fanout.refusals == {"trade_id_not_above": 2}
        assert feed.desk.quotes()["BTC"].trade_id == 8

    def test_a_past_tick_is_a_trade_in_kafka_and_no_price(self, feed: Feed) -> None:
        with running_fanout(feed) as running:
            running.give(make_past_tick(1), make_tick(3), make_past_tick(2), make_past_tick(9))
            eventually(lambda: running.kafka.delivered == 4)
            assert (running.fanout.ticks, running.fanout.past) == (1, 3)
            assert not running.fanout.refusals
        assert feed.desk.quotes()["BTC"].trade_id == 3
        with reading(feed.settings) as topic:
            eventually(lambda: topic.trade_ids() == {1, 2, 3, 9})
            assert topic.ticks == [make_tick(trade_id) for trade_id in (1, 3, 2, 9)]

    def test_prices_go_on_while_kafka_is_down(self, feed: Feed, broker: RunningServer) -> None:
        with running_fanout(feed, kafka_brokers=broker.server.url) as running:
            running.give(*(make_tick(trade_id) for trade_id in range(1, 501)))
            eventually(lambda: running.fanout.ticks == 500)
            assert feed.desk.quotes()["BTC"].trade_id == 500
            assert running.kafka.unacknowledged == 500
            broker.start().wait()
            eventually(lambda: running.kafka.unacknowledged == 0, limit_s=20)

    def test_a_kafka_too_far_behind_holds_the_feed(self, feed: Feed, broker: RunningServer) -> None:
        with running_fanout(feed, kafka_brokers=broker.server.url, kafka_pending_max=100) as running:
            running.give(*(make_tick(trade_id) for trade_id in range(1, 201)))
            # Two pairs after the hundredth have their prices: one waits for its place, one came meanwhile. Of
            # the first it may be one half, where pairs began with a tick that was alone.
            eventually(
                lambda: running.fanout.ticks >= 103 and running.fanout.ticks + running.handoff.depth == 200
            )
            assert running.fanout.ticks <= 104
            broker.start().wait()
            eventually(lambda: running.kafka.delivered == 200, limit_s=20)
            assert feed.desk.quotes()["BTC"].trade_id == 200

    def test_a_redis_that_refuses_gets_the_same_tick_until_it_takes_it(self, feed: Feed) -> None:
        feed.order_state.function_flush()
        with running_fanout(feed) as running:
            running.give(make_tick(1), make_tick(2), make_tick(3))
            # Two go together, if both were there when the first was taken.
            eventually(lambda: running.handoff.depth in {1, 2})
            assert running.fanout.ticks == 0
            feed.load_library()
            eventually(lambda: running.kafka.delivered == 3)
            assert not running.fanout.refusals
        with reading(feed.settings) as topic:
            eventually(lambda: topic.trade_ids() == {1, 2, 3})
            assert [tick.trade_id for tick in topic.ticks] == [1, 2, 3]

    def test_a_redis_killed_on_the_way_has_the_last_tick_when_it_is_back(
        self, feed: Feed, valkey: RunningServer
    ) -> None:
        settings = changed(feed.settings, orders_redis_url=valkey.server.url)
        with closing(orders_redis(settings, name="tests")) as order_state:
            feed.order_state, feed.settings = order_state, settings
            feed.load_library()
            with running_fanout(feed) as running:
                running.give(*(make_tick(trade_id) for trade_id in range(1, 501)))
                eventually(lambda: running.fanout.ticks > 100)
                valkey.kill()
                running.give(*(make_tick(trade_id) for trade_id in range(501, 1001)))
                valkey.start().wait()
                taken = running.fanout.ticks
                open_all(order_state, settings)
                eventually(lambda: running.kafka.delivered == 1000, limit_s=20)
                assert taken <= 500
            assert feed.desk.quotes()["BTC"].trade_id == 1000
        with reading(settings) as topic:
            eventually(lambda: len(topic.trade_ids()) == 1000)
            assert [tick.trade_id for tick in topic.ticks] == list(range(1, 1001))

    def test_a_stop_drains_what_was_handed_over(self, feed: Feed) -> None:
        with running_fanout(feed) as running:
            running.give(*(make_tick(trade_id) for trade_id in range(1, 1001)))
        assert running.fanout.ticks == 1000
        assert running.kafka.delivered == 1000

    def test_a_stop_does_not_wait_for_ever(self, feed: Feed, broker: RunningServer) -> None:
        with running_fanout(feed, kafka_brokers=broker.server.url, graceful_stop_s=1) as running:
            running.give(make_tick(1))
            eventually(lambda: running.fanout.ticks == 1)
            began_at = time.monotonic()
        assert time.monotonic() - began_at < 5
        assert running.kafka.acknowledged == 0
