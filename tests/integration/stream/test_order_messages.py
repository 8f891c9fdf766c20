"""Order messages: each event once, in order, in the contract's units, and only to their owner."""

import time
from typing import Any

import pytest

from orders.client import OrderDesk
from tests.support.relay import Relay, StreamClient
from tests.support.tokens import bad_tokens
from tests.support.trading import Market, Trader, position_of, request


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12."""
    market = Market(desk)
    market.trades_at("64500.12")
    return market


def wrong(client: StreamClient) -> str:
    """What an UNAUTHENTICATED says."""
    message = client.hears()
    assert message.keys() == {"type", "message"}
    assert message["type"] == "UNAUTHENTICATED"
    return str(message["message"])


def test_a_token_signs_in_by_message_or_address(relay: Relay, desk: OrderDesk) -> None:
    user_id = Trader.with_balance(desk).user_id
    with relay.connect() as by_message, relay.connect(token=relay.token_of(user_id)) as by_address:
        by_message.says("AUTH", token=relay.token_of(user_id))

        assert by_message.hears() == by_address.hears() == {"type": "AUTHENTICATED", "userId": user_id}


def test_a_wrong_token_gets_prices_and_no_orders(relay: Relay, desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk)
    for what, token in bad_tokens(trader.user_id, relay.session_of(trader.user_id)).items():
        with relay.connect(token=token) as by_address, relay.connect() as by_message:
            by_message.says("AUTH", token=token)
            for client in (by_address, by_message):
                assert wrong(client), what
                client.subscribes("BTC")
            desk.deposit(trader.user_id, request(), 1)
            market.trades_at("64500.12")
            for client in (by_address, by_message):
                assert client.hears()["type"] == "PRICE_UPDATE", what


def test_a_token_that_ends_while_connected_ends_the_connection(relay: Relay, desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    ends = int(time.time()) + 5
    with relay.connect(token=relay.token_of(trader.user_id, exp=ends)) as client:
        assert client.hears()["type"] == "AUTHENTICATED"

        code, said = client.closing()

    assert time.time() >= ends
    assert code == 1008
    assert [message["type"] for message in said] == ["UNAUTHENTICATED"]
    assert "expired" in said[0]["message"]


def test_every_event_is_one_message_numbered_without_gaps(
    relay: Relay, desk: OrderDesk, market: Market
) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        desk.deposit(trader.user_id, request(), 1_000)
        order_id = position_of(trader.buys(10_000, 10)).order_id
        desk.add_margin(trader.user_id, request(), order_id, 5_000)
        desk.partial_close(trader.user_id, request(), order_id, percentage=25, part_id="part")
        desk.close(trader.user_id, request(), order_id)
        trader.buys(10_000, 100)
        market.trades_at("60000")
        messages = [client.hears() for _ in range(8)]
        client.hears_nothing_more()

    assert [(message["seq"], message["type"]) for message in messages] == [
        (2, "BALANCE"),
        (3, "ORDER_OPENED"),
        (4, "ORDER_UPDATED"),
        (5, "ORDER_CLOSED"),
        (6, "ORDER_UPDATED"),
        (7, "ORDER_CLOSED"),
        (8, "ORDER_OPENED"),
        (9, "ORDER_LIQUIDATED"),
    ]


def test_messages_carry_usd_and_raw_as_the_contract_says(
    relay: Relay, desk: OrderDesk, market: Market
) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        position = position_of(trader.buys(10_000, 10, take_profit="65000", stop_loss="60000"))
        opened = client.hears()
        market.trades_at("65145.1212", trade_id=10**13, time_ms=1_700_000_000_123)
        closed = client.hears()

    common: dict[str, Any] = {
        "orderId": position.order_id,
        "userId": trader.user_id,
        "asset": "BTC",
        "type": "buy",
        "margin": 100.0,
        "initialMargin": 10_000,
        "addedMargin": 0,
        "leverage": 10,
        "effectiveLeverage": 10.0,
        "notional": 100_000,
        "openPrice": 64_506.57,
        "openTimestamp": position.opened_at_ms,
        "liquidationPrice": 580_559_130,
        "takeProfit": 650_000_000,
        "stopLoss": 600_000_000,
        "trailingStopLoss": None,
    }
    assert opened == {
        "type": "ORDER_OPENED",
        "seq": 2,
        "data": common | {"balance": {"usd": 4899.5, "cents": 489_950}},
    }
    assert closed.pop("data") == common | {
        "closePrice": 65_138.6067,
        "closeTimestamp": closed_at(desk, trader),
        "pnl": 9.79,
        "fee": 50,
        "closeReason": "take_profit",
        "parentOrderId": None,
        "balance": {"usd": 5008.79, "cents": 500_879},
        "receipt": {
            "tradeId": 10**13,
            "price": 651_451_212,
            "bid": 651_386_067,
            "ask": 651_516_357,
            "time": 1_700_000_000_123,
            "trigger": 650_000_000,
        },
    }
    assert closed == {"type": "ORDER_CLOSED", "seq": 3}


def test_a_reset_is_told_as_its_closings_and_the_new_balance(
    relay: Relay, desk: OrderDesk, market: Market
) -> None:
    trader, stranger = Trader.with_balance(desk), Trader.with_balance(desk)
    orders = [position_of(trader.buys(10_000, 10)).order_id, position_of(trader.sells(20_000, 5)).order_id]
    with relay.signed_in(trader.user_id) as client, relay.signed_in(stranger.user_id) as other:
        desk.reset(trader.user_id, request(), 500_000)
        messages = [client.hears() for _ in range(3)]
        client.hears_nothing_more()
        other.hears_nothing_more()

    assert [(message["seq"], message["type"]) for message in messages] == [
        (4, "ORDER_CLOSED"),
        (5, "ORDER_CLOSED"),
        (6, "BALANCE"),
    ]
    assert [message["data"]["orderId"] for message in messages[:2]] == orders
    assert messages[2]["data"] == {"usd": 5000.0, "cents": 500_000, "reason": "reset"}


def test_a_trailing_stop_is_told_raw_when_it_is_set_and_when_it_fires(
    relay: Relay, desk: OrderDesk, market: Market
) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        trader.sells(10_000, 10, trailing_distance="100")
        opened = client.hears()
        # The ask falls to 64006.4, which is no event, and then comes back by more than the distance.
        market.trades_at("64000")
        market.trades_at("64200")
        closed = client.hears()

    stop = {"enabled": True, "trailingDistance": 1_000_000, "highestPrice": None}
    set_at = {"lowestPrice": 645_065_700, "stopPrice": 646_065_700}
    fired_at = {"lowestPrice": 640_064_000, "stopPrice": 641_064_000}
    assert (opened["type"], opened["data"]["trailingStopLoss"]) == ("ORDER_OPENED", stop | set_at)
    assert (closed["type"], closed["data"]["trailingStopLoss"]) == ("ORDER_CLOSED", stop | fired_at)
    assert (closed["seq"], closed["data"]["closeReason"]) == (3, "trailing_stop")
    assert closed["data"]["receipt"]["trigger"] == 641_064_000


def closed_at(desk: OrderDesk, trader: Trader) -> int:
    """When the account's newest event was, by its id: the server's clock in both."""
    return desk.account(trader.user_id).last_event_id.ms


def test_nobody_hears_of_anothers_orders(relay: Relay, desk: OrderDesk, market: Market) -> None:
    trader, stranger = Trader.with_balance(desk), Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as mine, relay.signed_in(stranger.user_id) as theirs:
        trader.buys(10_000, 10)
        assert mine.hears()["data"]["userId"] == trader.user_id

        stranger.sells(20_000, 10)
        heard = theirs.hears()
        assert (heard["data"]["userId"], heard["seq"]) == (stranger.user_id, 2)
        mine.hears_nothing_more()
        theirs.hears_nothing_more()


def test_all_connections_of_one_account_hear_the_same(relay: Relay, desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as first, relay.signed_in(trader.user_id) as second:
        trader.buys(10_000, 10)

        assert first.hears() == second.hears()


def test_one_connection_leaving_does_not_silence_the_other(
    relay: Relay, desk: OrderDesk, market: Market
) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as stays:
        for _ in range(3):
            with relay.signed_in(trader.user_id):
                pass
        trader.buys(10_000, 10)

        assert stays.hears()["type"] == "ORDER_OPENED"


def test_signing_in_as_another_ends_the_first_ones_messages(
    relay: Relay, desk: OrderDesk, market: Market
) -> None:
    first, second = Trader.with_balance(desk), Trader.with_balance(desk)
    with relay.signed_in(first.user_id) as client:
        client.says("AUTH", token=relay.token_of(second.user_id))
        assert client.hears() == {"type": "AUTHENTICATED", "userId": second.user_id}
        first.buys(10_000, 10)
        second.buys(20_000, 10)

        assert client.hears()["data"]["userId"] == second.user_id
        client.hears_nothing_more()


def test_signing_in_again_at_once_is_never_left_without_messages(
    relay: Relay, desk: OrderDesk, market: Market
) -> None:
    """The subscription that goes and the one that comes are the same channel's."""
    trader = Trader.with_balance(desk)
    for number in range(20):
        with relay.signed_in(trader.user_id) as client:
            desk.deposit(trader.user_id, request(), 1)

            assert client.hears()["seq"] == number + 2


def test_a_burst_reaches_the_trader_whole_and_in_order(relay: Relay, desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        for _ in range(300):
            desk.deposit(trader.user_id, request(), 1)

        assert [client.hears()["seq"] for _ in range(300)] == list(range(2, 302))
