"""`flask limits`, `flask halt`, `flask resume`: what traders may open."""

from dataclasses import replace

import click
from flask.cli import AppGroup, with_appcontext

from domain.instruments import ASSETS
from domain.orders import AssetLimits
from domain.units import cents
from operators.actions import ActionKind, Asked, recorded
from operators.limits import apply_limits, keep_halt, keep_limits, limits_in_force
from workers.commands.parts import account_of, command_settings, database, order_state, why
from workers.commands.queues import with_clear_errors
from workers.commands.words import dollars

ASSET = click.Choice([*ASSETS], case_sensitive=False)


@click.group("limits", cls=AppGroup, invoke_without_command=True)
@click.pass_context
@with_appcontext
@with_clear_errors
def limits(context: click.Context) -> None:
    """What new positions are held to, at once. Whoever has a position may always close it.

    \b
    flask limits                                   shows what is in force
    flask limits set ETH --leverage-max 20 --why "volatile night"
    flask limits set ETH --exposure-max 2000000 --position-max none --why "hedge is short"
    flask halt ETH --why "the exchange is down"    nothing new in ETH
    flask resume ETH --why "it is up again"
    flask halt ann@example.com --why "disputed"    nothing new by this account
    """
    if context.invoked_subcommand is None:
        with database().connect() as connection:
            for symbol, one in limits_in_force(connection).items():
                click.echo(f"{symbol:<5} {_told(one)}")


@limits.command("set")
@click.argument("symbol", type=ASSET)
@click.option("--close-only/--no-close-only", default=None, help="Nothing new is opened.")
@click.option("--position-max", metavar="USD", help="Largest notional of a new position; `none` lifts it.")
@click.option("--exposure-max", metavar="USD", help="Largest notional of longs less shorts; `none` lifts it.")
@click.option("--leverage-max", metavar="N", help="Highest leverage of a new position; `none` lifts it.")
@why
@with_clear_errors
def set_limits(
    symbol: str,
    close_only: bool | None,
    position_max: str | None,
    exposure_max: str | None,
    leverage_max: str | None,
    why: str,
) -> None:
    """Change what is given, and leave the rest as it is."""
    now = _now(symbol)
    wanted = AssetLimits(
        close_only=now.close_only if close_only is None else close_only,
        position_max=_amount(position_max, now.position_max),
        exposure_max=_amount(exposure_max, now.exposure_max),
        leverage_max=_number(leverage_max, now.leverage_max),
    )
    _limit(symbol, wanted, why)


@click.command("halt")
@click.argument("what", metavar="ASSET|EMAIL|ID")
@why
@with_appcontext
@with_clear_errors
def halt(what: str, why: str) -> None:
    """Let nothing new be opened in an asset, or by an account: what is open can still be closed.

    For example: flask halt ETH --why "the exchange is down"
    """
    _halt(what, why, halted=True)


@click.command("resume")
@click.argument("what", metavar="ASSET|EMAIL|ID")
@why
@with_appcontext
@with_clear_errors
def resume(what: str, why: str) -> None:
    """Let an asset, or an account, open positions again: other limits stay as they are.

    For example: flask resume ETH --why "it is up again"
    """
    _halt(what, why, halted=False)


def _halt(what: str, why: str, *, halted: bool) -> None:
    if what.upper() in ASSETS:
        symbol = what.upper()
        _limit(symbol, replace(_now(symbol), close_only=halted), why)
        return
    user = account_of(what)
    kind = ActionKind.ACCOUNT_HALTED if halted else ActionKind.ACCOUNT_RESUMED
    with recorded(database(), Asked(why), kind, f"account {user.id}") as action_id:
        with database().begin() as connection:
            keep_halt(connection, user.id, action_id, halted=halted)
        _apply()
    click.echo(f"{user.email} {'opens nothing from now on' if halted else 'may open positions again'}")


def _limit(symbol: str, wanted: AssetLimits, why: str) -> None:
    details = {
        "closeOnly": wanted.close_only,
        "positionMax": wanted.position_max,
        "exposureMax": wanted.exposure_max,
        "leverageMax": wanted.leverage_max,
    }
    with recorded(
        database(), Asked(why), ActionKind.ASSET_LIMITED, f"asset {symbol}", **details
    ) as action_id:
        with database().begin() as connection:
            keep_limits(connection, symbol, wanted, action_id)
        _apply()
    click.echo(f"{symbol:<5} {_told(wanted)}")


def _apply() -> None:
    # With full rights on the order state, unlike the web: no worker need be up.
    apply_limits(database(), order_state(), command_settings().order_shards)


def _now(symbol: str) -> AssetLimits:
    with database().connect() as connection:
        return limits_in_force(connection)[symbol]


def _told(one: AssetLimits) -> str:
    words = [
        "close only" if one.close_only else "",
        f"position up to {dollars(one.position_max)}" if one.position_max is not None else "",
        f"exposure up to {dollars(one.exposure_max)}" if one.exposure_max is not None else "",
        f"leverage up to {one.leverage_max}x" if one.leverage_max is not None else "",
    ]
    return ", ".join(filter(None, words)) or "no limits beyond the terms"


def _amount(said: str | None, now: int | None) -> int | None:
    if said is None:
        return now
    if said == "none":
        return None
    try:
        amount = cents(said)
    except ValueError:
        amount = -1
    if amount < 0:
        raise click.UsageError(f"{said} is no amount in dollars, and not `none`")
    return amount


def _number(said: str | None, now: int | None) -> int | None:
    if said is None or said == "none":
        return now if said is None else None
    if not said.isdecimal() or int(said) < 1:
        raise click.UsageError(f"{said} is no leverage, and not `none`")
    return int(said)
