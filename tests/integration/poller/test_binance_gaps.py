"""What the stream left out is fetched over REST and given out as past; live ids never fall."""

import time

import pytest

from domain.instruments import ASSET_BY_MARKET, ASSETS
from poller.checkpoint import BinanceCheckpoint
from tests.integration.poller.exchange import every_id, live_ids, past_ids, source_of
from tests.integration.poller.feed import collecting
from tests.support.binance import Book, FakeBinance, agg_trade, fake_binance, trading
from tests.support.waiting import eventually

Hosts = tuple[FakeBinance, FakeBinance]
LIMIT_S = 30.0
# Some minute of the past.
PAST_MINUTE_MS = 29_666_667 * 60_000


def trades(host: FakeBinance, count: int) -> None:
    for _ in range(count):
        host.book.trade()


def test_a_gap_is_fetched_while_the_live_trades_go_on(hosts: Hosts) -> None:
    source = source_of(*hosts)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        trades(hosts[0], 3)
        hosts[0].skip(1500)
        trades(hosts[0], 1502)
        eventually(lambda: len(past_ids(ticks)) == 1500, limit_s=LIMIT_S)
    assert live_ids(ticks) == [1, 2, 3, 1504, 1505]
    assert past_ids(ticks) == list(range(4, 1504))
    assert len({tick.price for tick in ticks}) == 1
    figures = source.figures()
    assert (figures["gaps"], figures["missing"], figures["backfilled"]) == (1, 1500, 1500)
    assert (figures["still_missing"], figures["unavailable"], figures["left_out"]) == (0, 0, 0)


def test_trades_missed_between_two_connections_are_a_gap_like_any_other(hosts: Hosts) -> None:
    source = source_of(*hosts)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        trades(hosts[0], 2)
        eventually(lambda: live_ids(ticks) == [1, 2])
        for host in hosts:
            host.refuse(503)
        hosts[0].drop()
        trades(hosts[0], 5)
        for host in hosts:
            host.refuse(0)
        eventually(lambda: hosts[0].subscribers + hosts[1].subscribers, limit_s=LIMIT_S)
        trades(hosts[0], 1)
        eventually(lambda: past_ids(ticks) == [3, 4, 5, 6, 7])
    assert live_ids(ticks) == [1, 2, 8]
    assert source.figures()["reconnects"] == 1


def test_a_half_open_connection_is_left_and_what_it_kept_back_is_fetched(hosts: Hosts) -> None:
    stalling, speaking = hosts
    source = source_of(*hosts, binance_silence_s=0.5)
    with collecting(source) as ticks:
        stalling.wait_for_connection()
        with trading(stalling.book, per_s=200):
            eventually(lambda: len(ticks) > 20)
            stalling.stall()
            speaking.wait_for_connection()
            known = len(ticks)
            eventually(lambda: len(ticks) > known + 100)
            eventually(lambda: source.figures()["still_missing"] == 0, limit_s=LIMIT_S)
    assert source.figures()["missing"] == source.figures()["backfilled"] > 0
    for ids in every_id(ticks).values():
        assert ids == list(range(ids[0], ids[-1] + 1))


def test_repeated_and_reordered_trades_never_bring_a_live_id_back(hosts: Hosts) -> None:
    source = source_of(*hosts)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        hosts[0].double(5)
        trades(hosts[0], 5)
        hosts[0].reverse(4)
        trades(hosts[0], 5)
        eventually(lambda: every_id(ticks) == {"BTC": list(range(1, 11))})
    assert live_ids(ticks) == [1, 2, 3, 4, 5, 9, 10]
    assert source.figures()["duplicates"] == 5 + 3


@pytest.mark.parametrize("status", [429, 418])
def test_a_limit_of_rest_is_waited_out(hosts: Hosts, status: int) -> None:
    rests = [host.rest for host in hosts]
    source = source_of(*hosts)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        trades(hosts[0], 1)
        eventually(lambda: rests[0].asked, what="the first minute to be asked for")
        rests[0].limit(2, status=status)
        hosts[0].skip(10)
        trades(hosts[0], 11)
        eventually(lambda: len(past_ids(ticks)) == 10, limit_s=LIMIT_S)
    assert status in [asked.status for asked in rests[0].asked]
    assert [rest.too_early for rest in rests] == [0, 0]
    assert rests[1].asked == []


def test_rest_away_live_trades_go_on_and_no_gap_is_forgotten(hosts: Hosts) -> None:
    source = source_of(*hosts)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        for host in hosts:
            host.rest.fail(503)
        for _ in range(5):
            trades(hosts[0], 1)
            hosts[0].skip(1)
            trades(hosts[0], 1)
        trades(hosts[0], 1)
        eventually(lambda: live_ids(ticks) == [1, 3, 5, 7, 9, 11])
        eventually(lambda: len(hosts[0].rest.asked) > 4, what="tries")
        assert source.figures()["still_missing"] == 5
        for host in hosts:
            host.rest.fail(0)
        eventually(lambda: sorted(past_ids(ticks)) == [2, 4, 6, 8, 10], limit_s=LIMIT_S)


