"""Whatever is tampered with, verification says where: at its event, or at its account."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from domain.orders import FIRST_EVENT_ID, EventKind, OrderEvent, Position
from models import Balance, ClosedOrder, JournalOffset, OrderEventRow
from orders.client import OrderDesk
from orders.events import read_events
from orders.keys import ACCOUNT, POSITION, POSITIONS, STOP, TAKE, TRAIL, account_key, events_key, shard_tag
from runtime.settings import Settings
from tests.support.books import journal
from tests.support.trading import Trader, events, request
from tests.support.trading_day import trade_a_little
from workers.hashchain import FIRST_HASH
from workers.journal_tables import chain
from workers.verification import Difference, verify

TAG = shard_tag(0)


@dataclass
class Books:
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


@pytest.fixture
def books(database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings) -> Books:
    """A day of three traders."""
    traders = trade_a_little(desk)
    journal(database, order_state, settings)
    return Books(database, order_state, settings, traders)


AT_EVENT = "event_ms = :ms AND event_number = :number"


def place(event: OrderEvent) -> dict[str, int]:
    """An event's key."""
    return {"ms": event.event_id.ms, "number": event.event_id.number}


@pytest.mark.parametrize(
    "change",
    [
        "fields = jsonb_set(fields, '{fee}', '\"51\"')",
        'fields = fields || \'{"gift": "1"}\'',
        "fields = fields - 'fee'",
        "balance = balance + 1",
        "seq = seq + 1000",
        "kind = 'deposited'",
        "at = at + interval '1 ms'",
        "user_id = gen_random_uuid()",
        "hash = sha256('x')",
    ],
)
def test_a_change_of_an_event_breaks_its_hash(books: Books, change: str) -> None:
    event = books.event(EventKind.OPENED)
    books.sql(f"UPDATE order_events SET {change} WHERE {AT_EVENT}", **place(event))
    difference = books.difference()
    assert difference.event_id == str(event.event_id)
    assert "hash" in difference.what


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        (EventKind.OPENED, {"fee": "51"}, "the balance after it is"),
        (EventKind.OPENED, {"balance": "1"}, "its column balance says"),
        (EventKind.OPENED, {"kind": "opens"}, "its column kind says opened, its fields opens"),
        (EventKind.OPENED, {"margin": "ten"}, "invalid literal"),
        (EventKind.DEPOSITED, {"amount": "12346"}, "the balance after it is"),
        (EventKind.MARGIN_ADDED, {"notional": "1"}, "notional is 1, should be 100000"),
        (EventKind.MARGIN_ADDED, {"stop_loss": "7"}, "stop_loss is 7, should be none"),
        (EventKind.MODIFIED, {"open_price": "7"}, "open_price is 7, should be"),
        (EventKind.MODIFIED, {"trailing_peak": ""}, "needs both its distance and its peak"),
        (EventKind.REDUCED, {"margin": "11251"}, "margin is 11251, should be 11250"),
        (EventKind.REDUCED, {"trailing_peak": "1"}, "trailing_peak fell back from"),
        (EventKind.CLOSED, {"pnl": "0"}, "its postings do not sum to zero"),
        (EventKind.CLOSED, {"order_id": "x"}, "order x is not open"),
        (EventKind.CLOSED, {"leverage": "6"}, "leverage is 6, should be 5"),
        (EventKind.CLOSED, {"close_price": "7"}, "close_price is"),
        (EventKind.CLOSED, {"reason": "take_profit"}, "reason is manual, should be take_profit"),
    ],
)
def test_a_forger_who_hashes_anew_is_found_by_what_does_not_follow(
    books: Books, kind: EventKind, change: dict[str, str], said: str
) -> None:
    event = books.event(kind)
    changed = sa.type_coerce(dict(event.fields) | change, OrderEventRow.fields.type)
    with books.database.begin() as connection:
        this = (
            OrderEventRow.event_ms == event.event_id.ms,
            OrderEventRow.event_number == event.event_id.number,
        )
        connection.execute(sa.update(OrderEventRow).where(*this).values(fields=changed))
    books.rehash()
    difference = books.difference()
    assert difference.event_id == str(event.event_id), difference
    assert said in difference.what


