"""What the commands work with, connected when one runs and not when the app starts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

import click
import redis
import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from models import User
from models.operator import REASON_CHARS_MAX, REASON_CHARS_MIN
from runtime.connections import NotConfigured, engine, orders_redis
from runtime.settings import Settings

_EXTENSION = "cfdesk-commands"


class CommandFailed(click.ClickException):
    """A command can't do its work: neither yes nor no. The message is for the operator."""

    exit_code = 2


def keep_settings(app: Flask, settings: Settings) -> None:
    """Gives the app's commands their settings."""
    app.extensions[_EXTENSION] = settings


def command_settings() -> Settings:
    """The commands' settings."""
    return cast(Settings, current_app.extensions[_EXTENSION])


@contextmanager
def server_errors() -> Iterator[None]:
    """Turns what goes wrong with a server into CommandFailed."""
    try:
        yield
    except NotConfigured as error:
        raise CommandFailed(str(error)) from error
    except sa.exc.OperationalError as error:
        raise CommandFailed(f"PostgreSQL: {error.orig}") from error
    except redis.RedisError as error:
        raise CommandFailed(f"Redis: {error}") from error


def database() -> sa.Engine:
    """PostgreSQL."""
    return engine(command_settings(), name="commands")


def account_of(who: str) -> User:
    """The account of an e-mail or an id."""
    try:
        whose = User.id == UUID(who)
    except ValueError:
        whose = User.email == who.lower()
    with Session(database(), expire_on_commit=False) as session:
        user = session.scalar(sa.select(User).where(whose))
    if user is None:
        raise click.UsageError(f"there is no account {who}")
    return user


def why(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the option --why, without which it does nothing."""
    return click.option(
        "--why",
        required=True,
        callback=_long_enough,
        metavar="REASON",
        help=f"Kept on record with what was done: {REASON_CHARS_MIN} to {REASON_CHARS_MAX} characters.",
    )(command)


def _long_enough(_context: click.Context, _option: click.Parameter, said: str) -> str:
    if not REASON_CHARS_MIN <= len(said.strip()) <= REASON_CHARS_MAX:
        raise click.BadParameter(f"wants {REASON_CHARS_MIN} to {REASON_CHARS_MAX} characters")
    return said.strip()


def order_state() -> redis.Redis:
    """The order state, with full rights."""
    return orders_redis(command_settings(), name="commands")
