"""Whatever is tampered with in Redis, verification says where: at its account, its position, its trigger."""

from collections.abc import Callable
from typing import Any, cast

import pytest
import redis
import sqlalchemy as sa

from domain.orders import EventKind
from orders.client import OrderDesk
from orders.keys import (
    ACCOUNT,
    POSITION,
    POSITIONS,
    STOP,
    TAKE,
    TRAIL,
    account_key,
    events_key,
    exposure_key,
    house_key,
    shard_tag,
)
from runtime.settings import Settings
from tests.support.books import journal
from tests.support.tampered import TamperedBooks, keep_books
from tests.support.trading import request

TAG = shard_tag(0)

Scored = list[tuple[bytes, float]]


@pytest.fixture
def books(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> TamperedBooks:
    """A day of three traders."""
    return keep_books(database, order_state, settings)


def test_an_account_that_redis_has_otherwise(books: TamperedBooks) -> None:
    key, client = account_key(0, books.trader.user_id), books.order_state

    def expect(said: str) -> None:
        difference = books.difference()
        assert (difference.user_id, difference.event_id) == (
            books.trader.user_id,
            str(books.newest().event_id),
        )
        assert said in difference.what

    client.hincrby(key, "balance", 1)
    expect("Redis has the balance")
    client.hincrby(key, "balance", -1)
    client.hincrby(key, "seq", -1)
    expect("Redis lost events")
    client.delete(key)
    expect("the account is missing in Redis")


def test_a_redis_that_lost_its_last_events(
    books: TamperedBooks, desk: OrderDesk, order_state: redis.Redis
) -> None:
    # Given a balance, seq and stream of before a deposit that PostgreSQL has
    key = account_key(0, books.trader.user_id)
    before: dict[Any, Any] = order_state.hgetall(key)
    deposit = desk.deposit(books.trader.user_id, request(), 5)
    journal(books.database, order_state, books.settings)
    order_state.hset(key, mapping=before)
    order_state.xdel(events_key(0), str(deposit.event_id))
    difference = books.difference()
    assert (difference.user_id, difference.event_id) == (books.trader.user_id, str(deposit.event_id))
    assert "Redis lost events" in difference.what


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("margin", "11251", "margin is 11251, should be 11250"),
        ("take_profit", "700000001", "take_profit is 700000001"),
        ("stop_loss", "600000000", "stop_loss is 600000000, should be none"),
        ("side", "short", "side is short, should be long"),
        ("opened_at_ms", "7", "opened_at_ms is 7"),
        ("trailing_distance", "7", "trailing_distance is 7"),
        ("user_id", "me", "it is of account me"),
    ],
)
def test_a_position_that_redis_has_otherwise(books: TamperedBooks, field: str, value: str, said: str) -> None:
    position = books.position
    books.order_state.hset(f"{TAG}{POSITION}{position.order_id}", field, value)
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert said in difference.what or "Redis can't read it" in difference.what


def test_a_trailing_stop_that_fell_back(books: TamperedBooks) -> None:
    index = f"{TAG}{TRAIL}BTC:long:peaks"
    [(group, peak)] = cast(Scored, books.order_state.zrange(index, 0, -1, withscores=True))
    books.order_state.zadd(index, {group: peak - 60_000_000})
    difference = books.difference()
    assert "trailing_peak fell back" in difference.what
    assert difference.event_id


@pytest.mark.parametrize("listed", [True, False])
def test_a_position_missing_in_redis(books: TamperedBooks, listed: bool) -> None:
    position = books.position
    books.order_state.delete(f"{TAG}{POSITION}{position.order_id}")
    if not listed:
        books.order_state.zrem(f"{TAG}{POSITIONS}{position.user_id}", position.order_id)
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert f"Redis misses the open order {position.order_id}" in difference.what


def test_a_position_that_is_only_in_redis(books: TamperedBooks) -> None:
    position, client = books.position, books.order_state
    fields: dict[Any, Any] = client.hgetall(f"{TAG}{POSITION}{position.order_id}")
    client.hset(f"{TAG}{POSITION}stray", mapping=fields)
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert "Redis has order stray, which is not open" in difference.what
    client.zadd(f"{TAG}{POSITIONS}{position.user_id}", {"stray": 99})
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert "Redis has order stray open, the events have not" in difference.what


