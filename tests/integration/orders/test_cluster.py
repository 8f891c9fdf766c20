"""The order state on a real cluster of three masters: every shard is served, wherever its keys lie."""

import http.client
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
import redis
import sqlalchemy as sa

from domain.messages import Tick
from domain.orders import FIRST_EVENT_ID, CloseReason, EventKind
from orders.access import limit_web_user
from orders.client import OrderDesk
from orders.codes import Code
from orders.events import newest_event_id, read_events, trim_events, wait_events
from orders.keys import events_key, orders_channel, shard_tag
from runtime.cluster import Cluster
from runtime.connections import connect_redis, orders_redis
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.support.books import assert_postgresql_agrees
from tests.support.cluster import MASTERS, RunningCluster, running_cluster
from tests.support.opening import load_and_open, open_all
from tests.support.order_servers import OrderServer
from tests.support.relay import HOST, Relay, running_relay
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings
from tests.support.trading import (
    START_BALANCE,
    Market,
    Trader,
    closings,
    events,
    make_order,
    make_tick,
    position_of,
    request,
)
from tests.support.trading_day import trade_a_little
from tests.support.waiting import eventually
from workers.orders import ShardJournal
from workers.verification import verify

SHARDS = 6
# A killed master comes back, and takes writes two seconds later.
RETURN_LIMIT_S = 20.0
READY_LIMIT_S = 10.0


@pytest.fixture(scope="module")
def cluster(order_server: OrderServer) -> Iterator[RunningCluster]:
    """Three masters."""
    with running_cluster(order_server) as cluster:
        yield cluster


@pytest.fixture
def settings(services: Services, cluster: RunningCluster) -> Settings:
    """The defaults, with the order state on the cluster."""
    return make_settings(services, **on_cluster(cluster))


@pytest.fixture
def order_state(settings: Settings) -> Iterator[redis.Redis]:
    """The cluster: empty, with the library loaded."""
    client = orders_redis(settings, name="tests")
    client.flushdb()
    load_and_open(client, settings)
    limit_web_user(client, settings)
    yield client
    client.close()


@pytest.fixture
def desk(order_state: redis.Redis, settings: Settings) -> OrderDesk:
    """An empty desk."""
    return OrderDesk(order_state, settings)


@pytest.fixture
def traders(desk: OrderDesk) -> list[Trader]:
    """One trader in each shard, with the demo balance."""
    return Trader.of_every_shard(desk, SHARDS)


def on_cluster(cluster: RunningCluster) -> dict[str, Any]:
    """Settings of an order state on the cluster."""
    return {
        "orders_redis_url": cluster.url,
        "orders_web_redis_url": cluster.web_url,
        "orders_redis_cluster": True,
        "order_shards": SHARDS,
    }


def master_of(cluster: RunningCluster, client: redis.Redis, shard: int) -> RunningServer:
    """The master that has the shard."""
    assert isinstance(client, Cluster)
    port = client.get_node_from_key(shard_tag(shard)).port
    return next(master for master in cluster.masters if master.server.port == port)


def test_shards_lie_on_all_masters(cluster: RunningCluster, order_state: redis.Redis) -> None:
    masters = {master_of(cluster, order_state, shard).server.port for shard in range(SHARDS)}

    assert len(masters) == MASTERS


def test_one_tick_fires_in_every_shard(
    desk: OrderDesk, order_state: redis.Redis, traders: list[Trader]
) -> None:
    market = Market(desk)
    market.trades_at("64500.12")
    for trader in traders:
        trader.buys(10_000, 10, take_profit="65000")
        trader.sells(10_000, 10, stop_loss="65000")
        trader.buys(10_000, 10)

    result = market.trades_at("65100")

    assert (result.accepted, result.fired) == (True, 2 * SHARDS)
    for trader in traders:
        ended = closings(order_state, trader.user_id, shards=SHARDS)
        assert {closing.reason for closing in ended} == {CloseReason.TAKE_PROFIT, CloseReason.STOP_LOSS}
        assert len(trader.positions) == 1


def test_every_command_works_in_every_shard(
    desk: OrderDesk, order_state: redis.Redis, traders: list[Trader]
) -> None:
    Market(desk).trades_at("64500.12")
    for trader in traders:
        user_id, asked = trader.user_id, make_order(trailing_distance="500")
        preview = desk.preview(user_id, asked)
        order_id = position_of(desk.open(user_id, request(), asked)).order_id
        assert trader.balance == preview.balance_after
        desk.deposit(user_id, request(), 1)
        desk.modify(user_id, request(), order_id, stop_loss=600_000_000)
        desk.add_margin(user_id, request(), order_id, 5_000)
        desk.partial_close(user_id, request(), order_id, percentage=25, part_id=f"part of {order_id}")
        trader.sells(2_000, 2)
        desk.close(user_id, request(), order_id)
        desk.close_all(user_id, request())
        desk.reset(user_id, request(), START_BALANCE)

        account = desk.account(user_id)
        told = [event.kind for event in events(order_state, user_id, shards=SHARDS)]
        assert (account.balance, account.positions) == (START_BALANCE, ())
        assert (len(told), told[-1]) == (account.seq, EventKind.RESET)