def delete(books: Books, event: OrderEvent) -> None:
    """An event, with its ledger entries and its closed order, as if it had never been."""
    with books.database.begin() as connection:
        for table in ("ledger_entries", "order_events"):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE {AT_EVENT}"), place(event))


def test_a_missing_event_shows_at_the_next_one(books: Books) -> None:
    event = books.event(EventKind.DEPOSITED)
    told = events(books.order_state, books.trader.user_id)
    after = told[event.seq]
    delete(books, event)
    difference = books.difference()
    assert difference.event_id == str(after.event_id)
    assert "is missing" in difference.what
    # And hashed anew, by the account's sequence
    books.rehash()
    difference = books.difference()
    assert difference.event_id == str(after.event_id)
    assert f"goes from {event.seq - 1} to {event.seq + 1}" in difference.what


def test_events_missing_at_the_end_are_noticed(books: Books) -> None:
    *_, before, last = read_events(books.order_state, 0, after=FIRST_EVENT_ID, limit=10_000)
    delete(books, last)
    difference = books.difference()
    assert difference.event_id == str(before.event_id)
    assert str(last.event_id) in difference.what


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE ledger_entries SET amount = amount + 1",
            "trader_cash:-10049 trader_margin:10000, should be",
        ),
        (
            "UPDATE ledger_entries SET account = 'deposits'",
            "deposits:-10050 house_fees:50 trader_margin:10000, should be",
        ),
        ("UPDATE ledger_entries SET user_id = gen_random_uuid()", "trader_cash:-10050:"),
        ("DELETE FROM ledger_entries", "house_fees:50 trader_margin:10000, should be"),
    ],
)
def test_a_ledger_entry_that_is_not_the_events(books: Books, statement: str, said: str) -> None:
    event = books.event(EventKind.OPENED)
    # The first order of the day: $100 at 5x
    books.sql(f"{statement} WHERE {AT_EVENT} AND account = 'trader_cash'", **place(event))
    difference = books.difference()
    assert difference.event_id == str(event.event_id)
    assert said in difference.what


def test_a_ledger_entry_of_no_event(books: Books) -> None:
    books.sql("INSERT INTO ledger_entries VALUES (0, 1, 1, 'deposits', :user, 5)", user=books.trader.user_id)
    assert "sum to 5, not to zero" in books.difference().what
    books.sql(
        "INSERT INTO ledger_entries VALUES (0, 1, 1, 'trader_cash', :user, -5)", user=books.trader.user_id
    )
    assert "entries, the events make" in books.difference().what


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE balances SET balance = balance + 1", "balances says balance"),
        ("UPDATE balances SET seq = seq - 1", "balances says seq"),
        ("UPDATE balances SET updated_at = now()", "balances says updated_at"),
        ("UPDATE balances SET shard = 1", "balances says shard 1, should be 0"),
        ("DELETE FROM balances", "missing in balances"),
    ],
)
def test_a_balance(books: Books, statement: str, said: str) -> None:
    books.sql(f"{statement} WHERE user_id = :user", user=books.trader.user_id)
    difference = books.difference()
    assert (difference.user_id, difference.event_id) == (books.trader.user_id, str(books.newest().event_id))
    assert said in difference.what


