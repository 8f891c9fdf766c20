"""A day's books to be tampered with, and what verification finds in them."""

from dataclasses import dataclass
from typing import Any

import redis
import sqlalchemy as sa

from domain.orders import EventKind, OrderEvent, Position
from models import JournalOffset, OrderEventRow
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.books import journal
from tests.support.trading import Trader, events
from tests.support.trading_day import trade_a_little
from workers.hashchain import FIRST_HASH
from workers.journal_tables import chain
from workers.verification import Difference, verify


@dataclass
class TamperedBooks:
    """A day's books, all in PostgreSQL, and hands that reach into them."""

    database: sa.Engine
    order_state: redis.Redis
    settings: Settings
    traders: list[Trader]

    @property
    def trader(self) -> Trader:
        """The one whose things are tampered with; others came before and after."""
        return self.traders[1]

    @property
    def position(self) -> Position:
        """A long of that trader with take profit and trailing stop."""
        return self.trader.positions[0]

    def event(self, kind: EventKind) -> OrderEvent:
        """That trader's first of a kind."""
        return next(event for event in events(self.order_state, self.trader.user_id) if event.kind is kind)

    def newest(self) -> OrderEvent:
        """That trader's last."""
        return events(self.order_state, self.trader.user_id)[-1]

    def sql(self, statement: str, **values: Any) -> None:
        """Changes exactly one row, past all rules."""
        with self.database.begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            assert connection.execute(sa.text(statement), values).rowcount == 1

    def rehash(self) -> None:
        """Hides a change of events by chaining all of them anew, as a thorough forger would."""
        key = (OrderEventRow.event_ms, OrderEventRow.event_number)
        with self.database.begin() as connection:
            found = connection.execute(sa.select(OrderEventRow.__table__).order_by(*key)).mappings()
            rows = [dict(row) for row in found]
            newest = chain(FIRST_HASH, rows)
            for row in rows:
                this = sa.and_(key[0] == row["event_ms"], key[1] == row["event_number"])
                connection.execute(sa.update(OrderEventRow).where(this).values(hash=row["hash"]))
            connection.execute(sa.update(JournalOffset).values(hash=newest))

    def difference(self) -> Difference:
        """What verification finds; fails the test when that is nothing."""
        found = verify(self.database, self.order_state, self.settings).difference
        assert found is not None, "it was not found"
        return found


def keep_books(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> TamperedBooks:
    """A day of three traders, all of it in PostgreSQL."""
    traders = trade_a_little(OrderDesk(order_state, settings))
    journal(database, order_state, settings)
    return TamperedBooks(database, order_state, settings, traders)
