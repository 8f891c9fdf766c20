"""What PostgreSQL must say of a desk, whatever happened: that of Redis, and books that balance."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import redis
import sqlalchemy as sa

from domain.orders import Position
from models import ActiveOrder, Balance, ClosedOrder, LedgerEntry, PlatformProfit
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.trading import Trader
from workers.orders import ShardJournal
from workers.projection import Row, order_row

RUN_S = 30.0


def journal(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
    """Brings PostgreSQL up to the newest event of every shard."""
    for shard in range(settings.order_shards):
        ShardJournal(database, order_state, settings, shard=shard).catch_up(seconds=RUN_S)


def position_as_told(position: Position) -> Position:
    """Without what moves between the events: where a trailing stop has got to."""
    trailing = position.trailing_stop
    return replace(position, trailing_stop=trailing and replace(trailing, peak=0, stop_price=0))


def rows(database: sa.Engine, table: type, *order: str) -> list[sa.RowMapping]:
    """All of a table, in that order."""
    with database.connect() as connection:
        query = sa.select(table.__table__).order_by(*map(sa.text, order))  # type: ignore[attr-defined]
        return list(connection.execute(query).mappings())


def assert_postgresql_agrees(database: sa.Engine, desk: OrderDesk, traders: list[Trader]) -> None:
    """Balances, open orders and the ledger are what Redis says, cent for cent."""
    accounts = [desk.account(trader.user_id) for trader in traders]
    balances = {row["user_id"]: row for row in rows(database, Balance, "user_id")}
    for account in accounts:
        row = balances[UUID(account.user_id)]
        assert (row["balance"], row["seq"]) == (account.balance, account.seq)
    assert len(balances) == len(accounts)
    expected = [order_row(position) for account in accounts for position in account.positions]
    key = "order_id"
    stored = list(map(dict, rows(database, ActiveOrder, key)))
    assert _as_told(stored) == _as_told(sorted(expected, key=lambda row: row[key]))
    assert_ledger_agrees(database)
    assert_house_agrees(database, desk, {account.shard for account in accounts})


def assert_house_agrees(database: sa.Engine, desk: OrderDesk, shards: Iterable[int]) -> None:
    """What the order state has counted of the house and of what is open is what PostgreSQL has."""
    made = {row["shard"]: row for row in rows(database, PlatformProfit, "shard")}
    exposures: Counter[tuple[int, str, str]] = Counter()
    shard_of_user = {row["user_id"]: row["shard"] for row in rows(database, Balance, "user_id")}
    for order in rows(database, ActiveOrder, "order_id"):
        exposures[shard_of_user[order["user_id"]], order["asset"], order["side"]] += order["notional"]
    for shard in shards:
        house = desk.house(shard)
        # A shard without accounts has no row, and must have counted nothing.
        row = made.get(shard, {"fees": 0, "trading": 0, "shortfall": 0})
        assert (house.fees, house.trading, house.shortfall) == (row["fees"], row["trading"], row["shortfall"])
        for asset, sides in house.exposures.items():
            assert sides == (exposures[shard, asset, "long"], exposures[shard, asset, "short"]), asset


def _as_told(orders: list[Row]) -> list[Row]:
    """Without what moves between the events: where a trailing stop has got to."""
    return [row | {"trailing_peak": None, "trailing_price": None} for row in orders]


def assert_ledger_agrees(database: sa.Engine) -> None:
    """Every event balances to zero, the ledger's cash and margin are what balances and open orders say.

    The house's profit is the ledger's too.
    """
    with database.connect() as connection:
        event = (LedgerEntry.shard, LedgerEntry.event_ms, LedgerEntry.event_number)
        unbalanced = sa.select(*event).group_by(*event).having(sa.func.sum(LedgerEntry.amount) != 0)
        assert connection.execute(unbalanced).all() == []
        totals = dict(
            connection.execute(
                sa.select(LedgerEntry.account, sa.func.sum(LedgerEntry.amount)).group_by(LedgerEntry.account)
            ).all()
        )
        assert totals["trader_cash"] == connection.scalar(sa.select(sa.func.sum(Balance.balance)))
        staked = connection.scalar(sa.select(sa.func.sum(ActiveOrder.margin))) or 0
        assert totals.get("trader_margin", 0) == staked
        profit = connection.execute(
            sa.select(
                sa.func.sum(PlatformProfit.fees),
                sa.func.sum(PlatformProfit.trading),
                sa.func.sum(PlatformProfit.shortfall),
                sa.func.sum(PlatformProfit.open_orders),
                sa.func.sum(PlatformProfit.closed_orders),
            )
        ).one()
        assert profit[0] == totals.get("house_fees", 0)
        assert profit[1] == totals.get("house_pnl", 0)
        assert profit[2] == -totals.get("house_shortfall", 0)
        assert profit[3] == connection.scalar(sa.select(sa.func.count()).select_from(ActiveOrder))
        assert profit[4] == connection.scalar(sa.select(sa.func.count()).select_from(ClosedOrder))
