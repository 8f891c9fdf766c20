"""The benchmarks run, on numbers too small to say anything about their limits."""

import pytest

from bench.candles import LIMITS as CANDLES
from bench.engine import LIMITS as ENGINE
from bench.feed import LIMITS as FEED
from bench.figures import Limits
from bench.first_start import LIMITS as FIRST_START
from bench.ingest import LIMITS as INGEST
from bench.stream import LIMITS as STREAM
from tests.support.benches import quick_figures


@pytest.mark.parametrize(
    ("module", "limits"),
    [
        ("bench.candles", CANDLES),
        ("bench.engine", ENGINE),
        ("bench.feed", FEED),
        ("bench.ingest", INGEST),
    ],
)
def test_a_quick_run_ends_with_every_figure(module: str, limits: Limits) -> None:
    figures = quick_figures(module)

    assert figures.keys() >= limits.names
    assert all(value > 0 for value in figures.values()), figures


def test_a_quick_restore_brings_back_everything() -> None:
    figures = quick_figures("bench.restore")

    assert (figures["clean"], figures["restored"], figures["snapshots"]) == (1, 1_500, 300)
    assert figures["positions_per_s"] > 0


def test_a_quick_look_at_the_house_finds_its_profit_the_same_in_all_three() -> None:
    figures = quick_figures("bench.house")

    assert (figures["unequal"], figures["after_loss"], figures["clean"]) == (0, 0, 1)
    assert figures["events"] > 0
    assert all(figures[name] != 0 for name in ("fees_cents", "trading_cents", "shortfall_cents")), figures


def test_a_broken_limit_is_said() -> None:
    limits = Limits(most={"latency": 2.0}, least={"speed": 10.0})

    assert limits.broken({"latency": 2.0, "speed": 10.0}) == []
    assert limits.broken({"latency": 2.1, "speed": 9.0}) == ["latency is over 2", "speed is under 10"]


def test_a_quick_first_start_tells_what_its_history_costs() -> None:
    figures = quick_figures("bench.first_start")

    assert figures.keys() >= FIRST_START.names
    # What the history costs is a difference: noise may well make it negative.
    assert all(figures[name] > 0 for name in ("without_s", "simulated_s", "binance_s")), figures


def test_a_quick_stream_reaches_every_client_whole() -> None:
    figures = quick_figures("bench.stream")

    cells = ("1x50", "10x50", "20x300")
    assert all(0 < figures[f"fresh_p50_{cell}"] <= figures[f"fresh_p99_{cell}"] for cell in cells), figures
    assert all(0 < figures[f"delivered_{cell}"] <= 1 for cell in cells), figures
    assert all(figures[f"latency_p50_{cell}"] >= figures[f"feed_p50_{cell}"] > 0 for cell in cells), figures
    assert all(figures[f"client_lag_p99_{cell}"] > 0 for cell in cells), figures
    assert figures.keys() >= {name for name in STREAM.names if not name.startswith("fresh_")}
    assert figures["broken_frames"] == 0
    outcomes = ("stalled_closed", "stalled_cut", "stalled_conflated", "stalled_neither")
    assert sum(figures[name] for name in outcomes) == 4, figures
