"""`python -m poller.record --out F --trades N --seed S`: a recording of the simulated market.

The same arguments write the same file.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from domain.instruments import ASSETS, Asset
from domain.market_model import MarketModel
from poller.recording import RecordedTrade, write_recording
from runtime.logs import configure_logging, get_logger
from runtime.settings import get_settings

# 2025-01-01 00:00 UTC.
_FIRST_TIME_US = 1_735_689_600_000_000
_FIRST_TRADE_ID = 1_000_001

log = get_logger(__name__)


def simulated_trades(asset: Asset, *, seed: int, trades_per_s: float) -> Iterator[RecordedTrade]:
    """The asset's simulated trades, without end, at the times of the model."""
    time_us = _FIRST_TIME_US
    model = MarketModel(seed, asset, trades_per_s=trades_per_s)
    for trade_id, trade in enumerate(model, _FIRST_TRADE_ID):
        time_us += trade.wait_us
        yield RecordedTrade(trade_id, trade.price, trade.quantity, time_us // 1000, trade.buyer_is_maker)


def main() -> None:
    """Writes the file that the command line asks for."""
    parser = argparse.ArgumentParser(description="Record the simulated market.")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write; compressed when named .gz")
    parser.add_argument("--trades", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--symbol", choices=sorted(ASSETS), default="BTC")
    parser.add_argument("--trades-per-s", type=float, default=20.0)
    asked = parser.parse_args()
    configure_logging(get_settings(), "record")
    trades = simulated_trades(ASSETS[asked.symbol], seed=asked.seed, trades_per_s=asked.trades_per_s)
    count = write_recording(asked.out, islice(trades, asked.trades))
    log.info("recorded", file=str(asked.out), trades=count)


if __name__ == "__main__":
    main()
