"""`flask queues`: what waits, what failed, and what to do about it."""

import functools
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, ParamSpec

import click
import sqlalchemy as sa
from flask.cli import AppGroup, with_appcontext

from models import ParkedMessage
from models.operator import REASON_CHARS_MAX, REASON_CHARS_MIN
from operators.actions import ActionKind, Asked, recorded
from operators.parking import NotParked, State, drop, retry
from operators.queue_figures import read_figures
from orders.codes import Refused
from runtime.broker import connect_broker
from runtime.connections import NotConfigured
from runtime.failures import SERVER_AWAY, brief
from runtime.logs import get_logger, logs_to_stderr
from workers.commands.parts import command_settings, database

log = get_logger(__name__)

ARGUMENT_CHARS_SHOWN = 4_000

Parameters = ParamSpec("Parameters")


def with_clear_errors(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """An unknown id exits with 2, an absent server with 1, each with one sentence instead of a traceback."""

    @functools.wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except NotParked as error:
            raise click.UsageError(str(error)) from None
        except NotConfigured as error:
            raise click.ClickException(str(error)) from None
        except Refused as refusal:
            raise click.ClickException(f"refused: {refusal.code} {refusal.details or ''}".rstrip()) from None
        except SERVER_AWAY as error:
            raise click.ClickException(f"a server is away: {brief(error)}") from None

    return run


@click.group("queues", cls=AppGroup, invoke_without_command=True)
@click.pass_context
@with_appcontext
@with_clear_errors
def queues(context: click.Context) -> None:
    """Background work: what waits, what failed, and what to do about it.

    Without a command: each queue's messages. READY wait for a worker, DELAYED wait for their next try, IN
    WORK are held by workers, PARKED failed on every try and wait for you, OLDEST is the age of the first that
    is ready. Messages that fail are tried again after growing pauses, then parked; the others go on.

    \b
    flask queues parked               lists the parked messages
    flask queues show 17              one of them, with its arguments and its error
    flask queues retry 17             puts it back into its queue, once the cause is gone
    flask queues drop 17 --why "..."  gives it up
    flask queues pause send_mail --why "..."   starts no message of it until `resume`
    """
    logs_to_stderr()
    if context.invoked_subcommand is None:
        _show_queues()


def _show_queues() -> None:
    figures = read_figures(connect_broker(command_settings()))
    query = (
        sa.select(ParkedMessage.queue, sa.func.count())
        .where(ParkedMessage.state == State.PARKED)
        .group_by(ParkedMessage.queue)
    )
    with database().connect() as connection:
        parked = dict(connection.execute(query).all())
    rows = [
        (one.queue, one.ready, one.delayed, one.in_work, parked.pop(one.queue, 0), _age(one.oldest_ready_at))
        for one in figures
    ]
    # A queue that this release doesn't have may have left some.
    rows += [(queue, 0, 0, 0, count, "-") for queue, count in parked.items()]
    click.echo(_table(("QUEUE", "READY", "DELAYED", "IN WORK", "PARKED", "OLDEST"), rows))
    if dead := sum(one.dead for one in figures):
        click.echo(f"{dead} could not be parked and lie among Dramatiq's dead letters for 7 days")


@queues.command("parked")
@click.option("--json", "as_json", is_flag=True, help="As a JSON array, for programs.")
@click.option("--all", "all_states", is_flag=True, help="Also those that were dropped.")
@with_clear_errors
def parked_command(as_json: bool, all_states: bool) -> None:
    """List the parked messages, those parked last at the end.

    The same failure with the same arguments is one line; TIMES says how often. STATE is `parked`, or
    `retried` while the message is in its queue again: the line goes when it succeeds and is `parked` again
    when it fails.
    """
    states = list(State) if all_states else [State.PARKED, State.RETRIED]
    query = sa.select(ParkedMessage.__table__).where(ParkedMessage.state.in_(states))
    with database().connect() as connection:
        found = [dict(row) for row in connection.execute(query.order_by(ParkedMessage.newest_at)).mappings()]
    if as_json:
        click.echo(json.dumps([_as_json(row) for row in found], indent=2))
    elif not found:
        click.echo("nothing is parked")
    else:
        click.echo(_table(("ID", "STATE", "ACTOR", "ABOUT", "TIMES", "NEWEST", "ERROR"), map(_line, found)))


@queues.command("show")
@click.argument("parked_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="As a JSON object, with all of the arguments.")
@with_clear_errors
def show_command(parked_id: int, as_json: bool) -> None:
    """Show one parked message: its arguments, its tries, its last error and where it was raised."""
    query = sa.select(ParkedMessage.__table__).where(ParkedMessage.id == parked_id)
    with database().connect() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotParked(parked_id)
    if as_json:
        click.echo(json.dumps(_as_json(dict(row)), indent=2))
        return
    for name in (
        "id",
        "state",
        "actor",
        "queue",
        "tries",
        "times",
        "first_seen_at",
        "parked_at",
        "newest_at",
    ):
        click.echo(f"{name:<14} {_told(row[name])}")
    if row["decided_at"]:
        click.echo(f"{'decided_at':<14} {_told(row['decided_at'])}  {row['dropped_why'] or ''}".rstrip())
    arguments = row["arguments"]
    click.echo(f"{'arguments':<14} {arguments[:ARGUMENT_CHARS_SHOWN]}")
    if (left := len(arguments) - ARGUMENT_CHARS_SHOWN) > 0:
        click.echo(f"{'':<14} ... {left} characters more: --json shows all")
    click.echo(f"\n{row['traceback'].rstrip()}")


@queues.command("retry")
@click.argument("parked_id", metavar="ID", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="All that are parked, one after the other.")
@click.option("--why", default="retried at the command line", show_default=True, help="Kept on record.")
@with_clear_errors
def retry_command(parked_id: int | None, every: bool, why: str) -> None:
    """Put a parked message back into its queue, for as many tries as a new one has.

    It stays listed as `retried` until it is done. Actors change nothing the second time, so a message may be
    retried again at any time.
    """
    if (parked_id is None) != every:
        raise click.UsageError("say which: an ID, or --all")
    asked = Asked(_reason(why))
    stored, broker = database(), connect_broker(command_settings())
    for each in [parked_id] if parked_id is not None else _parked_ids(stored):
        with recorded(stored, asked, ActionKind.MESSAGE_RETRIED, f"message {each}"):
            retry(stored, broker, each)
        click.echo(f"retried {each}")


@queues.command("drop")
@click.argument("parked_id", metavar="ID", type=int)
@click.option("--why", required=True, help="Kept with the message, for those who ask later.")
@with_clear_errors
def drop_command(parked_id: int, why: str) -> None:
    """Give a parked message up: what it was to do is not done.

    It can be looked at for some weeks (`show`, `parked --all`). Should the same fail again, it is parked
    again.
    """
    why = _reason(why)
    with recorded(database(), Asked(why), ActionKind.MESSAGE_DROPPED, f"message {parked_id}"):
        drop(database(), parked_id, why=why)
    log.warning("dropped a parked message", parked=parked_id, why=why)
    click.echo(f"dropped {parked_id}")


def _reason(why: str) -> str:
    if not REASON_CHARS_MIN <= len(why := why.strip()) <= REASON_CHARS_MAX:
        raise click.UsageError(f"--why wants {REASON_CHARS_MIN} to {REASON_CHARS_MAX} characters")
    return why


def _parked_ids(stored: sa.Engine) -> list[int]:
    query = sa.select(ParkedMessage.id).where(ParkedMessage.state == State.PARKED).order_by(ParkedMessage.id)
    with stored.connect() as connection:
        return list(connection.scalars(query))


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    about = row["subject"]
    error = row["error"]
    return (
        *(row["id"], row["state"], row["actor"], about if len(about) <= 36 else about[:33] + "..."),
        *(row["times"], _told(row["newest_at"]), error if len(error) <= 80 else error[:77] + "..."),
    )


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    del row["fingerprint"]
    return {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in (row | {"arguments": json.loads(row["arguments"])}).items()
    }


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return str(value)


def _age(made_at: datetime | None) -> str:
    if made_at is None:
        return "-"
    return f"{max(0.0, (datetime.now(UTC) - made_at).total_seconds()):.1f} s"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """Columns as wide as their longest cell."""
    lines = [tuple(map(str, line)) for line in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
