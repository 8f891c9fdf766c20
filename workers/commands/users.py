"""`flask users`: who may do what."""

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from accounts.apikeys import ApiKeys
from accounts.audit import CONSOLE, EventKind, note
from accounts.keyring import Keyring, NotSealedHere
from accounts.sessions import Sessions
from models import Role, SecondFactor, User
from runtime.connections import queue_redis
from workers.commands.parts import command_settings, database
from workers.commands.queues import with_clear_errors

USERS_HELP = """Accounts, and what they may do.

\b
flask users promote EMAIL   makes the account an operator's: /ops is open to it
flask users demote EMAIL    makes it a trader's again
flask users reseal          seals second factors with the newest JWT_SECRET
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


@users.command("reseal")
@with_clear_errors
def reseal() -> None:
    """Seal every second factor with the newest JWT_SECRET, so that the former ones can be dropped."""
    keyring, lost = Keyring(command_settings()), 0
    with Session(database()) as session, session.begin():
        factors = session.scalars(sa.select(SecondFactor).with_for_update()).all()
        for factor in factors:
            try:
                factor.secret = keyring.reseal(factor.secret)
            except NotSealedHere:
                lost += 1
    click.echo(f"{len(factors) - lost} second factors sealed with the newest secret")
    if lost:
        raise click.ClickException(f"{lost} were sealed with a secret that is not in JWT_SECRETS_FORMER")


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
