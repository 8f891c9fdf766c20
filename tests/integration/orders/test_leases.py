"""Of several holders one has a lease, and the fence keeps out whoever had it before."""

import pytest
import redis

from domain.orders import Side
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.keys import LEASE, shard_tag
from orders.leases import Lease, raise_fence, release_lease, take_lease
from orders.library import LEASE_MS_MAX
from runtime.settings import Settings
from tests.support.opening import load_and_open
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market, Trader, make_tick, state_of
from tests.support.waiting import eventually

LONG_MS = 60_000
KEY = f"{shard_tag(0)}{LEASE}feed"


def takes(client: redis.Redis, holder: str, *, ttl_ms: int = LONG_MS) -> Lease:
    """A lease that nobody else has."""
    lease = take_lease(client, "feed", holder, ttl_ms=ttl_ms)
    assert lease is not None
    return lease


def takes_over(client: redis.Redis) -> Lease:
    """The lease of the next holder, once it has run out."""
    lease = eventually(lambda: take_lease(client, "feed", "two", ttl_ms=LONG_MS), what="the lease")
    assert lease is not None
    return lease


def test_one_of_two_has_it(order_state: redis.Redis) -> None:
    mine = takes(order_state, "one")
    before = state_of(order_state)

    assert take_lease(order_state, "feed", "two", ttl_ms=LONG_MS) is None
    assert state_of(order_state) == before
    assert takes(order_state, "one").token == mine.token
    assert take_lease(order_state, "another", "two", ttl_ms=LONG_MS) is not None


def test_what_is_not_renewed_is_anothers_with_a_greater_token(order_state: redis.Redis) -> None:
    first = takes(order_state, "one", ttl_ms=1)

    second = takes_over(order_state)

    assert second.token > first.token
    assert take_lease(order_state, "feed", "one", ttl_ms=LONG_MS) is None


def test_given_back_it_is_anothers_at_once(order_state: redis.Redis) -> None:
    first = takes(order_state, "one")

    release_lease(order_state, Lease("feed", "two", first.token))
    assert take_lease(order_state, "feed", "two", ttl_ms=LONG_MS) is None
    release_lease(order_state, first)

    assert takes(order_state, "two").token > first.token


def test_a_clock_that_was_set_back_makes_no_lease_longer(order_state: redis.Redis) -> None:
    takes(order_state, "one")
    an_hour_ahead = int(order_state.time()[0]) * 1000 + 3_600_000
    order_state.hset(KEY, "renewed_at_ms", an_hour_ahead)

    assert take_lease(order_state, "feed", "two", ttl_ms=LONG_MS) is not None


def test_tokens_rise_also_when_the_state_was_lost(order_state: redis.Redis, settings: Settings) -> None:
    before = takes(order_state, "one").token
    order_state.flushdb()
    load_and_open(order_state, settings)

    now_ms = int(order_state.time()[0]) * 1000
    assert takes(order_state, "one").token >= max(before, now_ms)


@pytest.mark.parametrize(("holder", "ttl_ms"), [("", 1_000), ("one", 0), ("one", LEASE_MS_MAX + 1)])
def test_a_lease_of_nobody_or_for_ever_is_refused(order_state: redis.Redis, holder: str, ttl_ms: int) -> None:
    with pytest.raises(redis.ResponseError, match="a lease needs"):
        take_lease(order_state, "feed", holder, ttl_ms=ttl_ms)

    assert not order_state.exists(KEY)


@pytest.mark.parametrize("quiet", [True, False])
def test_ticks_of_an_earlier_holder_are_fenced_in_every_shard(
    order_state: redis.Redis, services: Services, quiet: bool
) -> None:
    settings = make_settings(services, order_shards=3)
    load_and_open(order_state, settings)
    desk = OrderDesk(order_state, settings)
    first = takes(order_state, "one", ttl_ms=1)
    raise_fence(order_state, 3, first)
    for price in ("64500.12", "64500.13"):
        assert desk.apply_tick(make_tick("BTC", price), token=first.token).accepted
    second = takes_over(order_state)
    raise_fence(order_state, 3, second)
    if quiet:
        desk.apply_tick(make_tick("BTC", "64500.14"), token=second.token)
    before, quotes = state_of(order_state), desk.quotes()

    for token in (first.token, 0):
        with pytest.raises(Refused) as refused:
            desk.apply_tick(make_tick("BTC", "64500.15"), token=token)
        assert refused.value.code is Code.FENCED
    with pytest.raises(Refused) as refused:
        raise_fence(order_state, 3, first)
    assert refused.value.code is Code.FENCED

    assert (state_of(order_state), desk.quotes()) == (before, quotes)
    assert desk.apply_tick(make_tick("BTC", "64500.16"), token=second.token).accepted


def test_a_fenced_caller_does_not_finish_what_was_left(order_state: redis.Redis, services: Services) -> None:
    settings = make_settings(services, fired_per_call_max=1, spread_bps=0)
    load_and_open(order_state, settings)
    desk, market = OrderDesk(order_state, settings), Market(OrderDesk(order_state, settings))
    market.trades_at("64500")
    for _ in range(3):
        Trader.with_balance(desk).opens(Side.LONG, 10_000, 10, take_profit="64600")
    tick = make_tick("BTC", "64700")
    words = (tick.symbol, tick.price, tick.trade_id, tick.event_time_ms, tick.received_time_us, tick.source)
    order_state.fcall("cfdesk_apply_tick", 1, "{s0}", *words, 1, 0)
    raise_fence(order_state, 1, Lease("feed", "two", 7))
    before = state_of(order_state)

    with pytest.raises(Refused) as refused:
        desk.apply_tick(tick)

    assert refused.value.code is Code.FENCED
    assert state_of(order_state) == before
    assert desk.apply_tick(tick, token=7).fired == 2
