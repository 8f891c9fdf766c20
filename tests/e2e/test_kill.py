"""kill -9 of every process in turn, while a position is open and a replay runs."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from poller.recording import RecordedTrade, Recording
from tests.e2e.conftest import HOLD_AFTER, replay_settings
from tests.support import rules
from tests.support.history import assert_history_is_whole, count_trades
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually

PROCESSES = ("poller", "batcher", "worker", "journal", "scheduler", "web", "stream")
SERVERS = ("queues", "postgres", "orders")
MARGIN = 10_000


@pytest.mark.parametrize("victims", [PROCESSES, SERVERS], ids=["processes", "servers"])
def test_the_desk_survives_kill_9_of_each_in_turn(
    victims: tuple[str, ...], recording: Recording, trades: list[RecordedTrade], tmp_path: Path
) -> None:
    settings = replay_settings(recording) | {"REPLAY_SPEED": "1", "BATCH_CONFIRM_S": "5"}
    with running_desk(tmp_path, **settings) as desk:
        # Given an open long whose take profit the rest of the recording reaches
        entry = rules.ask(trades[HOLD_AFTER - 1].price)
        take_profit = rules.take_profit_within(trades, HOLD_AFTER)
        desk.wait_for_ask(entry)
        token, order_id = opens_long(desk, take_profit)

        # When each is killed while the replay runs
        desk.lets_go()
        for name in victims:
            desk.wait_until_back(name, desk.kills(name))

        # Then the trade that reached it closed it, once, and nothing of the recording is missing
        fired = trades[rules.first_touch(trades, HOLD_AFTER, take_profit)]
        pnl = rules.long_pnl(MARGIN * 10, entry, rules.bid(fired.price))
        (closed,) = eventually(lambda: history(desk, token), limit_s=90, every_s=0.2, what="the close")
        assert closed["orderId"] == order_id
        assert closed["receipt"]["tradeId"] == fired.trade_id
        assert (closed["closePrice"], closed["pnl"]) == (rules.bid(fired.price), pnl)
        balance = desk.get("/user/balance", token)["balance"]["cents"]
        assert balance == 500_000 - rules.fee(MARGIN) + pnl - rules.fee(MARGIN)
        assert_history_is_whole(desk.database_url, trades)
        assert_books_balance(desk.database_url)


def test_after_the_loss_of_the_broker_trades_go_on(tmp_path: Path) -> None:
    """The embedded broker keeps its log in memory: what it held is lost with it, what comes after is not."""
    with running_desk(tmp_path, MARKET_FEED="simulated", BATCH_WAIT_S="1") as desk:
        eventually(lambda: count_trades(desk.database_url), limit_s=30, every_s=0.2, what="trades")

        desk.wait_until_back("kafka", desk.kills("kafka"))

        quote = desk.quote("BTC")
        assert quote is not None
        assert not quote["stale"]
        before = count_trades(desk.database_url)
        eventually(
            lambda: count_trades(desk.database_url) > before + 50, limit_s=60, every_s=0.2, what="new trades"
        )


def opens_long(desk: RunningDesk, take_profit: int) -> tuple[str, str]:
    """A new trader's token, and the id of a 10x long of $100."""
    credentials = {"email": "steady@example.com", "password": "a long enough password"}
    token = desk.post("/user/signup", credentials)["token"]
    order = {
        "asset": "BTC",
        "type": "buy",
        "margin": MARGIN / 100,
        "leverage": 10,
        "takeProfit": f"{take_profit / 10_000:.4f}",
    }
    return token, desk.post("/trade/open", order, token)["order"]["orderId"]


def history(desk: RunningDesk, token: str) -> list[dict[str, Any]]:
    """The closed orders; none while a process that is needed for them is away."""
    try:
        orders: list[dict[str, Any]] = desk.get("/trade/history", token)["orders"]
    except OSError:
        return []
    return orders


def assert_books_balance(database_url: str) -> None:
    """Every event's entries sum to zero, and PostgreSQL follows each account without a gap."""
    with psycopg.connect(database_url) as connection:
        crooked = connection.execute(
            "select event_ms, event_number from ledger_entries"
            " group by shard, event_ms, event_number having sum(amount) <> 0"
        ).fetchall()
        gaps = connection.execute(
            "select user_id from order_events group by user_id having max(seq) <> count(*)"
        ).fetchall()
    assert crooked == []
    assert gaps == []
