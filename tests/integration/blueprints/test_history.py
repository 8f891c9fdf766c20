"""The history: pages, filters and CSV of what the journal wrote."""

import csv
import io
import re
from itertools import chain
from typing import Any
from uuid import UUID

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from blueprints.history import TRUNCATED_HEADER
from models import ClosedOrder
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.api import API, Api, body_of, problem_of
from tests.support.services import Services
from tests.support.settings import make_settings
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
        "openingFee": 50,
        "netPnl": 879,
        "shortfall": 0,
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


@pytest.fixture
def many(trader: Api, desk: OrderDesk, journal: ShardJournal) -> dict[str, dict[str, Any]]:
    """Orders that ended in different ways, by a name."""
    market = Market(desk)
    ids_of = {
        "taken": trader.opens(takeProfit=65_000)["orderId"],
        "stopped": trader.opens(type="sell", stopLoss=65_000)["orderId"],
        "liquidated": trader.opens(type="sell", margin=20, leverage=100)["orderId"],
    }
    market.trades_at("65145.1212", trade_id=10**12, time_ms=1_700_000_000_123)
    by_hand = trader.opens()["orderId"]
    trader.post("/trade/partial-close", {"orderId": by_hand, "percentage": 25})
    trader.post("/trade/close", {"orderId": by_hand})
    journal.catch_up(seconds=CATCH_UP_S)
    orders = {order["orderId"]: order for order in body_of(trader.get("/trade/history"))["orders"]}
    part = next(order for order in orders.values() if order["parentOrderId"] == by_hand)
    named = {name: orders[order_id] for name, order_id in ids_of.items()}
    return named | {"by hand": orders[by_hand], "part": part}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"taken", "stopped", "liquidated", "by hand", "part"}),
        ({"type": "sell"}, {"stopped", "liquidated"}),
        ({"type": "buy"}, {"taken", "by hand", "part"}),
        ({"reason": "liquidation"}, {"liquidated"}),
        ({"reason": "stop_loss,liquidation"}, {"stopped", "liquidated"}),
        ({"reason": "manual,manual,partial_close"}, {"by hand", "part"}),
        ({"outcome": "won"}, {"taken"}),
        ({"outcome": "lost"}, {"stopped", "liquidated", "by hand", "part"}),
        ({"outcome": "won", "type": "sell"}, set()),
        ({"asset": "ETH"}, set()),
    ],
)
def test_the_history_can_be_narrowed_by_how_an_order_went(
    trader: Api, many: dict[str, dict[str, Any]], query: dict[str, str], expected: set[str]
) -> None:
    page = body_of(trader.get("/trade/history", **query))
    rows = csv.DictReader(io.StringIO(trader.get("/trade/history", format="csv", **query).text))

    assert {name for name, order in many.items() if order["orderId"] in ids(page)} == expected
    assert [row["orderId"] for row in rows] == ids(page)


def test_an_order_is_found_with_the_parts_closed_of_it(
    trader: Api, app: Flask, many: dict[str, dict[str, Any]]
) -> None:
    order_id = many["by hand"]["orderId"]

    assert ids(body_of(trader.get("/trade/history", orderId=order_id))) == [order_id, many["part"]["orderId"]]
    assert ids(body_of(Api(app).signs_up().get("/trade/history", orderId=order_id))) == []


def test_pages_are_of_what_was_asked_for(trader: Api, many: dict[str, dict[str, Any]]) -> None:
    query = {"outcome": "lost", "limit": 1}
    found: list[str] = []
    cursor: dict[str, str | None] = {}
    for _ in range(4):
        page = body_of(trader.get("/trade/history", **query, **cursor))
        found += ids(page)
        cursor = {"cursor": page["nextCursor"]}

    assert cursor == {"cursor": None}
    assert sorted(found) == sorted(order["orderId"] for name, order in many.items() if name != "taken")


def test_a_result_is_what_is_left_after_every_fee(many: dict[str, dict[str, Any]]) -> None:
    for order in many.values():
        assert order["netPnl"] == order["pnl"] - order["fee"] - order["openingFee"]
    # A quarter of the fee of opening goes with a quarter of the position.
    assert (many["part"]["openingFee"], many["by hand"]["openingFee"]) == (12, 38)
    assert many["liquidated"]["shortfall"] > 0
    assert many["taken"]["shortfall"] == 0


@pytest.mark.parametrize("reason", ["", "magic", "manual,", "manual;stop_loss", "MANUAL"])
def test_a_reason_that_is_none_is_refused(trader: Api, reason: str) -> None:
    assert problem_of(trader.get("/trade/history", reason=reason)) == (400, "invalid_input")


