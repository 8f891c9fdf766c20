"""`flask users`: who may do what."""

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from accounts.apikeys import ApiKeys
from accounts.audit import CONSOLE, EventKind, note
from accounts.sessions import Sessions
from models import Role, User
from runtime.connections import queue_redis
from workers.commands.parts import command_settings, database
from workers.commands.queues import with_clear_errors

USERS_HELP = """Accounts, and what they may do.

\b
flask users promote EMAIL   makes the account an operator's: /ops is open to it
flask users demote EMAIL    makes it a trader's again
"""

users = AppGroup("users", help=USERS_HELP, short_help="Accounts, and what they may do.")


@users.command("promote")
@click.argument("email")
@with_clear_errors
def promote(email: str) -> None:
    """Make the account EMAIL an operator's."""
    _give(email, Role.OPERATOR)


@users.command("demote")
@click.argument("email")
@with_clear_errors
def demote(email: str) -> None:
    """Make the account EMAIL a trader's again."""
    _give(email, Role.TRADER)


def _give(email: str, role: Role) -> None:
    engine, settings = database(), command_settings()
    with Session(engine) as session, session.begin():
        user = session.scalar(sa.select(User).where(User.email == email.lower()).with_for_update())
        if user is None:
            raise click.UsageError(f"there is no account {email}")
        if user.role == role:
            click.echo(f"{user.email} is {role} already")
            return
        note(session, user.id, EventKind.ROLE_CHANGED, CONSOLE, before=user.role, now=str(role))
        user.role = role
        user_id, shown = user.id, user.email
    queues = queue_redis(settings, name="users")
    Sessions(engine, queues, settings).changed(user_id)
    ApiKeys(engine, queues, settings).changed(user_id)
    click.echo(f"{shown} is {role} now")
