"""The operators' commands: `flask orders ...`. Each group is a file here and a line in GROUPS."""

from flask import Flask

from runtime.settings import Settings
from workers.commands import pauses as _pauses  # noqa: F401 - adds commands to `flask queues`
from workers.commands.accounts import accounts
from workers.commands.limits import halt, limits, resume
from workers.commands.market import market
from workers.commands.orders import orders
from workers.commands.parts import keep_settings
from workers.commands.queues import queues
from workers.commands.record import record
from workers.commands.users import users

GROUPS = (accounts, halt, limits, market, orders, queues, record, resume, users)


def install_commands(app: Flask, settings: Settings) -> None:
    """Adds the groups to `flask`. settings: with the full rights on the order state, unlike the app's own."""
    keep_settings(app, settings)
    for group in GROUPS:
        app.cli.add_command(group)
