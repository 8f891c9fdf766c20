"""The messages of docs/stream.md have the fields that a real relay's have, of the same kinds."""

from typing import Any

from orders.client import OrderDesk
from tests.support.relay import Relay, StreamClient
from tests.support.stream_page import relays_messages
from tests.support.trading import Market, Trader


def shape(value: Any) -> Any:
    """Fields and kinds without the values."""
    match value:
        case dict():
            return {name: shape(part) for name, part in value.items()}
        case list():
            return [shape(part) for part in value[:1]]
        case bool() | str() | None:
            return type(value).__name__
        case _:
            return "number"


def fits(told: Any, real: Any) -> bool:
    """Whether two shapes are the same, but for what is null in one of them."""
    if "NoneType" in (told, real):
        return True
    if isinstance(told, dict) and isinstance(real, dict):
        return told.keys() == real.keys() and all(fits(told[name], real[name]) for name in told)
    if isinstance(told, list) and isinstance(real, list):
        return all(fits(one, other) for one, other in zip(told, real, strict=True))
    return bool(told == real)


def until(client: StreamClient, kind: str) -> list[dict[str, Any]]:
    """What is told up to the next message of that type."""
    heard = [client.hears()]
    while heard[-1]["type"] != kind:
        heard.append(client.hears())
    return heard


def a_talk(relay: Relay, desk: OrderDesk) -> list[dict[str, Any]]:
    """A conversation in which the relay says all that it has to say."""
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500.12")
    with relay.connect() as client:
        client.says("SUBSCRIBE", symbol="DOGE")
        client.says("PING")
        client.says("PING", sentAt=1)
        client.says("SUBSCRIBE", symbol="BTC")
        said = until(client, "SUBSCRIBED")
        market.trades_at("64500.12")
        said += until(client, "PRICE_UPDATE")
        client.says("UNSUBSCRIBE", symbol="BTC")
        said += until(client, "UNSUBSCRIBED")
        client.says("AUTH", token="a.b.c")
        client.says("RESUME", seq=0)
        client.says("AUTH", token=relay.token_of(trader.user_id))
        said += until(client, "RESUMED")
        trader.buys(10_000, 10, take_profit="65000", stop_loss="60000", trailing_distance="300")
        market.trades_at("65145.12")
        said += until(client, "ORDER_CLOSED")
    trader.sells(10_000, 10)
    with relay.connect() as client:
        client.says("RESUME", seq=1_000_000)
        client.says("AUTH", token=relay.token_of(trader.user_id))
        return said + until(client, "RESUMED")


def test_what_the_relay_says_is_as_the_page_has_it(relay: Relay, desk: OrderDesk) -> None:
    real = a_talk(relay, desk)
    told = relays_messages()

    assert {message["type"] for message in told} == {message["type"] for message in real}
    for message in told:
        same = [shape(other) for other in real if other["type"] == message["type"]]
        assert any(fits(shape(message), other) for other in same), message["type"]
