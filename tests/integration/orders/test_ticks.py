"""Ticks: their order, their source, and what happens when one touches more than a call may end."""

from typing import cast

import orjson
import pytest
import redis

from domain.messages import Tick
from domain.orders import CloseReason
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.keys import shard_tag
from orders.library import PREFIX
from tests.integration.orders.conftest import MakeDesk
from tests.support.trading import Market, Trader, closings, make_order, make_tick, request, state_of
from tests.support.waiting import eventually

ENTRY = 645_000_000
TARGET = ENTRY + 10_000


def call_once(client: redis.Redis, tick: Tick) -> dict[str, str]:
    """One call of apply_tick, as a caller makes it that dies before the next."""
    arguments = [tick.symbol, tick.price, tick.trade_id, tick.event_time_ms, tick.received_time_us]
    answer = client.fcall(PREFIX + "apply_tick", 1, shard_tag(0), *arguments, tick.source, 1)
    return cast(dict[str, str], orjson.loads(cast(bytes, answer)))


def crowd(desk: OrderDesk, size: int) -> list[Trader]:
    """So many traders with one long each, all with the same target."""
    traders = [Trader.with_balance(desk) for _ in range(size)]
    for trader in traders:
        trader.buys(10_000, 10, take_profit=TARGET)
    return traders


def test_a_quote_is_of_the_newest_trade(desk: OrderDesk) -> None:
    Market(desk).trades_at("64500.12", trade_id=7, time_ms=1_700_000_000_001)
    Market(desk).trades_at("64500.13", trade_id=9, time_ms=1_700_000_000_002)

    quote = desk.quotes()["BTC"]

    assert (quote.price, quote.trade_id, quote.event_time_ms) == (645_001_300, 9, 1_700_000_000_002)
    assert not quote.stale
    assert desk.quotes().keys() == {"BTC"}


@pytest.mark.parametrize("trade_id", [10, 9, 0])
def test_an_id_that_does_not_rise_is_refused(desk: OrderDesk, trade_id: int) -> None:
    Market(desk).trades_at("64500.12", trade_id=10)

    result = Market(desk).trades_at("70000", trade_id=trade_id)

    assert result.refusal is Code.TRADE_ID_NOT_ABOVE
    assert desk.quotes()["BTC"].price == 645_001_200


def test_another_source_counts_its_own_ids(desk: OrderDesk) -> None:
    Market(desk).trades_at("64500.12", trade_id=1_000, source="binance")

    result = Market(desk).trades_at("64500.13", trade_id=1, source="simulated:run-2")

    assert result.accepted
    assert desk.quotes()["BTC"].price == 645_001_300
    assert desk.quotes()["BTC"].source == "simulated"


def test_all_that_a_tick_touches_ends_at_its_price_however_many_calls_it_takes(
    make_desk: MakeDesk, order_state: redis.Redis
) -> None:
    desk = make_desk(spread_bps=0, fired_per_call_max=3)
    Market(desk).trades_at(ENTRY)
    traders = crowd(desk, 10)

    result = Market(desk).bids(TARGET + 7)

    endings = [closings(order_state, trader.user_id) for trader in traders]
    assert result.fired == 10
    assert [len(ending) for ending in endings] == [1] * 10
    assert {ending[0].close_price for ending in endings} == {TARGET + 7}


def test_a_tick_that_touches_exactly_as_many_as_a_call_may_end_is_finished(make_desk: MakeDesk) -> None:
    desk = make_desk(spread_bps=0, fired_per_call_max=3)
    Market(desk).trades_at(ENTRY)
    crowd(desk, 3)

    assert Market(desk).bids(TARGET).fired == 3
    assert Market(desk).bids(TARGET + 1).fired == 0


def test_a_tick_whose_caller_died_is_finished_at_its_own_price_before_the_next(
    make_desk: MakeDesk, order_state: redis.Redis
) -> None:
    desk = make_desk(spread_bps=0, fired_per_call_max=3)
    Market(desk).trades_at(ENTRY)
    traders = crowd(desk, 10)
    first = make_tick("BTC", TARGET + 1, trade_id=10**9)
    begun = call_once(order_state, first)

    # Back at the entry: by itself this one would fire nothing.
    next_tick = Market(desk).trades_at(ENTRY, trade_id=10**9 + 1)

    endings = [closings(order_state, trader.user_id) for trader in traders]
    assert begun == {"fired": "3", "more": "1"}
    assert next_tick.accepted
    assert next_tick.fired == 7
    assert [len(ending) for ending in endings] == [1] * 10
    assert {ending[0].close_price for ending in endings} == {TARGET}
    receipts = [ending[0].receipt for ending in endings]
    assert {receipt and (receipt.trade_id, receipt.bid) for receipt in receipts} == {(10**9, TARGET)}
    assert desk.quotes()["BTC"].price == ENTRY


