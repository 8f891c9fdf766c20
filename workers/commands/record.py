"""`flask record`: what operators did, when and why."""

from typing import Any

import click
from flask.cli import with_appcontext

from models.base import epoch_ms
from operators.actions import CONSOLE, read_actions
from workers.commands.parts import account_of, database
from workers.commands.queues import with_clear_errors
from workers.commands.words import moment

SHOWN, SHOWN_MAX = 20, 500
_KINDS_OF_SUBJECT = ("account", "actor", "asset", "message")


@click.command("record")
@click.option(
    "--about", metavar="SUBJECT", help="Only that: `asset ETH`, `actor NAME`, `message 17`, or an e-mail."
)
@click.option(
    "--count", type=click.IntRange(1, SHOWN_MAX), default=SHOWN, show_default=True, help="How many, at most."
)
@with_appcontext
@with_clear_errors
def record(about: str | None, count: int) -> None:
    """List what operators did, in /ops and at the command line; the newest last.

    \b
    flask record                              the newest of all
    flask record --about "asset ETH"          who halted it, and why?
    flask record --about ann@example.com      what was done to her account

    A line ends with how it came out: `done`, `failed` with the error, or `not told` while it is being done,
    or when nobody lived to tell.
    """
    subject = None if about is None else _subject(about)
    with database().connect() as connection:
        page = read_actions(connection, subject=subject, limit=count)
    for row in reversed(page.rows):
        click.echo(_line(row))
    if not page.rows:
        click.echo("nothing is on record")
    elif page.more:
        click.echo(f"older ones are left out: --count shows up to {SHOWN_MAX}", err=True)


def _subject(about: str) -> str:
    if about.partition(" ")[0] in _KINDS_OF_SUBJECT:
        return about
    return f"account {account_of(about).id}"


def _line(row: dict[str, Any]) -> str:
    details = " ".join(f"{name}={value}" for name, value in row["details"].items() if value is not None)
    what = " ".join(filter(None, [row["kind"], row["subject"], details]))
    outcome = row["outcome"] or "not told"
    ended = f"{outcome}: {row['error']}" if row["error"] else outcome
    who = row["operator"] or CONSOLE
    return f'{moment(epoch_ms(row["at"]))}  {who}  {what}  "{row["reason"]}"  {ended}'
