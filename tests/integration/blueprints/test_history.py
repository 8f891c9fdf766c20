"""The history: pages, filters and CSV of what the journal wrote."""

import csv
import io
from itertools import chain
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.api import Api, body_of, problem_of
from tests.support.trading import Market
from tests.support.waiting import eventually
from workers.orders import ShardJournal

CATCH_UP_S = 5


@pytest.fixture
def journal(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> ShardJournal:
    """What brings Redis' events to PostgreSQL."""
    return ShardJournal(database, order_state, settings, shard=0)


@pytest.fixture
def trader(api: Api, desk: OrderDesk) -> Api:
    """A trader in a market of BTC and ETH."""
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")
    return api.signs_up()


def trades(trader: Api, journal: ShardJournal, *assets: str) -> list[str]:
    """Opens and closes a position in each asset; the orders' ids, oldest first."""
    closed = []
    for asset in assets:
        order_id = trader.opens(asset=asset)["orderId"]
        assert trader.post("/trade/close", {"orderId": order_id}).status_code == 200
        closed.append(order_id)
    journal.catch_up(seconds=CATCH_UP_S)
    return closed


def ids(answer: dict[str, Any]) -> list[str]:
    """The orders of a page."""
    return [order["orderId"] for order in answer["orders"]]


def test_a_closed_order_is_told_in_cents_and_raw_prices(
    trader: Api, desk: OrderDesk, journal: ShardJournal
) -> None:
    order = trader.opens(takeProfit=65_000)
    Market(desk).trades_at("65145.1212", trade_id=10**12, time_ms=1_700_000_000_123)
    journal.catch_up(seconds=CATCH_UP_S)

    page = body_of(trader.get("/trade/history"))

    [closed] = page["orders"]
    assert page["nextCursor"] is None
    assert closed.pop("closeTimestamp") >= order["openTimestamp"]
    assert closed == order | {
        "closePrice": 651_386_067,
        "pnl": 979,
        "fee": 50,
        "closeReason": "take_profit",
        "parentOrderId": None,
        "receipt": {
            "tradeId": 10**12,
            "price": 651_451_212,
            "bid": 651_386_067,
            "ask": 651_516_357,
            "time": 1_700_000_000_123,
            "trigger": 650_000_000,
        },
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_the_pages_together_are_the_whole_history_newest_first(
    trader: Api, journal: ShardJournal, limit: int
) -> None:
    closed = trades(trader, journal, *["BTC"] * 5)
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = body_of(trader.get("/trade/history", limit=limit, **cursor))
        pages.append(ids(page))
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert list(chain(*pages)) == closed[::-1]
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1]


def test_a_page_stays_what_it_was_when_newer_orders_come(trader: Api, journal: ShardJournal) -> None:
    older = trades(trader, journal, "BTC", "BTC", "BTC")
    first = body_of(trader.get("/trade/history", limit=1))
    trades(trader, journal, "BTC")

    rest = body_of(trader.get("/trade/history", cursor=first["nextCursor"]))

    assert ids(first) + ids(rest) == older[::-1]


def test_the_history_can_be_narrowed_to_an_asset_and_a_time(trader: Api, journal: ShardJournal) -> None:
    bitcoin, ether = trades(trader, journal, "BTC", "ETH")
    times = {
        order["asset"]: order["closeTimestamp"] for order in body_of(trader.get("/trade/history"))["orders"]
    }

    assert ids(body_of(trader.get("/trade/history", asset="ETH"))) == [ether]
    assert ids(body_of(trader.get("/trade/history", asset="SOL"))) == []
    # Both ends belong to the range.
    within = body_of(trader.get("/trade/history", **{"from": times["BTC"], "to": times["ETH"]}))
    assert ids(within) == [ether, bitcoin]
    assert ids(body_of(trader.get("/trade/history", to=times["BTC"] - 1))) == []
    assert ids(body_of(trader.get("/trade/history", **{"from": times["ETH"] + 1}))) == []


def test_the_history_comes_as_csv_too(trader: Api, journal: ShardJournal) -> None:
    closed = trades(trader, journal, "BTC", "ETH")

    answer = trader.get("/trade/history", format="csv")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [row["orderId"] for row in rows] == closed[::-1]
    assert rows[1]["asset"] == "BTC"
    assert (rows[1]["margin"], rows[1]["pnl"], rows[1]["fee"]) == ("10000", "-19", "50")
    assert rows[1]["closeReason"] == "manual"
    assert {row["takeProfit"] + row["stopLoss"] + row["trailingDistance"] for row in rows} == {""}


def test_the_triggers_of_an_order_are_in_its_row(trader: Api, journal: ShardJournal) -> None:
    trailing = {"enabled": True, "trailingDistance": "100.5"}
    trader.opens(takeProfit=70_000, stopLoss=60_000, trailingStopLoss=trailing)
    trader.post("/trade/close-all", {})
    journal.catch_up(seconds=CATCH_UP_S)

    [row] = csv.DictReader(io.StringIO(trader.get("/trade/history", format="csv").text))

    assert (row["takeProfit"], row["stopLoss"]) == ("700000000", "600000000")
    assert row["trailingDistance"] == "1005000"


def test_nobody_sees_anothers_history(trader: Api, app: Flask, journal: ShardJournal) -> None:
    trades(trader, journal, "BTC", "BTC")
    stranger = Api(app).signs_up()
    journal.catch_up(seconds=CATCH_UP_S)
    cursor = body_of(trader.get("/trade/history", limit=1))["nextCursor"]

    assert body_of(stranger.get("/trade/history"))["orders"] == []
    assert body_of(stranger.get("/trade/history", cursor=cursor))["orders"] == []


@pytest.mark.parametrize("cursor", ["MA", "MCAw", "!", "ü", "LTEgMA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkgeA"])
def test_a_cursor_that_is_none_of_ours_is_refused(trader: Api, cursor: str) -> None:
    assert problem_of(trader.get("/trade/history", cursor=cursor)) == (400, "invalid_input")


def test_a_history_waits_for_the_journal_and_then_reads_what_was_written(
    trader: Api, journal: ShardJournal
) -> None:
    order_id = trader.opens()["orderId"]
    trader.post("/trade/close", {"orderId": order_id})

    behind = body_of(trader.get("/trade/history"))
    journal.catch_up(seconds=CATCH_UP_S)
    caught_up = body_of(eventually(lambda: trader.get("/trade/history")))

    assert ids(behind) == []
    assert ids(caught_up) == [order_id]


def test_the_house_has_made_the_fees_and_what_traders_lost(trader: Api, journal: ShardJournal) -> None:
    trades(trader, journal, "BTC")
    trader.opens()
    journal.catch_up(seconds=CATCH_UP_S)

    profit = body_of(trader.get("/trade/platform-profit"))

    # Three fees of 50 cents, and the spread of 19.
    assert profit.pop("lastUpdated")
    assert profit == {
        "totalProfit": 1.69,
        "profitInCents": 169,
        "openTrades": 1,
        "closedTrades": 1,
        "totalTrades": 2,
    }
