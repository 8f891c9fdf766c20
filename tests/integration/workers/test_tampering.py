"""Whatever is tampered with in PostgreSQL, verification says where: at its event, or at its account."""

import pytest
import redis
import sqlalchemy as sa

from domain.orders import FIRST_EVENT_ID, EventKind, OrderEvent
from models import Balance, ClosedOrder, OrderEventRow
from orders.events import read_events
from runtime.settings import Settings
from tests.support.tampered import TamperedBooks, keep_books
from tests.support.trading import events
from workers.verification import verify


@pytest.fixture
def books(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> TamperedBooks:
    """A day of three traders."""
    return keep_books(database, order_state, settings)


def test_the_tampered_day_was_whole_before(books: TamperedBooks) -> None:
    # What the other tests find is of their making
    assert verify(books.database, books.order_state, books.settings).is_clean


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
def test_a_change_of_an_event_breaks_its_hash(books: TamperedBooks, change: str) -> None:
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
    books: TamperedBooks, kind: EventKind, change: dict[str, str], said: str
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


def delete(books: TamperedBooks, event: OrderEvent) -> None:
    """An event, with its ledger entries and its closed order, as if it had never been."""
    with books.database.begin() as connection:
        for table in ("ledger_entries", "order_events"):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE {AT_EVENT}"), place(event))


def test_a_missing_event_shows_at_the_next_one(books: TamperedBooks) -> None:
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


def test_events_missing_at_the_end_are_noticed(books: TamperedBooks) -> None:
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
def test_a_ledger_entry_that_is_not_the_events(books: TamperedBooks, statement: str, said: str) -> None:
    event = books.event(EventKind.OPENED)
    # The first order of the day: $100 at 5x
    books.sql(f"{statement} WHERE {AT_EVENT} AND account = 'trader_cash'", **place(event))
    difference = books.difference()
    assert difference.event_id == str(event.event_id)
    assert said in difference.what


def test_a_ledger_entry_of_no_event(books: TamperedBooks) -> None:
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
def test_a_balance(books: TamperedBooks, statement: str, said: str) -> None:
    books.sql(f"{statement} WHERE user_id = :user", user=books.trader.user_id)
    difference = books.difference()
    assert (difference.user_id, difference.event_id) == (books.trader.user_id, str(books.newest().event_id))
    assert said in difference.what


def test_a_balance_of_nobody(books: TamperedBooks) -> None:
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
def test_an_active_order(books: TamperedBooks, statement: str, said: str) -> None:
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
def test_a_closed_order(books: TamperedBooks, statement: str, said: str) -> None:
    event = books.event(EventKind.CLOSED)
    assert event.position is not None
    books.sql(f"{statement} WHERE order_id = :order", order=event.position.order_id)
    difference = books.difference()
    assert (difference.user_id, difference.event_id) == (books.trader.user_id, str(event.event_id))
    assert said in difference.what


def test_a_closed_order_of_no_event(books: TamperedBooks) -> None:
    with books.database.begin() as connection:
        row = dict(connection.execute(sa.select(ClosedOrder.__table__)).mappings().first() or {})
        order_id = connection.scalar(sa.text("select gen_random_uuid()"))
        connection.execute(sa.insert(ClosedOrder).values(row | {"order_id": order_id}))
    difference = books.difference()
    assert difference.user_id == str(row["user_id"])
    assert f"has order {order_id}, of which no event tells" in difference.what


@pytest.mark.parametrize("column", ["fees", "trading", "shortfall", "open_orders", "closed_orders"])
def test_the_houses_profit(books: TamperedBooks, column: str) -> None:
    books.sql(f"UPDATE platform_profit SET {column} = {column} + 1")
    assert f"platform_profit says {column}" in books.difference().what