def test_a_balance_of_nobody(books: Books) -> None:
    with books.database.begin() as connection:
        row = dict(connection.execute(sa.select(Balance.__table__)).mappings().first() or {})
        user_id = connection.scalar(sa.text("select gen_random_uuid()"))
        connection.execute(sa.insert(Balance).values(row | {"user_id": user_id}))
    difference = books.difference()
    assert difference.user_id == str(user_id)
    assert "no event opened" in difference.what


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM active_orders", "is missing in active_orders"),
        ("UPDATE active_orders SET margin = margin + 1", "margin is 11251, should be 11250"),
        ("UPDATE active_orders SET take_profit = NULL", "take_profit is none, should be 700000000"),
        ("UPDATE active_orders SET opened_at = now()", "opened_at_ms is"),
        ("UPDATE active_orders SET trailing_peak = trailing_peak + 1", "trailing_peak is"),
        ("UPDATE active_orders SET trailing_price = trailing_price + 1", "trailing_price is"),
        ("UPDATE active_orders SET order_id = gen_random_uuid()", "which is not open"),
    ],
)
def test_an_active_order(books: Books, statement: str, said: str) -> None:
    books.sql(f"{statement} WHERE order_id = :order", order=books.position.order_id)
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert said in difference.what
    if "not open" not in said:
        # The newest of that order's
        assert difference.event_id == str(books.event(EventKind.REDUCED).event_id)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE closed_orders SET margin = margin + 1, pnl = pnl - 1", "margin is"),
        ("UPDATE closed_orders SET close_price = 1", "close_price is 1, should be"),
        ("UPDATE closed_orders SET reason = 'stop_loss'", "reason is stop_loss, should be manual"),
        ("UPDATE closed_orders SET closed_at = now()", "closed_at is"),
        ("UPDATE closed_orders SET user_id = gen_random_uuid()", "user_id is"),
        ("DELETE FROM closed_orders", "is missing in closed_orders"),
    ],
)
def test_a_closed_order(books: Books, statement: str, said: str) -> None:
    event = books.event(EventKind.CLOSED)
    assert event.position is not None
    books.sql(f"{statement} WHERE order_id = :order", order=event.position.order_id)
    difference = books.difference()
    assert (difference.user_id, difference.event_id) == (books.trader.user_id, str(event.event_id))
    assert said in difference.what


def test_a_closed_order_of_no_event(books: Books) -> None:
    with books.database.begin() as connection:
        row = dict(connection.execute(sa.select(ClosedOrder.__table__)).mappings().first() or {})
        order_id = connection.scalar(sa.text("select gen_random_uuid()"))
        connection.execute(sa.insert(ClosedOrder).values(row | {"order_id": order_id}))
    difference = books.difference()
    assert difference.user_id == str(row["user_id"])
    assert f"has order {order_id}, of which no event tells" in difference.what


@pytest.mark.parametrize("column", ["fees", "trading", "shortfall", "open_orders", "closed_orders"])
def test_the_houses_profit(books: Books, column: str) -> None:
    books.sql(f"UPDATE platform_profit SET {column} = {column} + 1")
    assert f"platform_profit says {column}" in books.difference().what


def test_an_account_that_redis_has_otherwise(books: Books) -> None:
    key, client = account_key(0, books.trader.user_id), books.order_state

    def expect(said: str) -> None:
        difference = books.difference()
        assert (difference.user_id, difference.event_id) == (
            books.trader.user_id,
            str(books.newest().event_id),
        )
        assert said in difference.what

    client.hincrby(key, "balance", 1)
    expect("Redis has the balance")
    client.hincrby(key, "balance", -1)
    client.hincrby(key, "seq", -1)
    expect("Redis lost events")
    client.delete(key)
    expect("the account is missing in Redis")


def test_a_redis_that_lost_its_last_events(books: Books, desk: OrderDesk, order_state: redis.Redis) -> None:
    # Given a balance, seq and stream of before a deposit that PostgreSQL has
    key = account_key(0, books.trader.user_id)
    before: dict[Any, Any] = order_state.hgetall(key)
    deposit = desk.deposit(books.trader.user_id, request(), 5)
    journal(books.database, order_state, books.settings)
    order_state.hset(key, mapping=before)
    order_state.xdel(events_key(0), str(deposit.event_id))
    difference = books.difference()
    assert (difference.user_id, difference.event_id) == (books.trader.user_id, str(deposit.event_id))
    assert "Redis lost events" in difference.what


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("margin", "11251", "margin is 11251, should be 11250"),
        ("take_profit", "700000001", "take_profit is 700000001"),
        ("stop_loss", "600000000", "stop_loss is 600000000, should be none"),
        ("side", "short", "side is short, should be long"),
        ("opened_at_ms", "7", "opened_at_ms is 7"),
        ("trailing_distance", "7", "trailing_distance is 7"),
        ("user_id", "me", "it is of account me"),
    ],
)
def test_a_position_that_redis_has_otherwise(books: Books, field: str, value: str, said: str) -> None:
    position = books.position
    books.order_state.hset(f"{TAG}{POSITION}{position.order_id}", field, value)
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert said in difference.what or "Redis can't read it" in difference.what


