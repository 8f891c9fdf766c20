"""What the streams send: trades, notices, answers, and garbage."""

import json
import random
from typing import Any

SHUTDOWN = {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 1_770_123_456_789}}


def agg_trade(
    *,
    market: str = "BTCUSDT",
    trade_id: int = 1,
    price: str = "64500.12000000",
    quantity: str = "0.00100000",
    time_ms: int = 1_736_000_000_000,
    buyer_is_maker: bool = True,
) -> dict[str, Any]:
    """One aggregate trade as Binance's combined stream sends it."""
    return {
        "stream": f"{market.lower()}@aggTrade",
        "data": {
            "e": "aggTrade",
            "E": time_ms + 1,
            "s": market,
            "a": trade_id,
            "p": price,
            "q": quantity,
            "f": trade_id * 2,
            "l": trade_id * 2 + 1,
            "T": time_ms,
            "m": buyer_is_maker,
            "M": True,
        },
    }


def garbage(chooser: random.Random) -> str | bytes:
    """A frame that is no trade, or a trade with something broken in it."""
    fields = agg_trade(trade_id=chooser.randrange(1, 2**40))["data"]
    name = chooser.choice("aspqTm")
    broken: Any = chooser.choice([None, -1, 2**70, 1.5, "", "NaN", "1e999", [], {}, "\x00", True])
    # A real side is no garbage.
    fields[name] = "x" if name == "m" and isinstance(broken, bool) else broken
    whole = json.dumps({"stream": "btcusdt@aggTrade", "data": fields})
    kind = chooser.randrange(5)
    if kind == 0:
        return chooser.randbytes(chooser.randrange(200))
    if kind == 1:
        return whole[: chooser.randrange(len(whole))]
    if kind == 2:
        return json.dumps(chooser.choice([None, 7, [], {}, {"data": 1}, {"data": {"e": "kline"}}, "text"]))
    if kind == 3:
        return "[" * chooser.randrange(1, 2000)
    return whole
