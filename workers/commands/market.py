"""`flask market`: the candles of the days before the desk was there."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click
from flask.cli import AppGroup

from domain.instruments import ASSETS
from market.history.filling import FILLINGS, Filling, NoTradesYet, Sources
from market.history.klines import MalformedKline
from orders.client import OrderDesk
from runtime.binance import BinanceError, BinanceLimited, BinanceRest
from runtime.logs import logs_to_stderr
from runtime.settings import HISTORY_DAYS_MAX
from workers.commands.parts import CommandFailed, command_settings, database, order_state, server_errors
from workers.history import AlreadyFilling, alone, live_feed, plan

# A shell's word for a program that Ctrl-C ended.
INTERRUPTED = 130

MARKET_HELP = """Candles of the days before the desk was there.

A desk fills the last HISTORY_DAYS by itself: soon after its start, then every HISTORY_CHECK_S.

\b
flask market backfill --days 30             more of them, now
flask market backfill --asset BTC           of one asset
"""

BACKFILL_HELP = """Fill the last days with one-minute candles, where they are missing.

With prices from Binance they are the exchange's own (klines), also where trades made one that is over. With
simulated prices they are made up, so that they lead to the desk's first trade, and only before it. A replay
has none.

It may be stopped and started again at any time: what is stored is not asked for again. It keeps to
BINANCE_WEIGHT_MAX, and waits when Binance says so.

\b
Exit status: 0 nothing is missing any more, 2 it could not be done, 130 stopped by Ctrl-C.
"""

market = AppGroup("market", help=MARKET_HELP, short_help="Candles of the days before the desk was there.")


@market.command("backfill", help=BACKFILL_HELP, short_help="Fill the last days with candles.")
@click.option(
    "--days",
    type=click.IntRange(1, HISTORY_DAYS_MAX),
    help="How many, up to now. HISTORY_DAYS unless said.",
)
@click.option(
    "--asset",
    "symbols",
    type=click.Choice(list(ASSETS)),
    multiple=True,
    help="Only this one; may be said several times. All unless said.",
)
def backfill_command(days: int | None, symbols: tuple[str, ...]) -> None:
    """Fills each asset and tells what came of it."""
    # What the exchange's client says of a host or a limit must not tear the bars.
    logs_to_stderr()
    settings = command_settings()
    days = days or settings.history_days
    if not days:
        raise click.UsageError("HISTORY_DAYS is 0: say how many with --days")
    with clear_errors():
        sources = Sources(settings, database(), BinanceRest(settings))
        feed = live_feed(settings, OrderDesk(order_state(), settings))
        if feed not in FILLINGS:
            raise CommandFailed(_no_history(feed))
        with alone(sources.database):
            for symbol in symbols or ASSETS:
                filling = plan(sources, feed, ASSETS[symbol], days=days)
                click.echo(f"{symbol}: {_filled(symbol, filling)}")


def _filled(symbol: str, filling: Filling) -> str:
    """Does the work under a progress bar; what came of it."""
    if not filling.missing:
        return "nothing is missing"
    stored = 0
    with click.progressbar(length=filling.missing, label=symbol, show_pos=True) as bar:
        for piece in filling.pieces:
            stored += piece.stored
            bar.update(piece.minutes)
    left = filling.missing - stored
    return f"{stored:,} candles stored" + (f"; the exchange has none of {left:,} minutes" if left else "")


def _no_history(feed: str | None) -> str:
    if feed is None:
        return "no price is live: start the poller, or say by MARKET_FEED whose candles are wanted"
    return f"the desk's prices are of a {feed}, which has no days before it"


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turns what is to be expected into CommandFailed, and Ctrl-C into an end that says how to go on."""
    try:
        with server_errors():
            yield
    except KeyboardInterrupt:
        click.echo("\nstopped; what is stored stays, and the same command goes on from there", err=True)
        sys.exit(INTERRUPTED)
    except AlreadyFilling as error:
        raise CommandFailed(
            "a worker or another command is filling just now: try again when it is done"
        ) from error
    except NoTradesYet as error:
        raise CommandFailed(f"{error}, and made-up days lead to the first: try again soon") from error
    except BinanceLimited as error:
        until = datetime.now(UTC) + timedelta(seconds=error.retry_after_s)
        raise CommandFailed(
            f"too much was asked of Binance from this address: not before {until:%Y-%m-%d %H:%M:%S} UTC."
            " What is stored stays, and the same command goes on from there"
        ) from error
    except (BinanceError, MalformedKline) as error:
        raise CommandFailed(
            f"Binance: {error}. What is stored stays, and the same command goes on from there"
        ) from error
