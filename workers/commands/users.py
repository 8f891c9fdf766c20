"""`flask users`: who may do what."""

from uuid import UUID

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from accounts.apikeys import ApiKeys
from accounts.audit import CONSOLE, EventKind, note
from accounts.keyring import Keyring, NotSealedHere
from accounts.sessions import Sessions
from models import ApiKey, Role, SecondFactor, User
from runtime.connections import queue_redis
from workers.commands.parts import command_settings, database
from workers.commands.queues import with_clear_errors

USERS_HELP = """Accounts, and what they may do.

\b
flask users promote EMAIL   makes the account an operator's: /ops is open to it
flask users demote EMAIL    makes it a trader's again
flask users sign-out EMAIL  ends all of its sessions and revokes its keys
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


@users.command("sign-out")
@click.argument("email")
@with_clear_errors
def sign_out(email: str) -> None:
    """End all sessions of the account EMAIL, and revoke its keys: for when somebody else has them."""
    engine, settings = database(), command_settings()
    queues = queue_redis(settings, name="users")
    sessions, keys = Sessions(engine, queues, settings), ApiKeys(engine, queues, settings)
    with Session(engine) as session, session.begin():
        user = _account(session, email)
        ended, revoked = sessions.end_all(session, user.id, "ended_by_operator"), _revoke(session, user.id)
        note(
            session,
            user.id,
            EventKind.SIGNED_OUT_EVERYWHERE,
            CONSOLE,
            ended=len(ended),
            keys_revoked=len(revoked),
        )
    sessions.forget(ended)
    keys.forget(revoked)
    click.echo(f"{len(ended)} sessions ended, {len(revoked)} keys revoked")


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
        user = _account(session, email)
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


def _account(session: Session, email: str) -> User:
    user = session.scalar(sa.select(User).where(User.email == email.lower()).with_for_update())
    if user is None:
        raise click.UsageError(f"there is no account {email}")
    return user


def _revoke(session: Session, user_id: UUID) -> list[UUID]:
    revoked = (
        sa.update(ApiKey)
        .where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=sa.func.now())
        .returning(ApiKey.id)
    )
    return list(session.scalars(revoked))
