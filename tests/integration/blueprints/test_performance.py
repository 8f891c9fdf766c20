"""Performance: the database's sums are those of a plain reckoning over the account's events."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from accounts.equity import BUCKETS, CURVE, POINTS_MAX
from accounts.performance import STREAKS, SUMS, Period
from app import create_app
from domain.orders import OrderEvent, Side
from market.trades import at_ms
from orders.client import OrderDesk
from orders.codes import Refused
from runtime.settings import Settings
from tests.support.api import Api, body_of, problem_of
from tests.support.books import journal
from tests.support.reckoning import reckoned
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market, Trader, events, make_order, position_of, request

ASSETS = ("BTC", "ETH", "SOL")
PRICES = {"BTC": 645_000_000, "ETH": 25_000_000, "SOL": 1_500_000}
HOUR_MS = 3_600_000
# 2026-01-01
FIRST_MS = 1_767_225_600_000
STEPS = 120


class RandomTrader:
    """An account that trades without sense in three markets."""

    def __init__(self, desk: OrderDesk, user_id: str, seed: int) -> None:
        self.desk, self.user_id, self.random = desk, user_id, random.Random(seed)
        self.prices = dict(PRICES)

    def lives(self, steps: int) -> None:
        """So many things happen."""
        for asset in ASSETS:
            Market(self.desk, asset).trades_at(self.prices[asset])
        for _ in range(steps):
            doing = self.random.choices(
                [
                    self.market_moves,
                    self.opens,
                    self.closes,
                    self.closes_a_part,
                    self.adds_margin,
                    self.resets,
                ],
                [40, 30, 15, 10, 5, 1],
            )[0]
            try:
                doing()
            except Refused:
                # Too little money, or too small a part: nothing has happened.
                continue

    def market_moves(self) -> None:
        asset = self.random.choice(ASSETS)
        self.prices[asset] = self.prices[asset] * self.random.randint(970, 1030) // 1000
        Market(self.desk, asset).trades_at(self.prices[asset])

    def opens(self) -> None:
        order = make_order(
            asset=self.random.choice(ASSETS),
            side=self.random.choice(list(Side)),
            margin=self.random.randint(1_000, 60_000),
            leverage=self.random.choice([1, 10, 50, 100]),
        )
        self.desk.open(self.user_id, request(), order)

    def closes(self) -> None:
        if order_id := self.any_order():
            self.desk.close(self.user_id, request(), order_id)

    def closes_a_part(self) -> None:
        if order_id := self.any_order():
            part_id = str(UUID(int=self.random.getrandbits(128)))
            share = self.random.randint(1, 99)
            self.desk.partial_close(self.user_id, request(), order_id, percentage=share, part_id=part_id)

    def adds_margin(self) -> None:
        if order_id := self.any_order():
            self.desk.add_margin(self.user_id, request(), order_id, self.random.randint(100, 5_000))

    def resets(self) -> None:
        self.desk.reset(self.user_id, request(), 500_000)

    def any_order(self) -> str | None:
        positions = self.desk.account(self.user_id).positions
        return self.random.choice(positions).order_id if positions else None


def spread_out(database: sa.Engine, told: list[OrderEvent]) -> list[OrderEvent]:
    """The events, each three hours after the one before it, and so in PostgreSQL."""
    times = {event.seq: FIRST_MS + event.seq * 3 * HOUR_MS for event in told}
    moved: list[OrderEvent] = []
    opened: dict[str, int] = {}
    for event in told:
        at = times[event.seq]
        position, closing = event.position, event.closing
        if position:
            began = opened.setdefault((closing and closing.parent_order_id) or position.order_id, at)
            position = replace(position, opened_at_ms=began)
        moved.append(
            replace(event, at_ms=at, position=position, closing=closing and replace(closing, closed_at_ms=at))
        )
    set_event = sa.text("UPDATE order_events SET at = :at WHERE user_id = :user_id AND seq = :seq")
    set_order = sa.text(
        "UPDATE closed_orders SET closed_at = :at, opened_at = :opened WHERE order_id = :order_id"
    )
    with database.begin() as connection:
        for event in moved:
            happened, user_id = at_ms(event.at_ms), UUID(event.user_id)
            connection.execute(set_event, {"at": happened, "user_id": user_id, "seq": event.seq})
            if event.closing:
                position = position_of(event)
                opening = {"opened": at_ms(position.opened_at_ms), "order_id": UUID(position.order_id)}
                connection.execute(set_order, opening | {"at": happened})
    return moved


def performance(api: Api, **query: Any) -> dict[str, Any]:
    """What is answered."""
    return body_of(api.get("/trade/performance", **query))


@pytest.mark.parametrize("seed", range(4))
def test_the_figures_are_those_of_a_plain_reckoning(
    api: Api,
    app: Flask,
    desk: OrderDesk,
    database: sa.Engine,
    order_state: redis.Redis,
    settings: Settings,
    seed: int,
) -> None:
    # given a random history, beside another trader's
    trader, other = api.signs_up(), Api(app).signs_up()
    RandomTrader(desk, trader.user_id, seed).lives(STEPS)
    RandomTrader(desk, other.user_id, seed + 100).lives(STEPS // 4)
    told = events(order_state, trader.user_id)
    journal(database, order_state, settings)
    told = spread_out(database, told)
    assert sum(event.closing is not None for event in told) > 10

    # when it is asked for as a whole, and in random parts
    picks = random.Random(seed)
    periods: list[dict[str, Any]] = [{}]
    for _ in range(12):
        first, last = sorted(picks.choice(told).at_ms + picks.choice([-1, 0, 1]) for _ in range(2))
        periods += [{"from": first}, {"to": last}, {"from": first, "to": last}]

    # then each figure is the reckoning's
    for period in periods:
        for asset in (None, *ASSETS):
            query = period | ({"asset": asset} if asset else {})
            expected = reckoned(told, asset=asset, since=period.get("from"), until=period.get("to"))
            assert performance(trader, **query) == expected, query


def test_the_worked_cases_are_told_as_anyone_would(
    api: Api, desk: OrderDesk, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    market = Market(desk)
    market.trades_at("64500.12")
    won, lost = api.signs_up().opens(), api.opens(type="sell", margin=200, leverage=100)
    # The short is liquidated on the way.
    market.trades_at("65145.1212")
    api.post("/trade/close", {"orderId": won["orderId"]})
    journal(database, order_state, settings)

    answer = performance(api)

    assert lost["liquidationPrice"] == 651_386_067
    total = answer["total"]
    # 979 less two fees of 50; the margin of 200 and its fee of opening: nothing is left for one of closing.
    assert (total["best"], total["worst"]) == (879, -20_100)
    assert (total["trades"], total["won"], total["lost"], total["winRateBps"]) == (2, 1, 1, 5_000)
    assert (total["net"], total["fees"], answer["feesPaid"]) == (-19_221, 200, 200)
    assert [point["equity"] for point in answer["equity"]] == [500_000, 499_950, 499_850, 479_850, 480_779]
    assert (answer["maxDrawdown"], answer["maxDrawdownBps"]) == (20_150, 403)


def test_an_account_that_never_traded_has_nothing_to_divide_by(
    api: Api, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    api.signs_up()
    journal(database, order_state, settings)

    answer = performance(api)

    assert [(point["equity"], point["curve"]) for point in answer["equity"]] == [(500_000, 1)]
    assert answer["byAsset"] == answer["byDay"] == []
    assert answer["total"]["winRateBps"] is answer["total"]["profitFactorBps"] is None
    assert answer["total"]["averageHoldingMs"] is answer["total"]["best"] is None
    assert performance(api, asset="BTC")["equity"] == []


def test_a_reset_begins_a_new_curve_and_is_no_loss(
    api: Api, desk: OrderDesk, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    Market(desk).trades_at("64500.12")
    desk.deposit(api.signs_up().user_id, request(), 1_000_000)
    api.post("/trade/reset", {})
    # Nothing changes hands, but it starts over all the same.
    api.post("/trade/reset", {})
    journal(database, order_state, settings)

    answer = performance(api)

    assert [(point["equity"], point["curve"]) for point in answer["equity"]] == [
        (500_000, 1),
        (1_500_000, 2),
        (500_000, 3),
        (500_000, 4),
    ]
    assert (answer["maxDrawdown"], answer["maxDrawdownBps"]) == (0, 0)


def many_fees(database: sa.Engine, user_id: str, count: int) -> list[int]:
    """Writes so many events that moved money up and down, as the journal would; the equity after each."""
    pick = random.Random(7)
    changes = [pick.randint(-2_000, 2_000) or 1 for _ in range(count)]
    with database.begin() as connection:
        shard, last = connection.execute(
            sa.text("SELECT shard, event_ms FROM order_events WHERE user_id = :id"), {"id": UUID(user_id)}
        ).one()
        keys = [{"shard": shard, "ms": last + 1 + n, "user": UUID(user_id)} for n in range(count)]
        connection.execute(
            sa.text(
                "INSERT INTO order_events (shard, event_ms, event_number, user_id, seq, kind, balance, at,"
                " fields, hash) VALUES (:shard, :ms, 0, :user, :seq, 'closed', 0, :at, '{}', sha256('x'))"
            ),
            [
                key | {"seq": 2 + n, "at": at_ms(FIRST_MS) + timedelta(days=300, minutes=n)}
                for n, key in enumerate(keys)
            ],
        )
        connection.execute(
            sa.text(
                "INSERT INTO ledger_entries (shard, event_ms, event_number, account, user_id, amount)"
                " VALUES (:shard, :ms, 0, 'trader_cash', :user, :amount)"
            ),
            [key | {"amount": amount} for key, amount in zip(keys, changes, strict=True)],
        )
    equities = [500_000]
    for change in changes:
        equities.append(equities[-1] + change)
    return equities


@pytest.mark.parametrize("count", [POINTS_MAX - 1, POINTS_MAX, 5_000])
def test_a_long_curve_is_thinned_out_and_keeps_its_extremes(
    api: Api, database: sa.Engine, order_state: redis.Redis, settings: Settings, count: int
) -> None:
    journal(database, order_state, settings)
    api.signs_up()
    journal(database, order_state, settings)
    equities = many_fees(database, api.user_id, count)

    told = [point["equity"] for point in performance(api)["equity"]]

    assert POINTS_MAX // 2 < len(told) <= POINTS_MAX
    assert (told[0], told[-1]) == (equities[0], equities[-1])
    assert (max(told), min(told)) == (max(equities), min(equities))
    if count < POINTS_MAX:
        assert told == equities


def test_one_account_is_found_by_an_index(
    api: Api, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    parameters = Period(user_id=UUID(api.signs_up().user_id)).parameters()
    sizes = {"points_max": POINTS_MAX, "buckets": BUCKETS}
    with database.connect() as connection:
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        for statement in (SUMS, STREAKS, CURVE):
            explained = sa.text(f"EXPLAIN {statement.text}")
            plan = "\n".join(connection.scalars(explained, parameters | sizes))
            assert "Seq Scan" not in plan, plan


def test_nobody_learns_of_anothers_trading(
    api: Api, app: Flask, desk: OrderDesk, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    Market(desk).trades_at("64500.12")
    busy, quiet = api.signs_up(), Api(app).signs_up()
    busy.post("/trade/close", {"orderId": busy.opens()["orderId"]})
    journal(database, order_state, settings)

    assert performance(busy)["total"]["trades"] == 1
    assert performance(quiet)["total"]["trades"] == 0
    assert len(performance(quiet)["equity"]) == 1


def test_performance_waits_for_what_was_just_closed(
    api: Api, desk: OrderDesk, order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    Market(desk).trades_at("64500.12")
    Trader(desk, api.signs_up().user_id).buys(10_000, 10)
    api.post("/trade/close-all", {})

    behind = performance(api)
    journal(database, order_state, settings)

    assert behind["total"]["trades"] == 0
    assert performance(api)["total"]["trades"] == 1


def test_reports_have_a_limit_of_their_own(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    limits = {"rate_limits_enabled": True, "rate_limit_reports": "2/minute", "history_wait_s": 0}
    api = Api(create_app(make_settings(services, **limits))).signs_up()

    for path, query in (("/trade/performance", {}), ("/trade/history", {"format": "csv"})):
        answers = [api.get(path, **query) for _ in range(3)]
        assert [answer.status_code for answer in answers[:2]] == [200, 200]
        assert problem_of(answers[2])[0] == 429
    assert api.get("/trade/history").status_code == 200
