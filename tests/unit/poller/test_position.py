"""Whatever is acknowledged when, a checkpoint tells of every id up to its `last` that Kafka may lack."""

from hypothesis import given
from hypothesis import strategies as st

from domain.messages import PastTick, Tick
from poller.checkpoint import BinanceCheckpoint
from poller.sources.binance.overlap import Overlap
from poller.sources.binance.position import Acknowledged, Missing, Position, Settled, Step
from tests.support.market import make_past_tick, make_tick

NEWEST = 60


@st.composite
def feeds(draw: st.DrawFn) -> list[Step]:
    """A feed's steps: live ids that rise with jumps, each gap's pages at some later time."""
    jumps = st.sampled_from([1, 1, 1, 4, 9])
    steps: list[Step] = []
    pages: list[tuple[int, int]] = []
    last = 0
    while last < NEWEST:
        trade_id = last + draw(jumps)
        if trade_id > last + 1:
            steps.append(Missing("BTC", last + 1, trade_id - 1))
            middle = draw(st.integers(last + 1, trade_id - 1))
            pages += [(last + 1, middle)] + ([(middle + 1, trade_id - 1)] if middle < trade_id - 1 else [])
        steps.append(make_tick(trade_id))
        last = trade_id
        fetched = draw(st.integers(0, len(pages)))
        for first, through in pages[:fetched]:
            steps += [
                *(make_past_tick(missed) for missed in range(first, through + 1)),
                Settled("BTC", first, through),
            ]
        del pages[:fetched]
    return steps


@given(steps=feeds(), data=st.data())
def test_no_id_is_lost_wherever_it_dies(steps: list[Step], data: st.DataObject) -> None:
    acknowledged = Acknowledged(None)
    for step in steps:
        acknowledged.note(step)
    given_out = [step for step in steps if isinstance(step, Tick)]
    asked = sorted(data.draw(st.lists(st.integers(0, len(given_out)), min_size=1, max_size=4)))
    checkpoint = BinanceCheckpoint()
    for ticks in asked:
        checkpoint = acknowledged.checkpoint(ticks)
    in_kafka = {tick.trade_id for tick in given_out[: asked[-1]]}
    missing = {i for first, last in checkpoint.gaps.get("BTC", []) for i in range(first, last + 1)}
    # The next one fetches the gaps, and everything after `last`.
    assert in_kafka | missing >= set(range(1, checkpoint.last.get("BTC", 0) + 1))
    # And nothing twice: what it has begins behind the newest live trade in Kafka and behind every gap.
    newest = max((t.trade_id for t in given_out[: asked[-1]] if not isinstance(t, PastTick)), default=0)
    assert checkpoint.last.get("BTC", 0) == max(newest, *missing, 0)


def test_an_asset_that_is_traded_no_longer_is_missed_no_longer() -> None:
    stored = BinanceCheckpoint(last={"OLD": 7}, gaps={"OLD": [(1, 2)]}, beginnings={"OLD": (0, 3)})
    assert Position(stored).checkpoint() == BinanceCheckpoint()


class TestOverlap:
    def test_it_joins_when_every_market_reaches_its_first_trade(self) -> None:
        overlap = Overlap()
        overlap.hold(make_tick(5))
        overlap.hold(make_tick(6))
        assert not overlap.joins({"BTC": 3})
        assert not overlap.joins({"BTC": 4, "ETH": 9}), "nothing of ETH came yet"
        assert overlap.joins({"BTC": 4})
        overlap.hold(make_tick(8, symbol="ETH"))
        assert overlap.joins({"BTC": 4, "ETH": 9})

    def test_what_it_holds_has_a_limit(self) -> None:
        overlap = Overlap()
        for trade_id in range(100, 20_100):
            assert not overlap.joins({"BTC": 1})
            overlap.hold(make_tick(trade_id))
        assert overlap.joins({"BTC": 1})
