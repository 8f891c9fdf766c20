"""The poller as a process: killed in the middle of a replay, held, stopped, choosing its feed."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from domain.instruments import ASSETS
from poller.recording import Recording
from runtime.published_metrics import read_metrics
from tests.integration.poller.feed import Feed, Topic, reading
from tests.support.binance import addresses, agg_trade, fake_binance
from tests.support.recordings import btc_recording, simulated_recording
from tests.support.waiting import eventually

RUN_LIMIT_S = 30.0


def replay(feed: Feed, path: Path, **changed: Any) -> dict[str, Any]:
    return {"market_feed": "replay", "replay_file": path, "replay_speed": 0, **changed}


def all_ids(recording: Recording) -> set[int]:
    return set(range(recording.trade_id_min, recording.trade_id_max + 1))


def wait_for_index(feed: Feed, index: int) -> None:
    eventually(lambda: feed.checkpoint("replay").get("index", 0) >= index, limit_s=RUN_LIMIT_S)


def times_by_id(topic: Topic) -> dict[int, set[int]]:
    times: dict[int, set[int]] = defaultdict(set)
    for tick in topic.ticks:
        times[tick.trade_id].add(tick.event_time_ms)
    return times


def timed_hops(feed: Feed) -> set[str]:
    """The hops that the poller says it has timed."""
    samples = [sample for metric in read_metrics(feed.queues, "poller") for sample in metric.samples]
    timed = {sample.name for sample in samples if sample.name.endswith("_count") and sample.value > 0}
    return {name.removeprefix("cfdesk_hop_").removesuffix("_seconds_count") for name in timed}


class TestReplay:
    def test_a_recording_goes_through_once_in_order(self, feed: Feed, tmp_path: Path) -> None:
        recording = Recording.scan(btc_recording(tmp_path))
        poller = feed.start(**replay(feed, recording.path))
        with reading(feed.settings) as topic:
            eventually(lambda: topic.trade_ids() == all_ids(recording), limit_s=RUN_LIMIT_S)
            eventually(lambda: feed.checkpoint("replay").get("finished"))
            rows = list(recording.rows())
            assert [tick.price for tick in topic.ticks] == [row.price for row in rows]
            assert [tick.quantity for tick in topic.ticks] == [row.quantity for row in rows]
            assert {tick.source for tick in topic.ticks} == {"replay:first"}
        assert feed.desk.quotes()["BTC"].price == rows[-1].price
        assert poller.running, "it stays, idle"
        eventually(lambda: timed_hops(feed) == {"feed", "decode", "apply"}, what="the hops of its ticks")
        assert "replay finished" in poller.output

    def test_killed_at_any_moment_nothing_of_the_file_is_missing_and_resends_are_identical(
        self, feed: Feed, tmp_path: Path
    ) -> None:
        recording = Recording.scan(simulated_recording(tmp_path / "long.csv", trades=6000))
        # So slow that what is due by the time the next one has the lease is not the rest of the file.
        asked = replay(feed, recording.path, replay_speed=15)
        poller = feed.start(**asked)
        for reached in (1000, 2500, 4000):
            wait_for_index(feed, reached)
            poller.kill()
            poller = feed.start(**asked)
        with reading(feed.settings) as topic:
            eventually(lambda: topic.trade_ids() == all_ids(recording), limit_s=RUN_LIMIT_S)
            eventually(lambda: feed.checkpoint("replay").get("finished"))
            topic.trade_ids()
            assert len(topic.ticks) < 2 * recording.trades, "it went on, and did not start over"
            assert all(len(times) == 1 for times in times_by_id(topic).values())
        assert '"resumed": true' in poller.output

    def test_a_finished_run_is_not_replayed_again_but_another_run_is(
        self, feed: Feed, tmp_path: Path
    ) -> None:
        recording = Recording.scan(btc_recording(tmp_path))
        first = feed.start(**replay(feed, recording.path))
        eventually(lambda: feed.checkpoint("replay").get("finished"), limit_s=RUN_LIMIT_S)
        assert first.stop() == 0
        again = feed.start(**replay(feed, recording.path))
        eventually(lambda: "replay finished" in again.output, limit_s=RUN_LIMIT_S)
        with reading(feed.settings) as topic:
            eventually(lambda: topic.trade_ids() == all_ids(recording))
            assert len(topic.ticks) == recording.trades
            assert again.stop() == 0
            feed.start(**replay(feed, recording.path, run_id="second"))
            eventually(
                lambda: topic.trade_ids() and len(topic.ticks) == 2 * recording.trades, limit_s=RUN_LIMIT_S
            )
        assert feed.desk.quotes()["BTC"].trade_id == recording.trade_id_max

    def test_a_loop_goes_on_with_ids_that_rise(self, feed: Feed, tmp_path: Path) -> None:
        recording = Recording.scan(btc_recording(tmp_path))
        feed.start(**replay(feed, recording.path, replay_loop=True))
        least = recording.trade_id_min + 3 * recording.trades
        with reading(feed.settings) as topic:
            eventually(lambda: max(topic.trade_ids(), default=0) > least, limit_s=RUN_LIMIT_S)
            ids = [tick.trade_id for tick in topic.ticks]
            assert ids == sorted(set(ids))
            assert set(range(recording.trade_id_min, least)) <= set(ids)

    def test_it_holds_after_so_many_trades_until_it_is_told_to_go(self, feed: Feed, tmp_path: Path) -> None:
        recording = Recording.scan(btc_recording(tmp_path))
        asked = replay(feed, recording.path, replay_hold_after=3)
        poller = feed.start(**asked)
        eventually(lambda: feed.checkpoint("replay").get("index") == 3, limit_s=RUN_LIMIT_S)
        # A restart holds at the same place.
        poller.kill()
        poller = feed.start(**asked)
        eventually(lambda: "replay holds" in poller.output, limit_s=RUN_LIMIT_S)
        with reading(feed.settings) as topic:
            first_three = set(range(recording.trade_id_min, recording.trade_id_min + 3))
            eventually(lambda: topic.trade_ids() == first_three)
            go = feed.start("poller.go")
            eventually(lambda: topic.trade_ids() == all_ids(recording), limit_s=RUN_LIMIT_S)
            eventually(lambda: not go.running, limit_s=RUN_LIMIT_S)
            assert go.stop() == 0
            assert all(len(times) == 1 for times in times_by_id(topic).values())

    def test_there_is_nobody_to_tell_to_go(self, feed: Feed) -> None:
        go = feed.start("poller.go")
        eventually(lambda: not go.running, limit_s=RUN_LIMIT_S)
        assert go.stop() == 1
        assert "no replay to let go" in go.output

    def test_a_bad_file_stops_the_start_with_its_line(self, feed: Feed, tmp_path: Path) -> None:
        path = tmp_path / "bad.csv"
        path.write_text("trade_id,price,quantity,time_ms,is_buyer_maker\n1,1.00001,1,1000,true\n")
        poller = feed.start(**replay(feed, path))
        eventually(lambda: not poller.running, limit_s=RUN_LIMIT_S)
        assert poller.stop() == 1
        assert "line 2" in poller.output


class TestSimulated:
    def test_every_asset_has_prices_and_ids_that_rise_across_a_kill(self, feed: Feed) -> None:
        poller = feed.start(market_feed="simulated", simulator_ticks_per_s=100)
        eventually(lambda: feed.desk.quotes().keys() == ASSETS.keys(), limit_s=RUN_LIMIT_S)
        eventually(lambda: feed.checkpoint("simulated").get("trade_ids", {}).get("SOL"))
        poller.kill()
        before = feed.desk.quotes()
        poller = feed.start(market_feed="simulated", simulator_ticks_per_s=100)
        eventually(
            lambda: all(q.trade_id > before[s].trade_id for s, q in feed.desk.quotes().items()),
            limit_s=RUN_LIMIT_S,
        )
        for symbol, quote in feed.desk.quotes().items():
            # It went on from where it was, not from the reference price.
            assert quote.price == pytest.approx(before[symbol].price, rel=0.03)
            assert quote.source == "simulated"
        eventually(lambda: '"event": "feed"' in poller.output, what="a line of figures")


class TestAuto:
    def test_it_takes_binance_when_a_host_answers(self, feed: Feed) -> None:
        with fake_binance() as host:
            poller = feed.start(market_feed="auto", **addresses(host))
            eventually(lambda: host.accepted == 2, limit_s=RUN_LIMIT_S, what="probe and feed")
            host.wait_for_connection()

            def priced() -> bool:
                host.trade(agg_trade(market="ETHUSDT", price="2500.25000000"))
                return feed.desk.quotes().get("ETH") is not None

            eventually(priced)
            quote = feed.desk.quotes()["ETH"]
            assert (quote.price, quote.source) == (25_002_500, "binance")
            assert poller.stop() == 0

    def test_it_simulates_when_none_does_and_says_so(self, feed: Feed, free_port: int) -> None:
        poller = feed.start(
            market_feed="auto",
            binance_stream_urls=f"ws://127.0.0.1:{free_port}",
            binance_connect_timeout_s=1,
        )
        eventually(lambda: feed.desk.quotes().get("BTC"), limit_s=RUN_LIMIT_S)
        assert feed.desk.quotes()["BTC"].source == "simulated"
        assert "no Binance host could be reached" in poller.output

    def test_started_again_in_the_same_run_it_keeps_to_its_choice(self, feed: Feed, free_port: int) -> None:
        """Real prices in place of invented ones, or the other way round, would end positions for nothing."""
        silent = f"ws://127.0.0.1:{free_port}"
        first = feed.start(
            market_feed="auto", run_id="this", binance_stream_urls=silent, binance_connect_timeout_s=1
        )
        eventually(lambda: feed.desk.quotes().get("BTC"), limit_s=RUN_LIMIT_S)
        first.kill()

        with fake_binance() as host:
            again = feed.start(market_feed="auto", run_id="this", **addresses(host))
            eventually(lambda: "keeps to its choice" in again.output, limit_s=RUN_LIMIT_S)
            assert host.subscriptions == []
            again.kill()
            feed.start(market_feed="auto", run_id="the next", **addresses(host))
            eventually(lambda: host.subscriptions, limit_s=RUN_LIMIT_S, what="Binance to be asked anew")


def test_a_stop_flushes_saves_the_checkpoint_and_ends_well(feed: Feed, tmp_path: Path) -> None:
    path = simulated_recording(tmp_path / "long.csv", trades=4000)
    # The checkpoint is only due long after the stop.
    poller = feed.start(**replay(feed, path, replay_speed=20, checkpoint_every_s=60))
    with reading(feed.settings) as topic:
        eventually(lambda: len(topic.trade_ids()) > 200, limit_s=RUN_LIMIT_S)
        assert poller.stop(limit_s=feed.settings.graceful_stop_s) == 0
        index = feed.checkpoint("replay")["index"]
        eventually(lambda: len(topic.trade_ids()) == index, what="all up to the checkpoint")
    assert 200 < index < 4000
    assert '"undelivered": 0' in poller.output
