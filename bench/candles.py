"""Candles of a week, measured. `python -m bench.candles`; `--quick` tries it on small numbers.

5,000,000 trades of the three assets in turn, spread over seven days that end now, and the candles made of
them. What is read is each interval's candles of BTC over the seven days: 10,080 of one minute.

sql_p50_ms       what PostgreSQL takes to give the 1m candles, its answer received and nothing done with it
http_p50_ms      the same by GET /api/v2/asset/candles of the real web process over loopback, body received
raw_p50_ms       the same candles computed from the trades, in SQL
vs_raw           raw_p50_ms over sql_p50_ms
sql_5m_p50_ms    and so on: the other intervals

All three ways give the same candles, or it ends with an error. Exits with 1 when a limit isn't held. The last
line has the figures.
"""

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.candles_reads import HttpReads, SqlReads, same_candles
from bench.candles_week import Week, fill
from bench.figures import Limits
from bench.judged import run_judged
from market.candles import INTERVALS
from runtime.connections import engine
from tests.support.migrations import migrate
from tests.support.relay import running_relay
from tests.support.services import running_services
from tests.support.settings import make_settings

LIMITS = Limits(most={}, least={"vs_raw": 50})
# A statement of the bench's own may take longer than one of the desk's.
STATEMENT_S = 60
MINUTES = "1m"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    trades: int = 5_000_000
    reads: int = 41
    raw_reads: int = 5


# Two trades a minute of each asset: no minute is empty.
QUICK = Size(trades=60_480, reads=3, raw_reads=1)


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    with (
        running_services(kafka_brokers="nobody.invalid", durable=True) as services,
        TemporaryDirectory(prefix="cfdesk-candles-") as folder,
    ):
        migrate(services.database_url)
        settings = make_settings(services, database_timeout_s=STATEMENT_S)
        week = Week.until_now(size.trades)
        database = engine(settings, name="bench")
        fill(database, week)
        database.dispose()
        with (
            closing(SqlReads(services.database_url, week)) as sql,
            running_relay(services, Path(folder), process="web", path="/ws") as web,
        ):
            http = HttpReads(web.port, week)
            same_candles(sql, http)
            return _read_all(sql, http, size)


def _read_all(sql: SqlReads, http: HttpReads, size: Size) -> dict[str, float]:
    figures: dict[str, float] = {}
    for interval in INTERVALS:
        if interval != MINUTES:
            figures[f"http_{interval}_p50_ms"] = _p50_ms(partial(http.read, interval), size.reads)
            figures[f"sql_{interval}_p50_ms"] = _p50_ms(partial(sql.read, interval), size.reads)
    figures["http_p50_ms"] = _p50_ms(partial(http.read, MINUTES), size.reads)
    figures["sql_p50_ms"] = _p50_ms(partial(sql.read, MINUTES), size.reads)
    figures["raw_p50_ms"] = _p50_ms(sql.compute_minutes, size.raw_reads)
    return figures | {"vs_raw": figures["raw_p50_ms"] / figures["sql_p50_ms"]}


def _p50_ms(read: Callable[[], object], reads: int) -> float:
    """The median, after one that isn't counted."""
    read()
    times = []
    for _ in range(reads):
        began = time.perf_counter()
        read()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main() -> int:
    """Measures, and says which limits are broken."""
    return run_judged(
        "Measures reads of candles.",
        measure,
        whole=Size(),
        quick=QUICK,
        limits=LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main())