def test_a_csv_has_every_order_without_a_limit(
    trader: Api, database: sa.Engine, journal: ShardJournal
) -> None:
    [order_id] = trades(trader, journal, "BTC")
    copies(database, order_id, 1_200)

    answer = trader.get("/trade/history", format="csv")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    times = [int(row["closeTimestamp"]) for row in rows]
    assert len({row["orderId"] for row in rows}) == len(rows) == 1_201
    assert times == sorted(times, reverse=True)
    assert TRUNCATED_HEADER not in answer.headers


def copies(database: sa.Engine, order_id: str, count: int) -> None:
    """Writes older orders like this one, a second apart."""
    columns = [column.name for column in ClosedOrder.__table__.columns]
    kept = ", ".join(name for name in columns if name not in {"order_id", "closed_at"})
    with database.begin() as connection:
        connection.execute(
            sa.text(
                f"INSERT INTO closed_orders (order_id, closed_at, {kept})"
                f" SELECT gen_random_uuid(), closed_at - n * interval '1 second', {kept}"
                " FROM closed_orders, generate_series(1, :count) n WHERE order_id = :order_id"
            ),
            {"count": count, "order_id": UUID(order_id)},
        )


@pytest.mark.parametrize(("limit", "cut"), [(1, True), (2, True), (3, False)])
def test_a_csv_that_is_cut_says_so_to_any_page_and_in_no_row(
    services: Services, trader: Api, journal: ShardJournal, limit: int, cut: bool
) -> None:
    closed = trades(trader, journal, "BTC", "ETH", "BTC")
    small = Api(
        create_app(make_settings(services, history_export_max=limit, cors_origins="https://x.example"))
    )
    small.token = trader.token
    headers = {"Authorization": f"Bearer {trader.token}", "Origin": "https://x.example"}

    answer = small.client.get(f"{API}/trade/history?format=csv", headers=headers)

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["orderId"] for row in rows] == closed[::-1][:limit]
    assert answer.headers.get(TRUNCATED_HEADER) == ("true" if cut else None)
    assert TRUNCATED_HEADER in answer.headers["Access-Control-Expose-Headers"]


def test_a_csv_with_a_limit_has_so_many(trader: Api, journal: ShardJournal) -> None:
    closed = trades(trader, journal, "BTC", "BTC", "BTC")

    answer = trader.get("/trade/history", format="csv", limit=2)

    assert [row["orderId"] for row in csv.DictReader(io.StringIO(answer.text))] == closed[::-1][:2]
    assert answer.headers[TRUNCATED_HEADER] == "true"


def test_the_old_columns_stay_raw_and_the_new_ones_are_for_people(
    trader: Api, many: dict[str, dict[str, Any]]
) -> None:
    text = trader.get("/trade/history", format="csv").text

    by_id = {row["orderId"]: row for row in csv.DictReader(io.StringIO(text))}
    order = many["taken"]
    row = by_id[order["orderId"]]
    assert text.splitlines()[0].startswith(
        "orderId,asset,type,margin,leverage,openPrice,openTimestamp,closePrice,closeTimestamp,pnl,fee,closeReason,"
        "takeProfit,stopLoss,trailingDistance,"
    )
    assert (row["pnl"], row["pnlUsd"], row["feesUsd"], row["netPnlUsd"]) == ("979", "9.79", "1.00", "8.79")
    assert (row["closePrice"], row["closePriceUsd"]) == ("651386067", "65138.6067")
    assert row["receiptTradeId"] == str(10**12)
    assert row["receiptTime"] == "2023-11-14T22:13:20.123+00:00"
    assert (row["receiptTriggerUsd"], row["receiptPriceUsd"]) == ("65000.0000", "65145.1212")
    assert by_id[many["by hand"]["orderId"]]["receiptTradeId"] == ""


def test_no_cell_of_a_csv_can_be_a_formula(trader: Api, many: dict[str, dict[str, Any]]) -> None:
    rows = list(csv.reader(io.StringIO(trader.get("/trade/history", format="csv").text)))

    # A number may begin with a minus; whatever else there is begins with a letter or a digit.
    number, word = re.compile(r"-?\d+(\.\d+)?"), re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.+-]*")
    cells = [cell for row in rows for cell in row if cell]
    assert len(cells) > 100
    assert [cell for cell in cells if not number.fullmatch(cell) and not word.fullmatch(cell)] == []


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
