"""A connection is followed by its successor before it is cut: nothing missed, nothing doubled."""

from domain.instruments import ASSETS
from tests.integration.poller.exchange import (
    every_id,
    first_ids,
    live_ids,
    past_ids,
    rises,
    source_of,
    traded_ids,
)
from tests.integration.poller.feed import collecting
from tests.support.binance import FakeBinance, fake_binance, trading
from tests.support.waiting import eventually

Hosts = tuple[FakeBinance, FakeBinance]
LIMIT_S = 30.0


def test_before_the_24_hours_are_over_another_connection_feeds() -> None:
    """The exchange's day takes three seconds here, and the feed's a good half of one."""
    with fake_binance(lifetime_s=3.0) as first, fake_binance(first.book, lifetime_s=3.0) as second:
        source = source_of(first, second, binance_connection_max_s=0.6)
        with collecting(source) as ticks:
            first.wait_for_connection()
            with trading(first.book, per_s=300):
                eventually(lambda: source.figures()["handovers"] >= 6, limit_s=LIMIT_S)
            expected = traded_ids(first.book, since=first_ids(ticks))
            eventually(lambda: every_id(ticks) == expected, what="every trade once")
        assert [host.expired for host in (first, second)] == [0, 0], "none was left to be cut"
        figures = source.figures()
        assert (figures["gaps"], figures["reconnects"]) == (0, 0)
        assert all(rises(live_ids(ticks, symbol)) for symbol in ASSETS)
        assert not any(past_ids(ticks, symbol) for symbol in ASSETS)


def test_a_host_that_says_it_shuts_down_is_left_before_it_does(hosts: Hosts) -> None:
    leaving, staying = hosts
    source = source_of(*hosts)
    with collecting(source) as ticks:
        leaving.wait_for_connection()
        with trading(leaving.book, per_s=300):
            eventually(lambda: len(ticks) > 50)
            leaving.announce_shutdown()
            eventually(lambda: source.figures()["handovers"] == 1, limit_s=LIMIT_S)
            eventually(lambda: leaving.connections == 0, what="the old connection to be closed")
        expected = traded_ids(leaving.book, since=first_ids(ticks))
        eventually(lambda: every_id(ticks) == expected, what="every trade once")
    assert source.figures()["gaps"] == 0
    assert staying.accepted == 1


def test_while_the_successor_is_not_there_the_old_one_goes_on(hosts: Hosts) -> None:
    old, refusing = hosts
    refusing.refuse(503)
    source = source_of(*hosts, binance_connection_max_s=0.2)
    with collecting(source) as ticks:
        old.wait_for_connection()
        old.refuse(503)
        eventually(lambda: refusing.refused >= 3, what="tries for a successor")
        old.book.trade()
        eventually(lambda: live_ids(ticks) == [1])
        refusing.refuse(0)
        eventually(lambda: source.figures()["handovers"] >= 1 or refusing.subscribers, limit_s=LIMIT_S)
        old.book.trade()
        eventually(lambda: live_ids(ticks) == [1, 2])
    assert source.figures()["gaps"] == 0


def test_a_successor_without_trades_takes_over_after_a_while(hosts: Hosts) -> None:
    old, new = hosts
    source = source_of(*hosts, binance_handover_max_s=0.3)
    with collecting(source) as ticks:
        old.wait_for_connection()
        old.book.trade()
        eventually(lambda: live_ids(ticks) == [1])
        old.announce_shutdown()
        eventually(lambda: source.figures()["handovers"] == 1, limit_s=LIMIT_S)
        eventually(lambda: old.connections == 0, what="the old connection to be closed")
        new.book.trade()
        eventually(lambda: live_ids(ticks) == [1, 2])


def test_what_the_successor_sends_is_held_until_the_old_one_has_reached_it(hosts: Hosts) -> None:
    old, new = hosts
    source = source_of(*hosts)
    with collecting(source) as ticks:
        old.wait_for_connection()
        old.book.trade()
        eventually(lambda: live_ids(ticks) == [1])
        # Given a successor that is ahead: it has 3 and 4, the old one only 1
        old.announce_shutdown()
        new.wait_for_connection()
        old.reverse(3)
        new.skip(1)
        old.book.trade()
        old.book.trade()
        assert live_ids(ticks) == [1]
        # When the old one says 4, 3, 2 all at once, its 4 reaches the successor's 3
        old.book.trade()
        eventually(lambda: source.figures()["handovers"] == 1, limit_s=LIMIT_S)
        # Then ids never fell, and what was skipped in between came from the past
        eventually(lambda: every_id(ticks) == {"BTC": [1, 2, 3, 4]})
        assert rises(live_ids(ticks))


def test_the_old_one_dying_first_the_successor_feeds_at_once(hosts: Hosts) -> None:
    old, new = hosts
    source = source_of(*hosts, binance_handover_max_s=300)
    with collecting(source) as ticks:
        old.wait_for_connection()
        old.book.trade()
        eventually(lambda: live_ids(ticks) == [1])
        old.stall()
        old.announce_shutdown()
        new.wait_for_connection()
        new.skip(2)
        for _ in range(3):
            new.book.trade()
        # The successor has 4 only, the old one stands at 1: they don't join.
        old.drop()
        eventually(lambda: live_ids(ticks) == [1, 4])
        eventually(lambda: past_ids(ticks) == [2, 3])
    figures = source.figures()
    assert (figures["handovers"], figures["reconnects"]) == (0, 1)


def test_a_successor_that_dies_is_followed_by_another(hosts: Hosts) -> None:
    old, new = hosts
    source = source_of(*hosts, binance_handover_max_s=300)
    with collecting(source) as ticks:
        old.wait_for_connection()
        old.book.trade()
        eventually(lambda: live_ids(ticks) == [1])
        old.announce_shutdown()
        new.wait_for_connection()
        new.drop()
        eventually(lambda: old.accepted + new.accepted >= 3, limit_s=LIMIT_S, what="another successor")
        old.book.trade()
        eventually(lambda: source.figures()["handovers"] == 1, limit_s=LIMIT_S)
        old.book.trade()
        eventually(lambda: live_ids(ticks) == [1, 2, 3])
    assert source.figures()["gaps"] == 0