def test_a_trailing_stop_that_fell_back(books: Books) -> None:
    index = f"{TAG}{TRAIL}BTC:long:peaks"
    [(group, peak)] = books.order_state.zrange(index, 0, -1, withscores=True)
    books.order_state.zadd(index, {group: peak - 60_000_000})
    difference = books.difference()
    assert "trailing_peak fell back" in difference.what
    assert difference.event_id


@pytest.mark.parametrize("listed", [True, False])
def test_a_position_missing_in_redis(books: Books, listed: bool) -> None:
    position = books.position
    books.order_state.delete(f"{TAG}{POSITION}{position.order_id}")
    if not listed:
        books.order_state.zrem(f"{TAG}{POSITIONS}{position.user_id}", position.order_id)
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert f"Redis misses the open order {position.order_id}" in difference.what


def test_a_position_that_is_only_in_redis(books: Books) -> None:
    position, client = books.position, books.order_state
    fields: dict[Any, Any] = client.hgetall(f"{TAG}{POSITION}{position.order_id}")
    client.hset(f"{TAG}{POSITION}stray", mapping=fields)
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert "Redis has order stray, which is not open" in difference.what
    client.zadd(f"{TAG}{POSITIONS}{position.user_id}", {"stray": 99})
    difference = books.difference()
    assert difference.user_id == books.trader.user_id
    assert "Redis has order stray open, the events have not" in difference.what


@pytest.mark.parametrize("kind", [ACCOUNT, POSITIONS])
def test_an_account_that_is_only_in_redis(books: Books, kind: str) -> None:
    if kind == ACCOUNT:
        books.order_state.hset(f"{TAG}{kind}nobody", mapping={"balance": 5, "seq": 1})
    else:
        books.order_state.zadd(f"{TAG}{kind}nobody", {"order": 1})
    difference = books.difference()
    assert difference.user_id == "nobody"
    assert "that no event opened" in difference.what


def test_a_key_of_a_shard_that_is_not_there(books: Books) -> None:
    books.order_state.hset(f"{shard_tag(7)}{ACCOUNT}nobody", mapping={"balance": 5, "seq": 1})
    assert "of a shard that the desk has not" in books.difference().what


Tamper = Callable[[redis.Redis, str], object]


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (
            lambda client, order: client.zrem(f"{TAG}{STOP}BTC:long", order),
            "the stop index of BTC long misses",
        ),
        (lambda client, order: client.zadd(f"{TAG}{STOP}BTC:long", {order: 7}), "at 7, should be"),
        (
            lambda client, order: client.zrem(f"{TAG}{TAKE}BTC:long", order),
            "the take profit index of BTC long",
        ),
        (lambda client, order: client.zincrby(f"{TAG}{TAKE}BTC:long", 1, order), "at 700000001, should be"),
        (lambda client, order: client.zadd(f"{TAG}{STOP}ETH:short", {"old": 5}), "which should not be there"),
        (lambda client, order: client.zadd(f"{TAG}{TAKE}BTC:short", {order: 5}), "which should not be there"),
        (lambda client, order: client.zadd(f"{TAG}{STOP}BTC:long", {"group:9": 5}), "the groups of trailing"),
    ],
)
def test_an_index_of_triggers(books: Books, tamper: Tamper, said: str) -> None:
    position = books.position
    tamper(books.order_state, position.order_id)
    difference = books.difference()
    assert said in difference.what
    if position.order_id in difference.what:
        assert difference.user_id == books.trader.user_id
        assert difference.event_id == str(books.event(EventKind.REDUCED).event_id)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("members", "the index of trailing stops of BTC long"),
        ("nearest", "the runs of trailing stops of BTC long"),
    ],
)
def test_an_index_of_trailing_stops(books: Books, key: str, said: str) -> None:
    found = sorted(books.order_state.scan_iter(match=f"{TAG}{TRAIL}BTC:long:{key}:*"))
    [(member, score)] = books.order_state.zrange(found[0], 0, 0, withscores=True)
    books.order_state.zadd(found[0], {member: score + 1})
    assert said in books.difference().what


def test_the_tampered_day_was_whole_before(books: Books) -> None:
    # What the other tests find is of their making
    assert verify(books.database, books.order_state, books.settings).is_clean