def test_of_a_gap_too_long_the_newest_trades_are_fetched(hosts: Hosts) -> None:
    source = source_of(*hosts, binance_backfill_max=10)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        trades(hosts[0], 1)
        hosts[0].skip(50)
        trades(hosts[0], 51)
        eventually(lambda: past_ids(ticks) == list(range(42, 52)))
    figures = source.figures()
    assert (figures["missing"], figures["left_out"], figures["still_missing"]) == (50, 40, 0)


def test_of_too_many_gaps_neighbours_are_fetched_as_one(hosts: Hosts) -> None:
    source = source_of(*hosts, binance_gaps_max=2)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        for host in hosts:
            host.rest.fail(503)
        trades(hosts[0], 1)
        for kept in (1, 20, 1, 20, 1):
            hosts[0].skip(2)
            trades(hosts[0], 2 + kept)
        eventually(lambda: source.figures()["gaps"] == 5)
        assert source.figures()["still_missing"] > 10
        for host in hosts:
            host.rest.fail(0)
        eventually(lambda: source.figures()["still_missing"] == 0, limit_s=LIMIT_S)
    missing = hosts[0].book.ids() - set(live_ids(ticks))
    assert missing <= set(past_ids(ticks))
    assert len(missing) == 10
    assert len(past_ids(ticks)) < 40, "and not everything in between"


def test_an_id_far_ahead_by_mistake_silences_nobody(hosts: Hosts) -> None:
    source = source_of(*hosts)
    with collecting(source) as ticks:
        hosts[0].wait_for_connection()
        trades(hosts[0], 2)
        hosts[0].trade(agg_trade(trade_id=2**50))
        trades(hosts[0], 2)
        hosts[0].trade(agg_trade(trade_id=2**40))
        hosts[0].trade(agg_trade(trade_id=2**50))
        trades(hosts[0], 1)
        eventually(lambda: live_ids(ticks) == [1, 2, 3, 4, 5])
    figures = source.figures()
    assert (figures["implausible"], figures["gaps"]) == (3, 0)


def test_a_far_jump_that_goes_on_is_believed() -> None:
    """As after days without a feed."""
    with fake_binance(Book(first_id=5_000_000)) as host:
        source = source_of(host, stored=BinanceCheckpoint(last={"BTC": 7}), binance_backfill_max=2)
        with collecting(source) as ticks:
            host.wait_for_connection()
            trades(host, 3)
            eventually(lambda: live_ids(ticks) == [5_000_001, 5_000_002])
            eventually(lambda: past_ids(ticks) == [5_000_000])


def test_ids_that_the_exchange_does_not_have_are_given_up() -> None:
    stored = BinanceCheckpoint(last={"BTC": 99}, gaps={"BTC": [(50, 52)]})
    with fake_binance(Book(first_id=100)) as host:
        host.book.trade()
        source = source_of(host, stored=stored)
        with collecting(source):
            eventually(lambda: source.figures()["still_missing"] == 0, limit_s=LIMIT_S)
    assert source.figures()["unavailable"] == 3


