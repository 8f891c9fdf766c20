"""`flask market backfill`, as an operator types it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.instruments import ASSETS
from runtime.ports import quiet_port
from tests.support.back_office import ROOT, BackOffice
from tests.support.binance import FakeRest, fake_rest
from tests.support.past_candles import WEEK_MINUTES, stored, stored_minutes, this_minute, trade_at
from tests.support.stored import store
from tests.support.waiting import eventually
from workers.history import alone


@pytest.fixture
def rest() -> Iterator[FakeRest]:
    """The exchange, with a past."""
    with fake_rest() as rest:
        yield rest


def on_binance(rest: FakeRest, **changed: Any) -> dict[str, Any]:
    """The settings of a desk on the exchange's prices."""
    return {"market_feed": "binance", "binance_rest_urls": rest.url, "binance_rest_tries": 2} | changed


def backfill(office: BackOffice, *words: str, **changed: Any) -> "subprocess.CompletedProcess[str]":
    return office.run_flask("market", "backfill", *words, **changed)


def test_seven_days_of_every_asset_are_filled_and_told(office: BackOffice, rest: FakeRest) -> None:
    run = backfill(office, "--days", "7", **on_binance(rest))
    assert run.returncode == 0, run.stdout + run.stderr
    for symbol in ASSETS:
        minutes = stored_minutes(office.database, "binance", symbol)
        assert minutes == list(range(minutes[0], minutes[0] + WEEK_MINUTES - 1))
        assert f"{symbol}: 10,079 candles stored\n" in run.stdout
    # And typed again it has nothing to do but for a minute that is over by now
    asked = len(rest.asked)
    again = backfill(office, "--days", "7", **on_binance(rest))
    assert again.returncode == 0
    assert len(rest.asked) - asked <= len(ASSETS)


def test_one_asset_and_the_settings_days(office: BackOffice, rest: FakeRest) -> None:
    run = backfill(office, "--asset", "ETH", **on_binance(rest, history_days=1))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "ETH: 1,439 candles stored" in run.stdout
    assert stored(office.database, "BTC") == []
    assert min(stored_minutes(office.database, "binance", "ETH")) >= this_minute() - 1441


def test_a_simulated_market_gets_a_past_once_it_has_traded(office: BackOffice) -> None:
    waits = backfill(office, "--days", "1")
    assert waits.returncode == 2
    assert (
        "Error: no trade of BTC is stored yet, and made-up days lead to the first: try again soon"
        in waits.stderr
    )
    now = this_minute()
    store(office.database, [trade_at(now, symbol=symbol) for symbol in ASSETS])
    run = backfill(office, "--days", "1")
    assert run.returncode == 0, run.stdout + run.stderr
    made_up = stored_minutes(office.database, "simulated")
    assert made_up == list(range(made_up[0], now))
    # A minute may have passed since
    assert made_up[0] in {now - 1440, now - 1439}
    assert "BTC: nothing is missing" in backfill(office, "--days", "1").stdout


def test_without_a_network_it_says_so(office: BackOffice) -> None:
    nobody = f"http://127.0.0.1:{quiet_port()}"
    run = backfill(
        office, "--days", "7", market_feed="binance", binance_rest_urls=nobody, binance_rest_tries=1
    )
    assert run.returncode == 2
    assert "Error: Binance: /api/v3/klines: " in run.stderr
    assert "the same command goes on from there" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_ban_is_said_with_its_end_and_nothing_more_is_sent(office: BackOffice, rest: FakeRest) -> None:
    rest.limit(3600, status=418)
    run = backfill(office, "--days", "7", **on_binance(rest))
    assert run.returncode == 2
    assert "Error: too much was asked of Binance from this address: not before 20" in run.stderr
    assert (len(rest.asked), rest.too_early) == (1, 0)


def test_klines_that_are_none_are_said(office: BackOffice, rest: FakeRest) -> None:
    rest.answer_with(b"[[1, 2, 3]]")
    run = backfill(office, "--days", "7", **on_binance(rest))
    assert run.returncode == 2
    assert "Error: Binance: kline [1, 2, 3]: has 3 fields" in run.stderr


def test_nobody_to_say_whose_candles_and_a_replay_that_has_none(office: BackOffice, tmp_path: Path) -> None:
    unknown = backfill(office, "--days", "7", market_feed="auto")
    assert unknown.returncode == 2
    assert "Error: no price is live: start the poller" in unknown.stderr
    replay = backfill(office, "--days", "7", market_feed="replay", replay_file="trades.csv")
    assert replay.returncode == 2
    assert "Error: the desk's prices are of a replay, which has no days before it" in replay.stderr


def test_while_a_worker_fills_it_is_told_to_wait(office: BackOffice, rest: FakeRest) -> None:
    with alone(office.database):
        run = backfill(office, "--days", "7", **on_binance(rest))
    assert run.returncode == 2
    assert "Error: a worker or another command is filling just now" in run.stderr
    assert rest.asked == []


def test_words_that_it_does_not_know_are_explained(office: BackOffice) -> None:
    assert "HISTORY_DAYS is 0: say how many with --days" in backfill(office).stderr
    assert "'DOGE' is not one of 'BTC', 'ETH', 'SOL'" in backfill(office, "--asset", "DOGE").stderr
    assert "is not in the range 1<=x<=90" in backfill(office, "--days", "91").stderr
    taught = office.run_flask("market", "--help").stdout
    assert "flask market backfill --days 30" in taught


def test_ctrl_c_keeps_what_is_stored_and_says_how_to_go_on(
    office: BackOffice, rest: FakeRest, tmp_path: Path
) -> None:
    # Given a fill that waits for its third page
    rest.hold_after(2)
    env = office.environment(**on_binance(rest, binance_rest_timeout_s=30))
    argv = [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), "market", "backfill", "--days", "7"]
    with subprocess.Popen(argv, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        eventually(lambda: len(stored_minutes(office.database, "binance")) == 2000, limit_s=20)
        eventually(lambda: rest.held)
        os.kill(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 130, said
    assert "stopped; what is stored stays, and the same command goes on from there" in said
    assert "Traceback" not in said
    # And typed again it goes on
    rest.hold_after(None)
    run = backfill(office, "--days", "7", "--asset", "BTC", **on_binance(rest))
    assert run.returncode == 0
    assert "BTC: 8,07" in run.stdout
