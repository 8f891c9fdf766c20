"""The web's user on real servers: it does all that the desk does from the web, and is refused the rest."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from domain.instruments import ASSETS
from domain.orders import FIRST_EVENT_ID
from orders.access import CHANGED, LIBRARY, limit_web_user, widen_web_user
from orders.client import OrderDesk, Trigger
from orders.gate import begin_epoch, begin_restore, open_shard
from orders.keys import account_key, events_key, orders_channel, quiet_key, shard_tag, terms_key
from orders.leases import Lease, raise_fence, take_lease
from orders.library import PREFIX
from runtime.connections import orders_redis
from runtime.embedded.server import keep_secret
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.support.opening import EPOCH, load_and_open
from tests.support.order_servers import OrderServer
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings
from tests.support.trading import (
    START_BALANCE,
    Market,
    Trader,
    make_order,
    make_tick,
    position_of,
    request,
    state_of,
)

TERMS, ACCOUNT, QUIET = terms_key(0, "BTC"), account_key(0, "somebody"), quiet_key(0, "BTC")
UNFINISHED = shard_tag(0) + ":unfinished:BTC"

# What no user of the web's needs, each as somebody who got hold of its connection would try it.
REFUSED: list[tuple[str | int, ...]] = [
    # Code of one's own.
    ("EVAL", "return 1", 0),
    ("EVALSHA", "0" * 40, 0),
    ("EVAL_RO", "return 1", 0),
    ("SCRIPT", "LOAD", "return 1"),
    ("SCRIPT", "FLUSH"),
    ("FUNCTION", "LOAD", "REPLACE", "#!lua name=cfdesk\nredis.register_function('f', function() end)"),
    ("FUNCTION", "DELETE", "cfdesk"),
    ("FUNCTION", "FLUSH"),
    ("FUNCTION", "LIST", "WITHCODE"),
    ("FUNCTION", "DUMP"),
    ("MODULE", "LIST"),
    # The server and its users.
    ("CONFIG", "GET", "*"),
    ("CONFIG", "SET", "appendfsync", "no"),
    ("CONFIG", "REWRITE"),
    ("ACL", "WHOAMI"),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "web", "+@all"),
    ("ACL", "DELUSER", "web"),
    ("ACL", "SAVE"),
    ("SHUTDOWN", "NOSAVE"),
    ("REPLICAOF", "NO", "ONE"),
    ("CLUSTER", "RESET"),
    ("CLUSTER", "NODES"),
    ("SAVE",),
    ("BGREWRITEAOF",),
    ("MONITOR",),
    ("INFO",),
    ("SLOWLOG", "GET"),
    ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "ID", 1),
    ("CLIENT", "PAUSE", 1),
    # All keys at once, and other databases.
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("SWAPDB", 0, 1),
    ("SELECT", 1),
    ("KEYS", "*"),
    ("SCAN", 0),
    ("RANDOMKEY",),
    ("DBSIZE",),
    # Keys of the order state, by hand, otherwise than its functions use them.
    ("HSET", TERMS, "fee_bps", 0),
    ("DEL", TERMS),
    ("SET", TERMS, "x"),
    ("HSET", UNFINISHED, "price", 1),
    ("DEL", UNFINISHED),
    ("GET", QUIET),
    ("SET", QUIET, "0 1 0 1 0 0 0"),
    ("DEL", ACCOUNT),
    ("SET", ACCOUNT, "x"),
    ("UNLINK", ACCOUNT),
    ("RENAME", ACCOUNT, account_key(0, "me")),
    ("EXPIRE", ACCOUNT, 1),
    ("DUMP", ACCOUNT),
    ("RESTORE", ACCOUNT, 0, "x"),
    ("MIGRATE", "127.0.0.1", 1, ACCOUNT, 0, 1),
    ("DEL", events_key(0)),
    ("XTRIM", events_key(0), "MAXLEN", 0),
    ("XRANGE", events_key(0), "-", "+"),
    ("XREAD", "STREAMS", events_key(0), "0"),
    # Other keys.
    ("GET", "another"),
    ("SET", "another", "x"),
    ("HGET", "dramatiq:default", "x"),
    ("HGET", "{other}:account:somebody", "balance"),
    ("FCALL_RO", PREFIX + "read_account", 1, "another", "somebody"),
    # Other channels; a price is told by ticks alone.
    ("SUBSCRIBE", "another"),
    ("SUBSCRIBE", "BTC", "__keyevent@0__:set"),
    ("PSUBSCRIBE", "orders:*"),
    ("SSUBSCRIBE", "BTC"),
    ("PUBSUB", "CHANNELS"),
    ("PUBLISH", "BTC", "{}"),
    ("PUBLISH", "another", "x"),
]

# Of commands that want more than a key.
ARGUMENTS = {
    "publish": "KEY x",
    "time": "",
    "hget": "KEY f",
    "hincrby": "KEY f 1",
    "hmget": "KEY f",
    "hset": "KEY f v",
    "xadd": "KEY * f v",
    "xrevrange": "KEY + -",
    "zadd": "KEY 1 m",
    "zcount": "KEY 0 1",
    "zrange": "KEY 0 1",
    "zrangebyscore": "KEY 0 1",
    "zrem": "KEY m",
    "zrevrange": "KEY 0 1",
    "zrevrangebyscore": "KEY 1 0",
    "zscore": "KEY m",
}


@pytest.fixture
def web(order_state: redis.Redis, settings: Settings) -> Iterator[redis.Redis]:
    """A connection as the web's processes have it, to a server that has refused nothing yet."""
    limit_web_user(order_state, settings)
    order_state.acl_log_reset()
    client = orders_redis(settings.for_web(), name="web")
    yield client
    client.close()