@pytest.mark.parametrize("kind", [ACCOUNT, POSITIONS])
def test_an_account_that_is_only_in_redis(books: TamperedBooks, kind: str) -> None:
    if kind == ACCOUNT:
        books.order_state.hset(f"{TAG}{kind}nobody", mapping={"balance": 5, "seq": 1})
    else:
        books.order_state.zadd(f"{TAG}{kind}nobody", {"order": 1})
    difference = books.difference()
    assert difference.user_id == "nobody"
    assert "that no event opened" in difference.what


def test_a_key_of_a_shard_that_is_not_there(books: TamperedBooks) -> None:
    books.order_state.hset(f"{shard_tag(7)}{ACCOUNT}nobody", mapping={"balance": 5, "seq": 1})
    assert "of a shard that the desk has not" in books.difference().what


Tamper = Callable[[redis.Redis, str], object]


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (
            lambda client, order: client.zrem(f"{TAG}{STOP}BTC:long", order),
            "the stop index of BTC long misses",
        ),
        (lambda client, order: client.zadd(f"{TAG}{STOP}BTC:long", {order: 7}), "at 7, should be"),
        (
            lambda client, order: client.zrem(f"{TAG}{TAKE}BTC:long", order),
            "the take profit index of BTC long",
        ),
        (lambda client, order: client.zincrby(f"{TAG}{TAKE}BTC:long", 1, order), "at 700000001, should be"),
        (lambda client, order: client.zadd(f"{TAG}{STOP}ETH:short", {"old": 5}), "which should not be there"),
        (lambda client, order: client.zadd(f"{TAG}{TAKE}BTC:short", {order: 5}), "which should not be there"),
        (lambda client, order: client.zadd(f"{TAG}{STOP}BTC:long", {"group:9": 5}), "the groups of trailing"),
    ],
)
def test_an_index_of_triggers(books: TamperedBooks, tamper: Tamper, said: str) -> None:
    position = books.position
    tamper(books.order_state, position.order_id)
    difference = books.difference()
    assert said in difference.what
    if position.order_id in difference.what:
        assert difference.user_id == books.trader.user_id
        assert difference.event_id == str(books.event(EventKind.REDUCED).event_id)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("members", "the index of trailing stops of BTC long"),
        ("nearest", "the runs of trailing stops of BTC long"),
    ],
)
def test_an_index_of_trailing_stops(books: TamperedBooks, key: str, said: str) -> None:
    found = sorted(books.order_state.scan_iter(match=f"{TAG}{TRAIL}BTC:long:{key}:*"))
    [(member, score)] = cast(Scored, books.order_state.zrange(found[0], 0, 0, withscores=True))
    books.order_state.zadd(found[0], {member: score + 1})
    assert said in books.difference().what


@pytest.mark.parametrize("name", ["fees", "trading", "shortfall"])
def test_a_count_of_what_the_house_made(books: TamperedBooks, name: str) -> None:
    counted = int(cast("bytes | None", books.order_state.hget(house_key(0), name)) or 0)
    books.order_state.hincrby(house_key(0), name, 7)
    difference = books.difference()
    assert difference.what == f"Redis counts {counted + 7} for the house's {name}, should be {counted}"
    assert (difference.shard, difference.user_id, difference.event_id) == (0, "", "")


@pytest.mark.parametrize("side", ["long", "short"])
def test_a_count_of_what_is_open(books: TamperedBooks, side: str) -> None:
    key = exposure_key(0, "BTC")
    counted = int(cast("bytes | None", books.order_state.hget(key, side)) or 0)
    books.order_state.hincrby(key, side, -1)
    what = books.difference().what
    assert what == f"Redis counts {counted - 1} for the {side} exposure of BTC, should be {counted}"


def test_counts_that_are_gone(books: TamperedBooks) -> None:
    assert books.order_state.delete(house_key(0), exposure_key(0, "BTC")) == 2
    assert books.difference().what.startswith("Redis counts 0 for the house's ")
