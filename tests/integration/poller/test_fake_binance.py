"""The fake Binance speaks as the documents of the real one say."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.support.binance import FakeBinance, fake_binance
from tests.support.waiting import eventually

LIMIT_S = 10


@pytest.fixture
def host() -> Iterator[FakeBinance]:
    """One host."""
    with fake_binance() as running:
        yield running


def asks(connection: ClientConnection, message: object) -> Any:
    """The answer to a client's message."""
    connection.send(message if isinstance(message, str) else json.dumps(message))
    return json.loads(connection.recv(LIMIT_S))


def get(host: FakeBinance, target: str) -> Any:
    """A REST answer's body."""
    return urllib3.request("GET", host.rest.url + target, timeout=LIMIT_S).json()


def test_streams_can_be_subscribed_listed_and_unsubscribed(host: FakeBinance) -> None:
    with connect(f"{host.url}/stream") as client:
        streams = ["btcusdt@aggTrade", "ethusdt@aggTrade"]
        assert asks(client, {"method": "SUBSCRIBE", "params": streams, "id": 1}) == {"result": None, "id": 1}
        assert asks(client, {"method": "LIST_SUBSCRIPTIONS", "id": "x"}) == {"result": streams, "id": "x"}
        asked = {"method": "UNSUBSCRIBE", "params": streams[:1], "id": 312}
        assert asks(client, asked) == {"result": None, "id": 312}
        host.book.trade("BTCUSDT")
        host.book.trade("ETHUSDT", price="2500.00000000", time_ms=1_780_000_000_000)
        assert json.loads(client.recv(LIMIT_S)) == {
            "stream": "ethusdt@aggTrade",
            "data": {
                "e": "aggTrade",
                "E": 1_780_000_000_001,
                "s": "ETHUSDT",
                "a": 1,
                "p": "2500.00000000",
                "q": "0.00100000",
                "f": 2,
                "l": 3,
                "T": 1_780_000_000_000,
                "m": True,
                "M": True,
            },
        }


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("{", 3, "Invalid JSON"),
        ({"id": 1}, 2, "missing field `method`"),
        ({"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 1.5}, 2, "request ID"),
        ({"method": "JOIN", "id": 1}, 2, "unknown variant JOIN, expected one of `SUBSCRIBE`"),
        ({"method": "SUBSCRIBE", "params": ["nope@aggTrade"], "id": 1}, 2, "invalid stream"),
        ({"method": "SUBSCRIBE", "params": "btcusdt@aggTrade", "id": 1}, 2, "params"),
    ],
)
def test_a_wrong_request_is_answered_with_an_error(
    host: FakeBinance, message: object, code: int, words: str
) -> None:
    with connect(f"{host.url}/stream") as client:
        answer = asks(client, message)
        assert answer["code"] == code
        assert words in answer["msg"]
    assert host.subscriptions == []


def test_streams_named_in_the_address_are_subscribed_and_another_path_is_none(host: FakeBinance) -> None:
    with connect(f"{host.url}/stream?streams=solusdt@aggTrade") as client:
        host.wait_for_connection()
        host.book.trade("SOLUSDT")
        assert json.loads(client.recv(LIMIT_S))["data"]["s"] == "SOLUSDT"
    with pytest.raises(InvalidStatus, match="404"):
        connect(f"{host.url}/elsewhere")


def test_who_sends_more_than_five_messages_in_a_second_is_cut(host: FakeBinance) -> None:
    with connect(f"{host.url}/stream") as client:
        for number in range(6):
            client.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        for _ in range(5):
            client.recv(LIMIT_S)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(LIMIT_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_a_connection_is_cut_when_its_time_is_over() -> None:
    with fake_binance(lifetime_s=0.2) as host, connect(f"{host.url}/stream") as client:
        with pytest.raises(ConnectionClosed):
            client.recv(LIMIT_S)
        eventually(lambda: host.expired == 1)


def test_rest_tells_its_time_and_the_weight_used(host: FakeBinance) -> None:
    assert get(host, "/api/v3/ping") == {}
    assert get(host, "/api/v3/time")["serverTime"] > 1_780_000_000_000
    answer = urllib3.request("GET", f"{host.rest.url}/api/v3/time", timeout=LIMIT_S)
    assert 1 <= int(answer.headers["X-MBX-USED-WEIGHT-1M"]) <= 3


def test_rest_gives_the_newest_trades_and_candles_when_no_time_is_asked_for(host: FakeBinance) -> None:
    for _ in range(600):
        host.book.trade()
    trades = get(host, "/api/v3/aggTrades?symbol=BTCUSDT")
    assert [trade["a"] for trade in trades] == list(range(101, 601))
    klines = get(host, "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2")
    assert len(klines) == 2
    assert klines[1][0] - klines[0][0] == 60_000