def say(client: redis.Redis, *words: Any) -> Any:
    """The answer to a command, as it is."""
    return client.execute_command(*words)  # type: ignore[no-untyped-call]


def refusals(full: redis.Redis) -> list[Any]:
    """What the server has refused since it was last asked to forget that."""
    return cast(list[Any], full.acl_log())


def trade_all_day(web: OrderDesk, market: Market) -> None:
    """Everything that the desk does from the web, while somebody else moves the market."""
    market.trades_at("64500.12")
    trader = Trader.with_balance(web)
    user_id = trader.user_id
    asked = request()
    first = position_of(web.open(user_id, asked, make_order(take_profit="65000", stop_loss="64000")))
    assert position_of(web.open(user_id, asked, make_order())) == first
    long = position_of(trader.buys(10_000, 10, trailing_distance="500"))
    short = position_of(trader.sells(10_000, 10, trailing_distance="500"))
    market.trades_at("64600")
    trader.buys(10_000, 10, trailing_distance="100")
    web.modify(user_id, request(), short.order_id, trailing_distance=Trigger.REMOVE, take_profit=640_000_000)
    web.modify(user_id, request(), first.order_id, trailing_distance=2_000_000, stop_loss=Trigger.REMOVE)
    web.add_margin(user_id, request(), long.order_id, 5_000)
    web.partial_close(user_id, request(), long.order_id, percentage=25, part_id=f"part of {long.order_id}")
    web.preview(user_id, make_order(trailing_distance="500"))
    assert {quote.symbol for quote in web.quotes().values()} == {"BTC"}
    web.close(user_id, request(), long.order_id)
    trader.sells(2_000, 2)
    assert web.close_all(user_id, request(), asset="BTC").closed
    trader.buys(2_000, 2)
    web.deposit(user_id, request(), 1)
    web.reset(user_id, request(), START_BALANCE)
    assert web.account(user_id).seq == web.seq(user_id)
    assert (trader.balance, trader.positions) == (START_BALANCE, ())


