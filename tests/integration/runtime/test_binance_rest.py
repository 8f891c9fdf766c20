"""The REST client against a real HTTP server that speaks Binance's protocol."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from runtime.binance import (
    BinanceAway,
    BinanceLimited,
    BinanceRefused,
    BinanceRest,
    BinanceStopped,
)
from runtime.ports import quiet_port
from runtime.process import Stop
from runtime.settings import Settings
from tests.support.binance import Book, FakeRest, fake_rest
from tests.support.binance.rest import DRIP_S, DRIPS_MAX
from tests.support.waiting import eventually

BEGIN_MS = 1_780_000_020_000 - 1_780_000_020_000 % 60_000
MINUTE_MS = 60_000


@pytest.fixture
def hosts() -> Iterator[tuple[FakeRest, FakeRest]]:
    """Two hosts over one book of 2,500 trades, one each 100 ms."""
    book = Book(first_id=1000)
    for number in range(2500):
        book.trade(price=f"{60_000 + number % 7}.25000000", time_ms=BEGIN_MS + number * 100)
    with ExitStack() as stack:
        yield stack.enter_context(fake_rest(book)), stack.enter_context(fake_rest(book))


def client(*hosts: FakeRest, stop: Stop | None = None, **changed: Any) -> "closing[BinanceRest]":
    values: dict[str, Any] = {"binance_rest_urls": tuple(host.url for host in hosts)}
    return closing(BinanceRest(Settings(_env_file=None, **(values | changed)), stop=stop))


def ask_without_end(rest: BinanceRest) -> None:
    while True:
        rest.agg_trades("BTCUSDT", from_id=1000)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["a"] for row in rows]


def test_trades_from_an_id_on(hosts: tuple[FakeRest, FakeRest]) -> None:
    with client(*hosts) as rest:
        assert ids(rest.agg_trades("BTCUSDT", from_id=1200)) == list(range(1200, 2200))
        assert ids(rest.agg_trades("BTCUSDT", from_id=3400)) == list(range(3400, 3500))
        assert rest.agg_trades("BTCUSDT", from_id=3500) == []
        assert rest.agg_trades("BTCUSDT", from_id=1000, limit=1)[0] == {
            "a": 1000,
            "p": "60000.25000000",
            "q": "0.00100000",
            "f": 2000,
            "l": 2001,
            "T": BEGIN_MS,
            "m": True,
            "M": True,
        }


def test_trades_of_a_time_both_ends_inclusive(hosts: tuple[FakeRest, FakeRest]) -> None:
    with client(*hosts) as rest:
        rows = rest.agg_trades("BTCUSDT", start_ms=BEGIN_MS + 100, end_ms=BEGIN_MS + 300)
        assert ids(rows) == [1001, 1002, 1003]


def test_klines_are_of_the_same_trades_and_of_a_past_that_stays(hosts: tuple[FakeRest, FakeRest]) -> None:
    with client(*hosts) as rest:
        start_ms, end_ms = BEGIN_MS - 2 * MINUTE_MS, BEGIN_MS + MINUTE_MS
        rows = rest.klines("BTCUSDT", start_ms=start_ms, end_ms=end_ms)
        assert [row[0] - BEGIN_MS for row in rows] == [-120_000, -60_000, 0, 60_000]
        assert [row[8] for row in rows[2:]] == [600, 600]
        assert rows[2][1:6] == [
            *("60000.25000000", "60006.25000000", "60000.25000000", "60004.25000000", "0.60000000"),
        ]
        assert rows[0][4] == rows[1][1], "a candle of the past opens where the one before closed"
        assert rest.klines("BTCUSDT", start_ms=start_ms, end_ms=end_ms) == rows


def test_seven_days_of_klines_come_in_pages(hosts: tuple[FakeRest, FakeRest]) -> None:
    with client(*hosts) as rest:
        start_ms, opens = BEGIN_MS - 7 * 1440 * MINUTE_MS, []
        while start_ms < BEGIN_MS:
            rows = rest.klines("ETHUSDT", start_ms=start_ms, end_ms=BEGIN_MS - 1)
            opens += [row[0] for row in rows]
            start_ms = rows[-1][0] + MINUTE_MS
    assert opens == list(range(BEGIN_MS - 7 * 1440 * MINUTE_MS, BEGIN_MS, MINUTE_MS))
    assert len(hosts[0].asked) == 11


def test_what_the_exchange_refuses_is_not_tried_again(hosts: tuple[FakeRest, FakeRest]) -> None:
    with client(*hosts) as rest:
        with pytest.raises(BinanceRefused) as refused:
            rest.agg_trades("BTCUSDT", from_id=1000, start_ms=BEGIN_MS)
        assert (refused.value.status, refused.value.code) == (400, -1128)
        with pytest.raises(BinanceRefused, match="Invalid symbol"):
            rest.agg_trades("DOGEUSDT", from_id=1)
    assert len(hosts[0].asked) == 2
    assert hosts[1].asked == []


@pytest.mark.parametrize("status", [403, 451, 500, 503])
def test_a_host_that_fails_is_left_for_the_next(hosts: tuple[FakeRest, FakeRest], status: int) -> None:
    hosts[0].fail(status)
    with client(*hosts) as rest:
        assert len(rest.agg_trades("BTCUSDT", from_id=1000)) == 1000
        rest.agg_trades("BTCUSDT", from_id=2000)
    assert len(hosts[0].asked) == 1, "the one that answers is kept to"
    assert len(hosts[1].asked) == 2


def test_a_host_that_is_not_there_is_left_for_the_next(hosts: tuple[FakeRest, FakeRest]) -> None:
    with client(hosts[0], binance_rest_urls=(f"http://127.0.0.1:{quiet_port()}", hosts[0].url)) as rest:
        assert len(rest.agg_trades("BTCUSDT", from_id=1000)) == 1000


def test_tries_are_counted(hosts: tuple[FakeRest, FakeRest]) -> None:
    for host in hosts:
        host.fail(502)
    with client(*hosts, binance_rest_tries=4) as rest, pytest.raises(BinanceAway, match="status 502"):
        rest.agg_trades("BTCUSDT", from_id=1000)
    assert [len(host.asked) for host in hosts] == [2, 2]


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"a": 1}', b"[1, 2]", b"[" * 5_000_000], ids=len)
def test_an_answer_that_is_none_is_asked_for_elsewhere(hosts: tuple[FakeRest, FakeRest], body: bytes) -> None:
    hosts[0].answer_with(body)
    with client(*hosts) as rest:
        assert len(rest.agg_trades("BTCUSDT", from_id=1000)) == 1000
    assert len(hosts[1].asked) == 1


@pytest.mark.parametrize("status", [429, 418])
def test_while_the_exchange_says_wait_nothing_is_sent(
    hosts: tuple[FakeRest, FakeRest], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    hosts[0].limit(2, status=status)
    with client(*hosts) as rest:
        askers = [
            threading.Thread(target=rest.agg_trades, args=["BTCUSDT"], kwargs={"from_id": 1000})
            for _ in range(3)
        ]
        with pytest.raises(BinanceLimited) as limited, client(*hosts, binance_rest_wait_max_s=1) as hurried:
            hurried.agg_trades("BTCUSDT", from_id=1000)
        assert 1 < limited.value.retry_after_s <= 2
        assert hosts[0].too_early == 0

        hosts[0].limit(2, status=status)
        caplog.clear()
        askers[0].start()
        eventually(lambda: "binance rest is silenced" in caplog.text, what="the one that is told to wait")
        for asker in askers[1:]:
            asker.start()
        for asker in askers:
            asker.join(30)
    assert [asked.status for asked in hosts[0].asked].count(200) == 3
    assert hosts[0].too_early == 0
    assert hosts[1].asked == [], "another host is no way round"


def test_a_ban_without_an_end_in_sight_is_told(hosts: tuple[FakeRest, FakeRest]) -> None:
    hosts[0].limit(3600, status=418)
    with client(*hosts) as rest:
        for _ in range(3):
            with pytest.raises(BinanceLimited) as limited:
                rest.agg_trades("BTCUSDT", from_id=1000)
            assert limited.value.retry_after_s > 3500
    assert len(hosts[0].asked) == 1


def test_the_weight_of_others_at_this_address_counts(hosts: tuple[FakeRest, FakeRest]) -> None:
    with client(*hosts) as other, client(*hosts, binance_weight_max=20, binance_rest_wait_max_s=0.5) as rest:
        for _ in range(3):
            other.klines("BTCUSDT", start_ms=BEGIN_MS, end_ms=BEGIN_MS)
        rest.agg_trades("BTCUSDT", from_id=1000)
        assert rest.used_weight in {4, 10}, "4 only if a minute began in between"
        with pytest.raises(BinanceLimited):
            ask_without_end(rest)
    assert len(hosts[0].asked) <= 3 + 10, "nothing is sent beyond the limit of any minute"


def test_a_stop_ends_a_wait(hosts: tuple[FakeRest, FakeRest]) -> None:
    stop = Stop()
    hosts[0].limit(60)
    ended: list[BaseException] = []

    def ask(rest: BinanceRest) -> None:
        try:
            rest.agg_trades("BTCUSDT", from_id=1000)
        except BinanceStopped as error:
            ended.append(error)

    with client(*hosts, stop=stop) as rest:
        asker = threading.Thread(target=ask, args=[rest])
        asker.start()
        eventually(lambda: hosts[0].asked, what="the request that is told to wait")
        stop.set()
        asker.join(10)
    assert len(ended) == 1


def test_a_host_that_drips_is_left_in_time(hosts: tuple[FakeRest, FakeRest]) -> None:
    hosts[0].drip()
    with client(*hosts, binance_rest_timeout_s=0.5) as rest:
        asker = threading.Thread(target=rest.agg_trades, args=["BTCUSDT"], kwargs={"from_id": 1000})
        asker.start()
        eventually(lambda: hosts[1].asked, limit_s=DRIPS_MAX * DRIP_S / 2, what="the other host to be asked")
        asker.join(10)
