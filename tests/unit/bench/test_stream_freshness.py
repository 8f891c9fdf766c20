"""For how long clients are without prices, against the same said in the simplest words."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bench.stream_freshness import Ticks, quantile_us
from domain.instruments import ASSETS

MS = 1_000_000
# Every millisecond a trade, of the assets in turn.
SENT_NS = [number * MS for number in range(30)]
ALL = [(0, len(SENT_NS))]
BTC, ETH, SOL = range(len(ASSETS))


def heard(ticks: Ticks, *prices: tuple[int, int, float], until_ms: float = 1_000) -> None:
    """One client: asset, id, when (ms)."""
    client = ticks.new_client()
    for asset, trade_id, at_ms in prices:
        ticks.note(client, asset, trade_id, int(at_ms * MS))
    ticks.end(client, int(until_ms * MS))


def test_a_price_is_as_old_as_its_trade_when_it_comes() -> None:
    ticks = Ticks(SENT_NS[:3], [(0, 3)])
    heard(ticks, (BTC, 0, 2), (ETH, 0, 2.5), (SOL, 0, 12))

    (tally,) = ticks.tallies
    assert tally.latency == {2_000: 1, 1_500: 1, 10_000: 1}
    assert tally.fresh == tally.latency
    assert tally.never == 0


def test_a_price_that_was_left_out_lasts_until_a_newer_one() -> None:
    ticks = Ticks(SENT_NS[:9], [(0, 9)])
    heard(ticks, (BTC, 0, 1), (BTC, 2, 7), (ETH, 2, 8), (SOL, 2, 9))

    (tally,) = ticks.tallies
    assert tally.latency == Counter({1_000: 4})
    # BTC's second went out at 3 ms, the third came at 7.
    assert tally.fresh == Counter({1_000: 4, 4_000: 3, 7_000: 2})


def test_what_a_client_never_gets_is_as_old_as_its_end() -> None:
    ticks = Ticks(SENT_NS[:6], [(0, 6)])
    heard(ticks, (BTC, 0, 1), (ETH, 1, 5), until_ms=100)

    (tally,) = ticks.tallies
    assert tally.never == 3
    assert tally.fresh == {1_000: 2, 4_000: 1, 97_000: 1, 98_000: 1, 95_000: 1}


def test_only_the_trades_of_windows_count_each_to_its_own() -> None:
    ticks = Ticks(SENT_NS, [(6, 9), (12, 15)])
    # What was subscribed to gives the newest there is, from before.
    heard(ticks, (BTC, 1, 4), (BTC, 9, 28), (ETH, 9, 29), (SOL, 9, 30))

    first, second = ticks.tallies
    assert first.fresh == {22_000: 3}
    assert second.fresh == {16_000: 3}
    assert (first.latency, second.latency) == ({}, {})


def test_what_must_not_come_is_counted() -> None:
    ticks = Ticks(SENT_NS, ALL)
    client = ticks.new_client()
    for trade_id in (2, 1, 2, 10):
        ticks.note(client, BTC, trade_id, 100 * MS)

    assert (ticks.backwards, ticks.unknown) == (2, 1)


def test_when_a_trade_went_out_is_known_from_the_first_window_on() -> None:
    ticks = Ticks(SENT_NS, [(6, 9)])

    assert [ticks.sent_ns(ETH, trade_id) for trade_id in (1, 2, 9, 10)] == [0, 7 * MS, 28 * MS, 0]


prices = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 50)).map(
        # None comes before its trade.
        lambda price: (price[0], price[1], price[2] + price[1] * 3 + price[0])
    ),
    max_size=15,
).map(lambda some: sorted(some, key=lambda price: price[2]))


@given(prices, st.integers(0, 29), st.integers(0, 30))
def test_it_is_what_the_definition_says(come: list[tuple[int, int, int]], begin: int, length: int) -> None:
    window = (begin, min(begin + length, 30))
    ticks = Ticks(SENT_NS, [window])
    heard(ticks, *come, until_ms=1_000)

    expected: Counter[int] = Counter()
    for number in range(*window):
        trade_id, asset = divmod(number, 3)
        at_ms = [at for kind, price, at in come if kind == asset and price >= trade_id]
        expected[(min(at_ms, default=1_000) - number) * 1_000] += 1
    assert ticks.tallies[0].fresh == expected


@given(st.lists(st.integers(0, 20), min_size=1), st.sampled_from([0.5, 0.99, 1.0]))
def test_a_quantile_is_the_value_that_the_share_does_not_pass(values: list[int], share: float) -> None:
    value = quantile_us(Counter(values), share)

    assert sum(one <= value for one in values) >= share * len(values)
    assert sum(one < value for one in values) < share * len(values)


def test_nothing_has_no_quantile() -> None:
    assert quantile_us(Counter(), 0.99) == 0
