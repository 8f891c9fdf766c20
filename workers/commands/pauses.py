"""`flask queues pause`, `flask queues resume`: one kind of background work."""

import time

import click

from operators.actions import ActionKind, Asked, recorded
from operators.pauses import NeverPaused, pause, resume
from runtime.broker import Actor
from runtime.connections import queue_redis
from workers.commands.parts import command_settings, database, why
from workers.commands.queues import queues, with_clear_errors

ACTOR = click.Choice([actor.value for actor in Actor])


@queues.command("pause")
@click.argument("actor", type=ACTOR)
@why
@with_clear_errors
def pause_command(actor: str, why: str) -> None:
    """Start no message of ACTOR until it is resumed: they wait, and others go on.

    For example: flask queues pause send_mail --why "the mail server is being moved"
    """
    asked = Asked(why)
    with (
        recorded(database(), asked, ActionKind.ACTOR_PAUSED, f"actor {actor}"),
        queue_redis(command_settings(), name="commands") as client,
    ):
        try:
            pause(client, Actor(actor), asked, now_ms=int(time.time() * 1000))
        except NeverPaused:
            raise click.UsageError(f"{actor} can't be paused: it applies what operators decide") from None
    click.echo(f"{actor} is paused")


@queues.command("resume")
@click.argument("actor", type=ACTOR)
@why
@with_clear_errors
def resume_command(actor: str, why: str) -> None:
    """Let ACTOR go on."""
    with (
        recorded(database(), Asked(why), ActionKind.ACTOR_RESUMED, f"actor {actor}"),
        queue_redis(command_settings(), name="commands") as client,
    ):
        resume(client, Actor(actor))
    click.echo(f"{actor} goes on")
