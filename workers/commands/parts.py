"""What the commands work with, connected when one runs and not when the app starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import click
import redis
import sqlalchemy as sa
from flask import Flask, current_app

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


def order_state() -> redis.Redis:
    """The order state, with full rights."""
    return orders_redis(command_settings(), name="commands")
