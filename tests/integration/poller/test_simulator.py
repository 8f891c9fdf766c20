"""The simulated feed on the wall clock, and recordings of it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from domain.instruments import ASSETS
from poller.checkpoint import SimulatedCheckpoint
from poller.recording import Recording
from poller.sources.simulator import SimulatedSource
from runtime.settings import Settings
from tests.integration.poller.feed import collecting
from tests.support.back_office import ROOT
from tests.support.waiting import eventually


def fast_settings() -> Settings:
    return Settings(_env_file=None, simulator_ticks_per_s=200)


def test_ids_rise_within_each_asset_and_times_are_now() -> None:
    with collecting(SimulatedSource(fast_settings(), None)) as ticks:
        eventually(lambda: len(ticks) > 600)
    seen = list(ticks)
    for symbol in ASSETS:
        ids = [tick.trade_id for tick in seen if tick.symbol == symbol]
        assert len(ids) > 50
        assert ids == sorted(set(ids))
    assert all(abs(tick.event_time_ms / 1000 - time.time()) < 20 for tick in seen)
    assert {tick.source for tick in seen} == {"simulated"}


def test_the_rate_is_about_what_was_asked_for() -> None:
    began_at = time.monotonic()
    with collecting(SimulatedSource(fast_settings(), None)) as ticks:
        eventually(lambda: len(ticks) >= 1200)
        took_s = time.monotonic() - began_at
    # Three assets, each with its bursts.
    assert len(ticks) / took_s == pytest.approx(600, rel=0.5)


def test_it_goes_on_from_a_checkpoint_also_when_the_clock_was_set_back() -> None:
    later_us = time.time_ns() // 1000 + 3_600_000_000
    stored = SimulatedCheckpoint(prices={"BTC": 700_000_000, "GONE": 1}, trade_ids={"BTC": later_us})
    source = SimulatedSource(fast_settings(), stored)
    with collecting(source) as ticks:
        eventually(lambda: sum(tick.symbol == "BTC" for tick in ticks) > 5)
    bitcoin = [tick for tick in ticks if tick.symbol == "BTC"]
    assert bitcoin[0].trade_id == later_us + 1
    assert bitcoin[0].price == pytest.approx(700_000_000, rel=0.03)
    assert source.checkpoint(0).prices["BTC"] == bitcoin[-1].price
    assert source.checkpoint(0).prices.keys() == ASSETS.keys()


def test_a_recording_is_made_on_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "sol.csv.gz"
    argv = [sys.executable, "-m", "poller.record", "--out", str(out), "--trades", "250", "--symbol", "SOL"]
    subprocess.run(argv, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True, timeout=30)
    assert Recording.scan(out).trades == 250
