"""The live feed against a real WebSocket server that speaks Binance's protocol."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from domain.instruments import ASSETS
from poller.sources.binance import BinanceSource, reachable
from runtime.settings import Settings
from tests.integration.poller.feed import collecting
from tests.support.binance import FakeBinance, addresses, agg_trade, fake_binance
from tests.support.waiting import eventually

STREAMS = tuple(f"{asset.market.lower()}@aggTrade" for asset in ASSETS.values())


@pytest.fixture
def hosts() -> Iterator[tuple[FakeBinance, FakeBinance]]:
    """Two hosts of the exchange."""
    with ExitStack() as stack:
        yield stack.enter_context(fake_binance()), stack.enter_context(fake_binance())


def source_of(*hosts: FakeBinance, **changed: Any) -> BinanceSource:
    return BinanceSource(settings_of(*hosts, **changed))


def settings_of(*hosts: FakeBinance, **changed: Any) -> Settings:
    values: dict[str, Any] = {
        **addresses(*hosts),
        "binance_connect_timeout_s": 2.0,
        "reconnect_delay_max_s": 0.05,
    }
    return Settings(_env_file=None, **(values | changed))


def test_it_asks_for_every_market_on_one_combined_stream(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    with collecting(source_of(*hosts)):
        hosts[0].wait_for_connection()
        assert hosts[0].subscriptions == [STREAMS]
        assert hosts[1].subscriptions == []


def test_trades_come_through_in_order_and_stamped(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    before_us = time.time_ns() // 1000
    with collecting(source_of(*hosts)) as ticks:
        hosts[0].wait_for_connection()
        for trade_id in range(1, 301):
            market = ("BTCUSDT", "ETHUSDT", "SOLUSDT")[trade_id % 3]
            hosts[0].trade(agg_trade(market=market, trade_id=trade_id, price=f"{trade_id}.2500"))
        eventually(lambda: len(ticks) == 300, what="300 ticks")
    assert [tick.trade_id for tick in ticks] == list(range(1, 301))
    assert [tick.price for tick in ticks[:3]] == [12_500, 22_500, 32_500]
    assert {tick.symbol for tick in ticks} == set(ASSETS)
    assert all(before_us <= tick.received_time_us <= time.time_ns() // 1000 for tick in ticks)


def test_after_a_cut_it_goes_on_at_the_next_host_and_comes_back(
    hosts: tuple[FakeBinance, FakeBinance],
) -> None:
    first, second = hosts
    with collecting(source_of(*hosts)) as ticks:
        first.wait_for_connection()
        first.trade(agg_trade(trade_id=1))
        eventually(lambda: len(ticks) == 1)
        first.drop()
        second.wait_for_connection()
        second.trade(agg_trade(trade_id=2))
        eventually(lambda: len(ticks) == 2)
        second.drop()
        first.wait_for_connection()
        first.trade(agg_trade(trade_id=3))
        eventually(lambda: [tick.trade_id for tick in ticks] == [1, 2, 3])


def test_a_host_that_refuses_is_passed_over(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    refusing, accepting = hosts
    refusing.refuse(451)
    with collecting(source_of(*hosts)) as ticks:
        accepting.wait_for_connection()
        accepting.trade(agg_trade())
        eventually(lambda: len(ticks) == 1)
    assert refusing.refused == 1


def test_it_keeps_trying_while_nobody_answers(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    for host in hosts:
        host.refuse(503)
    with collecting(source_of(*hosts)) as ticks:
        eventually(lambda: hosts[0].refused >= 3 and hosts[1].refused >= 3, what="attempts at both hosts")
        hosts[1].refuse(0)
        hosts[1].wait_for_connection()
        hosts[1].trade(agg_trade())
        eventually(lambda: len(ticks) == 1)


def test_garbage_is_counted_logged_seldom_and_never_fatal(
    hosts: tuple[FakeBinance, FakeBinance], caplog: pytest.LogCaptureFixture
) -> None:
    host = hosts[0]
    source = source_of(host)
    with collecting(source) as ticks, caplog.at_level(logging.WARNING):
        host.wait_for_connection()
        for _ in range(50):
            host.send_raw("{not json")
        host.send_raw(b"\xff\x00\xfe")
        host.send_raw('{"result": null, "id": 1}')
        host.trade(agg_trade(price="64500.12345000"))
        host.trade(agg_trade(trade_id=8))
        eventually(lambda: len(ticks) == 1)
    assert ticks[0].trade_id == 8
    assert len(host.subscriptions) == 1, "garbage must not cost the connection"
    figures = source.figures()
    assert figures["garbage_not_json"] == 51
    assert figures["garbage_not_a_trade"] == 1
    assert figures["garbage_bad_price"] == 1
    assert sum("frame refused" in record.getMessage() for record in caplog.records) <= 2


def test_a_frame_too_large_costs_the_connection_not_the_feed(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    with collecting(source_of(*hosts)) as ticks:
        hosts[0].wait_for_connection()
        hosts[0].send_raw("x" * 100_000)
        hosts[1].wait_for_connection()
        hosts[1].trade(agg_trade())
        eventually(lambda: len(ticks) == 1)


def test_silence_is_noticed_and_the_next_host_is_asked(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    silent, speaking = hosts
    with collecting(source_of(*hosts, binance_silence_s=0.3)) as ticks:
        silent.wait_for_connection()
        speaking.wait_for_connection()
        speaking.trade(agg_trade())
        eventually(lambda: len(ticks) == 1)


def test_frames_that_are_no_trades_do_not_break_the_silence(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    babbling, speaking = hosts

    def babble_until_left() -> bool:
        babbling.send_raw("{}")
        return speaking.connections > 0

    with collecting(source_of(*hosts, binance_silence_s=0.3)):
        babbling.wait_for_connection()
        eventually(babble_until_left, what="the babbling host to be left")


def test_pings_are_answered(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    with collecting(source_of(*hosts)):
        hosts[0].wait_for_connection()
        assert hosts[0].ping()


class TestReachable:
    def test_one_host_is_enough(self, hosts: tuple[FakeBinance, FakeBinance]) -> None:
        hosts[0].refuse(403)
        assert asyncio.run(reachable(settings_of(*hosts)))

    def test_hosts_that_refuse_are_not_reached(self, hosts: tuple[FakeBinance, FakeBinance]) -> None:
        hosts[0].refuse(451)
        assert not asyncio.run(reachable(settings_of(hosts[0])))

    def test_a_host_that_says_nothing_is_given_up_in_time(self, free_port: int) -> None:
        async def scenario() -> tuple[bool, float]:
            gone = asyncio.Event()

            async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await gone.wait()
                writer.close()

            async with await asyncio.start_server(say_nothing, "127.0.0.1", free_port):
                began_at = time.monotonic()
                settings = settings_of(
                    binance_stream_urls=(f"ws://127.0.0.1:{free_port}",), binance_connect_timeout_s=0.3
                )
                answer = await reachable(settings), time.monotonic() - began_at
                gone.set()
                return answer

        reached, took_s = asyncio.run(scenario())
        assert not reached
        assert took_s < 2.0
