"""The ways to a week's candles of one asset: SQL, HTTP, and a computation from the trades."""

from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg
import sqlalchemy as sa

from bench.candles_week import MINUTES, Week
from domain.units import QUANTITY_DECIMALS, decimal_text, price_usd
from market.candles import candles_query
from tests.support.relay import HOST

ASSET = "BTC"
ANSWER_LIMIT_S = 60.0
_DIALECT = sa.make_url("postgresql+psycopg://").get_dialect()()
# Of those tried the quickest: aggregates in order of the ids, one or two, take longer.
_RAW = """
    SELECT cast(date_part('epoch', date_bin('1 minute', time, 'epoch')) AS bigint) AS minute,
           (min(ARRAY[trade_id, price]))[2], max(price), min(price), (max(ARRAY[trade_id, price]))[2],
           cast(sum(quantity) AS bigint)
    FROM trades
    WHERE symbol = %s AND time >= %s AND time < %s
    GROUP BY minute
    ORDER BY minute DESC
"""


class SqlReads:
    """Statements on a connection of its own, without SQLAlchemy's part of the work."""

    def __init__(self, database_url: str, week: Week) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._week = week

    def close(self) -> None:
        """Gives the connection up."""
        self._connection.close()

    def read(self, interval: str) -> psycopg.Cursor[Any]:
        """The interval's candles, as the desk asks for them; the answer received, its rows not fetched."""
        query = candles_query(ASSET, interval, self._week.begin, self._week.end, MINUTES)
        compiled = query.compile(dialect=_DIALECT)
        return self._connection.execute(str(compiled).encode(), compiled.params)

    def compute_minutes(self) -> psycopg.Cursor[Any]:
        """The one-minute candles of the trades."""
        return self._connection.execute(_RAW, (ASSET, self._week.begin, self._week.end))


class HttpReads:
    """GET requests on one connection that is kept open."""

    def __init__(self, port: int, week: Week) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=ANSWER_LIMIT_S)
        self._week = week

    def read(self, interval: str) -> bytes:
        """The answer's body."""
        query = {
            "asset": ASSET,
            "ts": interval,
            "startTime": int(self._week.begin.timestamp()),
            "endTime": int(self._week.end.timestamp()) - 1,
            "limit": MINUTES,
        }
        self._connection.request("GET", f"/api/v2/asset/candles?{urlencode(query)}")
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body


def same_candles(sql: SqlReads, http: HttpReads) -> None:
    """Fails unless there is one for each minute of the week, the same whichever way they are read."""
    computed = sql.compute_minutes().fetchall()
    assert len(computed) == MINUTES, f"{len(computed)} candles"
    assert sql.read("1m").fetchall() == computed, "the candles are not those of the trades"
    wanted = [
        {
            "time": time_s,
            **dict(zip(("open", "high", "low", "close"), map(price_usd, prices), strict=True)),
            "volume": decimal_text(volume, QUANTITY_DECIMALS),
        }
        for time_s, *prices, volume in reversed(computed)
    ]
    assert orjson.loads(http.read("1m"))["candles"] == wanted, "HTTP tells other candles"
