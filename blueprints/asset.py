"""/asset: what can be traded, at what price, and the candles."""

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field

from blueprints.fields import AssetSymbol, Body
from blueprints.services import services
from domain.instruments import ASSETS
from domain.orders import Quote
from domain.units import PRICE_DECIMALS, QUANTITY_DECIMALS, decimal_text, price_usd
from market.candles import CANDLES_MAX, read_candles

bp = APIBlueprint("asset", __name__, url_prefix="/asset", tag="Asset")

CANDLES_DEFAULT = 1000
# 9999-01-01: what a datetime can hold.
EPOCH_S_MAX = 253_370_764_800

Interval = Literal["1m", "5m", "15m", "1h", "4h", "1d", "1w"]


class AssetView(BaseModel):
    """An asset, its price now in USD (null without a feed), and its terms; money in cents."""

    symbol: str
    name: str
    buyPrice: float | None
    sellPrice: float | None
    decimals: int
    imageUrl: str
    time: int | None
    stale: bool
    # binance, replay, simulated, or a feed yet to come.
    source: str | None
    feeBps: int
    spreadBps: int
    minMargin: int
    maxMargin: int
    leverages: list[int]
    stopOutPercent: int
    # Without a trade for so long the price is stale and fills nothing.
    staleAfterMs: int


class Candle(BaseModel):
    """What was traded from `time` (epoch seconds) on; prices in USD, volume a decimal string."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: str


class CandlesMeta(BaseModel):
    """Of what the candles are, and how many."""

    symbol: str
    interval: Interval
    count: int


class Candles(BaseModel):
    """Candles, oldest first."""

    candles: list[Candle]
    meta: CandlesMeta


class AssetList(BaseModel):
    """Everything on offer."""

    assets: list[AssetView]


class CandleQuery(Body):
    """Which candles: those that begin from startTime to endTime, epoch seconds, both inclusive."""

    asset: AssetSymbol
    ts: Interval = "1m"
    startTime: Annotated[int, Field(ge=0, le=EPOCH_S_MAX)] = 0
    endTime: Annotated[int | None, Field(ge=0, le=EPOCH_S_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=CANDLES_MAX)] = CANDLES_DEFAULT


@bp.get("/")
@bp.output(AssetList)
def assets() -> dict[str, Any]:
    """The assets, their prices and terms."""
    quotes = services().desk.quotes()
    return {"assets": [_asset(symbol, quotes.get(symbol)) for symbol in ASSETS]}


@bp.get("/candles")
@bp.input(CandleQuery, location="query", arg_name="query")
@bp.output(Candles)
def candles(query: CandleQuery) -> Response:
    """The newest candles of a range, oldest first."""
    end = query.endTime if query.endTime is not None else int(time.time())
    with services().engine.connect() as connection:
        rows = read_candles(
            connection,
            query.asset,
            query.ts,
            datetime.fromtimestamp(query.startTime, UTC),
            datetime.fromtimestamp(end, UTC) + timedelta(seconds=1),
            query.limit,
        )
    found = [
        {
            "time": time_s,
            "open": price_usd(open_),
            "high": price_usd(high),
            "low": price_usd(low),
            "close": price_usd(close),
            "volume": decimal_text(volume, QUANTITY_DECIMALS),
        }
        for time_s, open_, high, low, close, volume in rows
    ]
    meta = {"symbol": query.asset, "interval": query.ts, "count": len(found)}
    # As it is: see shapes.py.
    return jsonify({"candles": found, "meta": meta})


def _asset(symbol: str, quote: Quote | None) -> dict[str, Any]:
    terms = services().settings.instrument(symbol)
    return {
        "symbol": symbol,
        "name": ASSETS[symbol].name,
        "buyPrice": price_usd(quote.ask) if quote else None,
        "sellPrice": price_usd(quote.bid) if quote else None,
        "decimals": PRICE_DECIMALS,
        "imageUrl": f"/assets-img/{symbol.lower()}.svg",
        "time": quote.event_time_ms // 1000 if quote else None,
        "stale": quote.stale if quote else True,
        "source": quote.source if quote else None,
        "feeBps": terms.fee_bps,
        "spreadBps": terms.spread_bps,
        "minMargin": terms.margin_min_cents,
        "maxMargin": terms.margin_max_cents,
        "leverages": list(terms.leverages),
        "stopOutPercent": terms.stop_out_percent,
        "staleAfterMs": terms.stale_after_ms,
    }
