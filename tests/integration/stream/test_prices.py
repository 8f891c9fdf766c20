"""Prices for everybody, and what a client may say."""

import pytest
from websockets.exceptions import InvalidStatus

from orders.client import OrderDesk
from tests.support.relay import Relay, StreamClient
from tests.support.trading import Market

PRICE = {
    "symbol": "BTC",
    "bidPrice": 644_936_700,
    "askPrice": 645_065_700,
    "lastPrice": 645_001_200,
    "decimals": 4,
    "time": 1_700_000_000,
    "eventTime": 1_700_000_000_123,
    "receivedTime": 1_700_000_000_123.0,
    "source": "test",
}


def newest_price(client: StreamClient, trade_id: int) -> dict[str, object]:
    """The price of that trade; older ones may come before it."""
    while (message := client.hears())["data"]["tradeId"] != trade_id:
        assert message["type"] == "PRICE_UPDATE"
        assert message["data"]["tradeId"] < trade_id or message["data"]["source"] != "test"
    return message


def test_a_subscriber_hears_of_each_tick(relay: Relay, desk: OrderDesk) -> None:
    with relay.connect() as client:
        client.subscribes("BTC")

        Market(desk).trades_at("64500.12", trade_id=10**12, time_ms=1_700_000_000_123)

        assert newest_price(client, 10**12) == {"type": "PRICE_UPDATE", "data": PRICE | {"tradeId": 10**12}}


def test_a_subscriber_is_told_the_newest_price_at_once(relay: Relay, desk: OrderDesk) -> None:
    with relay.connect() as first:
        first.subscribes("ETH")
        Market(desk, "ETH").trades_at("2500", trade_id=10**12 + 1)
        newest_price(first, 10**12 + 1)

        with relay.connect() as second:
            second.subscribes("ETH")

            assert newest_price(second, 10**12 + 1)["type"] == "PRICE_UPDATE"


def test_only_what_is_subscribed_to_is_heard(relay: Relay, desk: OrderDesk) -> None:
    with relay.connect() as client, relay.connect() as witness:
        client.subscribes("SOL")
        witness.subscribes("BTC")
        Market(desk, "SOL").trades_at("150", trade_id=10**12 + 2)
        newest_price(client, 10**12 + 2)
        client.says("UNSUBSCRIBE", symbol="SOL")
        assert client.hears() == {"type": "UNSUBSCRIBED", "symbol": "SOL"}

        Market(desk, "SOL").trades_at("151")
        Market(desk).trades_at("64500.12", trade_id=10**12 + 3)
        newest_price(witness, 10**12 + 3)

        client.hears_nothing_more()


def test_a_ping_is_answered(relay: Relay) -> None:
    with relay.connect() as client:
        client.says("PING")

        assert client.hears() == {"type": "PONG"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "null",
        "[]",
        "1",
        '"PING"',
        "{}",
        '{"type": null}',
        '{"type": "ping"}',
        '{"type": ["PING"]}',
        '{"type": "SUBSCRIBE"}',
        '{"type": "SUBSCRIBE", "symbol": "DOGE"}',
        '{"type": "SUBSCRIBE", "symbol": ["BTC"]}',
        '{"type": "SUBSCRIBE", "symbol": {}}',
        '{"type": "UNSUBSCRIBE", "symbol": 1}',
        '{"type": "AUTH"}',
        '{"type": "AUTH", "token": 1}',
        "[" * 2_000 + "]" * 2_000,
        b"\x00\x01\xff",
        b"",
    ],
)
def test_what_is_no_message_is_answered_by_an_error_and_the_talk_goes_on(
    relay: Relay, text: str | bytes
) -> None:
    with relay.connect() as client:
        client.connection.send(text)

        error = client.hears()
        assert error.keys() == {"type", "message"}
        assert error["type"] == "ERROR"
        client.hears_nothing_more()


def test_a_binary_frame_of_json_is_a_message_too(relay: Relay) -> None:
    with relay.connect() as client:
        client.connection.send(b'{"type": "PING"}')

        assert client.hears() == {"type": "PONG"}


def test_a_message_in_fragments_is_one_message(relay: Relay) -> None:
    with relay.connect() as client:
        client.connection.send(iter(['{"type"', ': "PI', 'NG"}']))

        assert client.hears() == {"type": "PONG"}


def test_compression_is_never_negotiated(relay: Relay) -> None:
    with relay.connect(compression="deflate") as client:
        assert client.connection.protocol.extensions == []
        client.hears_nothing_more()


@pytest.mark.parametrize("size", [4_097, 10_000, 1_000_000])
def test_a_frame_that_is_too_large_closes_with_1009(relay: Relay, size: int) -> None:
    with relay.connect() as client:
        client.connection.send("x" * size)

        assert client.closing() == (1009, [])


def test_a_frame_of_4_kib_is_read(relay: Relay) -> None:
    with relay.connect() as client:
        client.says("PING", filler="x" * (4_096 - len('{"type":"PING","filler":""}')))

        assert client.hears() == {"type": "PONG"}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://[", "http://localhost:5000.evil.example", ""]
)
def test_a_page_of_a_stranger_may_not_connect(relay: Relay, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        relay.connect(additional_headers={"Origin": origin})

    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:5000", "http://127.0.0.1:5000"])
def test_our_own_page_may_connect(relay: Relay, origin: str) -> None:
    with relay.connect(additional_headers={"Origin": origin}) as client:
        client.hears_nothing_more()


def test_a_client_that_says_goodbye_is_answered(relay: Relay) -> None:
    with relay.connect() as client:
        client.hears_nothing_more()

        client.connection.close(1000, "bye")

        assert client.connection.close_code == 1000
        assert client.connection.protocol.close_rcvd is not None
