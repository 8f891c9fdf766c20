"""The live feed against a real WebSocket server that speaks Binance's protocol."""

import asyncio
import logging
import time
from contextlib import aclosing

import pytest

from domain.instruments import ASSETS
from domain.messages import Tick
from poller.sources.binance import reachable
from tests.integration.poller.exchange import settings_of, source_of
from tests.integration.poller.feed import collecting
from tests.support.binance import FakeBinance, agg_trade, trading
from tests.support.waiting import Deadlines, eventually


def heard(host: FakeBinance, ticks: list[Tick]) -> bool:
    """Sends a trade and says whether it came: who listens for a moment only may have left just before."""
    host.trade(agg_trade())
    return len(ticks) == 1


def test_it_asks_for_every_market_on_one_combined_stream(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    with collecting(source_of(*hosts)):
        hosts[0].wait_for_connection()
        assert hosts[0].subscriptions == [("btcusdt@aggTrade", "ethusdt@aggTrade", "solusdt@aggTrade")]
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
        eventually(lambda: heard(speaking, ticks))


def test_while_trades_come_a_connection_is_kept(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    """For several times as long as silence would be borne."""
    source = source_of(*hosts, binance_silence_s=2.0)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        with trading(hosts[0].book, per_s=50):
            eventually(lambda: len(ticks) > 300)
    assert source.figures()["connects"] == 1


def test_sinks_that_take_nothing_are_no_silence_and_cost_no_trade(
    hosts: tuple[FakeBinance, FakeBinance],
) -> None:
    source = source_of(*hosts, binance_silence_s=1.5)

    async def scenario() -> list[int]:
        async with asyncio.timeout(30), aclosing(source.ticks()) as feed:
            coming = asyncio.ensure_future(anext(feed))
            await asyncio.to_thread(hosts[0].wait_for_connection)
            await asyncio.to_thread(trade, hosts[0], 3000)
            ids = [(await coming).trade_id]
            # Nobody takes a tick for twice as long as silence would be borne.
            await asyncio.to_thread(Deadlines().reach, 3.0)
            while len(ids) < 3000:
                ids.append((await anext(feed)).trade_id)
            return ids

    assert asyncio.run(scenario()) == list(range(1, 3001))
    assert source.figures()["connects"] == 1


def trade(host: FakeBinance, count: int) -> None:
    for _ in range(count):
        host.book.trade()


def test_frames_that_are_no_trades_do_not_break_the_silence(hosts: tuple[FakeBinance, FakeBinance]) -> None:
    babbling, speaking = hosts

    def babble_until_left() -> bool:
        babbling.send_raw("{}")
        return speaking.connections > 0

    with collecting(source_of(*hosts, binance_silence_s=0.3)):
        babbling.wait_for_connection()
        eventually(babble_until_left, what="the babbling host to be left")


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 2, "msg": "Invalid request: invalid stream", "id": 1},
        {"error": {"code": 2, "msg": "Invalid request: invalid stream"}, "id": 1},
        {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"},
        {"result": ["btcusdt@aggTrade"], "id": 1},
    ],
    ids=["documented", "wrapped", "without id", "of another request"],
)
def test_a_host_that_refuses_the_subscription_is_left(
    hosts: tuple[FakeBinance, FakeBinance], answer: dict[str, object]
) -> None:
    refusing, accepting = hosts
    refusing.answer_subscribes_with(answer)
    with collecting(source_of(*hosts)) as ticks:
        accepting.wait_for_connection()
        accepting.trade(agg_trade())
        eventually(lambda: len(ticks) == 1)
        eventually(lambda: refusing.connections == 0, what="the refusing host to be left")


def test_a_host_that_never_answers_the_subscription_is_left_in_time(
    hosts: tuple[FakeBinance, FakeBinance],
) -> None:
    mute, speaking = hosts
    mute.answer_subscribes_with({})
    with collecting(source_of(*hosts, binance_connect_timeout_s=0.3)) as ticks:
        speaking.wait_for_connection()
        eventually(lambda: heard(speaking, ticks))
        eventually(lambda: mute.connections == 0, what="the mute host to be left")


def test_prices_with_every_number_of_decimals_keep_their_digits_or_are_refused(
    hosts: tuple[FakeBinance, FakeBinance],
) -> None:
    source = source_of(hosts[0])
    texts = ["7", *(f"7.{'1' * decimals}" for decimals in range(1, 9)), "7.12340000", "7.00000000"]
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        for price in texts:
            hosts[0].book.trade(price=price)
        hosts[0].book.trade(price="8")
        eventually(lambda: source.figures()["still_missing"] == 0 and len(ticks) == 8)
    assert [tick.price for tick in ticks] == [70_000, 71_000, 71_100, 71_110, 71_111, 71_234, 70_000, 80_000]
    figures = source.figures()
    # Refused when they came, and again when they were fetched as missing: nobody rounds them.
    assert (figures["missing"], figures["unavailable"], figures["garbage_bad_price"]) == (4, 4, 8)


def test_quantities_that_cannot_be_are_refused_and_the_largest_is_kept(
    hosts: tuple[FakeBinance, FakeBinance],
) -> None:
    source = source_of(hosts[0])
    largest = f"{(2**63 - 1) // 10**8}.{(2**63 - 1) % 10**8:08d}"
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        for quantity in ("1", "0.00000000", largest, "92233720368.54775808", "1" * 40, "0.00000001"):
            hosts[0].book.trade(quantity=quantity)
        eventually(lambda: source.figures()["still_missing"] == 0 and len(ticks) == 3)
    assert [tick.quantity for tick in ticks] == [10**8, 2**63 - 1, 1]
    assert source.figures()["garbage_bad_quantity"] == 6


def test_a_hundred_thousand_garbage_frames_between_trades_are_counted_and_survived(
    hosts: tuple[FakeBinance, FakeBinance], caplog: pytest.LogCaptureFixture
) -> None:
    host, frames = hosts[0], 100_000
    source = source_of(host, binance_silence_s=120)
    with collecting(source) as ticks, caplog.at_level(logging.WARNING):
        host.wait_for_connection()
        for burst in range(5):
            host.book.trade()
            host.send_garbage(frames // 5, seed=burst)
        host.book.trade()
        eventually(lambda: len(ticks) == 6, limit_s=120)
    figures = source.figures()
    garbage = {name: times for name, times in figures.items() if name.startswith("garbage_")}
    assert sum(garbage.values()) == frames
    assert len(garbage) == 8, "every reason was met"
    assert [tick.trade_id for tick in ticks] == [1, 2, 3, 4, 5, 6]
    assert (figures["connects"], figures["gaps"]) == (1, 0)
    assert sum("frame refused" in record.getMessage() for record in caplog.records) < 30


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