def test_all_that_the_desk_does_from_the_web_works(
    web: redis.Redis, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trade_all_day(OrderDesk(web, settings), Market(desk))

    OrderDesk(web, settings).check_open()
    assert refusals(order_state) == []


def test_the_relays_subscriptions_work_and_outlive_another_release(
    web: redis.Redis, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = Trader.with_balance(desk)
    heard: list[str] = []
    with web.pubsub(ignore_subscribe_messages=True) as listener:  # type: ignore[no-untyped-call]
        listener.subscribe(*ASSETS, orders_channel("somebody else"))
        listener.subscribe(orders_channel(trader.user_id))
        for _ in range(len(ASSETS) + 2):
            assert listener.get_message(timeout=5) is None
        widen_web_user(order_state, settings)
        load_and_open(order_state, settings)
        limit_web_user(order_state, settings)
        Market(desk).trades_at("64500.12")
        desk.deposit(trader.user_id, request(), 1)
        for _ in range(2):
            message = listener.get_message(timeout=5)
            assert message is not None
            heard.append(message["channel"].decode())
        listener.unsubscribe(orders_channel("somebody else"))
        listener.ping()

    assert heard == ["BTC", orders_channel(trader.user_id)]
    assert refusals(order_state) == []


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: " ".join(map(str, words))[:40])
def test_nothing_else_is_allowed(web: redis.Redis, words: tuple[str | int, ...]) -> None:
    with pytest.raises(redis.exceptions.NoPermissionError):
        say(web, *words)


@pytest.mark.parametrize(
    "words", [("DEBUG", "SLEEP", 0), ("MODULE", "LOAD", "some.so")], ids=lambda words: words[0]
)
def test_what_the_server_refuses_to_everybody_is_not_allowed_either(
    web: redis.Redis, order_state: redis.Redis, words: tuple[str | int, ...]
) -> None:
    answer = say(order_state, "ACL DRYRUN", "web", *words)

    assert b"no permissions to run" in answer


def test_a_tick_of_the_webs_is_refused_before_it_does_anything(
    web: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    """Prices are in the library's memory, where only a tick writes them."""
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500.12")
    trader.buys(10_000, 10, take_profit="65000", trailing_distance="500")
    quotes, account = desk.quotes(), desk.account(trader.user_id)

    for price in ("64500.13", "65100", "60000"):
        with pytest.raises(redis.ResponseError, match=r"ermission|can't access"):
            OrderDesk(web, settings).apply_tick(make_tick("BTC", price))

    assert (desk.quotes(), desk.account(trader.user_id)) == (quotes, account)
    assert market.trades_at("65100").fired == 1


OPENING: dict[str, Callable[[redis.Redis], object]] = {
    "proves": lambda web: open_shard(web, 0, epoch=EPOCH, journaled=FIRST_EVENT_ID),
    "begins an epoch": lambda web: begin_epoch(web, 1, epoch=EPOCH, journaled=FIRST_EVENT_ID),
    "begins a restore": lambda web: begin_restore(web, 1, epoch=EPOCH),
    "takes a lease": lambda web: take_lease(web, "feed", "web", ttl_ms=1_000),
    "raises the fence": lambda web: raise_fence(web, 1, Lease("feed", "web", 2**52)),
}


@pytest.mark.parametrize("what", OPENING)
def test_the_web_opens_nothing_and_takes_no_lease(
    web: redis.Redis, order_state: redis.Redis, desk: OrderDesk, what: str
) -> None:
    before = state_of(order_state)

    with pytest.raises(redis.ResponseError, match=r"ermission|can't access"):
        OPENING[what](web)

    assert state_of(order_state) == before
    assert Market(desk).trades_at("64500.12").accepted


@pytest.mark.parametrize("command", LIBRARY)
def test_no_function_can_be_stopped_half_way_by_a_command(
    web: redis.Redis, order_state: redis.Redis, command: str
) -> None:
    """A refusal in the middle would leave half of a function's work done."""
    keys = [f"{shard_tag(0)}{name}x" for name in CHANGED]
    if command in {"publish", "time"}:
        keys = [orders_channel("somebody")]

    for key in keys:
        words = [word.replace("KEY", key) for word in ARGUMENTS.get(command, "KEY").split()]
        assert say(order_state, "ACL DRYRUN", "web", command, *words) == b"OK", key


def test_a_release_takes_away_what_is_no_longer_in_the_rule(
    web: redis.Redis, order_state: redis.Redis, settings: Settings
) -> None:
    say(order_state, "ACL SETUSER", "web", ">another password", "+flushdb", "(~* +dbsize)")
    assert say(web, "DBSIZE") > 0

    widen_web_user(order_state, settings)
    assert say(web, "DBSIZE") > 0
    limit_web_user(order_state, settings)

    for command in ("DBSIZE", "FLUSHDB"):
        with pytest.raises(redis.exceptions.NoPermissionError):
            say(web, command)
    with pytest.raises(redis.AuthenticationError):
        say(redis.Redis.from_url(settings.orders_redis_url), "AUTH", "web", "another password")


def test_before_a_release_an_older_library_keeps_its_rights_and_the_newer_has_its_own(
    web: redis.Redis, order_state: redis.Redis, settings: Settings
) -> None:
    say(order_state, "ACL SETUSER", "web", "-hget", "+dbsize")

    widen_web_user(order_state, settings)

    assert say(web, "DBSIZE") > 0
    assert OrderDesk(web, settings).seq("nobody") == 0


def test_without_a_user_of_the_webs_nobody_is_made(order_state: redis.Redis, settings: Settings) -> None:
    say(order_state, "ACL DELUSER", "web")

    for change in (widen_web_user, limit_web_user):
        change(order_state, settings.model_copy(update={"orders_web_redis_url": ""}))
    assert order_state.acl_users() == ["default"]
    widen_web_user(order_state, settings)
    assert order_state.acl_users() == ["default"]


def test_the_user_outlives_kill_9_of_the_server(
    services: Services, web: redis.Redis, settings: Settings
) -> None:
    server = services.servers["orders"]

    server.kill()
    server.start().wait()

    assert OrderDesk(web, settings).seq("nobody") == 0
    with pytest.raises(redis.exceptions.NoPermissionError):
        say(web, "FLUSHALL")


def test_a_server_that_keeps_no_users_has_this_one_for_its_lifetime(
    order_server: OrderServer, services: Services, tmp_path: Path
) -> None:
    """A server of the operator's may have its password in its configuration and no file of users."""
    secrets = tmp_path / "secrets"
    server = ValkeyServer(
        "orders",
        folder=tmp_path / "orders",
        secrets=secrets,
        port=quiet_port(),
        fsync="no",
        binary=order_server.binary,
        settings={"aclfile": '""', "requirepass": keep_secret(secrets, "orders_password")},
    )
    settings = make_settings(
        services, orders_redis_url=server.url, orders_web_redis_url=server.user_url("web")
    )
    server.prepare()
    running = RunningServer(server, tmp_path / "orders.log")
    try:
        running.start().wait()
        with orders_redis(settings, name="release") as full:
            limit_web_user(full, settings)
        with orders_redis(settings.for_web(), name="web") as web:
            assert web.ping()
            with pytest.raises(redis.exceptions.NoPermissionError):
                say(web, "FLUSHALL")
    finally:
        running.stop()
