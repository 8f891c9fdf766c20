"""`flask accounts`: find an account, put its balance right, start it over."""

import click
from flask.cli import AppGroup

from domain.units import cents
from operators.accounts import find_accounts
from operators.actions import ActionKind, Asked, recorded, request_of
from orders.client import OrderDesk
from workers.commands.parts import account_of, command_settings, database, order_state, why
from workers.commands.queues import with_clear_errors
from workers.commands.words import dollars, position_words

ACCOUNTS_HELP = """Traders' accounts: look, and put right. Each change is on record, and in the ledger.

\b
flask accounts find ann                             those whose address has this in it
flask accounts show ann@example.com                 balance and open positions, now
flask accounts adjust ann@example.com 12.50 --why "fee taken twice"
flask accounts reset ann@example.com --why "asked for it by mail"
flask halt ann@example.com --why "..."              see `flask halt --help`
flask orders replay ...                             how it came to be so
"""

accounts = AppGroup("accounts", help=ACCOUNTS_HELP, short_help="Traders' accounts: look, and put right.")


@accounts.command("find")
@click.argument("words", default="")
@with_clear_errors
def find(words: str) -> None:
    """List accounts whose address has WORDS in it, or whose id it is; the newest without."""
    with database().connect() as connection:
        rows = find_accounts(connection, words)
    for row in rows:
        balance = "-" if row["balance"] is None else dollars(row["balance"])
        halted = "  halted" if row["halted_since"] else ""
        click.echo(f"{row['id']}  {row['email']}  {row['role']}  {balance}{halted}")
    if not rows:
        click.echo("no such account")


@accounts.command("show")
@click.argument("who", metavar="EMAIL|ID")
@with_clear_errors
def show(who: str) -> None:
    """Show an account as the order state has it now."""
    user = account_of(who)
    now = _desk().account(str(user.id))
    click.echo(f"{user.email}  {user.id}  {user.role}\nbalance {dollars(now.balance)}, event #{now.seq}")
    for position in now.positions:
        click.echo(f"{position.side} {position.asset} {position.order_id}: {position_words(position)}")


@accounts.command("adjust")
@click.argument("who", metavar="EMAIL|ID")
@click.argument("amount", metavar="USD")
@why
@with_clear_errors
def adjust(who: str, amount: str, why: str) -> None:
    """Add USD to the balance, or take it with a minus: `flask accounts adjust ANN -- -12.50 --why ...`."""
    user = account_of(who)
    try:
        wanted = cents(amount)
    except ValueError:
        raise click.UsageError(f"{amount} is no amount in dollars") from None
    with recorded(
        database(), Asked(why), ActionKind.BALANCE_ADJUSTED, f"account {user.id}", cents=wanted
    ) as action_id:
        event = _desk().adjust(str(user.id), request_of(action_id), wanted)
    click.echo(f"{user.email} has {dollars(event.balance)} now")


@accounts.command("reset")
@click.argument("who", metavar="EMAIL|ID")
@why
@with_clear_errors
def reset(who: str, why: str) -> None:
    """Close an account's positions at the current prices and give it a new one's balance."""
    user = account_of(who)
    with recorded(database(), Asked(why), ActionKind.ACCOUNT_RESET, f"account {user.id}") as action_id:
        outcome = _desk().reset(str(user.id), request_of(action_id), command_settings().start_balance_cents)
    click.echo(f"{user.email} has {dollars(outcome.reset.balance)} now, and no position")


def _desk() -> OrderDesk:
    return OrderDesk(order_state(), command_settings())