class TestFirstStart:
    def test_the_first_minute_is_fetched_from_its_beginning(self, hosts: Hosts) -> None:
        now_ms = time.time_ns() // 1_000_000
        minute_ms = now_ms - now_ms % 60_000
        book = hosts[0].book
        for at_ms in (-1, 0, 10, 20):
            book.trade(time_ms=minute_ms + at_ms)
        source = source_of(*hosts)
        with collecting(source) as ticks:
            hosts[0].wait_for_connection()
            book.trade(time_ms=minute_ms + 30)
            eventually(lambda: past_ids(ticks) == [2, 3, 4], limit_s=LIMIT_S)
        assert live_ids(ticks) == [5]
        assert source.figures()["gaps"] == 0

    @pytest.mark.parametrize("given_out", [0, 2, 3], ids=["none", "the minute's first", "a later one"])
    def test_one_that_died_before_kafka_had_anything_is_made_up_for(
        self, hosts: Hosts, given_out: int
    ) -> None:
        """given_out: the first trade of the one that died, as far as its checkpoint tells."""
        book = hosts[0].book
        for at_ms in (-1, 0, 90_000):
            book.trade(time_ms=PAST_MINUTE_MS + at_ms)
        stored = BinanceCheckpoint(beginnings={"BTC": (PAST_MINUTE_MS, given_out)})
        source = source_of(*hosts, stored=stored)
        with collecting(source) as ticks:
            hosts[0].wait_for_connection()
            assert not hosts[0].rest.asked, "nothing is known until the market speaks"
            book.trade(time_ms=PAST_MINUTE_MS + 200_000)
            eventually(lambda: past_ids(ticks) == [2, 3], limit_s=LIMIT_S)
            eventually(lambda: "BTC" not in source.checkpoint(3).beginnings)
        assert live_ids(ticks) == [4]

    @pytest.mark.parametrize("acknowledged", range(7))
    def test_wherever_it_dies_a_later_minute_has_every_trade_of_every_market(
        self, hosts: Hosts, acknowledged: int
    ) -> None:
        book = hosts[0].book
        dying = source_of(*hosts)
        # Saved by the process before it asks for the first trade.
        assert dying.checkpoint(0).beginnings.keys() == ASSETS.keys()
        with collecting(dying) as ticks:
            hosts[0].wait_for_connection()
            for market in [*ASSET_BY_MARKET] * 2:
                book.trade(market)
            eventually(lambda: len(ticks) == 6)
        eventually(lambda: not hosts[0].connections)
        in_kafka = ticks[:acknowledged]
        successor = source_of(*hosts, stored=dying.checkpoint(acknowledged))
        later_ms = time.time_ns() // 1_000_000 + 120_000
        for market in ASSET_BY_MARKET:
            book.trade(market, time_ms=later_ms)
        with collecting(successor) as more:
            hosts[0].wait_for_connection()
            for market in ASSET_BY_MARKET:
                book.trade(market, time_ms=later_ms)
            expected = {symbol: [1, 2, 3, 4] for symbol in ASSETS}
            eventually(lambda: every_id([*in_kafka, *more]) == expected, limit_s=LIMIT_S)

    def test_minutes_without_a_trade_are_passed_by(self, hosts: Hosts) -> None:
        book = hosts[0].book
        for at_ms in (-1, 150_000):
            book.trade(time_ms=PAST_MINUTE_MS + at_ms)
        source = source_of(*hosts, stored=BinanceCheckpoint(beginnings={"BTC": (PAST_MINUTE_MS, 0)}))
        with collecting(source) as ticks:
            hosts[0].wait_for_connection()
            book.trade(time_ms=PAST_MINUTE_MS + 200_000)
            eventually(lambda: past_ids(ticks) == [2], limit_s=LIMIT_S)
        assert live_ids(ticks) == [3]

    def test_a_first_trade_that_begins_its_minute_is_missing_nothing(self, hosts: Hosts) -> None:
        source = source_of(*hosts)
        with collecting(source) as ticks:
            hosts[0].wait_for_connection()
            trades(hosts[0], 1)
            eventually(lambda: source.checkpoint(1).last == {"BTC": 1})
            eventually(lambda: "BTC" not in source.checkpoint(1).beginnings)
        assert past_ids(ticks) == []


class TestCheckpoint:
    def test_it_is_never_ahead_of_what_is_acknowledged(self, hosts: Hosts) -> None:
        source = source_of(*hosts)
        with collecting(source) as ticks:
            hosts[0].wait_for_connection()
            trades(hosts[0], 3)
            hosts[0].skip(2)
            trades(hosts[0], 3)
            # Live 1 2 3 6, then past 4 5
            eventually(lambda: len(ticks) == 6 and not source.figures()["still_missing"])
            assert source.checkpoint(0).last == {}
            assert source.checkpoint(2).last == {"BTC": 2}
            assert source.checkpoint(4).last == {"BTC": 6}
            assert source.checkpoint(4).gaps == {"BTC": [(4, 5)]}
            assert source.checkpoint(5).gaps == {"BTC": [(4, 5)]}, "a page is settled as a whole"
            assert source.checkpoint(6).last == {"BTC": 6}
            assert source.checkpoint(6).gaps == {}

    def test_from_it_the_next_one_finds_what_is_missing(self, hosts: Hosts) -> None:
        trades(hosts[0], 20)
        stored = BinanceCheckpoint(last={"BTC": 10}, gaps={"BTC": [(4, 5), (8, 8)]})
        source = source_of(*hosts, stored=stored)
        with collecting(source) as ticks:
            hosts[0].wait_for_connection()
            trades(hosts[0], 1)
            eventually(lambda: sorted(past_ids(ticks)) == [4, 5, 8, *range(11, 21)], limit_s=LIMIT_S)
            assert live_ids(ticks) == [21]
            eventually(lambda: source.checkpoint(14).gaps == {})
            assert source.checkpoint(14).last == {"BTC": 21}

    def test_a_beginning_that_was_not_found_in_time_is_looked_for_by_the_next_one(self, hosts: Hosts) -> None:
        for at_ms in (0, 10, 20):
            hosts[0].book.trade(time_ms=PAST_MINUTE_MS + at_ms)
        stored = BinanceCheckpoint(last={"BTC": 3}, beginnings={"BTC": (PAST_MINUTE_MS, 3)})
        with collecting(source_of(*hosts, stored=stored)) as ticks:
            eventually(lambda: past_ids(ticks) == [1, 2], limit_s=LIMIT_S)
