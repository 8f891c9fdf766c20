"""`flask orders`: are the books whole, what happened to an account, and bringing back a lost shard."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import click
import orjson
from flask.cli import AppGroup

from domain.orders import OrderEvent
from market.trades import at_ms
from workers.commands.parts import CommandFailed, command_settings, database, order_state, server_errors
from workers.commands.words import dollars, event_line, moment, position_words
from workers.opening import Opener, StateLostError
from workers.replay import (
    AccountState,
    BrokenHistoryError,
    UserUnknownError,
    find_user,
    read_history,
    replay,
)
from workers.restore import IncompleteError
from workers.verification import Report, verify

orders = AppGroup("orders", help="Order events: prove that the books are whole, replay an account, restore.")

VERIFY_HELP = """Recompute everything from the order events and compare.

\b
Holds against what the events say:
  the events     each hash chained to the one before, each account's sequence without gaps, each balance
  the ledger     each event's entries; zero for each event and in all
  the tables     balances, active_orders, closed_orders, platform_profit
  the order state in Redis: accounts, positions, the indexes of triggers, the house's counts

Changes nothing, and the desk may go on trading. Says every few seconds how far it is. The last line is
`verify: clean`, or the first difference with its event.

\b
Exit status: 0 clean, 1 a difference, 2 it could not be verified (a server is away).
"""

REPLAY_HELP = """Tell what happened to an account, event by event, and how it stood then.

USER is the account's id or e-mail. The state at the end is computed from the events alone.

\b
For example, how did Ann stand on the evening of the 4th, and what closed her position?
  flask orders replay ann@example.com --at 2026-03-04T18:00

\b
Exit status: 0 told, 1 the events contradict each other, 2 no such user, no such time, or a server is away.
"""


RESTORE_HELP = """Give up what Redis has of a shard, and bring it back from PostgreSQL.

For a shard that stays closed because Redis is behind PostgreSQL or from another life (the journal's log says
"the desk stays closed"), when the right server can't be brought back. An empty Redis is restored by itself.
What comes back: every account as of its last journaled event. Lost: what only Redis knew, which is what
clients were told since, and the answers kept for repeated requests.

\b
Exit status: 0 restored and open, 1 not confirmed, 2 it could not be done.
"""


@orders.command("verify", help=VERIFY_HELP, short_help="Recompute everything from the events and compare.")
def verify_command() -> None:
    """Runs the verification and tells what came of it."""
    with server_errors():
        report = verify(database(), order_state(), command_settings(), tell=click.echo)
    _tell(report)
    sys.exit(0 if report.is_clean else 1)


def _tell(report: Report) -> None:
    counts = report.counts
    click.echo(
        f"{counts.events:,} events, {counts.entries:,} ledger entries, {counts.closed:,} closed orders;"
        f" in Redis {counts.accounts:,} accounts, {counts.positions:,} positions,"
        f" {counts.triggers:,} triggers,"
        f" {counts.stream_events:,} events ahead of PostgreSQL; {report.seconds:.1f} s"
    )
    for shard, link, event_id in report.chains:
        click.echo(f"chain of shard {shard}: {link} at event {event_id}")
    for note in report.notes:
        click.echo(f"note: {note}")
    click.echo(f"verify: {report.difference or 'clean'}")


@orders.command("replay", help=REPLAY_HELP, short_help="Tell an account's history, and its state at a time.")
@click.argument("user")
@click.option("--at", "until", metavar="TIME", help="Up to then: ISO 8601, UTC unless it names a zone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; the last is the state.")
def replay_command(user: str, until: str | None, as_json: bool) -> None:
    """Tells the account's events and its state."""
    until_time = _time(until) if until is not None else None
    with server_errors(), database().connect() as connection:
        try:
            state = AccountState(find_user(connection, user))
            history = read_history(connection, state.user_id, until=until_time)
            for event, after in replay(state.user_id, history):
                state = after
                click.echo(orjson.dumps(_event(event)) if as_json else event_line(event))
        except UserUnknownError as error:
            raise CommandFailed(str(error)) from error
        except BrokenHistoryError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)
    for line in _state_lines(state, until_time, as_json=as_json):
        click.echo(line)


@orders.command("restore", help=RESTORE_HELP, short_help="Give up what Redis has, and bring a shard back.")
@click.argument("shard", type=click.IntRange(min=0))
@click.option("--yes", is_flag=True, help="Don't ask.")
def restore_command(shard: int, yes: bool) -> None:
    """Brings a shard back from PostgreSQL."""
    settings = command_settings()
    if shard >= settings.order_shards:
        raise CommandFailed(f"there is no shard {shard}: ORDER_SHARDS is {settings.order_shards}")
    if not yes:
        click.confirm(f"Give up what Redis alone knows of shard {shard}?", abort=True)
    with server_errors():
        try:
            Opener(database(), order_state(), settings).open(shard, restore=True)
        except (StateLostError, IncompleteError) as error:
            raise CommandFailed(str(error)) from error
    click.echo(f"shard {shard} is restored and open: `flask orders verify` compares it with the events")


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailed(
            f"--at {text!r} is no time: write it as 2026-03-04T18:00 or 2026-03-04T18:00:00.123+01:00"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _event(event: OrderEvent) -> dict[str, object]:
    """All of it; money in cents, prices raw, as the events have them."""
    told = asdict(event)
    del told["fields"]
    return told | {"event_id": str(event.event_id), "at": at_ms(event.at_ms)}


def _state_lines(state: AccountState, until: datetime | None, *, as_json: bool) -> Iterator[str | bytes]:
    if as_json:
        positions = [asdict(position) for position in state.positions.values()]
        yield orjson.dumps(
            {"user_id": state.user_id, "seq": state.seq, "balance": state.balance, "positions": positions}
        )
        return
    when = f"at {until.astimezone(UTC).isoformat().replace('+00:00', 'Z')}" if until else "now"
    if state.seq == 0:
        yield f"account {state.user_id} had no events {when}"
        return
    yield (
        f"account {state.user_id} {when}: event #{state.seq}, balance {dollars(state.balance)},"
        f" {len(state.positions)} open"
    )
    for position in state.positions.values():
        yield (
            f"  {position.side} {position.asset} {position.order_id}: {position_words(position)},"
            f" opened {moment(position.opened_at_ms)}"
        )
