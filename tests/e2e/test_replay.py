"""The whole desk on a recording: what it leaves in PostgreSQL, and what a second start finds."""

import re
from pathlib import Path

from poller.recording import RecordedTrade, Recording
from tests.e2e.conftest import HOLD_AFTER, KEPT, replay_settings
from tests.support import rules
from tests.support.history import assert_history_is_whole, count_trades
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually


def test_after_a_replay_postgresql_has_its_trades_and_their_candles(
    held_desk: RunningDesk, trades: list[RecordedTrade]
) -> None:
    held_desk.lets_go()

    assert_history_is_whole(held_desk.database_url, trades)


def test_a_second_start_finds_everything_again(
    recording: Recording, trades: list[RecordedTrade], tmp_path: Path
) -> None:
    """Also the trades of the last seconds: the batcher takes them in before the broker forgets them."""
    credentials = {"email": "again@example.com", "password": "a long enough password"}
    settings = replay_settings(recording) | {"REPLAY_SPEED": "1"}
    with running_desk(tmp_path, **settings) as first:
        first.wait_for_ask(rules.ask(trades[HOLD_AFTER - 1].price))
        token = first.post("/user/signup", credentials)["token"]
        asked = {"asset": "BTC", "type": "buy", "margin": 50, "leverage": 1}
        opened = first.post("/trade/open", asked, token)["order"]
        first.lets_go()
        eventually(
            lambda: count_trades(first.database_url) > HOLD_AFTER, limit_s=30, every_s=0.2, what="trades"
        )

        assert first.stop() == 0

        (sent,) = re.findall(r"sinks closed .*\bticks=(\d+)", first.output())
        assert HOLD_AFTER < int(sent) < len(trades)

    with running_desk(tmp_path, MARKET_FEED="simulated", **KEPT) as second:
        distinct = len({trade.trade_id for trade in trades[: int(sent)]})
        eventually(lambda: count_recorded(second, trades) >= distinct, limit_s=20, what="the last batch")
        assert count_recorded(second, trades) == distinct
        token = second.post("/user/signin", credentials)["token"]
        assert second.get("/trade/open", token)["orders"] == [opened]
        assert second.get("/user/balance", token)["balance"]["cents"] == 500_000 - 5_000 - rules.fee(5_000)


def count_recorded(desk: RunningDesk, trades: list[RecordedTrade]) -> int:
    """How many of the recording's trades PostgreSQL has; the simulator's ids are far above them."""
    return count_trades(desk.database_url, below=max(trade.trade_id for trade in trades) + 1)
