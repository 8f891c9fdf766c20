"""What the relay tells of itself, where Prometheus asks."""

import socket
import time

import redis

from orders.client import OrderDesk
from runtime.published_metrics import read_metrics
from tests.support.relay import Relay
from tests.support.trading import Market, Trader
from tests.support.waiting import eventually


def samples(queues: redis.Redis) -> dict[str, float]:
    """The relay's samples without their buckets, over all of its instances."""
    found: dict[str, float] = {}
    for metric in read_metrics(queues, "relay"):
        for sample in metric.samples:
            if "le" not in sample.labels:
                found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_prices_and_clients_are_counted_and_timed(relay: Relay, desk: OrderDesk, queues: redis.Redis) -> None:
    with relay.connect() as client:
        client.subscribes("BTC")
        before = eventually(lambda: samples(queues), what="the relay's metrics")
        Market(desk).trades_at("64500.12", time_ms=time.time_ns() // 1_000_000)
        client.hears()

        eventually(
            lambda: (
                samples(queues)["cfdesk_hop_redis_seconds_count"]
                > before.get("cfdesk_hop_redis_seconds_count", 0)
                and samples(queues)["cfdesk_hop_relay_seconds_count"] > 0
                and samples(queues)["cfdesk_relay_clients"] >= 1
            ),
            what="the price among the relay's metrics",
        )
    # Two containers' processes may have the same number.
    [name] = {
        sample.labels["instance"].rpartition(":")[0]
        for metric in read_metrics(queues, "relay")
        for sample in metric.samples
    }
    assert name == socket.gethostname()


def resumed(queues: redis.Redis) -> dict[str, float]:
    """How many clients were told what they missed, by how."""
    return {
        sample.labels["how"]: sample.value
        for metric in read_metrics(queues, "relay")
        for sample in metric.samples
        if sample.name == "cfdesk_relay_resumed_total"
    }


def test_who_comes_back_is_counted_by_what_it_is_told(
    relay: Relay, desk: OrderDesk, queues: redis.Redis
) -> None:
    """A snapshot is dear: many of them mean that clients stay away for too long."""
    before = resumed(queues)
    for seq in (0, 1_000_000):
        with relay.connect() as client:
            client.says("RESUME", seq=seq)
            client.says("AUTH", token=relay.token_of(Trader.with_balance(desk).user_id))
            while client.hears()["type"] != "RESUMED":
                pass

    eventually(
        lambda: all(resumed(queues).get(how, 0) > before.get(how, 0) for how in ("messages", "snapshot")),
        what="both among the relay's metrics",
    )