def test_nothing_opens_while_a_tick_is_unfinished(make_desk: MakeDesk, order_state: redis.Redis) -> None:
    """Else a stop between bid and ask would be fired by a tick that was before the position."""
    desk = make_desk(spread_bps=0, fired_per_call_max=3)
    Market(desk).trades_at(ENTRY)
    crowd(desk, 4)
    late, asked = Trader.with_balance(desk), request()
    order = make_order(stop_loss=TARGET + 1)
    call_once(order_state, make_tick("BTC", TARGET + 1, trade_id=10**9))

    with pytest.raises(Refused) as refusal:
        desk.open(late.user_id, asked, order)

    assert refusal.value.code is Code.PRICE_MOVING
    assert late.positions == ()
    Market(desk).trades_at(TARGET + 1, trade_id=10**9 + 1)
    opened = desk.open(late.user_id, asked, order)
    assert opened.position is not None
    assert opened.position.open_price == TARGET + 2


def test_the_tick_itself_finishes_what_it_began(make_desk: MakeDesk, order_state: redis.Redis) -> None:
    desk = make_desk(spread_bps=0, fired_per_call_max=3)
    Market(desk).trades_at(ENTRY)
    traders = crowd(desk, 10)
    tick = make_tick("BTC", TARGET + 1)

    begun = call_once(order_state, tick)
    result = desk.apply_tick(tick)

    assert begun["more"] == "1"
    assert result.fired == 7
    assert [trader.positions for trader in traders] == [()] * 10
    assert not any("unfinished" in name for name in state_of(order_state))


def test_a_refused_tick_still_finishes_the_one_before(make_desk: MakeDesk, order_state: redis.Redis) -> None:
    desk = make_desk(spread_bps=0, fired_per_call_max=3)
    Market(desk).trades_at(ENTRY)
    traders = crowd(desk, 10)
    call_once(order_state, make_tick("BTC", TARGET + 1, trade_id=10**9))

    result = Market(desk).trades_at(ENTRY, trade_id=5)

    assert result.refusal is Code.TRADE_ID_NOT_ABOVE
    assert result.fired == 7
    assert [trader.positions for trader in traders] == [()] * 10


def test_a_tick_reaches_the_accounts_of_all_shards_and_is_published_once(
    make_desk: MakeDesk, order_state: redis.Redis
) -> None:
    desk = make_desk(spread_bps=0, order_shards=4)
    Market(desk).trades_at(ENTRY)
    traders = Trader.of_every_shard(desk, 4)
    for trader in traders:
        trader.buys(10_000, 10, take_profit=TARGET)

    with order_state.pubsub(ignore_subscribe_messages=True) as listener:  # type: ignore[no-untyped-call]
        listener.subscribe("BTC")
        listener.get_message(timeout=5)
        result = Market(desk).bids(TARGET)
        # Another price behind it: whatever came twice would have come before this one.
        Market(desk).trades_at(ENTRY)
        published = [
            orjson.loads(eventually(lambda: listener.get_message(timeout=1))["data"]) for _ in range(2)
        ]

    assert result.fired == 4
    assert [price["lastPrice"] for price in published] == [TARGET + 1, ENTRY]
    for shard, trader in enumerate(traders):
        assert trader.positions == ()
        assert desk.account(trader.user_id).shard == shard
        [closing] = closings(order_state, trader.user_id, shards=4)
        assert closing.reason is CloseReason.TAKE_PROFIT


def test_a_published_price_has_the_fields_of_the_wire(desk: OrderDesk, order_state: redis.Redis) -> None:
    tick = make_tick("BTC", "64500.12", trade_id=42, time_ms=1_700_000_000_123)

    with order_state.pubsub(ignore_subscribe_messages=True) as listener:  # type: ignore[no-untyped-call]
        listener.subscribe("BTC")
        listener.get_message(timeout=5)
        desk.apply_tick(tick)
        message = eventually(lambda: listener.get_message(timeout=1))

    assert orjson.loads(message["data"]) == {
        "symbol": "BTC",
        "bidPrice": 644_936_700,
        "askPrice": 645_065_700,
        "lastPrice": 645_001_200,
        "decimals": 4,
        "time": 1_700_000_000,
        "tradeId": 42,
        "eventTime": 1_700_000_000_123,
        "receivedTime": 1_700_000_000_123.0,
        "source": "test",
    }


def test_whatever_a_source_is_called_its_ticks_are_whole(desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    Market(desk).trades_at("64500.12")
    trader.buys(10_000, 10, take_profit="64600")

    result = Market(desk).trades_at("65000", source='"}')

    assert result.fired == 1
    assert trader.positions == ()
