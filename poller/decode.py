"""The Binance decoder: a frame's bytes in, a tick out. It never sees a socket.

Combined streams wrap each event: `{"stream": "btcusdt@aggTrade", "data": {"e": "aggTrade", ...}}`
(Binance Spot API, "WebSocket Streams", Aggregate Trade Streams). Times are milliseconds: microseconds
come only when the URL asks for them, and ours does not.
"""

from enum import StrEnum
from typing import Any, TypeVar

import orjson

from domain.instruments import ASSET_BY_MARKET, Asset
from domain.messages import PastTick, Tick
from domain.units import PRICE_RAW_MAX, NotExact, price_raw, quantity_raw

SOURCE = "binance"
AnyTick = TypeVar("AnyTick", bound=Tick)

# What the order state's doubles hold exactly.
TRADE_ID_MAX = 2**53 - 1
QUANTITY_RAW_MAX = 2**63 - 1
# 2001 and 5138: a time outside is in seconds or microseconds, not in milliseconds.
EVENT_TIME_MS_MIN = 10**12
EVENT_TIME_MS_MAX = 10**14


class Garbage(StrEnum):
    """Why a frame gave no tick; the feed counts them and goes on."""

    NOT_JSON = "not_json"
    NOT_A_TRADE = "not_a_trade"
    UNKNOWN_MARKET = "unknown_market"
    BAD_TRADE_ID = "bad_trade_id"
    BAD_PRICE = "bad_price"
    BAD_QUANTITY = "bad_quantity"
    BAD_TIME = "bad_time"
    BAD_SIDE = "bad_side"


def decode_frame(frame: bytes, *, received_time_us: int) -> Tick | Garbage:
    """The tick in one frame of the combined aggTrade stream, or why there is none. Never raises.

    A price with more decimals than ours is refused rather than rounded; trailing zeros are no decimals.
    """
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return Garbage.NOT_JSON
    trade = message.get("data") if isinstance(message, dict) else None
    if not isinstance(trade, dict) or trade.get("e") != "aggTrade":
        return Garbage.NOT_A_TRADE
    market = trade.get("s")
    asset = ASSET_BY_MARKET.get(market) if isinstance(market, str) else None
    if asset is None:
        return Garbage.UNKNOWN_MARKET
    return _decode_trade(Tick, asset, trade, received_time_us)


def decode_past_trade(asset: Asset, trade: dict[str, Any], *, received_time_us: int) -> PastTick | Garbage:
    """The trade in one row of /api/v3/aggTrades, under the same rules. Never raises."""
    return _decode_trade(PastTick, asset, trade, received_time_us)


def _decode_trade(
    kind: type[AnyTick], asset: Asset, trade: dict[str, Any], received_time_us: int
) -> AnyTick | Garbage:
    if (trade_id := _whole(trade.get("a"), 0, TRADE_ID_MAX)) is None:
        return Garbage.BAD_TRADE_ID
    event_time_ms = _whole(trade.get("T"), EVENT_TIME_MS_MIN, EVENT_TIME_MS_MAX)
    if event_time_ms is None:
        return Garbage.BAD_TIME
    if not isinstance(buyer_is_maker := trade.get("m"), bool):
        return Garbage.BAD_SIDE
    if (price := _price(trade.get("p"))) is None:
        return Garbage.BAD_PRICE
    if (quantity := _quantity(trade.get("q"))) is None:
        return Garbage.BAD_QUANTITY
    return kind(
        symbol=asset.symbol,
        trade_id=trade_id,
        price=price,
        quantity=quantity,
        event_time_ms=event_time_ms,
        buyer_is_maker=buyer_is_maker,
        received_time_us=received_time_us,
        source=SOURCE,
    )


def _whole(value: Any, least: int, most: int) -> int | None:
    # A bool is an int to Python, but no number to the exchange.
    return value if type(value) is int and least <= value <= most else None


def _price(text: Any) -> int | None:
    try:
        raw = price_raw(text) if isinstance(text, str) else 0
    except NotExact:
        return None
    return raw if 0 < raw <= PRICE_RAW_MAX else None


def _quantity(text: Any) -> int | None:
    try:
        raw = quantity_raw(text) if isinstance(text, str) else 0
    except NotExact:
        return None
    return raw if 0 < raw <= QUANTITY_RAW_MAX else None
