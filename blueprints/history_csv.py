"""The history as a table for spreadsheets: first the columns as the API has them, then the same for people.

No cell holds what a user wrote: numbers, times and words of the desk's own, so none can be a formula.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from blueprints import render
from blueprints.journaled import time_of
from domain.units import PRICE_DECIMALS, USD_DECIMALS, decimal_text
from models import ClosedOrder

# Raw, as it always was: programs read these.
RAW_COLUMNS = (
    *("orderId", "asset", "type", "margin", "leverage", "openPrice", "openTimestamp", "closePrice"),
    *("closeTimestamp", "pnl", "fee", "closeReason", "takeProfit", "stopLoss", "trailingDistance"),
)
_MORE_COLUMNS = (
    *("parentOrderId", "notional", "openingFee", "netPnl", "shortfall", "openTime", "closeTime"),
    *("openPriceUsd", "closePriceUsd", "marginUsd", "notionalUsd", "pnlUsd", "feesUsd", "netPnlUsd"),
    *("shortfallUsd", "receiptTradeId", "receiptTime", "receiptTriggerUsd", "receiptPriceUsd"),
    *("receiptBidUsd", "receiptAskUsd"),
)
COLUMNS = (*RAW_COLUMNS, *_MORE_COLUMNS)
_LINES_AT_ONCE = 500


def csv_text(rows: Iterable[ClosedOrder]) -> Iterator[str]:
    """The table in pieces: a head, then the orders in the order they come."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for number, row in enumerate(rows, start=1):
        writer.writerow(_cells(row))
        if number % _LINES_AT_ONCE == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> str:
    taken = text.getvalue()
    text.seek(0)
    text.truncate()
    return taken


def _cells(row: ClosedOrder) -> dict[str, Any]:
    order = render.settled_order(row)
    fees = row.fee + row.opening_fee
    return (
        order
        | (order["trailingStopLoss"] or {})
        | {
            "openTime": _iso(order["openTimestamp"]),
            "closeTime": _iso(order["closeTimestamp"]),
            "openPriceUsd": _price(row.open_price),
            "closePriceUsd": _price(row.close_price),
            "marginUsd": _usd(row.margin),
            "notionalUsd": _usd(row.notional),
            "pnlUsd": _usd(row.pnl),
            "feesUsd": _usd(fees),
            "netPnlUsd": _usd(row.net_pnl),
            "shortfallUsd": _usd(row.shortfall),
        }
        | _receipt_cells(order["receipt"])
    )


def _receipt_cells(receipt: dict[str, int] | None) -> dict[str, Any]:
    if receipt is None:
        return {}
    return {
        "receiptTradeId": receipt["tradeId"],
        "receiptTime": _iso(receipt["time"]),
        "receiptTriggerUsd": _price(receipt["trigger"]),
        "receiptPriceUsd": _price(receipt["price"]),
        "receiptBidUsd": _price(receipt["bid"]),
        "receiptAskUsd": _price(receipt["ask"]),
    }


def _iso(epoch_ms: int) -> str:
    return time_of(epoch_ms).isoformat(timespec="milliseconds")


def _usd(cents: int) -> str:
    return decimal_text(cents, USD_DECIMALS)


def _price(raw: int) -> str:
    return decimal_text(raw, PRICE_DECIMALS)
