"""An account's history, replayed from its events alone, is the account."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import redis
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import create_app
from domain.orders import Account
from market.trades import at_ms
from models import JournalOffset, User
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.books import journal, position_as_told, rows
from tests.support.trading import START_BALANCE, Market, Trader, events, request
from tests.support.trading_day import trade_a_little
from workers.commands.words import dollars
from workers.replay import AccountState, BrokenHistoryError, read_history, replay


def replayed(database: sa.Engine, user_id: str, *, until: datetime | None = None) -> AccountState:
    """The state after all its events, or those up to then."""
    with database.connect() as connection:
        *_, (_, state) = replay(user_id, read_history(connection, user_id, until=until))
    return state


def assert_same(state: AccountState, account: Account) -> None:
    """Cent for cent, position by position."""
    assert (state.user_id, state.balance, state.seq) == (account.user_id, account.balance, account.seq)
    assert list(map(position_as_told, state.positions.values())) == list(
        map(position_as_told, account.positions)
    )


def test_the_replay_of_each_account_is_the_account(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk, traders=5)
    journal(database, order_state, settings)
    for trader in traders:
        assert_same(replayed(database, trader.user_id), desk.account(trader.user_id))


def test_at_any_event_it_is_the_account_of_then(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500")
    seen = []
    for _ in range(3):
        trader.buys(10_000, 10)
        desk.close_all(trader.user_id, request())
        trader.sells(5_000, 5)
        seen.append(desk.account(trader.user_id))
    journal(database, order_state, settings)
    told = events(order_state, trader.user_id)
    with database.connect() as connection:
        states = {
            state.seq: (state.balance, tuple(state.positions.values()))
            for _, state in replay(trader.user_id, read_history(connection, trader.user_id))
        }
    assert len(states) == len(told)
    for account in seen:
        assert states[account.seq] == (account.balance, account.positions)


def test_events_that_contradict_each_other_are_not_replayed(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = trade_a_little(desk, traders=1)[0]
    told = events(order_state, trader.user_id)
    with pytest.raises(BrokenHistoryError, match="event 3 of the account comes after event 1"):
        list(replay(trader.user_id, [told[0], *told[2:]]))
    with pytest.raises(BrokenHistoryError, match=r"says balance 7, the events before it make \d+"):
        list(replay(trader.user_id, [told[0], replace(told[1], balance=7)]))


@pytest.fixture
def app(settings: Settings, queues: redis.Redis) -> Flask:
    """The web application, whose commands these are."""
    return create_app(settings)


def run(app: Flask, *words: str) -> Result:
    """`flask WORDS`."""
    return app.test_cli_runner().invoke(args=list(words))


def trader_with_email(desk: OrderDesk, database: sa.Engine, email: str) -> Trader:
    """An account that signed up, and a day of its trading."""
    trader = trade_a_little(desk, traders=1)[0]
    with database.begin() as connection:
        connection.execute(sa.insert(User).values(id=trader.user_id, email=email, role="trader"))
    return trader


def test_the_command_tells_each_event_in_words(
    app: Flask, database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = trader_with_email(desk, database, "ann@example.com")
    journal(database, order_state, settings)
    by_email = run(app, "orders", "replay", "Ann@example.com")
    assert by_email.exit_code == 0, by_email.output
    assert run(app, "orders", "replay", trader.user_id).output == by_email.output
    lines = by_email.output.splitlines()
    told = events(order_state, trader.user_id)
    for event, line in zip(told, lines, strict=False):
        assert f"#{event.seq}  {event.event_id}  " in line
        assert line.endswith(f"; balance {dollars(event.balance)}")
    first = "$100.00 at 5x (notional $500.00) from 64506.5700, liquidation 51605.2560; fee $0.50"
    assert f": {first}; balance $4,899.50" in lines[1]
    assert "deposited $123.45; balance $5,123.45" in by_email.output
    assert "started over: balance changed by +$" in by_email.output
    assert "take profit 70000.0000, trailing stop 20000.0000 behind 64493.6700" in by_email.output
    # And of what a trade closed its receipt
    liquidated = next(line for line in lines if "by liquidation" in line)
    assert "by liquidation at 69007.4000: opened at 64493.6700 with $200.00" in liquidated
    assert "PnL -$200.00, fee $0.00, paid out $0.00, the house bears $" in liquidated
    assert "at 69000.5000 (bid 68993.6000, ask 69007.4000) touched 65138.6067" in liquidated
    # And at the end how it stands
    account = desk.account(trader.user_id)
    state = f"now: event #{account.seq}, balance {dollars(account.balance)}, 2 open"
    assert lines[len(told)].endswith(state)
    assert [account.positions[0].order_id in lines[-2], account.positions[1].order_id in lines[-1]] == [
        True,
        True,
    ]


def test_json_is_for_programs(
    app: Flask, database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = trade_a_little(desk, traders=1)[0]
    journal(database, order_state, settings)
    *told, state = map(
        orjson.loads, run(app, "orders", "replay", trader.user_id, "--json").output.splitlines()
    )
    account = desk.account(trader.user_id)
    assert [each["event_id"] for each in told] == [
        str(event.event_id) for event in events(order_state, trader.user_id)
    ]
    assert (state["user_id"], state["balance"], state["seq"]) == (
        account.user_id,
        account.balance,
        account.seq,
    )
    assert [each["order_id"] for each in state["positions"]] == [
        position.order_id for position in account.positions
    ]


def test_a_time_ends_the_history(
    app: Flask, database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = Trader.with_balance(desk)
    opened = events(order_state, trader.user_id)[0]
    while events(order_state, trader.user_id)[-1].at_ms == opened.at_ms:
        desk.deposit(trader.user_id, request(), 100)
    journal(database, order_state, settings)
    then = at_ms(opened.at_ms)
    known = [event for event in events(order_state, trader.user_id) if event.at_ms == opened.at_ms]
    for time in (
        then.isoformat(),
        then.replace(tzinfo=None).isoformat(),
        then.isoformat().replace("+00:00", "Z"),
        then.astimezone(datetime.strptime("+0530", "%z").tzinfo).isoformat(),
    ):
        output = run(app, "orders", "replay", trader.user_id, "--at", time).output
        assert f"event #{len(known)}, balance {dollars(START_BALANCE + 100 * (len(known) - 1))}" in output
    before = run(app, "orders", "replay", trader.user_id, "--at", (then - timedelta(days=1)).isoformat())
    assert before.exit_code == 0
    assert "had no events at" in before.output
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert_same(replayed(database, trader.user_id), desk.account(trader.user_id))
    assert "#1  " in run(app, "orders", "replay", trader.user_id, "--at", later).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody@example.com",), "no account has the e-mail or id 'nobody@example.com'"),
        (("00000000-0000-0000-0000-000000000001",), "no account has the id 00000000"),
        (("me", "--at", "yesterday"), "--at 'yesterday' is no time: write it as 2026-03-04T18:00"),
        ((), "Missing argument 'USER'"),
    ],
)
def test_what_cannot_be_told_is_said_clearly(
    app: Flask, database: sa.Engine, words: tuple[str, ...], said: str
) -> None:
    result = run(app, "orders", "replay", *words)
    assert result.exit_code == 2
    assert said in result.output


def test_help_teaches_by_an_example(app: Flask) -> None:
    assert (
        "flask orders replay ann@example.com --at 2026-03-04T18:00"
        in run(app, "orders", "replay", "--help").output
    )
    assert (
        "Exit status: 0 clean, 1 a difference, 2 it could not"
        in run(app, "orders", "verify", "--help").output
    )


def test_verify_says_what_it_counted_and_that_all_is_clean(
    app: Flask, database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = trade_a_little(desk)[0]
    journal(database, order_state, settings)
    result = run(app, "orders", "verify")
    assert result.exit_code == 0
    *_, counted, chained, verdict = result.output.splitlines()
    assert verdict == "verify: clean"
    offset = rows(database, JournalOffset, "shard")[0]
    event_id = f"{offset['event_ms']}-{offset['event_number']}"
    assert chained == f"chain of shard 0: {offset['hash'].hex()} at event {event_id}"
    assert "in Redis 3 accounts, 6 positions, 15 triggers, 0 events ahead of PostgreSQL" in counted
    # When somebody helps himself
    with database.begin() as connection:
        connection.execute(
            sa.text("UPDATE balances SET balance = balance + 1 WHERE user_id = :user"),
            {"user": trader.user_id},
        )
    result = run(app, "orders", "verify")
    assert result.exit_code == 1
    newest = events(order_state, trader.user_id)[-1].event_id
    assert result.output.splitlines()[-1].startswith(
        f"verify: event {newest}, account {trader.user_id}: balances"
    )


def test_without_its_servers_it_says_so(settings: Settings) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    result = run(create_app(settings.model_copy(update={"database_url": nowhere})), "orders", "verify")
    assert result.exit_code == 2
    assert "PostgreSQL: " in result.output