def test_the_webs_user_trades_in_every_shard_and_is_limited_on_every_master(
    cluster: RunningCluster, settings: Settings, desk: OrderDesk, traders: list[Trader]
) -> None:
    Market(desk).trades_at("64500.12")
    with orders_redis(settings.for_web(), name="web") as client:
        web = OrderDesk(client, settings)
        for trader in traders:
            order_id = position_of(web.open(trader.user_id, request(), make_order())).order_id
            assert web.seq(trader.user_id) == web.account(trader.user_id).seq == 2
            web.close(trader.user_id, request(), order_id)
        assert web.quotes().keys() == {"BTC"}

    for master in cluster.masters:
        with redis.Redis.from_url(master.server.url) as full:
            assert full.acl_log() == []
        url = cast(ValkeyServer, master.server).user_url("web")
        with redis.Redis.from_url(url) as limited, pytest.raises(redis.exceptions.NoPermissionError):
            limited.flushall()


def test_a_retried_request_gets_its_first_answer(desk: OrderDesk, traders: list[Trader]) -> None:
    market = Market(desk)
    market.trades_at("64500.12")
    asked = request("the same of all")
    first = [desk.open(trader.user_id, asked, make_order()) for trader in traders]
    market.trades_at("64600")

    again = [desk.open(trader.user_id, asked, make_order()) for trader in traders]

    assert again == first
    assert [len(trader.positions) for trader in traders] == [1] * SHARDS


def test_events_of_every_shard_are_waited_for_read_and_trimmed(
    order_state: redis.Redis, traders: list[Trader]
) -> None:
    seen = {shard: newest_event_id(order_state, shard) or FIRST_EVENT_ID for shard in range(SHARDS)}
    assert wait_events(order_state, seen, seconds=0.1) == {}
    for shard in (0, SHARDS - 1):
        traders[shard].desk.deposit(traders[shard].user_id, request(), 7)

    news = wait_events(order_state, seen, seconds=5)

    assert news == {shard: newest_event_id(order_state, shard) for shard in (0, SHARDS - 1)}
    for shard, trader in enumerate(traders):
        for _ in range(3):
            trader.desk.deposit(trader.user_id, request(), 7)
        told = read_events(order_state, shard, after=FIRST_EVENT_ID, limit=10)
        assert {event.user_id for event in told} == {trader.user_id}
        trim_events(order_state, shard, journaled=told[-2].event_id, keep=0)
        assert read_events(order_state, shard, after=FIRST_EVENT_ID, limit=10) == told[-2:]


def test_whatever_node_a_listener_is_at_it_hears_every_shard_once(
    cluster: RunningCluster, settings: Settings, desk: OrderDesk, traders: list[Trader]
) -> None:
    channels = ["BTC", *(orders_channel(trader.user_id) for trader in traders)]
    with ExitStack() as stack:
        listeners = []
        for master in cluster.masters:
            client = connect_redis(master.server.url, settings, setting="ORDERS_REDIS_URL", name="tests")
            listener = stack.enter_context(client).pubsub(ignore_subscribe_messages=True)
            stack.enter_context(listener).subscribe(*channels)
            # What is sent before it is confirmed may be missed.
            for _ in channels:
                listener.get_message(timeout=5)
            listeners.append(listener)
        Market(desk).trades_at("64500.12")
        for trader in traders:
            desk.deposit(trader.user_id, request(), 7)
            desk.deposit(trader.user_id, request(), 7)
        expected = sorted(["BTC", *2 * channels[1:]])
        for listener in listeners:
            assert sorted(_hear(listener, len(expected))) == expected
            assert listener.get_message() is None


def _hear(listener: Any, messages: int) -> list[str]:
    """The channels of so many messages; the opening of the accounts may still be on its way to this node."""
    heard: list[str] = []
    while len(heard) < messages:
        message = eventually(lambda: listener.get_message(timeout=1))
        if b"account_opened" not in message["data"]:
            heard.append(message["channel"].decode())
    return heard


def test_the_relay_brings_every_shards_orders(
    cluster: RunningCluster, migrated: Services, tmp_path: Path, desk: OrderDesk, traders: list[Trader]
) -> None:
    with running_relay(migrated, tmp_path, **on_cluster(cluster)) as relay, ExitStack() as stack:
        clients = [stack.enter_context(relay.signed_in(trader.user_id)) for trader in traders]
        clients[0].subscribes("BTC")
        Market(desk).trades_at("64500.12")
        assert clients[0].hears()["data"]["lastPrice"] == 645_001_200
        for trader, client in zip(traders, clients, strict=True):
            order_id = position_of(trader.buys(10_000, 10)).order_id
            assert order_id in orjson.dumps(client.hears()).decode()


