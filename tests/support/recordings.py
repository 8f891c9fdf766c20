"""Recorded trades for tests: the real ones when they are at hand, else some of the simulated market."""

from itertools import islice
from pathlib import Path

from domain.instruments import ASSETS
from poller.record import simulated_trades
from poller.recording import RecordedTrade, write_recording

# Beside the checkout, never in it.
REAL_RECORDING = Path(__file__).resolve().parents[3] / "shared" / "data" / "btcusdt-trades-2021-01-08.csv.gz"
_SEED = 20210108
_TRADES = 1400


def btc_recording(folder: Path) -> Path:
    """A CSV of 1,400 BTC trades over half a minute; written to `folder` when the real one isn't there."""
    return (
        REAL_RECORDING
        if REAL_RECORDING.is_file()
        else simulated_recording(folder / "btc-trades.csv.gz", trades=_TRADES)
    )


def simulated_recording(path: Path, *, trades: int, seed: int = _SEED, symbol: str = "BTC") -> Path:
    """A CSV of so many simulated trades."""
    market = simulated_trades(ASSETS[symbol], seed=seed, trades_per_s=40.0)
    write_recording(path, islice(market, trades))
    return path


def small_recording(path: Path, *rows: tuple[int, str, int]) -> Path:
    """A CSV of these (trade id, price, time in ms)."""
    lines = [f"{trade_id},{price},0.00100000,{time_ms},true" for trade_id, price, time_ms in rows]
    path.write_text("\n".join(["trade_id,price,quantity,time_ms,is_buyer_maker", *lines, ""]))
    return path


def recorded_trade(*, trade_id: int = 1, price: int = 645_000_000, time_ms: int = 1_000_000) -> RecordedTrade:
    """One recorded trade, as the test wants it."""
    return RecordedTrade(trade_id, price, 100_000, time_ms, True)
