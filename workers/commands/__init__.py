"""What operators type: `flask GROUP COMMAND`."""

from flask import Flask

from workers.commands.queues import queues


def install_commands(app: Flask) -> None:
    """Adds the groups to the application's command line."""
    app.cli.add_command(queues)