def test_postgresql_follows_every_shard(
    database: sa.Engine, order_state: redis.Redis, settings: Settings, desk: OrderDesk
) -> None:
    traders = trade_a_little(desk, 2 * SHARDS, shards=SHARDS)

    for shard in range(SHARDS):
        assert ShardJournal(database, order_state, settings, shard=shard).catch_up(seconds=10)

    assert_postgresql_agrees(database, desk, traders)
    report = verify(database, order_state, settings)
    assert report.is_clean, report.difference
    assert report.counts.accounts == 2 * SHARDS


def test_one_of_the_nodes_named_is_enough_to_find_the_others(
    cluster: RunningCluster, settings: Settings, desk: OrderDesk
) -> None:
    """The nodes are spoken to as the first that is named, here one that isn't there."""
    alive = cluster.masters[-1].server
    gone = alive.url.replace(str(alive.port), str(quiet_port()))
    changed = settings.model_copy(update={"orders_redis_url": f"{gone}, {alive.url}"})

    with closing(orders_redis(changed, name="tests")) as client:
        OrderDesk(client, changed).check_open()


def test_a_command_of_two_shards_is_a_mistake_not_an_outage(order_state: redis.Redis) -> None:
    with pytest.raises(ValueError, match="same key slot"):
        order_state.xread({events_key(0): "0", events_key(1): "0"})


def test_a_cluster_that_is_not_there_is_a_server_that_is_not_there(settings: Settings) -> None:
    url = f"redis://127.0.0.1:{quiet_port()}"
    with pytest.raises(redis.ConnectionError):
        orders_redis(settings.model_copy(update={"orders_redis_url": url}), name="tests")


def test_a_killed_master_stops_its_shards_until_it_is_back_and_loses_nothing(
    cluster: RunningCluster,
    desk: OrderDesk,
    order_state: redis.Redis,
    settings: Settings,
    traders: list[Trader],
) -> None:
    Market(desk).trades_at("64500.12")
    for trader in traders:
        trader.buys(10_000, 10, take_profit="65000")
    accounts = [desk.account(trader.user_id) for trader in traders]
    master = master_of_a_later_shard(cluster, order_state)
    tick = make_tick("BTC", "65100")

    master.kill()
    with pytest.raises(redis.ConnectionError):
        desk.apply_tick(tick)
    master.start().wait()

    # Its shards are closed until somebody has proven them again.
    eventually(
        lambda: can_open_again(order_state, settings),
        limit_s=RETURN_LIMIT_S,
        what="its shards to open",
    )
    # As the poller does, until every shard has it.
    eventually(lambda: is_applied(desk, tick), limit_s=RETURN_LIMIT_S, what="the cluster to take ticks again")
    for trader, account in zip(traders, accounts, strict=True):
        [closing] = closings(order_state, trader.user_id, shards=SHARDS)
        assert closing.reason is CloseReason.TAKE_PROFIT
        assert trader.balance == account.balance + closing.credit


def test_a_process_is_ready_when_every_master_is(
    cluster: RunningCluster,
    services: Services,
    settings: Settings,
    tmp_path: Path,
    desk: OrderDesk,
    order_state: redis.Redis,
) -> None:
    with running_relay(services, tmp_path, **on_cluster(cluster)) as relay:
        assert readiness(relay) == "ok"
        master = master_of_a_later_shard(cluster, order_state)

        master.kill()
        refused = readiness(relay)
        master.start().wait()

        assert refused == "ConnectionError"
        eventually(
            lambda: can_open_again(order_state, settings), limit_s=RETURN_LIMIT_S, what="its shards to open"
        )
        eventually(
            lambda: readiness(relay) == "ok", limit_s=RETURN_LIMIT_S, what="the relay to be ready again"
        )


def master_of_a_later_shard(cluster: RunningCluster, client: redis.Redis) -> RunningServer:
    """Not that of the first shard: what goes from shard to shard gets half way without it."""
    masters = [master_of(cluster, client, shard) for shard in range(SHARDS)]
    return next(master for master in masters if master is not masters[0])


def readiness(relay: Relay) -> str:
    """What the process says of the order state."""
    connection = http.client.HTTPConnection(HOST, relay.port, timeout=READY_LIMIT_S)
    try:
        connection.request("GET", "/ready")
        state = orjson.loads(connection.getresponse().read())["dependencies"]["orders"]
    finally:
        connection.close()
    return str(state)


def can_open_again(client: redis.Redis, settings: Settings) -> bool:
    """Tries to; whether every shard was open by then."""
    try:
        open_all(client, settings)
    except redis.RedisError:
        return False
    return True


def is_applied(desk: OrderDesk, tick: Tick) -> bool:
    """Sends it again; whether every shard had it by then."""
    try:
        result = desk.apply_tick(tick)
    except redis.RedisError:
        return False
    return result.accepted or result.refusal is Code.TRADE_ID_NOT_ABOVE
